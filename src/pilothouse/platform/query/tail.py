"""New and changed traces as they come: server-sent events.

The store is asked once a second, and only while somebody listens. The version of a trace rises with
each change, so what is above the last one seen is new.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Final

import orjson

from pilothouse.platform.query.traces import scored
from pilothouse.platform.store import changes, lists
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.orders import order_of
from pilothouse.platform.store.selection import Selection

EVERY_S: Final = 1.0
HEARTBEAT_S: Final = 15.0
MOST: Final = 200
"""Traces told at once; more than that nobody reads, the newest are told."""


class Tail:
    """Tells listeners of traces that are new or changed."""

    def __init__(self, store: Store, stopping: asyncio.Event | None = None) -> None:
        """`stopping` is set when the server ends: streams end then too."""
        self._store = store
        self._stopping = stopping or asyncio.Event()
        self._asked_at = 0.0
        self._newest = 0
        self._asking = asyncio.Lock()

    async def events(
        self, selection: Selection, again: Callable[[], Selection] | None = None
    ) -> AsyncIterator[bytes]:
        """`trace` events, with a comment now and then so that the connection is kept.

        `again` asks anew what is selected: a project may have been created since the stream began.
        """
        seen = await self._newest_version()
        told_at = time.monotonic()
        yield b"retry: 2000\nevent: ready\ndata: {}\n\n"
        while not await self._stopped(EVERY_S):
            newest = await self._newest_version()
            if newest > seen:
                now = selection if again is None else again()
                async for event in self._changed(now, seen, newest):
                    yield event
                seen, told_at = newest, time.monotonic()
            elif time.monotonic() - told_at > HEARTBEAT_S:
                yield b": still here\n\n"
                told_at = time.monotonic()

    async def _changed(self, selection: Selection, seen: int, newest: int) -> AsyncIterator[bytes]:
        also = changes.between(seen, newest)
        rows = await lists.page(
            self._store, "traces", selection, order_of(None, "traces"), limit=MOST, also=also
        )
        items = orjson.loads(await scored(self._store, "traces", selection, rows[::-1]))
        for item in items:
            yield b"event: trace\ndata: " + orjson.dumps(item) + b"\n\n"

    async def _stopped(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def _newest_version(self) -> int:
        """The newest version of any trace; asked once for all listeners."""
        async with self._asking:
            if time.monotonic() - self._asked_at >= EVERY_S / 2:
                await self._store.visible()
                self._newest = await changes.newest(self._store)
                self._asked_at = time.monotonic()
        return self._newest
