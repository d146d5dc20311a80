"""Small batches that come in one turn of the event loop, taken as one.

A request of one span costs more around the span than for it: the code of each step is fetched into
the processor's cache anew, and the write-ahead file is written once a request. What many clients
send at a time is therefore encoded together and written once. A batch that comes alone waits for
nobody: all that the loop has read by then is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from pilothouse.platform.ingest.batch import Batch, joined
from pilothouse.platform.ingest.errors import IngestError


class Together:
    """Gives `take` what came in one turn of the event loop, and each caller its own answer."""

    def __init__(self, take: Callable[[Batch], None]) -> None:
        """`take` takes a batch whole or raises."""
        self._take = take
        self._waiting: list[Batch] = []
        self._taking: asyncio.Task[None] | None = None

    async def take(self, batch: Batch) -> None:
        """Return once the batch was taken; raises what `take` raised for it."""
        loop = asyncio.get_running_loop()
        taking, waiting = self._taking, self._waiting
        if not waiting or taking is None or taking.get_loop() is not loop:
            waiting = self._waiting = []
            taking = self._taking = loop.create_task(self._take_all())
        waiting.append(batch)
        try:
            await asyncio.shield(taking)  # a client that goes away takes no other with it
        except IngestError:
            raise
        except Exception:
            if len(waiting) == 1:
                raise
            self._take(batch)  # what is wrong with one of them is not wrong with all

    async def _take_all(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._take(joined(waiting))
