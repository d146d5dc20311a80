"""Which hours of spans are summed up, exactly, and the sums of those that are not.

An hour is kept together with a mark of the parts of `spans` that hold it. A late, replaced or
deleted span, and a merge, change these parts and thereby the mark, so that what was kept is not
looked at any more: it can be missing, never wrong, and nothing has to be told of what was written.
The first question after a merge sums the hours anew, beside the answer. `span_hours` has all
hours; `key_hours`, by fields that somebody asked for, those that a question was about.
"""

from __future__ import annotations

import asyncio
import logging
import math
import threading
import time
from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass, field
from typing import Final
from weakref import WeakKeyDictionary

from pilothouse.platform.store.binds import Binds, micros_of
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.extent import Extent, extent_of
from pilothouse.platform.store.failures import first_line
from pilothouse.platform.store.key_hours import (
    ELSEWHERE,
    HOURS,
    Sums,
    columns_of,
    condition_of,
    table_of,
)
from pilothouse.platform.store.selection import Selection
from pilothouse.platform.store.span_hours import summed
from pilothouse.platform.store.versions import Hour, Part, hours_by_part, looked, parts_of

log = logging.getLogger("pilothouse.store")

FEW_ROWS: Final = 50_000
"""So many spans are read themselves."""
AT_ONCE: Final = 200_000
"""Spans that one statement sums, about."""
WORTH_SUMMING: Final = 200_000
"""Of fewer spans no sums by further fields are made."""
MOST_BYTES: Final = 60_000_000
"""Of one insert: a row has sixty bytes at least, and of more than a million rows the engine makes
several parts, of which a kill may leave the first alone."""
_HOUR_S: Final = 3600
_SECOND: Final = 1_000_000
_MASK: Final = (1 << 63) - 1
_PROJECT, _HOUR = 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F
LONGER_THAN_ANY_READ_S: Final = 60.0
MOST_KEYED: Final = 24
"""So many sets of fields have sums of their own."""
UNASKED_S: Final = 900.0
"""Sums that nobody asked for so long make room for others."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What of a selection is kept."""

    marks: tuple[int, ...]
    """The marks of the hours whose sums are right, each of one hour only."""
    others: tuple[int, ...]
    """The hours of which the spans themselves must be read."""
    sums: Sums = HOURS


@dataclass(slots=True)
class _Known:
    """What one process knows of the sums by some fields."""

    fields: str
    """`Sums.text`."""
    kept: set[int] | None = None
    """The marks of all rows; None until they were read."""
    elsewhere: set[int] = field(default_factory=set)
    """Those of them that do not know the value of every span."""
    gone: dict[int, float] = field(default_factory=dict)
    """Since when marks of rows are of no parts any more."""
    asked: float = field(default_factory=time.monotonic)
    due: list[Hour] = field(default_factory=list)
    """The hours to sum once the question about them was answered."""
    task: asyncio.Task[None] | None = None
    failed: bool = False
    """Whether it is not known what was written last; then nothing more is, until the next start."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def is_due(self) -> bool:
        """Whether rows that nobody reads any more can be looked for, or dropped."""
        return time.monotonic() - min(self.gone.values(), default=0.0) > LONGER_THAN_ANY_READ_S

    async def read(self, store: Store) -> set[int]:
        """The marks of all rows."""
        if self.kept is None:
            written, elsewhere = await asyncio.to_thread(self._marks, store)
            if self.kept is None:  # nobody was quicker
                self.kept, self.elsewhere = written, elsewhere
        return self.kept

    def _marks(self, store: Store) -> tuple[set[int], set[int]]:
        """The marks that were written, and those of them that do not know all."""
        binds = Binds()
        unknown = f"max({ELSEWHERE})" if self.fields else "0"
        sql = f"""
