"""uvicorn that says when it listens, exits 0 when asked to stop, and tells those who stream."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Final

import uvicorn

from pilothouse.draining import accept_no_more

LOOK_S: Final = 2.0
"""How often the server looks whether it should exit without having been told by a signal."""


class Server(uvicorn.Server):
    """An HTTP server that leaves in good order on SIGTERM and Ctrl-C."""

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        on_ready: Callable[[], None],
        on_signal: Callable[[], None],
        on_alive: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self._on_signal = on_signal
        self._on_alive = on_alive
        self._asked: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def main_loop(self) -> None:
        """As uvicorn's, which looks ten times a second whether it should exit: here it is told."""
        self._asked, self._loop = asyncio.Event(), asyncio.get_running_loop()
        while not await self.on_tick(0):
            self._on_alive()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), LOOK_S)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn does; whoever hears of the address after it may connect at once."""
        await super().startup(sockets=sockets)
        self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, which closes idle connections: one just accepted may send its request."""
        await accept_no_more(self)
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn does, but the signal is not raised again afterwards."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {s: signal.signal(s, self._stop) for s in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._on_signal()
        self.handle_exit(number, frame)
        if self._loop is not None and self._asked is not None:
            self._loop.call_soon_threadsafe(self._asked.set)
