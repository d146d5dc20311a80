"""A bounded queue and the thread that empties it: what the host program never waits for."""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, Literal, TypeVar

from pilothouse.tracing.trouble import trouble, warn_once

Item = TypeVar("Item")
Outcome = Literal["sent", "refused", "later", "away"]
"""Of one delivery: done; never to be tried again; the receiver is busy, or not there."""
BACKOFF_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)


class Outbox(Generic[Item]):
    """Takes items on any thread and hands them on in batches from one of its own.

    `put` never blocks and never raises. While the receiver is away, items wait within the bounds;
    beyond them new ones are dropped, counted and reported once. A forked child starts empty: what
    waited belongs to its parent.
    """

    def __init__(
        self,
        name: str,
        deliver: Callable[[list[Item]], Outcome],
        *,
        size: int,
        batch: int,
        wait_s: float,
        max_bytes: int = 0,
        weigh: Callable[[Item], int] | None = None,
    ) -> None:
        self.name = name
        self.dropped = 0
        self.sent = 0
        self._deliver = deliver
        self._size = size
        self._batch = batch
        self._wait_s = wait_s
        self._max_bytes = max_bytes
        self._weigh = weigh
        self._queue: deque[tuple[Item, int]] = deque()
        self._bytes = 0
        self._closed = False
        self._renew()
        _all.add(self)

    def put(self, item: Item) -> None:
        """Queues an item, or drops it when the outbox is full or closed."""
        queue = self._queue
        waiting = len(queue)
        weight = self._weigh(item) if self._weigh is not None else 0
        if waiting >= self._size or (waiting and self._bytes + weight > self._max_bytes > 0):
            self._drop(1)
            return
        if self._closed:
            return
        self._bytes += weight  # not atomic: a bound that is off by one span does no harm
        queue.append((item, weight))
        if self._thread is None:
            self._start()
        elif waiting + 1 >= self._batch and not self._wake.is_set():
            self._wake.set()

    @property
    def waiting(self) -> int:
        """How many items are not handed on yet."""
        return len(self._queue) + self._held

    def flush(self, timeout_s: float, *, patient: bool = False) -> bool:
        """Waits until all is handed on; False when the time is up.

        Unless `patient`, False also as soon as the receiver turns out to be away.
        """
        if not self._queue and not self._busy:
            return True
        deadline = time.monotonic() + timeout_s
        with self._lock:
            self._flushing += 1
            self._away = False
            self._wake.set()
            if self._thread is None and self._queue:
                self._start_locked()
            try:
                while self._queue or self._busy:
                    left = deadline - time.monotonic()
                    if left <= 0 or self._thread is None or (self._away and not patient):
                        return False
                    self._settled.wait(left)
            finally:
                self._flushing -= 1
        return True

    def close(self, timeout_s: float, *, patient: bool = False) -> bool:
        """Flushes and ends the thread; what was not handed on by then counts as dropped."""
        done = self.flush(timeout_s, patient=patient)
        self._closed = True
        with self._lock:
            self._wake.set()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(0.2 if done else 0)
        left = len(self._queue)
        if left:
            self._queue.clear()
            self._drop(left)
        return done

    def _drop(self, count: int) -> None:
        self.dropped += count
        warn_once(
            f"{self.name}:full",
            f"{self.name} are being dropped: they wait faster than the server takes them, or it "
            "is away. The program itself is not affected.",
        )

    def _renew(self) -> None:
        self._lock = threading.Lock()
        self._settled = threading.Condition(self._lock)
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._busy = False
        self._held = 0
        self._flushing = 0
        self._away = False

    def _start(self) -> None:
        with self._lock:
            self._start_locked()

    def _start_locked(self) -> None:
        if self._thread is not None:
            return
        thread = threading.Thread(target=self._run, name=f"pilothouse-{self.name}", daemon=True)
        self._thread = thread
        try:
            thread.start()
        except RuntimeError as error:  # the interpreter is going down
            self._thread = None
            trouble(f"starting the thread for {self.name}", error)

    def _run(self) -> None:
        try:
            while not self._closed:
                self._wake.wait(self._wait_s)
                self._wake.clear()
                self._empty()
        except Exception as error:
            trouble(f"sending {self.name}", error)
        finally:
            with self._lock:
                self._thread = None
                self._busy = False
                self._settled.notify_all()

    def _empty(self) -> None:
        """Hands on what waits, trying again for as long as the receiver is busy or away."""
        while self._queue and not self._closed:
            self._busy = True
            batch = self._take()
            self._held = len(batch)
            outcome = self._attempt(batch)
            tries = 0
            while outcome in ("later", "away") and not self._closed:
                if outcome == "away":
                    self._note_absence()
                self._pause(BACKOFF_S[min(tries, len(BACKOFF_S) - 1)])
                tries += 1
                outcome = self._attempt(batch)
            if outcome == "sent":
                self.sent += len(batch)
            elif outcome == "refused":
                self.dropped += len(batch)
            else:  # closed while the receiver was away
                self._drop(len(batch))
            self._held = 0
        with self._lock:
            self._busy = False
            self._settled.notify_all()

    def _take(self) -> list[Item]:
        queue = self._queue
        taken = [queue.popleft() for _ in range(min(len(queue), self._batch))]
        self._bytes = max(0, self._bytes - sum(weight for _, weight in taken)) if queue else 0
        return [item for item, _ in taken]

    def _attempt(self, batch: list[Item]) -> Outcome:
        try:
            return self._deliver(batch)
        except Exception as error:
            trouble(f"sending {self.name}", error)
            return "refused"

    def _note_absence(self) -> None:
        with self._lock:
            self._away = True
            self._settled.notify_all()

    def _pause(self, seconds: float) -> None:
        """Waits; not for long when somebody is waiting for a flush."""
        deadline = time.monotonic() + seconds
        while not self._closed:
            left = deadline - time.monotonic()
            if left <= 0:
                return
            if self._flushing:
                time.sleep(min(left, 0.2))
                return
            self._wake.wait(min(left, 1.0))
            self._wake.clear()

    def renew_in_child(self) -> None:
        """Starts anew after a fork."""
        self._queue = deque()
        self._bytes = 0
        self.dropped = 0
        self.sent = 0
        self._renew()


_all: weakref.WeakSet[Outbox[Any]] = weakref.WeakSet()


def _renew_in_child() -> None:
    for outbox in list(_all):
        outbox.renew_in_child()


if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork either
    os.register_at_fork(after_in_child=_renew_in_child)
