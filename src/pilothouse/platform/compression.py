"""Compresses large answers for those who ask from another machine.

To a browser on this one a megabyte costs less to send than to compress and inflate.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from starlette.middleware.gzip import GZipMiddleware

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_PASSED_ON: Final = frozenset({b"forwarded", b"via", b"x-forwarded-for", b"x-real-ip"})
"""Headers by which a proxy says that it asks for somebody else."""


class Compression:
    """An application whose answers of 2 kB and more are compressed where they travel."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.compressed = GZipMiddleware(app, minimum_size=2048, compresslevel=3)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as it is to this machine, else compressed if the client takes that."""
        stays = scope["type"] == "http" and _stays_here(scope)
        await (self.app if stays else self.compressed)(scope, receive, send)


def _stays_here(scope: Scope) -> bool:
    client = scope.get("client")
    if client is None or any(name in _PASSED_ON for name, _ in scope["headers"]):
        return False
    try:
        return ip_address(client[0]).is_loopback
    except ValueError:  # a socket's path, or a test client's name
        return False
