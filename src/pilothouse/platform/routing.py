"""The routes of the API, each built once.

FastAPI builds a route when it is declared and once more for every router that includes it without
a prefix of its own; with some two hundred routes that was a fifth of the start. So each area's
router carries the whole path from the beginning, and its routes are put side by side.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, Final

from fastapi import APIRouter
from starlette.types import ASGIApp, Receive, Scope, Send

API: Final = "/api/v1"


class ApiRouter(APIRouter):
    """The routes of one area, under /api/v1."""

    def __init__(self, prefix: str = "", **settings: Any) -> None:  # Any: FastAPI's own settings
        super().__init__(prefix=API + prefix, **settings)


def join(target: APIRouter, routers: Iterable[APIRouter]) -> None:
    """Put the routes of routers after those that are there, as they are."""
    for router in routers:
        target.routes.extend(router.routes)


class Lazily:
    """An application that is built when somebody first asks for it."""

    def __init__(self, build: Callable[[], ASGIApp]) -> None:
        self._build = build
        self._building = asyncio.Lock()
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._app is None:
            async with self._building:
                if self._app is None:
                    self._app = await asyncio.to_thread(self._build)
        await self._app(scope, receive, send)
