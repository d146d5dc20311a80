"""Waits for a store or a database that is busy or away, so that what was paid for is kept."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, TypeVar

from pilothouse.platform.records.engine import may_pass

log = logging.getLogger("pilothouse")

PAUSE_S: Final = 10.0
"""The wait after the records database did not answer."""
_Found = TypeVar("_Found")


class Busy(Exception):
    """What was asked was not done, and may be a moment later."""

    def __init__(self, message: str, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


async def insist(act: Callable[[], Awaitable[_Found]]) -> _Found:
    """What `act` answers, tried until stores and records take it; all other errors are raised."""
    while True:
        try:
            return await act()
        except Busy as busy:
            wait_s: float = busy.retry_after_s
        except Exception as error:
            if not may_pass(error):
                raise
            log.warning("the records database failed; trying again in %s s: %s", PAUSE_S, error)
            wait_s = PAUSE_S
        await asyncio.sleep(wait_s)


async def insist_on(work: Callable[..., _Found], *given: Any) -> _Found:
    """The same of what blocks, on a thread."""
    return await insist(lambda: asyncio.to_thread(work, *given))


async def to_the_end(work: Coroutine[Any, Any, None], longest_s: float) -> None:
    """Do work though the caller is cancelled, meanwhile or before: then for so long at most."""
    task = asyncio.ensure_future(work)
    current = asyncio.current_task()
    stopping = current is not None and current.cancelling() > 0
    try:
        await asyncio.wait({task}, timeout=longest_s if stopping else None)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=longest_s)
        raise
    finally:
        task.cancel()  # where it is not done, there is no more time
    if task.done():
        await task