SELECT parts, {unknown} FROM {table_of(self.fields)} WHERE {condition_of(self.fields, binds)}
GROUP BY parts"""
        rows = store.rows_sync(sql, binds.params)
        return {int(mark) for mark, _ in rows}, {int(mark) for mark, unknown in rows if unknown}

    def keep(self, store: Store, marks: Set[int], packed: bytes) -> None:
        """Write the rows of these marks, unless one of them has rows."""
        with self.lock:
            if self.failed or self.kept is None or self.kept & marks:
                return
            self.failed = True
            store.insert_packed(table_of(self.fields), columns_of(self.fields), packed)
            if self.fields:
                self.elsewhere |= self._marks(store)[1]
            self.kept |= marks
            self.failed = False


@dataclass(slots=True)
class _Marks:
    """The mark of each hour, for the parts that were there last."""

    of: tuple[str, ...] = ()
    marks: dict[Hour, int] = field(default_factory=dict)


_known: WeakKeyDictionary[Store, dict[str, _Known]] = WeakKeyDictionary()
"""By the fields of the sums, as one text."""
_marks: WeakKeyDictionary[Store, _Marks] = WeakKeyDictionary()


async def kept(store: Store, selection: Selection, sums: Sums = HOURS) -> Kept | None:
    """What is kept of a selection's spans; None where reading all of them is as good."""
    # Several writers of one server might sum the same hours twice.
    if store.path is None:
        return None
    extent = await extent_of(store, selection.projects)
    if extent.spans <= FEW_ROWS:
        return None
    parts = await parts_of(store)
    hours = await hours_by_part(store, parts)
    if hours is None:
        return None
    marks = _marks_of(store, parts, hours)
    since = -math.inf if selection.since is None else micros_of(selection.since) / _SECOND
    until = math.inf if selection.until is None else micros_of(selection.until) / _SECOND
    asked = {
        (project, hour): mark
        for (project, hour), mark in marks.items()
        if project in selection.projects and since < hour + _HOUR_S and hour < until
    }
    known = await _of(store, sums, wanted=_are_many(asked, marks, extent))
    if known is None:
        return None
    known.asked = time.monotonic()
    kept = await known.read(store)
    if known.failed:
        known.due = []
    elif not sums.fields:
        known.due = _missing(parts, hours, marks, kept)
        _begin(store, known, sums, marks)
    elif _are_many(asked, marks, extent):
        known.due = _missing(parts, hours, asked, kept)
    # An hour is kept of all projects that are asked for, or read of all of them.
    unkept = {
        hour
        for (_, hour), mark in asked.items()
        if mark not in kept or mark in known.elsewhere or hour < since or hour + _HOUR_S > until
    }
    whole = tuple(mark for (_, hour), mark in asked.items() if hour not in unkept)
    if sums.fields and len(whole) < len(unkept):
        return None  # the spans of all hours are read at less cost than with FINAL
    return Kept(whole, tuple(unkept), sums) if whole else None


def answered(store: Store, sums: Sums) -> None:
    """Sum what a question by further fields missed.

    Not beside it, as it reads the same spans: with one core it would take twice as long.
    """
    known = _known.get(store, {}).get(sums.text)
    if sums.fields and known is not None and known.kept is not None and store in _marks:
        _begin(store, known, sums, _marks[store].marks)


def _begin(store: Store, known: _Known, sums: Sums, marks: Mapping[Hour, int]) -> None:
    """Start to sum what is due, unless that is being done, and to drop what nobody reads."""
    is_idle = known.task is None or known.task.done()
    is_much = known.kept is not None and len(known.kept) > len(marks)
    if is_idle and (known.due or (is_much and known.is_due)):
        others = [each.task for each in _known[store].values() if each.fields and each.task]
        before = others if sums.fields else []  # several at once would leave questions no core
        due = {hour: marks[hour] for hour in known.due if hour in marks}
        known.due = []
        known.task = asyncio.create_task(
            _bring_up_to_date(store, known, sums, due, set(marks.values()), before)
        )


