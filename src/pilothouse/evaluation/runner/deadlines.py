"""One clock for all places that wait: a timer of each row's own would cost a fifth of the row."""

from __future__ import annotations

import asyncio
from math import inf
from time import monotonic
from types import TracebackType
from typing import Final

_LEAST_S: Final = 0.002
_MOST_S: Final = 1.0


class Deadlines:
    """Gives up what takes longer than `limit_s`, by a twentieth of that too late at the most."""

    def __init__(self, limit_s: float | None) -> None:
        self.limit_s = limit_s
        self._places: list[Place] = []

    def place(self) -> Place:
        """A place for the task that asks for it; it is to be entered for each wait."""
        task = asyncio.current_task()
        assert task is not None  # coroutines are run by tasks
        place = Place(task, inf if self.limit_s is None else self.limit_s)
        self._places.append(place)
        return place

    async def watch(self) -> None:
        """Looks at the clock until it is cancelled; at once done where nothing is limited."""
        if self.limit_s is None:
            return
        every_s = min(_MOST_S, max(_LEAST_S, self.limit_s / 20))
        while True:
            await asyncio.sleep(every_s)
            now = monotonic()
            for place in self._places:
                if place.ends <= now:
                    place.expire()


class Place:
    """Where one task waits, again and again. Leaving it raises TimeoutError for a wait given up."""

    __slots__ = ("_cancelling", "_limit_s", "_task", "ends", "expired")

    def __init__(self, task: asyncio.Task[object], limit_s: float) -> None:
        self._task = task
        self._limit_s = limit_s
        self._cancelling = 0
        self.ends = inf
        """When the wait is given up, on the monotonic clock; infinity between waits."""
        self.expired = False
        """Whether the last wait was given up."""

    def __enter__(self) -> None:
        self.expired = False
        self.ends = monotonic() + self._limit_s

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.ends = inf
        if not self.expired:
            return
        # As asyncio.timeout does: somebody else may have cancelled the task as well.
        if self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def expire(self) -> None:
        """Gives the wait up."""
        self.ends = inf
        self.expired = True
        self._cancelling = self._task.cancelling()
        self._task.cancel()
