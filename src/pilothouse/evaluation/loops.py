"""Runs a coroutine to its end from plain code, whether or not a loop runs in this thread.

All of them run on one loop in a thread of its own, so that a model's connections, which belong to a
loop, outlive a call, and nothing can wait for itself.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")
Given = TypeVar("Given")


class _Loop:
    """The loop beside, started when it is first needed; a forked child starts its own."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Threads do not survive a fork, nor may their lock."""
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def get(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(
                    target=self._loop.run_forever, name="pilothouse-evaluation", daemon=True
                ).start()
            return self._loop

    def close(self) -> None:
        """Ends what lives as long as the loop does, say a model's connections."""
        loop = self._loop
        if loop is None:
            return
        future = asyncio.run_coroutine_threadsafe(loop.shutdown_asyncgens(), loop)
        with suppress(TimeoutError):  # a program must end, whatever a connection does
            future.result(timeout=2)
        loop.call_soon_threadsafe(loop.stop)


_beside = _Loop()


atexit.register(_beside.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_beside.forget)


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """What the coroutine returns; raises what it raises. Cancels it when the caller is interrupted.

    Raises RuntimeError where it is called on the loop beside, which would wait for itself.
    """
    loop = _beside.get()
    if _running() is loop:
        coroutine.close()
        raise RuntimeError("this would wait for itself: use the asynchronous call here")
    future = asyncio.run_coroutine_threadsafe(coroutine, loop)
    try:
        return future.result()
    except BaseException:
        future.cancel()
        raise


async def in_turn(
    make: Callable[[Given], Awaitable[T]], given: Sequence[Given], *, limit: int
) -> list[T]:
    """What is made of each, in order, by no more than `limit` at once.

    Raises what was raised first; the others are cancelled by then.
    """
    made: dict[int, T] = {}
    left = iter(enumerate(given))

    async def work() -> None:
        for place, one in left:
            made[place] = await make(one)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(limit, len(given))):
                group.create_task(work())
    except BaseExceptionGroup as several:
        raise first_of(several) from None
    return [made[place] for place in range(len(given))]


def first_of(several: BaseExceptionGroup[BaseException]) -> BaseException:
    """What came first of what ended the tasks."""
    error: BaseException = several
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _running() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
