"""The routes of the API, each built once.

FastAPI builds a route when it is declared and once more for every router that includes it without
a prefix of its own; with some two hundred routes that was a fifth of the start. So each area's
router carries the whole path from the beginning, and its routes are put side by side.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute, Match, NoMatchFound
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


class Area(BaseRoute):
    """The routes below some first words of a path, declared when one of them is first asked for.

    Most servers are asked for a few areas only, and a server that only stores spans for none; to
    declare them all would be a quarter of the start. Declared routes take this one's place.
    """

    def __init__(
        self, target: APIRouter, words: Iterable[str], declare: Callable[[], Iterable[APIRouter]]
    ) -> None:
        self._target = target
        self._words = frozenset(words)
        self._declare = declare
        self._declaring = threading.Lock()

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        path: str = scope.get("path", "")
        word = path.removeprefix(API + "/").partition("/")[0] if path.startswith(API) else ""
        return (Match.FULL if word in self._words else Match.NONE), {}

    def url_path_for(self, name: str, /, **path_params: Any) -> Any:  # Any: Starlette's own
        raise NoMatchFound(name, path_params)

    def declare(self) -> None:
        """Put the routes in this one's place; from any thread, as often as one likes."""
        with self._declaring:
            routes = self._target.routes
            if self not in routes:
                return
            declared = [route for router in self._declare() for route in router.routes]
            place = routes.index(self)
            routes[place : place + 1] = declared

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.to_thread(self.declare)
        await self._target(scope, receive, send)


class Api(FastAPI):
    """The application; its OpenAPI document names the routes of every area."""

    def openapi(self) -> dict[str, Any]:  # Any: an OpenAPI document
        """The document, after every area is declared."""
        for route in [*self.router.routes]:
            if isinstance(route, Area):
                route.declare()
        return super().openapi()


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
