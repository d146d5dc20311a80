"""Answers: whole ones, and streams of events that are sent one by one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING, Any, Final

from pilothouse.serving.call import Call, Send
from pilothouse.serving.errors import Stopped
from pilothouse.serving.values import to_json

if TYPE_CHECKING:
    from pilothouse.serving.runs import Run

JSON: Final = (b"content-type", b"application/json")
EVENTS: Final = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"connection", b"keep-alive"),
)
PING: Final = b": ping\n\n"
Head = list[tuple[bytes, bytes]]


class Reply:
    """Something that answers a call."""

    status = 200

    async def send(self, call: Call) -> None:
        """Send head and body."""
        raise NotImplementedError


class Answer(Reply):
    """A body that is there."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, body: bytes, *, status: int = 200, headers: Head | None = None) -> None:
        self.status = status
        self.body = body
        self.headers = [JSON] if headers is None else headers

    async def send(self, call: Call) -> None:
        head = [*self.headers, (b"content-length", b"%d" % len(self.body)), *head_of(call)]
        await call.send({"type": "http.response.start", "status": self.status, "headers": head})
        body = b"" if call.method == "HEAD" else self.body
        await call.send({"type": "http.response.body", "body": body})


def json_answer(value: Any, status: int = 200, headers: Head | None = None) -> Answer:
    """A value as JSON."""
    return Answer(to_json(value), status=status, headers=[JSON, *(headers or ())])


class Stream(Reply):
    """Bytes that are sent as they come, each at once; ends with its run.

    `failed` gives the last bytes where the pieces end in an error.
    """

    __slots__ = ("_failed", "_head", "_pieces", "status")

    def __init__(
        self,
        pieces: AsyncGenerator[bytes],
        failed: Callable[[BaseException], bytes],
        *,
        head: Head | tuple[tuple[bytes, bytes], ...] = EVENTS,
        ping: bytes | None = PING,
    ) -> None:
        self.status = 200
        self._pieces = pieces
        self._failed = failed
        self._head = head
        self._ping = ping

    async def send(self, call: Call) -> None:
        send, run = call.send, call.run
        head = [*self._head, *head_of(call)]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        if run is not None and self._ping is not None:
            run.ping = {"type": "http.response.body", "body": self._ping, "more_body": True}
            run.send = send
        last = b""
        try:
            await self._all(send, run)
        except asyncio.CancelledError as cancelled:
            stopped = cancelled if run is None else run.stopped_by(cancelled)
            if not isinstance(stopped, Stopped):
                raise
            if stopped.status == 499:
                abort(send)
                return
            last = self._failed(stopped)
        except Exception as error:  # noqa: BLE001 - the client is told, the run has recorded it
            if isinstance(error, Stopped) and error.status == 499:
                abort(send)
                return
            last = self._failed(error)
        finally:
            await self._pieces.aclose()
        await send({"type": "http.response.body", "body": last})

    async def _all(self, send: Send, run: Run | None) -> None:
        async for piece in self._pieces:
            message = {"type": "http.response.body", "body": piece, "more_body": True}
            if run is None:
                await send(message)
                continue
            run.sending_since = time.monotonic()
            await send(message)
            run.sending_since = None


def abort(send: Any) -> None:
    """Drop the connection: what a client that never reads left in its buffer goes with it."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)  # uvicorn's
    if transport is not None and hasattr(transport, "abort"):
        transport.abort()


def event(name: str | None, value: Any) -> bytes:
    """One server-sent event of JSON on one line."""
    return named_event(name, to_json(value))


def named_event(name: str | None, data: bytes) -> bytes:
    """The same of bytes that are there."""
    if name is None:
        return b"data: %b\n\n" % data
    return b"event: %b\ndata: %b\n\n" % (name.encode(), data)


def head_of(call: Call) -> Head:
    """The headers that every answer carries."""
    head = [(b"x-request-id", call.request_id.encode("latin-1")), *call.head]
    run = call.run
    if run is not None:
        spent = (time.monotonic() - run.started) * 1000
        head.append((b"x-run-id", run.id.encode()))
        head.append((b"server-timing", b"app;dur=%.1f" % spent))
        if run.context.trace_id is not None:
            head.append((b"x-trace-id", run.context.trace_id.encode()))
    return head
