"""Our application behind a route of somebody else's FastAPI."""

from __future__ import annotations

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from pilothouse.serving import App


class Ours(Response):
    """A response that an app of ours gives, as if it were asked at `path`."""

    def __init__(self, app: App, path: str) -> None:
        super().__init__()
        self._app = app
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        await self._app.asgi({**scope, "path": self._path, "root_path": ""}, receive, send)
