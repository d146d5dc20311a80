"""One request and its answer, over ASGI."""

from __future__ import annotations

from typing import Any, Final

from pilothouse.gateway.errors import ClientGone, Refused

JSON: Final = (b"content-type", b"application/json")
EVENTS: Final = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)
Headers = list[tuple[bytes, bytes]]


class Exchange:
    """Reads a request and answers it."""

    __slots__ = ("_receive", "_send", "headers", "method", "path", "query", "started")

    def __init__(self, scope: Any, receive: Any, send: Any) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.query: str = scope.get("query_string", b"").decode("latin-1")
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.started = False
        """Whether the head of the answer was sent."""
        self._receive = receive
        self._send = send

    def header(self, name: bytes) -> str:
        """A header, "" where it was not sent."""
        return self.headers.get(name, b"").decode("latin-1").strip()

    async def body(self, limit: int) -> bytes:
        """The whole body. Raises Refused where it is too large."""
        length = self.headers.get(b"content-length", b"")
        if length.isdigit() and int(length) > limit:
            raise _too_large(limit)
        parts: list[bytes] = []
        size = 0
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            part = message.get("body", b"")
            size += len(part)
            if size > limit:
                raise _too_large(limit)
            parts.append(part)
            if not message.get("more_body"):
                return parts[0] if len(parts) == 1 else b"".join(parts)

    async def answer(self, status: int, body: bytes, headers: Headers) -> None:
        """A whole answer in JSON."""
        await self.begin(status, [JSON, (b"content-length", b"%d" % len(body)), *headers])
        await self.send(body, more=False)

    async def begin(self, status: int, headers: Headers) -> None:
        """The head of an answer."""
        self.started = True
        await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def send(self, piece: bytes, *, more: bool = True) -> None:
        """A piece of the body; waits while the client takes nothing."""
        await self._send({"type": "http.response.body", "body": piece, "more_body": more})

    async def until_gone(self) -> None:
        """Return when the client closed its connection; the body was read before."""
        while (await self._receive())["type"] != "http.disconnect":
            pass


def _too_large(limit: int) -> Refused:
    return Refused(413, "request_too_large", f"the body is larger than {limit:,} bytes")
