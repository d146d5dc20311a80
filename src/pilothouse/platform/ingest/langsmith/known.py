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

from pilothouse.platform.ingest.langsmith.runs import JSON_FIELDS, Half, Run, merged
from pilothouse.platform.ingest.langsmith.source import source_of_run, start_of
from pilothouse.platform.ingest.langsmith.times import micros_of_segment
from pilothouse.platform.store.langsmith_runs import Left
from pilothouse.spans import Source

RUNS_KEPT: Final = 20_000
BYTES_KEPT: Final = 64 << 20
_HOUR_US: Final = 3_600_000_000
_RUN_BYTES: Final = 1_500
"""What a run takes beside its large values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What some halves came to."""

    sources: list[Source]
    left: list[Left]
    """Where runs stood that turned out to belong elsewhere."""


class KnownRuns:
    """Merges halves. May be asked from any thread."""

    def __init__(self, next_version: Callable[[], int]) -> None:
        """`next_version` numbers the states of runs, so that the last one merged wins."""
        self._next_version = next_version
        self._runs: OrderedDict[str, Run] = OrderedDict()
        self._bytes = 0
        self._horizon_us = time.time_ns() // 1000
        self._lock = threading.Lock()

    def look_back(self, until_us: int) -> None:
        """Runs that began until then may be in the store: some clients' clocks are ahead."""
        with self._lock:
            self._horizon_us = max(self._horizon_us, until_us)

    def strangers(self, halves: Iterable[Half]) -> list[Half]:
        """The halves whose run the store may know more of than is known here, one a run."""
        found: dict[str, Half] = {}
        with self._lock:
            new: set[str] = set()
            for half in halves:
                if half.id in self._runs or half.id in new:
                    continue
                if self._is_old(half):
                    found.setdefault(half.id, half)
                else:
                    new.add(half.id)
        return [half for run_id, half in found.items() if run_id not in new]

    def in_other_projects(self, ids: Iterable[str], project: str) -> list[str]:
        """Those of some runs that are known to be in another project."""
        with self._lock:
            runs = [self._runs.get(run_id) for run_id in ids]
        return [run.id for run in runs if run is not None and run.project != project]

    def learn(self, runs: Iterable[Run]) -> None:
        """Keep runs that the store knew; what is known here already is newer."""
        with self._lock:
            for run in runs:
                if run.id not in self._runs:
                    self._keep(run)

    def merge(self, halves: Iterable[Half], project_of: Callable[[Half], str]) -> Merged:
        """The spans of all runs that the halves speak of, each once, as they are after them."""
        before: dict[str, Run | None] = {}
        changed: dict[str, Run] = {}
        now_us = time.time_ns() // 1000
        with self._lock:
            for half in halves:
                known = self._runs.get(half.id)
                before.setdefault(half.id, known)
                run = merged(known, half, project_of(half), now_us)
                self._keep(run)
                changed[half.id] = run
            sources = [source_of_run(run, self._next_version()) for run in changed.values()]
            self._shrink()
        left = [
            Left(
                project=known.project,
                trace_id=known.trace_id,
                id=known.id,
                start_us=start_of(known),
            )
            for known in before.values()
            if known is not None and _place(known) != _place(changed[known.id])
        ]
        return Merged(sources=sources, left=left)

    def _is_old(self, half: Half) -> bool:
        """Whether an earlier half may have come before the horizon."""
        start_us = start_said(half)
        if start_us is None:
            return half.verb == "patch"
        return start_us <= self._horizon_us

    def _keep(self, run: Run) -> None:
        before = self._runs.pop(run.id, None)
        self._bytes += _size(run) - (0 if before is None else _size(before))
        self._runs[run.id] = run

    def _shrink(self) -> None:
        while len(self._runs) > RUNS_KEPT or self._bytes > BYTES_KEPT:
            _, run = self._runs.popitem(last=False)
            self._bytes -= _size(run)
            self._horizon_us = max(self._horizon_us, start_of(run))


def start_said(half: Half) -> int | None:
    """When the run began as far as a half tells, in its dotted order if nowhere else."""
    start_us: int | None = half.said.get("start_us")
    order: str = half.said.get("dotted_order") or ""
    return micros_of_segment(order.rpartition(".")[2]) if start_us is None and order else start_us


def _place(run: Run) -> tuple[str, str, int]:
    """What a row of the store is found by: where this changes, another row comes about."""
    return run.project, run.trace_id, start_of(run) // _HOUR_US


def _size(run: Run) -> int:
    values = (getattr(run, name) for name in JSON_FIELDS)
    return _RUN_BYTES + sum(len(value) for value in values if value is not None)
