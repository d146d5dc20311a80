"""Plain functions beside the event loop, with little paid for each call.

Many answers wake the loop once, and a thread whose function was given up is replaced, so that one
call that hangs takes no place of the pool for ever.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from contextvars import Context, copy_context
from dataclasses import dataclass
from queue import SimpleQueue
from types import TracebackType
from typing import Any


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

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
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
