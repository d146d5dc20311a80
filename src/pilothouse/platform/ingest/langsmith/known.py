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
from typing import Final

from pilothouse.platform.ingest.langsmith.runs import JSON_FIELDS, Half, Run, merged
from pilothouse.platform.ingest.langsmith.source import source_of_run
from pilothouse.spans import Source

RUNS_KEPT: Final = 20_000
BYTES_KEPT: Final = 64 << 20
_RUN_BYTES: Final = 1_500
"""What a run takes beside its large values."""


class KnownRuns:
    """Merges halves. May be asked from any thread."""

    def __init__(self, next_version: Callable[[], int]) -> None:
        """`next_version` numbers the states of runs, so that the last one merged wins."""
        self._next_version = next_version
        self._runs: OrderedDict[str, Run] = OrderedDict()
        self._bytes = 0
        self._horizon_us = time.time_ns() // 1000
        self._lock = threading.Lock()

    def strangers(self, halves: Iterable[Half]) -> list[Half]:
        """The halves whose run the store may know more of than is known here."""
        with self._lock:
            return [half for half in halves if half.id not in self._runs and self._old(half)]

    def learn(self, runs: Iterable[Run]) -> None:
        """Keep runs that the store knew; what is known here already is newer."""
        with self._lock:
            for run in runs:
                if run.id not in self._runs:
                    self._keep(run)

    def merge(self, halves: Iterable[Half], project_of: Callable[[Half], str]) -> list[Source]:
        """The spans of all runs that the halves speak of, each once, as they are after them."""
        changed: dict[str, Run] = {}
        now_us = time.time_ns() // 1000
        with self._lock:
            for half in halves:
                run = merged(self._runs.get(half.id), half, project_of(half))
                self._keep(run)
                changed[half.id] = run
            sources = [source_of_run(run, now_us, self._next_version()) for run in changed.values()]
            self._shrink()
        return sources

    def _old(self, half: Half) -> bool:
        """Whether an earlier half may have come before the horizon; a patch always may."""
        if half.verb == "patch":
            return True
        start_us = half.said.get("start_us")
        return start_us is not None and start_us <= self._horizon_us

    def _keep(self, run: Run) -> None:
        before = self._runs.pop(run.id, None)
        self._bytes += _size(run) - (0 if before is None else _size(before))
        self._runs[run.id] = run

    def _shrink(self) -> None:
        while len(self._runs) > RUNS_KEPT or self._bytes > BYTES_KEPT:
            _, run = self._runs.popitem(last=False)
            self._bytes -= _size(run)
            if run.start_us is not None:
                self._horizon_us = max(self._horizon_us, run.start_us)


def _size(run: Run) -> int:
    values = (getattr(run, name) for name in JSON_FIELDS)
    return _RUN_BYTES + sum(len(value) for value in values if value is not None)
