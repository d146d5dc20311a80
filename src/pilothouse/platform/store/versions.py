"""The hours in which a span may have an older version beside the newest: mostly very few.

A merged part keeps one version of a span. So spans have several only in hours that several parts
hold, or one that was not merged yet. Looking the versions of two hundred spans up costs as much as
finding the spans by the token index, and `FINAL` doubles what reading ten thousand takes.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final
from weakref import WeakKeyDictionary

from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.failures import first_line

log = logging.getLogger("pilothouse.store")

AT_ONCE: Final = 50_000
"""Of so many new spans a search waits for the hours: 10 ms. Those of more are read beside it."""
_PARTS: Final = """
SELECT name, hash_of_all_files, rows, level FROM system.parts
WHERE database = currentDatabase() AND table = 'spans' AND active ORDER BY name"""
_HOURS: Final = """
SELECT _part, project, groupUniqArray(toUnixTimestamp(hour)) FROM spans
WHERE has({parts:Array(String)}, _part)
GROUP BY _part, project"""

Hour = tuple[int, int]
"""A project and an hour, in seconds."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of `spans`."""

    name: str
    hash: str
    """Of what is in it."""
    rows: int
    merged: bool


@dataclass(frozen=True, slots=True)
class Versions:
    """Where spans may have several versions, at the moment when the parts were listed."""

    hours: frozenset[Hour] | None
    """None where it is not known: everywhere."""

    def in_hour(self, project: int, hour: int) -> bool:
        """Whether a span of this hour may have an older version."""
        return self.hours is None or (project, hour) in self.hours

    def between(self, projects: Collection[int], low: int, high: int) -> bool:
        """Whether a span of these hours may have one, both ends included."""
        return self.hours is None or any(
            project in projects and low <= hour <= high for project, hour in self.hours
        )


EVERYWHERE: Final = Versions(None)


@dataclass(slots=True)
class _Reading:
    """What one process knows of the parts."""

    hours: dict[str, frozenset[Hour]] = field(default_factory=dict)
    task: asyncio.Task[None] | None = None


_readings: WeakKeyDictionary[Store, _Reading] = WeakKeyDictionary()


async def parts_of(store: Store) -> list[Part]:
    """The parts of `spans` as they are now."""
    return [
        Part(name, digest, int(rows), int(level) > 0)
        for name, digest, rows, level in await store.rows(_PARTS)
    ]


async def versions_in(store: Store, parts: Collection[Part]) -> Versions:
    """Where the spans of these parts, which are all that there are, may have several versions."""
    hours = await hours_by_part(store, parts)
    if hours is None:
        return EVERYWHERE
    return Versions(_with_several(hours, {part.name: part.merged for part in parts}))


async def hours_by_part(store: Store, parts: Collection[Part]) -> dict[str, frozenset[Hour]] | None:
    """The hours that each of these parts holds; None while that is not known of all of them."""
    reading = _readings.setdefault(store, _Reading())
    new = [part for part in parts if part.name not in reading.hours]
    if new and (reading.task is None or reading.task.done()):
        reading.task = asyncio.create_task(_read(store, reading, parts, new))
        if sum(part.rows for part in new) <= AT_ONCE:
            await asyncio.wait([reading.task])
    hours = {part.name: reading.hours[part.name] for part in parts if part.name in reading.hours}
    # Not read yet, merged away in between, or without a row.
    return None if len(hours) < len(parts) else hours


async def looked(store: Store) -> None:
    """Return once the hours of new parts are no longer being read."""
    task = _readings[store].task if store in _readings else None
    if task is not None and not task.done():
        await asyncio.wait([task])


async def _read(
    store: Store, reading: _Reading, parts: Collection[Part], new: Collection[Part]
) -> None:
    found: dict[str, set[Hour]] = {}
    try:
        for part, project, hours in await store.rows(_HOURS, {"parts": [p.name for p in new]}):
            found.setdefault(part, set()).update((int(project), int(hour)) for hour in hours)
    except Exception as e:  # noqa: BLE001 # searches look all versions up then: slower, and as right
        log.debug("the hours of new parts cannot be read: %s", first_line(e))
        return
    listed = {part.name for part in parts}
    kept = {name: hours for name, hours in reading.hours.items() if name in listed}
    reading.hours = kept | {part: frozenset(hours) for part, hours in found.items()}


def _with_several(
    hours: Mapping[str, frozenset[Hour]], merged: Mapping[str, bool]
) -> frozenset[Hour]:
    parts = Counter(hour for of_part in hours.values() for hour in of_part)
    several = {hour for hour, count in parts.items() if count > 1}
    return frozenset(several.union(*(hours[name] for name in hours if not merged[name])))
