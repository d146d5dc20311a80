"""How far the spans of some projects reach: expensive reads are cut into windows of time by it."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

from pilothouse.platform.store.binds import Binds
from pilothouse.platform.store.engine import Store

HOUR: Final = 3600
FRESH_S: Final = 30.0
"""How old a picture may be: windows are cut by it, no answer depends on it."""
_MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class Extent:
    """The newest and the oldest hour that have spans, in seconds, and how many spans there are."""

    newest: int
    oldest: int
    spans: int

    def hours_of(self, spans: int) -> int:
        """The hours that hold so many spans, if they came evenly; at least one."""
        if not self.spans:
            return 1
        return max(1, (self.newest - self.oldest) // HOUR * spans // self.spans)


_known: WeakKeyDictionary[Store, dict[tuple[int, ...], tuple[float, Extent]]]
_known = WeakKeyDictionary()


async def extent_of(store: Store, projects: Collection[int]) -> Extent:
    """The extent of some projects, as it was half a minute ago at most."""
    known = _known.setdefault(store, {})
    key = tuple(projects)
    found = known.get(key)
    if found is None or time.monotonic() - found[0] > FRESH_S:
        binds = Binds()
        sql = f"""
SELECT toUnixTimestamp(max(hour)), toUnixTimestamp(min(hour)), count()
FROM spans WHERE {binds.projects(projects)}"""
        [(newest, oldest, spans)] = await store.rows(sql, binds.params)
        if len(known) > _MOST:
            known.clear()
        found = known[key] = (time.monotonic(), Extent(int(newest), int(oldest), int(spans)))
    return found[1]


async def newest_start(store: Store) -> float | None:
    """When the newest trace of any project began, in seconds since 1970, if that is within the
    last hour or to come."""
    rows = await store.rows(
        """
        SELECT toUnixTimestamp(max(start_time)), count()
        FROM traces FINAL
        WHERE hour >= toStartOfHour(now('UTC'))
        """
    )
    return float(rows[0][0]) if rows[0][1] else None
