"""A server that people reach below a path of another host: `https://example.org/pilothouse`."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

_OWN: Final = ("/api", "/v1", "/langsmith")
"""Paths of ours: whoever publishes us below one of them has a proxy that takes it off."""


def prefix_of(public_url: str) -> str:
    """The path of an address without the slash at its end, "" where it has none."""
    return urlsplit(public_url).path.rstrip("/")


class BelowPath:
    """Tells the application its public path, and takes that off where the proxy left it on."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app = app
        self._prefix = prefix
        self._raw = prefix.encode("latin-1", "replace")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = {**scope, "root_path": self._prefix}
            path: Any = scope["path"]
            if self._prefix not in _OWN and f"{path}/".startswith(f"{self._prefix}/"):
                scope["path"] = path.removeprefix(self._prefix) or "/"
                scope["raw_path"] = scope.get("raw_path", b"").removeprefix(self._raw) or b"/"
        await self._app(scope, receive, send)
