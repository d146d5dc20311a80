"""Threads for what is not async; a call that was given up keeps its place until it returns."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, TypeVar

T = TypeVar("T")
END: Final = object()
Hold = Callable[["Future[Any]"], None]
"""Told of each call, so that the run's place is kept for as long as a thread is at work."""


class Pool:
    """A bounded number of threads."""

    def __init__(self, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="pilothouse-target")
        self.busy = 0
        """Calls that run or wait for a thread."""

    async def call(self, hold: Hold, function: Callable[..., T], /, *args: Any, **kwargs: Any) -> T:
        """What the function gives; it sees the caller's context variables."""
        context = contextvars.copy_context()
        future = self._threads.submit(context.run, function, *args, **kwargs)
        self.busy += 1
        future.add_done_callback(self._done)
        hold(future)
        return await asyncio.wrap_future(future)

    async def iterate(
        self, hold: Hold, begin: Callable[..., Iterator[T]], /, *args: Any, **kwargs: Any
    ) -> AsyncIterator[T]:
        """The pieces of a generator, each made in a thread when it is asked for.

        A generator that is left early meets GeneratorExit at its next `yield`.
        """
        iterator = await self.call(hold, begin, *args, **kwargs)
        try:
            while (piece := await self.call(hold, next, iterator, END)) is not END:
                yield piece
        finally:
            close = getattr(iterator, "close", None)
            if close is not None:
                # Behind a call that may still run: a generator takes one at a time.
                self._threads.submit(_close_soon, close).add_done_callback(lambda _: None)

    def _done(self, _future: Future[Any]) -> None:
        self.busy -= 1

    def close(self) -> None:
        """Wait for nobody; what has not begun is given up."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _close_soon(close: Callable[[], None]) -> None:
    import time

    for _ in range(500):
        try:
            close()
        except ValueError:  # "generator already executing"
            time.sleep(0.01)
        else:
            return
