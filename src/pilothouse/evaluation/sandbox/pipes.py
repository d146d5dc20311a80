"""Frames over a pair of pipes to a process that may do anything but answer."""

from __future__ import annotations

import os
import select
import time
from typing import Final

_CHUNK: Final = 1 << 16
_HEAD: Final = 4


class Late(Exception):
    """The deadline passed."""


class Broken(Exception):
    """Nobody is at the other end."""


class TooMuch(Exception):
    """More is sent than is allowed."""


class Pipes:
    """Sends and receives frames: four bytes of length, then a body of at most `most` bytes."""

    def __init__(self, to: int, come: int, *, most: int) -> None:
        self._to, self._come, self._most = to, come, most
        self._come_in = bytearray()
        for pipe in (to, come):
            os.set_blocking(pipe, False)
        self._writable, self._readable = select.poll(), select.poll()
        self._writable.register(to, select.POLLOUT)
        self._readable.register(come, select.POLLIN)

    def send(self, body: bytes, deadline: float) -> None:
        """The whole of it. Raises Late and Broken."""
        left = memoryview(len(body).to_bytes(_HEAD, "big") + body)
        while left:
            try:
                left = left[os.write(self._to, left) :]
            except BlockingIOError:
                _wait(self._writable, deadline)
            except BrokenPipeError:
                raise Broken from None

    def receive(self, deadline: float) -> bytes:
        """The next body. Raises Late, Broken, and TooMuch before it takes any of it."""
        self._read(_HEAD, deadline)
        size = int.from_bytes(self._come_in[:_HEAD], "big")
        if size > self._most:
            raise TooMuch(f"{size:,} bytes are sent; {self._most:,} are allowed")
        self._read(_HEAD + size, deadline)
        body = bytes(self._come_in[_HEAD : _HEAD + size])
        del self._come_in[: _HEAD + size]
        return body

    def _read(self, size: int, deadline: float) -> None:
        """Until so much has come in, which is no more than a chunk beyond."""
        while len(self._come_in) < size:
            try:
                chunk = os.read(self._come, _CHUNK)
            except BlockingIOError:
                _wait(self._readable, deadline)
                continue
            if not chunk:
                raise Broken
            self._come_in += chunk


def _wait(ready: select.poll, deadline: float) -> None:
    """Until the pipe is ready. Raises Late."""
    left = deadline - time.monotonic()
    if left <= 0 or not ready.poll(left * 1000 + 1):
        raise Late
