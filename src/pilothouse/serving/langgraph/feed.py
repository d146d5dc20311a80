"""A stream of events that somebody follows, not the run that tells them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final

from pilothouse.serving.errors import failure_of
from pilothouse.serving.replies import EVENTS, PING, Head, Reply, abort, event, head_of

if TYPE_CHECKING:
    from pilothouse.serving.call import Call

NO_LIMIT_S: Final = 24 * 3600.0


class Feed(Reply):
    """Sends events until they end or the client goes.

    None among the events is a sign of life. `gone` is called where the client went first.
    """

    status = 200

    def __init__(
        self,
        events: AsyncGenerator[bytes | None],
        head: Head,
        *,
        slow_s: float,
        gone: Callable[[], Any],
    ) -> None:
        self._events = events
        self._head = head
        self._slow_s = slow_s or NO_LIMIT_S
        self._gone = gone

    async def send(self, call: Call) -> None:
        head = [*EVENTS, *self._head, *head_of(call)]
        await call.send({"type": "http.response.start", "status": 200, "headers": head})
        sender = asyncio.ensure_future(self._all(call))
        listener = asyncio.ensure_future(disconnected(call))
        try:
            await asyncio.wait((sender, listener), return_when=asyncio.FIRST_COMPLETED)
            if not sender.done():
                self._gone()
                return
            sender.result()
        except TimeoutError:  # it took nothing for too long
            self._gone()
            abort(call.send)
        finally:
            for task in (sender, listener):
                task.cancel()
            await asyncio.gather(sender, listener, return_exceptions=True)

    async def _all(self, call: Call) -> None:
        last = b""
        async with aclosing(self._events) as events:
            try:
                async for piece in events:
                    await self._out(call, PING if piece is None else piece, more=True)
            except TimeoutError:
                raise
            except Exception as error:  # noqa: BLE001 - it has begun: the client is told so
                told = failure_of(error, expose=False)
                last = event("error", {"error": told.type, "message": told.message})
        await self._out(call, last, more=False)

    async def _out(self, call: Call, data: bytes, *, more: bool) -> None:
        message = {"type": "http.response.body", "body": data, "more_body": more}
        await asyncio.wait_for(call.send(message), self._slow_s)


async def disconnected(call: Call) -> None:
    """Until the client has gone; its body has been read."""
    while (await call.receive())["type"] != "http.disconnect":
        pass


async def with_client(call: Call, waiting: Any, gone: Callable[[], Any]) -> Any:
    """What is waited for; `gone` is called, and None given, where the client goes first."""
    task = asyncio.ensure_future(waiting)
    listener = asyncio.ensure_future(disconnected(call))
    try:
        await asyncio.wait((task, listener), return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        gone()
        return None
    finally:
        for each in (task, listener):
            each.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(task, listener, return_exceptions=True)
