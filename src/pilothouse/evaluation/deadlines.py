"""One clock for all places that wait: a timer of each row's own would cost a fifth of the row."""

from __future__ import annotations

import asyncio
from math import inf
from time import monotonic
from types import TracebackType
from typing import Final
from weakref import WeakKeyDictionary

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


class Alarms:
    """The same for waits of tasks that come and go, on one loop; `of_loop` gives that of this one.

    The clock runs while anybody waits.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: set[Place] = set()
        self._timer: asyncio.TimerHandle | None = None

    def within(self, limit_s: float) -> Place:
        """A wait of the task that asks, to be entered at once; it is given up a second late at
        most."""
        task = asyncio.current_task()
        assert task is not None  # coroutines are run by tasks
        return Place(task, limit_s, self)

    def begins(self, place: Place) -> None:
        """Have a wait looked at."""
        self._waiting.add(place)
        if self._timer is None:
            self._timer = self._loop.call_later(_MOST_S, self._look)

    def ends(self, place: Place) -> None:
        """Look at it no more."""
        self._waiting.discard(place)

    def _look(self) -> None:
        now = monotonic()
        for place in [one for one in self._waiting if one.ends <= now]:
            place.expire()
        self._timer = self._loop.call_later(_MOST_S, self._look) if self._waiting else None


_ALARMS: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, Alarms]] = WeakKeyDictionary()


def of_loop() -> Alarms:
    """The alarms of the running loop."""
    loop = asyncio.get_running_loop()
    found = _ALARMS.get(loop)
    if found is None:
        found = _ALARMS.setdefault(loop, Alarms(loop))
    return found


class Place:
    """Where one task waits, again and again. Leaving it raises TimeoutError for a wait given up."""

    __slots__ = ("_alarms", "_cancelling", "_limit_s", "_task", "ends", "expired")

    def __init__(
        self, task: asyncio.Task[object], limit_s: float, alarms: Alarms | None = None
    ) -> None:
        self._task = task
        self._alarms = alarms
        self._limit_s = limit_s
        self._cancelling = 0
        self.ends = inf
        """When the wait is given up, on the monotonic clock; infinity between waits."""
        self.expired = False
        """Whether the last wait was given up."""

    def __enter__(self) -> None:
        self.expired = False
        self.ends = monotonic() + self._limit_s
        if self._alarms is not None:
            self._alarms.begins(self)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.ends = inf
        if self._alarms is not None:
            self._alarms.ends(self)
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
