"""An app: targets at paths, and all that is around them, as one ASGI application."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from pilothouse import __version__
from pilothouse.serving.application import Application
from pilothouse.serving.errors import SetupError
from pilothouse.serving.feedback import Feedback
from pilothouse.serving.keys import Authenticate, Keys
from pilothouse.serving.lanarky import LanarkyRoute, LanarkySocket
from pilothouse.serving.langgraph import LangGraphRoutes
from pilothouse.serving.mounts import Modifier, Mount
from pilothouse.serving.native import Native
from pilothouse.serving.openai import OpenAIRoutes
from pilothouse.serving.openapi import OpenAPI
from pilothouse.serving.operations import Operations
from pilothouse.serving.options import options_from
from pilothouse.serving.page import Pages
from pilothouse.serving.reference import ReferencePage
from pilothouse.serving.routing import Router
from pilothouse.serving.service import Service
from pilothouse.serving.sockets import PROTOCOL, Socket
from pilothouse.serving.store import Store
from pilothouse.serving.targets import target_of
from pilothouse.serving.websocket import NativeSocket

log = logging.getLogger("pilothouse.serving")


class App:
    """What `pilothouse serve` serves, and what any ASGI server can.

        app = App(chain, store="sqlite:///chat.db").asgi

    `store` is where conversations are kept; none: in memory, for as long as the process lives.
    `websocket` names a path for the WebSocket of Lanarky's pages. Whatever else `Options` has may
    be given by its name. Raises SetupError for what cannot be served.
    """

    def __init__(
        self,
        target: Any = None,
        *,
        name: str | None = None,
        kind: str | None = None,
        store: str | None = None,
        websocket: str | None = None,
        chat_page: str | None = None,
        authenticate: Authenticate | None = None,
        to_input: Callable[[list[dict[str, Any]]], Any] | None = None,
        to_output: Callable[[Any], Any] | None = None,
        **options: Any,
    ) -> None:
        self.options = options_from(options)
        self.service = Service(self.options, Store(store))
        self.router = Router()
        self.keys = Keys(self.options.keys, authenticate)
        self._feedback = Feedback(self.service)
        self._pages = Pages(self.service, self.keys, self._feedback)
        self._sockets: dict[str, Socket] = {}
        self._application: Application | None = None
        self._mounted: list[tuple[str, Any]] = []
        self._add_shared_routes()
        if target is not None:
            self.add("", target, name=name, kind=kind, to_input=to_input, to_output=to_output)
            if websocket is not None:
                self.add_websocket(websocket)
            if chat_page is not None:
                self.add_chat_page(chat_page)

    def add(
        self,
        path: str,
        target: Any,
        *,
        name: str | None = None,
        kind: str | None = None,
        config: Mapping[str, Any] | None = None,
        config_keys: tuple[str, ...] | None = None,
        per_req_config_modifier: Modifier | None = None,
        to_input: Callable[[list[dict[str, Any]]], Any] | None = None,
        to_output: Callable[[Any], Any] | None = None,
    ) -> App:
        """Serve a target at a path, e.g. "/joke"; "" serves it at the root."""
        path = path.rstrip("/")
        if path and not path.startswith("/"):
            raise SetupError(f"path {path!r} must begin with /")
        if any(mount.path == path for mount in self.service.mounts.values()):
            raise SetupError(f"path {path or '/'!r} is taken already")
        made = target_of(target, kind=kind, name=name or path.strip("/") or None)
        if made.name in self.service.mounts:
            raise SetupError(f"there are two targets {made.name!r}; give one another name=")
        mount = Mount(
            path,
            made,
            self.options,
            self.service.metrics,
            config=config,
            config_keys=config_keys,
            modifier=per_req_config_modifier,
            to_input=to_input,
            to_output=to_output,
        )
        self.service.mounts[made.name] = mount
        Native(self.service, mount).add_to(self.router)
        self._sockets[f"{path}/ws#{PROTOCOL}"] = NativeSocket(self.service, mount)
        self._feedback.add_mount(self.router, mount)
        self._pages.add_playground(self.router, mount)
        return self

    @property
    def asgi(self) -> Application:
        """For any ASGI server."""
        if self._application is None:
            self._application = Application(
                self.service, self.router, self.keys, self._sockets, self._mounted
            )
        return self._application

    def add_websocket(self, path: str, *, name: str | None = None, ws_format: str = "auto") -> App:
        """Lanarky's WebSocket for a target, by default the only one."""
        self._sockets[path] = LanarkySocket(self.service, self._mount(name), ws_format)
        return self

    def add_lanarky(self, path: str, *, name: str | None = None, streaming_mode: int = 1) -> App:
        """One of Lanarky's HTTP routes for a target: 0 JSON, 1 tokens as text, 2 tokens in JSON."""
        LanarkyRoute(self.service, self._mount(name), streaming_mode).add_to(self.router, path)
        return self

    def add_chat_page(self, path: str, *, name: str | None = None) -> App:
        """A page to talk with a target; a form where it takes no conversation."""
        self._pages.add_chat(self.router, path, self._mount(name))
        return self

    def mount_asgi(self, path: str, application: Any) -> App:
        """Another ASGI application below a path: a page of Gradio, say, beside the API."""
        self._mounted.append((path.rstrip("/"), application))
        return self

    def _mount(self, name: str | None) -> Mount:
        mounts = self.service.mounts
        if name is None and len(mounts) == 1:
            return next(iter(mounts.values()))
        found = self.service.mount(name) if name is not None else None
        if found is None:
            raise SetupError(f"name= one of the targets: {', '.join(mounts) or 'there is none'}")
        return found

    def _add_shared_routes(self) -> None:
        Operations(self.service, __version__).add_to(self.router)
        self._feedback.add_to(self.router)
        self._pages.add_to(self.router)
        OpenAIRoutes(self.service).add_to(self.router)
        LangGraphRoutes(self.service).add_to(self.router)
        document = OpenAPI(self.service, self.router, __version__)
        document.add_to(self.router)
        ReferencePage(document).add_to(self.router)
