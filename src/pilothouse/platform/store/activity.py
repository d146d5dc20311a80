"""The SQL of what the list of projects tells of each: its traces, and its last day by hour."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from pilothouse.platform.store.binds import Binds
from pilothouse.platform.store.engine import Store

HOURS: Final = 24
_HOUR: Final = 3600


@dataclass(slots=True)
class Activity:
    """The traces of one project."""

    traces: int = 0
    errors: int = 0
    last_us: int | None = None
    """When the newest trace began."""
    hours: list[int] = field(default_factory=lambda: [0] * HOURS)
    """Traces by hour, the last one is the hour that is running."""


async def of_projects(store: Store, numbers: Collection[int], now_s: int) -> dict[int, Activity]:
    """The activity of each project, in one statement over three columns."""
    found = {number: Activity() for number in numbers}
    if not found:
        return found
    binds = Binds()
    first = (now_s // _HOUR - HOURS + 1) * _HOUR
    sql = f"""
SELECT project, if(hour >= {binds.hour(first)}, toUnixTimestamp(hour), 0) AS t,
       count(), countIf(status = 'error'), toUnixTimestamp64Micro(max(start_time))
FROM traces FINAL
WHERE {binds.projects(found)}
GROUP BY project, t"""
    for project, hour, traces, errors, last_us in await store.rows(sql, binds.params):
        activity = found[project]
        activity.traces += traces
        activity.errors += errors
        activity.last_us = max(last_us, activity.last_us or last_us)
        at = (hour - first) // _HOUR
        if 0 <= at < HOURS:
            activity.hours[at] += traces
    return found
