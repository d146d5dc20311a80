"""Requests of LangSmith's clients in the one spelling that the routes have."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from pilothouse.platform.langsmith_paths import canonical


class OneSpelling:
    """Gives the application behind it canonical paths; never redirects, which clients refuse."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            root = scope.get("root_path", "")
            path = scope["path"]
            rest = path.removeprefix(root) if root and path.startswith(root) else path
            scope = {**scope, "path": root + canonical(rest)}
        await self._app(scope, receive, send)
