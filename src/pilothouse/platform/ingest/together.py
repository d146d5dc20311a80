"""Small batches that come in one turn of the event loop, taken as one.

A request of one span costs more around the span than for it: the code of each step is fetched into
the processor's cache anew, and the write-ahead file is written once a request. What many clients
send at a time is therefore encoded together and written once. A batch that comes alone waits for
nobody: all that the loop has read by then is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from pilothouse.platform.ingest.batch import Batch, joined
from pilothouse.platform.ingest.errors import IngestError


class Together:
    """Gives `take` what came in one turn of the event loop, and each caller its own answer."""

    def __init__(self, take: Callable[[Batch], None]) -> None:
        """`take` takes a batch whole or raises."""
        self._take = take
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: list[tuple[Batch, asyncio.Future[None]]] = []

    async def take(self, batch: Batch) -> None:
        """Return once the batch was taken; raises what `take` raised for it."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:  # nobody waits any more on a loop that has ended
            self._loop, self._waiting = loop, []
        answer: asyncio.Future[None] = loop.create_future()
        self._waiting.append((batch, answer))
        if len(self._waiting) == 1:
            loop.call_soon(self._take_all)
        await answer

    def _take_all(self) -> None:
        waiting, self._waiting = self._waiting, []
        error = self._error_of(waiting)
        if error is None or isinstance(error, IngestError) or len(waiting) == 1:
            for _, answer in waiting:
                _answer(answer, error)
            return
        for one in waiting:  # what is wrong with one of them is not wrong with all
            _answer(one[1], self._error_of([one]))

    def _error_of(self, waiting: Sequence[tuple[Batch, asyncio.Future[None]]]) -> Exception | None:
        try:
            self._take(joined([batch for batch, _ in waiting]))
        except Exception as e:  # noqa: BLE001 - whatever it is, it is the callers' answer
            return e
        return None


def _answer(answer: asyncio.Future[None], error: Exception | None) -> None:
    if answer.done():  # cancelled: the client went away
        return
    if error is None:
        answer.set_result(None)
    else:
        answer.set_exception(error)
