"""WebSockets: who may open one, and what every kind of them needs."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import MutableMapping
from typing import Any, Final

import orjson

from pilothouse.serving.call import Call, Receive, Scope, Send
from pilothouse.serving.errors import Refusal
from pilothouse.serving.keys import Keys, Principal
from pilothouse.serving.limits import Limits
from pilothouse.serving.mounts import Mount
from pilothouse.serving.service import Service
from pilothouse.serving.values import to_json

AUTH_S: Final = 5.0
UNAUTHENTICATED: Final = 4401
FORBIDDEN: Final = 4403
BEARER: Final = "bearer."
PROTOCOL: Final = "pilothouse.v1"
"""The subprotocol of our own sockets; see `websocket.py`."""


class Closed(Exception):
    """The other side has gone."""


class Connection:
    """One open WebSocket."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self._receive = receive
        self._send = send
        self.call = Call({**scope, "method": "GET"}, receive, send, 0)
        self.principal: Principal | None = None
        self.limits: Limits | None = None
        """What the one who asks may ask a minute, and at once."""

    async def accept(self, subprotocol: str | None) -> None:
        """Open it."""
        await self._send({"type": "websocket.accept", "subprotocol": subprotocol})

    async def text(self) -> str:
        """The next frame; raises Closed."""
        message: MutableMapping[str, Any] = await self._receive()
        if message["type"] != "websocket.receive":
            raise Closed
        return message.get("text") or (message.get("bytes") or b"").decode("utf-8", "replace")

    async def say(self, value: Any) -> None:
        """One frame of JSON; raises Closed."""
        try:
            await self._send({"type": "websocket.send", "text": to_json(value).decode()})
        except (OSError, RuntimeError) as error:  # how servers tell that it is closed
            raise Closed from error

    async def close(self, code: int, reason: str = "") -> None:
        """Close it, or refuse it where it is not open yet."""
        await self._send({"type": "websocket.close", "code": code, "reason": reason})


class Socket(ABC):
    """A WebSocket at a path."""

    subprotocol: str | None = None

    def __init__(self, service: Service, mount: Mount) -> None:
        self.service = service
        self.mount = mount

    async def serve(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        keys: Keys,
        limits: Limits | None = None,
    ) -> None:
        """From the first handshake to the end."""
        connection = Connection(scope, receive, send)
        await receive()  # websocket.connect
        if not connection.call.may_come_from(self.service.options.allowed_origins):
            await connection.close(FORBIDDEN)
            return
        offered = [str(each) for each in scope.get("subprotocols", ())]
        chosen = self.subprotocol if self.subprotocol in offered else None
        try:
            token = next((o.removeprefix(BEARER) for o in offered if o.startswith(BEARER)), None)
            if token is not None:
                connection.principal = keys.of_token(token)
                chosen = chosen or BEARER + token
            if connection.principal is None:
                connection.principal = await keys.principal(connection.call)
        except Refusal:
            pass  # the first frame may carry the key
        try:
            await connection.accept(chosen)
            if connection.principal is None:
                connection.principal = await _by_first_frame(connection, keys)
            if connection.principal is None:
                await connection.close(UNAUTHENTICATED)
                return
            if not connection.principal.may("invoke", self.mount.name):
                await connection.close(FORBIDDEN)
                return
            connection.call.principal = connection.principal
            connection.limits = limits
            await self.talk(connection)
        except Closed:
            return

    @abstractmethod
    async def talk(self, connection: Connection) -> None:
        """Everything after the handshake; raises Closed."""


async def _by_first_frame(connection: Connection, keys: Keys) -> Principal | None:
    try:
        text = await asyncio.wait_for(connection.text(), AUTH_S)
        frame = orjson.loads(text)
    except (TimeoutError, orjson.JSONDecodeError):
        return None
    if not isinstance(frame, dict) or frame.get("type") != "auth":
        return None
    return keys.of_token(str(frame.get("token") or frame.get("key") or ""))
