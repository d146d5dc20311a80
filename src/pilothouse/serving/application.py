"""The ASGI application: from a request to its route and back, and what all routes need."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError

from pilothouse.serving.call import Call, Receive, Scope, Send
from pilothouse.serving.dialects import native
from pilothouse.serving.errors import Refusal, failure_of
from pilothouse.serving.keys import Keys, require
from pilothouse.serving.limits import Limits, shared_board
from pilothouse.serving.replies import Reply
from pilothouse.serving.routing import UNKNOWN, Route, Router
from pilothouse.serving.service import Service
from pilothouse.serving.sockets import PROTOCOL, Socket

log = logging.getLogger("pilothouse.serving")
CLOSE_S: Final = 5.0


class Application:
    """One app for any ASGI server."""

    def __init__(
        self,
        service: Service,
        router: Router,
        keys: Keys,
        sockets: Mapping[str, Socket],
        mounted: Sequence[tuple[str, Any]] = (),
    ) -> None:
        self.service = service
        self.keys = keys
        self._router = router
        self._sockets = sockets
        self._mounted = mounted
        self.limits = Limits(
            service.options.requests_per_minute,
            service.options.concurrent_requests,
            shared_board(),
        )
        self._opening: asyncio.Task[None] | None = None
        self._opened = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        kind = scope["type"]
        if kind == "lifespan":
            await self._live(receive, send)
            return
        if not self._opened:
            await self._open()
        path = scope["path"]
        root = scope.get("root_path", "")
        if root and path.startswith(root):
            path = path[len(root) :] or "/"
        for prefix, other in self._mounted:
            if path == prefix or path.startswith(prefix + "/"):
                await other({**scope, "root_path": root + prefix}, receive, send)
                return
        if kind == "http":
            await self._answer(
                Call(scope, receive, send, self.service.options.max_body_bytes), path
            )
        elif kind == "websocket":
            await self._socket(scope, receive, send, path)

    # --- HTTP ---

    async def _answer(self, call: Call, path: str) -> None:
        started = time.monotonic()
        route: Route | None = None
        asker = None
        try:
            route = self._router.find(call, path)
            if route.scope is not None:
                call.principal = await self.keys.principal(call)
                if route.scope:
                    named = route.mount.name if route.mount else None
                    require(call.principal, route.scope, named)
                if self.limits.on:
                    asker = self.limits.enter(call)
            reply = await route.handler(call)
        except Exception as error:  # noqa: BLE001 - the edge: each error has its answer
            reply = self._failed(error, call, route)
        try:
            await reply.send(call)
        finally:
            if asker is not None:
                self.limits.leave(asker)
        spent = time.monotonic() - started
        metrics = self.service.metrics
        if route is not None:
            route.count(metrics, call.method, reply.status, spent)
        else:
            metrics.requests.labels(UNKNOWN, call.method, str(reply.status)).inc()
        if log.isEnabledFor(logging.DEBUG):
            run = call.run.id if call.run is not None else None
            log.debug(
                "%s %s %d %.1f ms request %s run %s",
                call.method, path, reply.status, spent * 1000, call.request_id, run,
            )  # fmt: skip

    def _failed(self, error: Exception, call: Call, route: Route | None) -> Reply:
        if isinstance(error, SQLAlchemyError):
            log.error("the store failed", exc_info=error)
            error = Refusal(
                "the store does not answer", status=503, code="store_unavailable", retry_after_s=1
            )
        elif not isinstance(error, Refusal) and call.run is None:
            log.error("%s %s failed", call.method, call.path, exc_info=error)
        failure = failure_of(error, expose=self.service.options.expose_errors)
        if isinstance(error, Refusal) and failure.status in (401, 403, 429):
            self.service.metrics.rejected.labels(failure.code).inc()
        return (native if route is None else route.dialect)(failure, call)

    # --- WebSocket ---

    async def _socket(self, scope: Scope, receive: Receive, send: Send, path: str) -> None:
        named = f"{path}#{PROTOCOL}"
        offered = PROTOCOL in scope.get("subprotocols", ())
        first, second = (named, path) if offered else (path, named)
        socket = self._sockets.get(first) or self._sockets.get(second)
        if socket is None:
            await receive()
            await send({"type": "websocket.close", "code": 4404})
            return
        await socket.serve(scope, receive, send, self.keys, self.limits)

    # --- lifetime ---

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self._open()
        except Exception as error:
            log.error("the app cannot start", exc_info=error)  # noqa: TRY400 - the same
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _open(self) -> None:
        """Once, also where the server knows no lifespan."""
        if self._opening is None:
            self._opening = asyncio.get_running_loop().create_task(self._start())
        await asyncio.shield(self._opening)
        self._opened = True

    async def _start(self) -> None:
        await self.service.store.open()
        for mount in self.service.mounts.values():
            await mount.target.open(self.service.pool)

    async def close(self) -> None:
        """End what is still at work, and close targets and store."""
        await self.service.end_detached()
        await self.service.end_beside()
        for mount in self.service.mounts.values():
            try:
                await asyncio.wait_for(mount.target.close(), CLOSE_S)
            except Exception as error:  # noqa: BLE001 - one that cannot close must not keep the others
                log.warning("%r did not close: %s", mount.name, error)
        await self.service.store.close()
        self.service.pool.close()
