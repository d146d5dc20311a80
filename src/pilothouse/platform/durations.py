"""How long things take, counted by size: cheap enough to stand where they happen."""

from __future__ import annotations

import threading
from bisect import bisect_left
from dataclasses import dataclass
from typing import Final

BOUNDS_S: Final = (
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0
)  # fmt: skip
"""Upper ends of the sizes, in seconds."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The durations that were counted up to a moment."""

    counts: tuple[int, ...]
    """By size: those up to each of `BOUNDS_S`, then the longer ones."""
    seconds: float
    """All together."""

    @property
    def count(self) -> int:
        """How many there were."""
        return sum(self.counts)


class Durations:
    """Counts durations; any thread may add."""

    __slots__ = ("_counts", "_lock", "_seconds")

    def __init__(self) -> None:
        self._counts = [0] * (len(BOUNDS_S) + 1)
        self._seconds = 0.0
        self._lock = threading.Lock()

    def add(self, seconds: float) -> None:
        """Count one."""
        at = bisect_left(BOUNDS_S, seconds)
        with self._lock:
            self._counts[at] += 1
            self._seconds += seconds

    def spread(self) -> Spread:
        """What was counted so far."""
        with self._lock:
            return Spread(tuple(self._counts), self._seconds)
