"""How many runs of a mount go on at once, and how many wait."""

from __future__ import annotations

import asyncio
from collections import deque

from pilothouse.serving.errors import Overloaded


class Gate:
    """Places, and a bounded queue for them, first come, first served."""

    def __init__(self, places: int, queue: int) -> None:
        self.places = places
        self.active = 0
        self._queue = queue
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def waiting(self) -> int:
        """How many wait for a place."""
        return sum(not each.done() for each in self._waiting)

    def full(self) -> bool:
        """Whether the next one would be refused."""
        return self.active >= self.places and self.waiting >= self._queue

    def enter(self) -> asyncio.Future[None] | None:
        """None: a place is yours. Else what to await; it may be ended by its own exception.

        Raises Overloaded where the queue is full.
        """
        if self.active < self.places:
            self.active += 1
            return None
        if self.full():
            raise Overloaded(
                f"{self.places} requests are being answered and {self._queue} wait",
                retry_after_s=1.0,
            )
        place = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        return place

    def leave(self) -> None:
        """Give the place to whoever waits longest."""
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                return
        self.active -= 1
