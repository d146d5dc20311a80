"""Gives each event loop one pool of connections, closed when the loop ends.

Connections belong to the loop that opened them, and models come and go: a pool that belonged to a
model would be closed whenever the garbage collector found the model, on no loop at all.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Final

from pilothouse.evaluation.extras import required

if TYPE_CHECKING:
    from aiohttp import ClientSession

_open: Final[
    dict[asyncio.AbstractEventLoop, tuple[ClientSession, AsyncGenerator[ClientSession]]]
] = {}


async def client() -> ClientSession:
    """The pool of the loop that runs."""
    loop = asyncio.get_running_loop()
    found = _open.get(loop)
    if found is not None and not found[0].closed:
        return found[0]
    for ended in [known for known in list(_open) if known.is_closed()]:
        _open.pop(ended, None)
    keeper = _kept_open()
    opened = await anext(keeper)
    _open[loop] = opened, keeper
    return opened


async def _kept_open() -> AsyncGenerator[ClientSession]:
    """A pool that closes itself: a loop ends its asynchronous generators before it ends."""
    aiohttp = required("aiohttp")
    opened = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),  # callers bound how many they ask at once
        cookie_jar=aiohttp.DummyCookieJar(),
    )
    try:
        yield opened
    finally:
        await opened.close()
