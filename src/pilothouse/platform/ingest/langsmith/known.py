"""The runs of the last while as their halves have told of them, kept in memory.

A run's beginning and end come seconds apart, in any order, often twice. What is here need not be
read back from the store before it is merged. Bounded: the run that was quiet the longest goes
first. The start of the newest run that went (or of the process) is the horizon: of a run that began
later, nothing can be in the store that is not here.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from pilothouse.platform.ingest.langsmith.runs import (
    JSON_FIELDS,
    Half,
    Run,
    joined,
    merged,
    own_run,
)
from pilothouse.platform.ingest.langsmith.source import source_of_run, start_of
from pilothouse.platform.ingest.langsmith.times import micros_of_segment
from pilothouse.platform.store.langsmith_runs import Move, Place
from pilothouse.spans import Source

RUNS_KEPT: Final = 20_000
BYTES_KEPT: Final = 64 << 20
_HOUR_US: Final = 3_600_000_000
_RUN_BYTES: Final = 1_500
"""What a run takes beside its large values."""


ProjectOf = Callable[[Half], str]
"""The project that a half names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What some halves came to."""

    sources: list[Source]
    moves: list[Move]
    """Runs that turned out to belong elsewhere than where they stood."""
    unbegun: list[str]
    """Runs of which only changes are known."""


class KnownRuns:
    """Merges halves. May be asked from any thread."""

    def __init__(self, next_version: Callable[[], int], *, alone: bool = True) -> None:
        """`next_version` numbers the states of runs, so that the last one merged wins.

        Without `alone` other servers write into the store: the beginning of a run may be there
        however lately it began.
        """
        self._next_version = next_version
        self._alone = alone
        self._runs: OrderedDict[str, tuple[Run, ...]] = OrderedDict()
        self._count = 0
        self._bytes = 0
        self._gone: set[str] = set()
        """Runs that went since the store was last seen to hold everything."""
        self._horizon_us = time.time_ns() // 1000
        self._lock = threading.Lock()

    def look_back(self, until_us: int) -> None:
        """Runs that began until then may be in the store: some clients' clocks are ahead."""
        with self._lock:
            self._horizon_us = max(self._horizon_us, until_us)

    def strangers(
        self, halves: Iterable[Half], project_of: ProjectOf, only: str | None = None
    ) -> list[Half]:
        """The halves whose run the store may know more of than is known here, one a run."""
        found: dict[str, Half] = {}
        with self._lock:
            new: set[str] = set()
            for half in halves:
                known = self._runs.get(half.id, ())
                if half.id in new or own_run(known, half, project_of(half), only) is not None:
                    continue
                if self._may_be_stored(half):
                    found.setdefault(half.id, half)
                else:
                    new.add(half.id)
        return [half for run_id, half in found.items() if run_id not in new]

    def must_wait(self, ids: Iterable[str]) -> bool:
        """Whether some of the runs may be on their way to the store still.

        After a yes the caller waits until the store holds everything that came before.
        """
        with self._lock:
            waits = len(self._gone) > RUNS_KEPT or not self._gone.isdisjoint(ids)
            if waits:
                self._gone.clear()
        return waits

    def learn(self, runs: Iterable[Run]) -> None:
        """Keep runs that the store knew; what is known here already is newer."""
        with self._lock:
            for run in runs:
                if not any(
                    one.project == run.project or not (one.confined or run.confined)
                    for one in self._runs.get(run.id, ())
                ):
                    self._keep(None, run)

    def forget(self, is_gone: Callable[[Run], bool]) -> None:
        """Let the store be asked for these runs: they were deleted there."""
        with self._lock:
            for run_id, runs in list(self._runs.items()):
                gone = [run for run in runs if is_gone(run)]
                if not gone:
                    continue
                if stay := tuple(run for run in runs if run not in gone):
                    self._runs[run_id] = stay
                else:
                    del self._runs[run_id]
                self._left(run_id, gone)

    def merge(
        self, halves: Iterable[Half], project_of: ProjectOf, only: str | None = None
    ) -> Merged:
        """The spans of all runs that the halves speak of, each once, as they are after them.

        `only` is the project of the key that sends them, if it has one.
        """
        changed: dict[tuple[str, str], tuple[Run | None, Run]] = {}
        now_us = time.time_ns() // 1000
        with self._lock:
            for half in halves:
                project = project_of(half)
                known = own_run(self._runs.get(half.id, ()), half, project, only)
                run = merged(known, half, project, now_us, confined=only is not None)
                self._keep(known, run)
                key = _identity(run)
                first, _ = changed.get(key, (known, run))
                changed[key] = first, run
            found = self._merged(changed.values())
            self._shrink()
        return found

    def join(self, begun: Iterable[Run]) -> Merged:
        """The runs that another server saw begin, with the changes that came here."""
        changed: list[tuple[Run | None, Run]] = []
        with self._lock:
            for run in begun:
                for known in self._runs.get(run.id, ()):
                    if not known.posted and _identity(known) == _identity(run):
                        whole = joined(run, known)
                        self._keep(known, whole)
                        changed.append((known, whole))
            return self._merged(changed)

    def _merged(self, changed: Iterable[tuple[Run | None, Run]]) -> Merged:
        sources: list[Source] = []
        moves: list[Move] = []
        unbegun: list[str] = []
        for before, run in changed:
            version = self._next_version()
            sources.append(source_of_run(run, version))
            if not run.posted:
                unbegun.append(run.id)
            if before is not None and _row(before) != _row(run):
                moves.append(Move(left=_place(before), to=_place(run), version=version))
        return Merged(sources=sources, moves=moves, unbegun=unbegun)

    def _may_be_stored(self, half: Half) -> bool:
        """Whether an earlier half may have come before the horizon, or to another server."""
        start_us = start_said(half)
        if start_us is None or (not self._alone and half.verb == "patch"):
            return half.verb == "patch"
        return start_us <= self._horizon_us

    def _keep(self, known: Run | None, run: Run) -> None:
        others = self._runs.pop(run.id, ())
        if known is not None:
            others = tuple(one for one in others if one is not known)
            self._forget(known)
        self._runs[run.id] = (*others, run)
        self._count += 1
        self._bytes += _size(run)

    def _forget(self, run: Run) -> None:
        self._count -= 1
        self._bytes -= _size(run)

    def _shrink(self) -> None:
        while self._runs and (self._count > RUNS_KEPT or self._bytes > BYTES_KEPT):
            self._left(*self._runs.popitem(last=False))

    def _left(self, run_id: str, runs: Iterable[Run]) -> None:
        """Note that runs are here no longer, but may be in the store."""
        self._gone.add(run_id)
        for run in runs:
            self._forget(run)
            self._horizon_us = max(self._horizon_us, start_of(run))


def start_said(half: Half) -> int | None:
    """When the run began as far as a half tells, in its dotted order if nowhere else."""
    start_us: int | None = half.said.get("start_us")
    order: str = half.said.get("dotted_order") or ""
    return micros_of_segment(order.rpartition(".")[2]) if start_us is None and order else start_us


def _identity(run: Run) -> tuple[str, str]:
    """What tells a run from others: its id, and the project that it cannot leave."""
    return run.id, run.project if run.confined else ""


def _place(run: Run) -> Place:
    return Place(project=run.project, trace_id=run.trace_id, id=run.id, start_us=start_of(run))


def _row(run: Run) -> tuple[str, str, int]:
    """What a row of the store is found by: where this changes, another row comes about."""
    return run.project, run.trace_id, start_of(run) // _HOUR_US


def _size(run: Run) -> int:
    values = (getattr(run, name) for name in JSON_FIELDS)
    return _RUN_BYTES + sum(len(value) for value in values if value is not None)
