"""Other addresses of the gateway, led to where the server has it."""

from __future__ import annotations

import re
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

BELOW: Final = "/gateway"
_ADMIN: Final = re.compile(r"/gateway(?:/v1)?(/(?:key|team|spend|model)/[a-z]+)/?")
_THERE: Final = "/api/v1/gateway/litellm"
_KEPT: Final = re.compile(
    r"/(?:$|api/|v1/|gateway/|langsmith|metrics$|healthz$|readyz$|mcp|openapi\.json$|docs|redoc)"
)


class LiteLLMPaths:
    """Leads LiteLLM's admin paths below /gateway to our API.

    It stands before whoever asks for keys: its paths are as well guarded as those of the API.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(BELOW):
            found = _ADMIN.fullmatch(scope["path"])
            if found is not None:
                scope = _led(scope, _THERE + found[1])
        await self._app(scope, receive, send)


class AtRoot:
    """Has what is below /gateway at the root as well, on a server that is a gateway only."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path: str = scope["path"]
            is_admin = _ADMIN.fullmatch(BELOW + path) is not None
            if is_admin or _KEPT.match(path) is None:
                scope = _led(scope, BELOW + path)
        await self._app(scope, receive, send)


def _led(scope: Scope, path: str) -> Scope:
    return {**scope, "path": path, "raw_path": path.encode("utf-8", "replace")}
