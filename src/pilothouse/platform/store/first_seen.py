"""When each release and each version of a prompt was seen for the first time."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from pilothouse.platform.store import rollups
from pilothouse.platform.store.binds import Binds, hour_of, micros_of
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.rollups import Kept
from pilothouse.platform.store.selection import Selection

MOST: Final = 1_000
"""Of so many at most it is told when; those that came last."""
Kind = Literal["release", "prompt"]


@dataclass(frozen=True, slots=True)
class FirstSeen:
    """A release, or a version of a prompt, and the start of its first span."""

    kind: Kind
    name: str
    version: str
    """Of a prompt; "" where its spans tell none, and of a release."""
    at_us: int


@dataclass(frozen=True, slots=True)
class Found:
    """Those that were first seen within a time, the newest first."""

    items: list[FirstSeen]
    count: int
    """How many there are; of more than MOST about."""


async def first_seen(
    store: Store,
    projects: Mapping[int, str],
    since: datetime | None = None,
    until: datetime | None = None,
) -> Found:
    """What was first seen at or after `since` and before `until`; what is older is not new.

    The sums of all hours are looked through, and only then the spans of the few hours in which
    something was new.
    """
    kept = await rollups.kept(store, Selection(projects=projects, until=until))
    rows = await _by_hour(store, projects, since, until, kept)
    if not rows:
        return Found([], 0)
    moments = await _moments(store, projects, rows)
    first = micros_of(since) if since is not None else None
    end = micros_of(until) if until is not None else None
    items = [
        FirstSeen(kind, name, version, at)
        for kind, name, version, _, _ in rows
        if (at := moments.get((kind, name, version))) is not None
        and (first is None or at >= first)
        and (end is None or at < end)
    ]
    items.sort(key=lambda one: (one.at_us, one.kind, one.name, one.version), reverse=True)
    beyond = int(rows[0][4]) - len(rows)
    return Found(items, len(items) + beyond)


_Row = tuple[Kind, str, str, int, int]
"""Kind, name, version, first hour, how many there are."""


async def _by_hour(
    store: Store,
    projects: Mapping[int, str],
    since: datetime | None,
    until: datetime | None,
    kept: Kept | None,
) -> list[_Row]:
    binds = Binds()
    where = f"{binds.projects(projects)} AND (release != '' OR prompt_name != '')"
    if until is not None:
        where += f" AND hour <= {binds.hour(hour_of(until))}"
    having = "" if since is None else f"HAVING min(h) >= {binds.hour(hour_of(since))}"
    sources = [f"spans WHERE {where}"]
    if kept is not None:
        sources = [f"span_hours WHERE {where} AND parts IN {binds.wide(kept.marks)}"]
    if kept is not None and kept.others:
        sources.append(f"spans WHERE {where} AND hour IN {binds.integers(kept.others)}")
    seen = " UNION ALL ".join(
        "SELECT release, prompt_name, prompt_version, min(hour) AS h"
        f" FROM {source} GROUP BY release, prompt_name, prompt_version"
        for source in sources
    )
    sql = f"""
SELECT each.1 AS kind, each.2 AS name, each.3 AS version, toUnixTimestamp(min(h)) AS first,
       count() OVER () AS n
FROM ({seen})
ARRAY JOIN [
    ('release', toString(release), ''),
    ('prompt', toString(prompt_name), toString(prompt_version))
] AS each
WHERE name != ''
GROUP BY kind, name, version
{having}
ORDER BY first DESC, kind, name, version
LIMIT {MOST}"""
    rows = await store.rows(sql, binds.params)
    return [
        (kind, name, version, int(first), int(count)) for kind, name, version, first, count in rows
    ]


async def _moments(
    store: Store, projects: Mapping[int, str], rows: Collection[_Row]
) -> dict[tuple[Any, str, str], int]:
    """The start of the first span of each, in microseconds since 1970."""
    binds = Binds()
    hours = binds.integers(sorted({first for _, _, _, first, _ in rows}))
    releases = binds.texts(name for kind, name, _, _, _ in rows if kind == "release")
    prompts = binds.texts({name for kind, name, _, _, _ in rows if kind == "prompt"})
    sql = f"""
SELECT release, prompt_name, prompt_version, toUnixTimestamp64Micro(min(start_time))
FROM spans
WHERE {binds.projects(projects)} AND hour IN {hours}
    AND (release IN ({releases}) OR prompt_name IN ({prompts}))
GROUP BY release, prompt_name, prompt_version"""
    found: dict[tuple[Any, str, str], int] = {}
    for release, prompt, version, at in await store.rows(sql, binds.params):
        for key in (("release", release, ""), ("prompt", prompt, version)):
            if key[1]:
                found[key] = min(int(at), found.get(key, int(at)))
    return found
