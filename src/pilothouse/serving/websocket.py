"""Our own WebSocket of a mount, subprotocol `pilothouse.v1`: several runs at once over one.

→ {"type": "invoke", "id": 1, "input": …, "thread_id": …}   {"type": "cancel", "id": 1}
  {"type": "ping"}
← {"type": "start", "id": 1, "run_id": …}   {"type": "chunk", "id": 1, "data": …}
  {"type": "end", "id": 1, "usage"?: …}   {"type": "error", "id": 1, "error": {"code", "message"}}
  {"type": "pong"}
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any, Final

import orjson

from pilothouse.serving.context import Context
from pilothouse.serving.errors import InvalidInput, Refusal, failure_of
from pilothouse.serving.mounts import Mount
from pilothouse.serving.native import Native, messages_of
from pilothouse.serving.runs import Run
from pilothouse.serving.service import Service
from pilothouse.serving.sockets import PROTOCOL, Closed, Connection, Socket
from pilothouse.serving.talks import Talk
from pilothouse.serving.values import to_json

AT_ONCE: Final = 64
"""Runs of one connection that go on."""
IDLE_S: Final = 900.0
"""How long a connection may say nothing while nothing runs."""
GOING: Final = 1001
TOO_SLOW: Final = 1013
IDLE: Final = 4408
LIMITED: Final = 4429
LOOK_S: Final = 1.0


class NativeSocket(Socket):
    """At `/ws` below a mount's path."""

    subprotocol = PROTOCOL

    def __init__(self, service: Service, mount: Mount) -> None:
        super().__init__(service, mount)
        self.native = Native(service, mount)

    async def talk(self, connection: Connection) -> None:
        await _Conversation(self, connection).hold()


class _Conversation:
    """One connection's."""

    def __init__(self, socket: NativeSocket, connection: Connection) -> None:
        self.socket = socket
        self.service = socket.service
        self.mount = socket.mount
        self.connection = connection
        principal = connection.principal
        self.owner = principal.name if principal is not None else ""
        self.tasks: dict[Any, asyncio.Task[None]] = {}
        self.runs: dict[Any, Run] = {}

    async def hold(self) -> None:
        """To its end; what still runs then is ended."""
        reading: asyncio.Task[str] | None = None
        silent = 0.0
        try:
            while True:
                reading = reading or asyncio.ensure_future(self.connection.text())
                done, _ = await asyncio.wait((reading,), timeout=LOOK_S)
                if done:
                    text, reading, silent = reading.result(), None, 0.0
                    await self._take(text)
                    continue
                silent = 0.0 if self.tasks else silent + LOOK_S
                if self.service.refusing:
                    await self.connection.close(GOING)
                    return
                if silent > IDLE_S:
                    await self.connection.close(IDLE)
                    return
        finally:
            if reading is not None:
                reading.cancel()
            for run in list(self.runs.values()):
                run.stop("disconnect")
            if self.tasks:
                await asyncio.wait(list(self.tasks.values()), timeout=LOOK_S)
            for task in self.tasks.values():
                task.cancel()

    async def _take(self, text: str) -> None:
        try:
            frame = orjson.loads(text)
        except orjson.JSONDecodeError:
            frame = None
        if not isinstance(frame, dict):
            await self._refuse(None, InvalidInput("a frame is a JSON object"))
            return
        kind, named = frame.get("type"), frame.get("id")
        if kind == "ping":
            await self.connection.say({"type": "pong"})
        elif kind == "invoke":
            await self._invoke(named, frame)
        elif kind == "cancel":
            run = self.runs.get(named) if _is_id(named) else None
            if run is not None:
                run.stop("cancelled")
        else:
            await self._refuse(named, InvalidInput(f"type {kind!r}: use invoke, cancel, ping"))

    async def _invoke(self, named: Any, frame: Mapping[str, Any]) -> None:
        if not _is_id(named):
            await self._refuse(None, InvalidInput("id: a number or a text"))
        elif named in self.tasks:
            await self._refuse(named, InvalidInput(f"id {named!r} is at work already"))
        elif len(self.tasks) >= AT_ONCE:
            await self._refuse(named, Refusal("too many at once", status=429, code="busy"))
        else:
            task = asyncio.ensure_future(self._answer(named, frame))
            self.tasks[named] = task
            task.add_done_callback(lambda _: self.tasks.pop(named, None))

    async def _answer(self, named: Any, frame: Mapping[str, Any]) -> None:
        entered: str | None = None
        limits = self.connection.limits
        try:
            if limits is not None and limits.on:
                entered = limits.enter(self.connection.call)
            end: dict[str, Any] = {"type": "end", "id": named}
            async with aclosing(self._pieces(named, frame, end)) as pieces:
                async for data in pieces:
                    await self._say({"type": "chunk", "id": named, "data": data})
            await self._say(end)
        except Closed:
            return
        except Exception as error:  # noqa: BLE001 - the run has recorded it; the connection lives
            await self._refuse(named, error)
        finally:
            self.runs.pop(named, None)
            if limits is not None and entered is not None:
                limits.leave(entered)

    async def _pieces(
        self, named: Any, frame: Mapping[str, Any], end: dict[str, Any]
    ) -> AsyncGenerator[orjson.Fragment]:
        if "input" not in frame:
            raise InvalidInput("input: Field required")
        thread = frame.get("thread_id")
        call = self.connection.call
        config = await self.socket.native.config(call, frame.get("config"))
        if thread is not None:
            talk = Talk(
                self.service,
                self.mount,
                owner=self.owner,
                thread_id=str(thread),
                config=config,
            )
            self.runs[named] = talk.run
            await talk.begin(messages_of(frame["input"]))
            await self._started(named, talk.run, talk.give_up)
            async with aclosing(talk.deltas()) as deltas:
                async for said in deltas:
                    if said.text:
                        yield orjson.Fragment(to_json(said.text))
            if talk.said.usage:
                end["usage"] = talk.said.usage
            return
        context = Context(
            user=self.owner or None,
            owner=self.owner,
            headers=call.open_headers(),
            config=config.get("configurable", {}),
        )
        value = self.mount.target.input.read(frame["input"])
        run = self.runs[named] = Run(self.service, self.mount, context=context, config=config)
        await run.begin(value)
        await self._started(named, run, run.give_up)
        source = self.mount.target.stream(value, run.work)
        async with aclosing(run.pieces(source, to_json)) as pieces:
            async for piece in pieces:
                yield orjson.Fragment(piece)

    async def _started(self, named: Any, run: Run, give_up: Callable[[], Awaitable[None]]) -> None:
        try:
            await self._say({"type": "start", "id": named, "run_id": run.id})
        except BaseException:  # else its place and its thread would never be given back
            await give_up()
            raise

    async def _say(self, frame: Mapping[str, Any]) -> None:
        """Send one; who takes nothing for too long is left."""
        limit = self.service.options.slow_client_timeout or None
        try:
            await asyncio.wait_for(self.connection.say(frame), limit)
        except TimeoutError:
            self.service.metrics.cancelled.labels("slow_client").inc()
            await self.connection.close(TOO_SLOW)
            raise Closed from None

    async def _refuse(self, named: Any, error: BaseException) -> None:
        told = failure_of(error, expose=self.service.options.expose_errors)
        shown = {"code": told.code, "message": told.message}
        try:
            await self._say({"type": "error", "id": named, "error": shown})
        except Closed:
            return


def _is_id(named: Any) -> bool:
    return isinstance(named, (int, str)) and not isinstance(named, bool)
