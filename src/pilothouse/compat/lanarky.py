"""`LangchainRouter` of Lanarky up to 0.7, as books and pages use it.

    router = LangchainRouter(langchain_url="/chat", langchain_object=chain, streaming_mode=1)
    router.add_langchain_api_websocket_route("/ws", langchain_object=chain)
    app.include_router(router)

Unlike the original, tokens never reach another client's answer, and two connections share no
memory; `memory="process"` brings that back.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from pilothouse.compat.mounting import Ours
from pilothouse.serving import App


class LangchainRouter(APIRouter):
    """A router of FastAPI with chains behind its routes."""

    def __init__(
        self,
        langchain_url: str | None = None,
        langchain_object: Any = None,
        streaming_mode: int = 0,
        *,
        memory: str = "thread",
        store: str | None = None,
        **router: Any,
    ) -> None:
        """`store` keeps conversations that name a thread_id; all else as Lanarky had it."""
        super().__init__(**router)
        self._options: dict[str, Any] = {"memory": memory, "store": store}
        self._apps: dict[int, App] = {}
        if langchain_url is not None and langchain_object is not None:
            self.add_langchain_api_route(
                langchain_url, langchain_object=langchain_object, streaming_mode=streaming_mode
            )

    def add_langchain_api_route(
        self, url: str, langchain_object: Any, streaming_mode: int = 0, **route: Any
    ) -> None:
        """POST in mode 0 (JSON), 1 (tokens as text) or 2 (tokens in JSON)."""
        app = self._app(langchain_object)
        app.add_lanarky(url, streaming_mode=streaming_mode)

        async def answer(request: Request) -> Response:
            return Ours(app, url)

        self.add_api_route(url, answer, methods=["POST"], response_model=None, **route)

    def add_langchain_api_websocket_route(
        self, url: str, langchain_object: Any, **route: Any
    ) -> None:
        """The WebSocket that takes plain text."""
        app = self._app(langchain_object)
        app.add_websocket(url)

        async def talk(socket: WebSocket) -> None:
            scope = {**socket.scope, "path": url, "root_path": ""}
            # Theirs, whose state would stand in our way, is not used.
            await app.asgi(scope, socket._receive, socket._send)

        self.add_api_websocket_route(url, talk, **route)

    def _app(self, thing: Any) -> App:
        """One a chain, so that its routes share their places."""
        known = self._apps.get(id(thing))
        if known is None:
            known = self._apps[id(thing)] = App(thing, name="chain", **self._options)
        return known
