"""How a server leaves so that no request is sent into a connection that is just closing.

A proxy keeps connections for later. A request that it sends just when one is closed could neither
be answered nor, where it is a POST, safely be sent to another server.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import uvicorn

CLOSE: Final = (b"connection", b"close")
KEEP_ALIVE_S: Final = 75
"""How long a connection may be idle: longer than proxies keep theirs, who then close."""
JUST_ACCEPTED_S: Final = 0.25
"""Between the last connection that is accepted and the end of those that are idle."""

LOOKS: Final = 20
LOOK_S: Final = 0.05
"""So often, and this far apart, it is looked whether who has connected has asked."""


def close_after_answers(server: uvicorn.Server) -> None:
    """From now on each answer ends its connection: who asks again asks elsewhere."""
    if CLOSE not in server.config.encoded_headers:
        server.config.encoded_headers.append(CLOSE)
        state = server.server_state
        state.default_headers = [*state.default_headers, CLOSE]


async def accept_no_more(server: uvicorn.Server) -> None:
    """Close the listeners, and let whoever has just connected send its request."""
    close_after_answers(server)
    # Whoever waits in the kernel to be accepted is reset by the close: one more look at the
    # sockets just before it leaves that moment as short as can be.
    await asyncio.sleep(0)
    for listening in server.servers:
        listening.close()
    await asyncio.sleep(JUST_ACCEPTED_S)
    for _ in range(LOOKS):
        if not any(map(_unasked, server.server_state.connections)):
            return
        await asyncio.sleep(LOOK_S)


def _unasked(connection: object) -> bool:
    """Whether nothing was asked on it yet; on a busy machine that may take its time."""
    return getattr(connection, "cycle", connection) is None
