"""Ends a request whose client went away, or that stands still for too long.

One timer a request, which looks when it fires whether there is still time: a stream moves its
deadline hundreds of times, and a timer each would cost more than the relaying. Whether the client
is gone is looked at from SOON_S on: answers that are there by then need no task to watch for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Final, Literal, Self

SOON_S: Final = 0.05
SLOW_S: Final = 60.0
"""So long a client may take nothing of what it is sent."""
Why = Literal["", "gone", "total", "idle", "client"]


class Watch:
    """Cancels the present task once; `why` says what for."""

    def __init__(
        self, gone: Callable[[], Awaitable[None]], total_s: float, slow_s: float = SLOW_S
    ) -> None:
        """What `gone` makes returns when the client has gone away."""
        self.why: Why = ""
        self._loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._slow_s = slow_s
        self._total = self._loop.time() + total_s
        self._due = self._total
        self._reason: Why = "total"
        self._timer: asyncio.TimerHandle | None = None
        self._at = 0.0
        self._gone = gone
        self._waiting: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._at = min(self._due, self._loop.time() + SOON_S)
        self._timer = self._loop.call_at(self._at, self._fire)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        if self.why and kind is not None and issubclass(kind, asyncio.CancelledError):
            self._task.uncancel()

    def stop(self) -> None:
        """Watch no longer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting is not None:
            self._waiting.cancel()

    def reading(self, idle_s: float) -> None:
        """From now on the provider may say nothing for so long."""
        self._set(self._loop.time() + idle_s, "idle")

    def writing(self) -> None:
        """From now on the client may take nothing for some time."""
        self._set(self._loop.time() + self._slow_s, "client")

    def left_s(self) -> float:
        """Until the request must be answered."""
        return max(0.0, self._total - self._loop.time())

    def _set(self, due: float, reason: Why) -> None:
        if due < self._total:
            self._due, self._reason = due, reason
        else:
            self._due, self._reason = self._total, "total"
        if self._timer is None or self._due < self._at:
            self._schedule()

    def _schedule(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._at = self._due
        self._timer = self._loop.call_at(self._due, self._fire)

    def _fire(self) -> None:
        self._timer = None
        if self._waiting is None:
            self._waiting = self._loop.create_task(self._wait())
        if self._loop.time() < self._due:
            self._schedule()
        else:
            self._end(self._reason)

    async def _wait(self) -> None:
        await self._gone()
        self._end("gone")

    def _end(self, why: Why) -> None:
        if not self.why:
            self.why = why
            self._task.cancel()
