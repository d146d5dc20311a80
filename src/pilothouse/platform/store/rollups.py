"""Which hours of spans are summed up in `span_hours`, exactly, and the sums of those that are not.

An hour is kept together with a mark of the parts of `spans` that hold it. A late, replaced or
deleted span, and a merge, change these parts and thereby the mark, so that what was kept is not
looked at any more: it can be missing, never wrong, and nothing has to be told of what was written.
The first question after a merge sums the hours anew, beside the answer.
"""

from __future__ import annotations

import asyncio
import logging
import math
import threading
import time
from collections.abc import Collection, Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import Final
from weakref import WeakKeyDictionary

from pilothouse.platform.store.binds import Binds, micros_of
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.extent import extent_of
from pilothouse.platform.store.failures import first_line
from pilothouse.platform.store.selection import Selection
from pilothouse.platform.store.span_hours import COLUMNS_KEPT, summed
from pilothouse.platform.store.versions import Hour, Part, hours_by_part, parts_of

log = logging.getLogger("pilothouse.store")

FEW_ROWS: Final = 50_000
"""So many spans are read themselves."""
AT_ONCE: Final = 200_000
"""Spans that one statement sums, about."""
_HOUR_S: Final = 3600
_SECOND: Final = 1_000_000
_MASK: Final = (1 << 63) - 1
_PROJECT, _HOUR = 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F
_KEPT_MARKS: Final = "SELECT DISTINCT parts FROM span_hours"
LONGER_THAN_ANY_READ_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Kept:
    """What of a selection is kept."""

    marks: tuple[int, ...]
    """The marks of the hours whose sums are right, each of one hour only."""
    others: tuple[int, ...]
    """The hours of which the spans themselves must be read."""


@dataclass(slots=True)
class _Known:
    """What one process knows of `span_hours`."""

    kept: set[int] | None = None
    """The marks of all rows; None until they were read."""
    gone: dict[int, float] = field(default_factory=dict)
    """Since when marks of rows are of no parts any more."""
    task: asyncio.Task[None] | None = None
    failed: bool = False
    """Whether it is not known what was written last; then nothing more is, until the next start."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def is_due(self) -> bool:
        """Whether rows that nobody reads any more can be looked for, or dropped."""
        return time.monotonic() - min(self.gone.values(), default=0.0) > LONGER_THAN_ANY_READ_S

    def keep(self, store: Store, marks: Set[int], packed: bytes) -> None:
        """Write the rows of these marks, unless one of them has rows."""
        with self.lock:
            if self.failed or self.kept is None or self.kept & marks:
                return
            self.failed = True
            store.insert_packed("span_hours", COLUMNS_KEPT, packed)
            self.kept |= marks
            self.failed = False


@dataclass(slots=True)
class _Marks:
    """The mark of each hour, for the parts that were there last."""

    of: tuple[str, ...] = ()
    marks: dict[Hour, int] = field(default_factory=dict)


_known: WeakKeyDictionary[Store, _Known] = WeakKeyDictionary()
_marks: WeakKeyDictionary[Store, _Marks] = WeakKeyDictionary()


async def kept(store: Store, selection: Selection) -> Kept | None:
    """What is kept of a selection's spans; None where reading all of them is as good."""
    # Several writers of one server might sum the same hours twice.
    if store.path is None or (await extent_of(store, selection.projects)).spans <= FEW_ROWS:
        return None
    known = _known.setdefault(store, _Known())
    parts = await parts_of(store)
    hours = await hours_by_part(store, parts)
    if hours is None:
        return None
    marks = _marks_of(store, parts, hours)
    if known.kept is None:
        written = {int(mark) for (mark,) in await store.rows(_KEPT_MARKS)}
        if known.kept is None:  # nobody was quicker
            known.kept = written
    missing: list[Hour] = [] if known.failed else _missing(parts, hours, marks, known.kept)
    idle = known.task is None or known.task.done()
    if idle and (missing or (len(known.kept) > len(marks) and known.is_due)):
        known.task = asyncio.create_task(_bring_up_to_date(store, known, missing, marks))
    since = -math.inf if selection.since is None else micros_of(selection.since) / _SECOND
    until = math.inf if selection.until is None else micros_of(selection.until) / _SECOND
    asked = [
        (hour, mark)
        for (project, hour), mark in marks.items()
        if project in selection.projects and since < hour + _HOUR_S and hour < until
    ]
    # An hour is kept of all projects that are asked for, or read of all of them.
    others = {
        hour
        for hour, mark in asked
        if mark not in known.kept or hour < since or hour + _HOUR_S > until
    }
    whole = tuple(mark for hour, mark in asked if hour not in others)
    return Kept(whole, tuple(others)) if whole else None


