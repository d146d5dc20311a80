"""Plain functions beside the event loop, with little paid for each call.

Many answers wake the loop once, and a thread whose function was given up is replaced, so that one
call that hangs takes no place of the pool for ever.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections import deque
from collections.abc import Callable
from contextvars import Context, copy_context
from dataclasses import dataclass
from queue import SimpleQueue
from time import perf_counter
from typing import Any, Final

_QUICK_S: Final = 0.001
_STREAK: Final = 32
_LATE_S: Final = 0.02  # a collection of garbage may take as long


@dataclass(slots=True, eq=False)
class _Call:
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    context: Context
    future: asyncio.Future[Any]
    value: Any = None
    error: Exception | None = None


class Threads:
    """Up to `size` calls at once. To be used as a context within a running loop."""

    def __init__(self, size: int, name: str) -> None:
        self._size = size
        self._name = name
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._answers: deque[_Call] = deque()
        self._waking = threading.Lock()
        self._woken = False
        self._started = 0
        self._idle = 0

    def __enter__(self) -> Threads:
        self._loop = asyncio.get_running_loop()
        return self

    def __exit__(self, *_raised: object) -> None:
        """Lets the threads end; those that still run a function end after it."""
        for _ in range(self._started):
            self._calls.put(None)

    async def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """What the function returns; raises what it raises. Cancelled, it is no more waited for."""
        future = self._loop.create_future()
        if self._idle == 0 and self._started < self._size:
            self._start()
        else:
            self._idle = max(0, self._idle - 1)
        self._calls.put(_Call(function, arguments, copy_context(), future))
        try:
            return await future
        except asyncio.CancelledError:
            self._start()  # in the place of the one that cannot be stopped
            raise

    def _start(self) -> None:
        self._started += 1
        threading.Thread(target=self._work, name=self._name, daemon=True).start()

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            if call.future.cancelled():
                return  # never begun; the replacement has its place
            try:
                call.value = call.context.run(call.function, *call.arguments)
            except StopIteration as e:  # no future can hold it
                call.error = RuntimeError(f"the function raised StopIteration({e.value!r})")
            except Exception as e:  # noqa: BLE001 # raised again where the call is awaited
                call.error = e
            if call.future.cancelled():
                return
            self._answers.append(call)
            with self._waking:
                wake, self._woken = not self._woken, True
            if wake:
                try:
                    self._loop.call_soon_threadsafe(self._deliver)
                except RuntimeError:  # the loop is closed: nobody waits any more
                    return

    def _deliver(self) -> None:
        with self._waking:
            self._woken = False
        while self._answers:
            call = self._answers.popleft()
            self._idle += 1
            if call.future.done():
                continue
            if call.error is not None:
                call.future.set_exception(call.error)
            else:
                call.future.set_result(call.value)


class Paced:
    """A function that runs in a thread until it has shown to be too quick to need one.

    After so many calls of under a millisecond one after another it is called within the loop, where
    it costs a fifth; the first call that takes long there sends it back to the threads for good.
    """

    def __init__(self, threads: Threads, function: Callable[..., Any]) -> None:
        self._threads = threads
        self._function = function
        self._quick_calls = 0
        self.quick = False

    async def __call__(self, *arguments: Any) -> Any:
        """What the function returns; raises what it raises."""
        if self.quick:
            return self.at_once(*arguments)
        return await self._threads.run(self._timed, *arguments)

    def at_once(self, *arguments: Any) -> Any:
        """The same without a thread, for a function that is `quick`."""
        started = perf_counter()
        try:
            return copy_context().run(self._function, *arguments)
        finally:
            if perf_counter() - started > _LATE_S:
                self.quick = False
                self._quick_calls = -sys.maxsize  # never again

    def _timed(self, *arguments: Any) -> Any:
        started = perf_counter()
        try:
            return self._function(*arguments)
        finally:
            took = perf_counter() - started
            self._quick_calls = self._quick_calls + 1 if took < _QUICK_S else 0
            self.quick = self._quick_calls >= _STREAK
