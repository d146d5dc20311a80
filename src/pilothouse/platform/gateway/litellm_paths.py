"""LiteLLM's admin paths below /gateway, led to where our API has them."""

from __future__ import annotations

import re
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

_ADMIN: Final = re.compile(r"/gateway(?:/v1)?(/(?:key|team|spend|model)/[a-z]+)/?")
_THERE: Final = "/api/v1/gateway/litellm"


class LiteLLMPaths:
    """Stands before whoever asks for keys: its paths are as well guarded as those of the API."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/gateway/"):
            found = _ADMIN.fullmatch(scope["path"])
            if found is not None:
                path = _THERE + found[1]
                scope = {**scope, "path": path, "raw_path": path.encode()}
        await self._app(scope, receive, send)