def _are_many(asked: Collection[Hour], marks: Collection[Hour], extent: Extent) -> bool:
    """Whether so many spans are asked for that sums of their own are worth it."""
    hours = max(1, (extent.newest - extent.oldest) // _HOUR_S)
    return extent.spans * min(1.0, len(asked) / hours) > WORTH_SUMMING


async def _of(store: Store, sums: Sums, *, wanted: bool) -> _Known | None:
    """What is known of some sums; None where there are none and none shall be made."""
    all_known = _known.get(store)
    if all_known is None:
        found = await store.rows("SELECT DISTINCT fields FROM key_hours")
        all_known = _known.setdefault(store, {})
        for (text,) in found:
            all_known.setdefault(text, _Known(text))
    known = all_known.get(sums.text)
    if known is None and (not sums.fields or (wanted and await _has_room(store, all_known))):
        known = all_known.setdefault(sums.text, _Known(sums.text))
    return known


async def _has_room(store: Store, all_known: dict[str, _Known]) -> bool:
    """Whether sums by other fields can be kept, dropping those that nobody asks for any more."""
    keyed = [known for text, known in all_known.items() if text]
    if len(keyed) < MOST_KEYED:
        return True
    oldest = min(keyed, key=lambda known: known.asked)
    is_used = time.monotonic() - oldest.asked < UNASKED_S
    if is_used or (oldest.task is not None and not oldest.task.done()):
        return False
    # Whoever asks from now on finds nothing, and nothing is written, until the rows are gone.
    oldest.failed, oldest.kept, oldest.asked = True, set(), time.monotonic()
    binds = Binds()
    await store.command(
        f"DELETE FROM key_hours WHERE {condition_of(oldest.fields, binds)}", binds.params
    )
    del all_known[oldest.fields]
    return True


async def settled(store: Store) -> None:
    """Return once nothing is being summed."""
    tasks = [each.task for each in _known.get(store, {}).values()]
    if running := [task for task in tasks if task is not None and not task.done()]:
        await asyncio.wait(running)


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
    store: Store,
    known: _Known,
    sums: Sums,
    marks: Mapping[Hour, int],
    current: Set[int],
    before: Collection[asyncio.Task[None]],
) -> None:
    """Sum the hours of these marks, and drop what is of none of the `current` ones."""
    by_project: dict[int, list[int]] = {}
    for project, hour in marks:
        by_project.setdefault(project, []).append(hour)
    if running := [task for task in before if not task.done()]:
        await asyncio.wait(running)
    try:
        for project, hours in by_project.items():
            hours.sort(reverse=True)
            step = (await extent_of(store, [project])).hours_of(AT_ONCE)
            for at in range(0, len(hours), step):
                some = {hour: marks[project, hour] for hour in hours[at : at + step]}
                await _sum(store, known, sums, project, some)
        await _forget(store, known, current)
    except Exception as e:  # noqa: BLE001 # questions read the spans then: slower, and as right
        log.warning("the sums of hours cannot be kept: %s", first_line(e))


async def _sum(
    store: Store, known: _Known, sums: Sums, project: int, marks: Mapping[int, int]
) -> None:
    """Keep the sums of some hours, unless their parts change meanwhile."""
    binds = Binds()
    hours = binds.integers(marks)
    of_hour = f"transform(toUnixTimestamp(hour), {hours}, {binds.wide(marks.values())}, 0)"
    where = f"project = {binds.integer(project)} AND hour IN {hours}"
    sql = summed(where, f"toUInt64({of_hour})", sums.of_spans(binds))
    packed = await store.raw(sql, binds.params, "MsgPack", settings={"max_threads": 1})
    parts = await parts_of(store)
    by_part = await hours_by_part(store, parts)
    if by_part is None or len(packed) > MOST_BYTES:
        return
    now = _marks_of(store, parts, by_part)
    if all(now.get((project, hour)) == mark for hour, mark in marks.items()):
        await asyncio.to_thread(known.keep, store, set(marks.values()), packed)


async def forget_gone(store: Store, *, at_once: bool = False) -> None:
    """Drop all sums whose spans have changed or were deleted, once nobody can be reading them.

    That is the next time that it is called a minute later, or, `at_once`, after that minute.
    """
    if store.path is None:
        return
    await hours_by_part(store, await parts_of(store))
    await looked(store)  # what was written anew for a deletion is many rows
    parts = await parts_of(store)
    hours = await hours_by_part(store, parts)
    if hours is None:
        return
    current = set(_marks_of(store, parts, hours).values())
    await _of(store, HOURS, wanted=False)
    all_known = list(_known[store].values())
    for known in all_known:
        await known.read(store)
        await _forget(store, known, current)
    if at_once and any(known.gone for known in all_known if known.fields):
        await asyncio.sleep(LONGER_THAN_ANY_READ_S)
        for known in all_known:
            await _forget(store, known, current)
        # What deletion only masks stays on disk until a merge.
        await store.command("ALTER TABLE key_hours APPLY DELETED MASK SETTINGS mutations_sync = 1")


async def _forget(store: Store, known: _Known, current: Set[int]) -> None:
    """Drop the rows that nobody can be reading any more."""
    if known.kept is None:
        return
    now = time.monotonic()
    known.gone = {mark: known.gone.get(mark, now) for mark in known.kept - current}
    old = [mark for mark, since in known.gone.items() if now - since >= LONGER_THAN_ANY_READ_S]
    if old:
        known.kept -= set(old)
        known.elsewhere -= set(old)
        for mark in old:
            del known.gone[mark]
        binds = Binds()
        where = f"{condition_of(known.fields, binds)} AND parts IN {binds.wide(old)}"
        await store.command(f"DELETE FROM {table_of(known.fields)} WHERE {where}", binds.params)
