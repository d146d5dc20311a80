"""One timer for all runs: deadlines, silent streams, and clients that went away.

A timer or a listener of its own would cost each request more than its answer; runs that end within
one look cost nothing here.
"""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

LOOK_S: Final = 0.05


class Watched(Protocol):
    """What can be looked after."""

    def look(self, now: float) -> None:
        """See whether something is due; `now` is the loop's time."""


class Watch:
    """Looks at everything that goes on; sleeps while nothing does."""

    def __init__(self) -> None:
        self._all: set[Watched] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self.lag_s = 0.0
        """How late the last look came."""

    def add(self, one: Watched) -> None:
        """Look after this one from now on."""
        self._all.add(one)
        if self._timer is None:
            self._next(asyncio.get_running_loop())

    def discard(self, one: Watched) -> None:
        """No more."""
        self._all.discard(one)

    def __len__(self) -> int:
        return len(self._all)

    def all(self) -> list[Watched]:
        """Everything that goes on."""
        return list(self._all)

    def _next(self, loop: asyncio.AbstractEventLoop) -> None:
        self._due = loop.time() + LOOK_S
        self._timer = loop.call_at(self._due, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        self.lag_s = max(0.0, now - self._due)
        for one in tuple(self._all):
            one.look(now)
        self._timer = None
        if self._all:
            self._next(loop)