async def settled(store: Store) -> None:
    """Return once nothing is being summed."""
    task = _known[store].task if store in _known else None
    if task is not None and not task.done():
        await asyncio.wait([task])


def _marks_of(
    store: Store, parts: Collection[Part], hours: Mapping[str, frozenset[Hour]]
) -> dict[Hour, int]:
    found = _marks.setdefault(store, _Marks())
    names = tuple(part.name for part in parts)
    if found.of != names:
        marks: dict[Hour, int] = {}
        for part in parts:
            number = int(part.hash, 16)
            for hour in hours[part.name]:
                marks[hour] = marks.get(hour, 0) + number
        found.of = names
        found.marks = {
            hour: (number + hour[0] * _PROJECT + hour[1] * _HOUR) & _MASK
            for hour, number in marks.items()
        }
    return found.marks


def _missing(
    parts: Collection[Part],
    hours: Mapping[str, frozenset[Hour]],
    marks: Mapping[Hour, int],
    kept_marks: Set[int],
) -> list[Hour]:
    """The hours to sum: those that are not kept, without those that will change soon."""
    soon: set[Hour] = set().union(*(hours[part.name] for part in parts if not part.merged))
    return [hour for hour, mark in marks.items() if mark not in kept_marks and hour not in soon]


async def _bring_up_to_date(
    store: Store, known: _Known, missing: Iterable[Hour], marks: Mapping[Hour, int]
) -> None:
    by_project: dict[int, list[int]] = {}
    for project, hour in missing:
        by_project.setdefault(project, []).append(hour)
    try:
        for project, hours in by_project.items():
            hours.sort(reverse=True)
            step = (await extent_of(store, [project])).hours_of(AT_ONCE)
            for at in range(0, len(hours), step):
                some = {hour: marks[project, hour] for hour in hours[at : at + step]}
                await _sum(store, known, project, some)
        await _forget(store, known, set(marks.values()))
    except Exception as e:  # noqa: BLE001 # questions read the spans then: slower, and as right
        log.warning("the sums of hours cannot be kept: %s", first_line(e))


async def _sum(store: Store, known: _Known, project: int, marks: Mapping[int, int]) -> None:
    """Keep the sums of some hours, unless their parts change meanwhile."""
    binds = Binds()
    hours = binds.integers(marks)
    of_hour = f"transform(toUnixTimestamp(hour), {hours}, {binds.wide(marks.values())}, 0)"
    where = f"project = {binds.integer(project)} AND hour IN {hours}"
    sql = summed(where, f"toUInt64({of_hour})")
    packed = await store.raw(sql, binds.params, "MsgPack", settings={"max_threads": 1})
    parts = await parts_of(store)
    by_part = await hours_by_part(store, parts)
    if by_part is None:
        return
    now = _marks_of(store, parts, by_part)
    if all(now.get((project, hour)) == mark for hour, mark in marks.items()):
        await asyncio.to_thread(known.keep, store, set(marks.values()), packed)


async def _forget(store: Store, known: _Known, current: Set[int]) -> None:
    """Drop the rows that nobody can be reading any more."""
    if known.kept is None:
        return
    now = time.monotonic()
    known.gone = {mark: known.gone.get(mark, now) for mark in known.kept - current}
    old = [mark for mark, since in known.gone.items() if now - since > LONGER_THAN_ANY_READ_S]
    if old:
        known.kept -= set(old)
        binds = Binds()
        await store.command(
            f"DELETE FROM span_hours WHERE parts IN {binds.wide(old)}", binds.params
        )
