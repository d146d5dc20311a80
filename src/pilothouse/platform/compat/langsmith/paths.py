"""One spelling for the many under which LangSmith's clients ask for the same thing."""

from __future__ import annotations

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

_SPELLINGS: Final = (
    ("/api/v1/platform/", "/platform/"),
    ("/v1/platform/", "/platform/"),
    ("/api/v2/", "/v2/"),
    ("/api/v1/", "/"),
    ("/api/", "/"),
)
"""What a path may begin with, and what it is called here; the first that fits counts."""


def canonical(path: str) -> str:
    """The path as the routes have it: no prefix of an API version, no slash at the end."""
    path = "/" + "/".join(part for part in path.split("/") if part)
    for spelt, ours in _SPELLINGS:
        if path.startswith(spelt):
            return ours + path.removeprefix(spelt)
    return path


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
