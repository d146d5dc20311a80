"""What pages and clients made for Lanarky speak: plain token streams, and its WebSockets.

Tokens go to whoever asked: each request has a run, callbacks and memory of its own.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, Final

import orjson

from pilothouse.serving import dialects
from pilothouse.serving.call import Call
from pilothouse.serving.chat import Messages, Said
from pilothouse.serving.dialects import GENERIC
from pilothouse.serving.errors import InvalidInput, NotFound, SetupError, failure_of
from pilothouse.serving.mounts import Mount
from pilothouse.serving.replies import EVENTS, Reply, Stream, event, json_answer
from pilothouse.serving.routing import Router
from pilothouse.serving.service import Service
from pilothouse.serving.sockets import Closed, Connection, Socket
from pilothouse.serving.talks import Talk
from pilothouse.serving.values import to_json

SORRY: Final = "Sorry, something went wrong. Try again."
RAW: Final = ((b"content-type", b"text/event-stream; charset=utf-8"), *EVENTS[1:])
WHOLE: Final = 0
TEXT: Final = 1
JSON: Final = 2
EVENT: Final = 8
"""Streaming modes: Lanarky's own three, and 8 for the server-sent events of its version 0.8."""


class LanarkyRoute:
    """One HTTP route in one of the modes."""

    def __init__(self, service: Service, mount: Mount, mode: int) -> None:
        if mode not in (WHOLE, TEXT, JSON, EVENT):
            raise SetupError(f"streaming_mode {mode!r} is none of 0, 1, 2, 8")
        if mount.shape is None:
            raise SetupError(f"{mount.name!r} takes no conversation: give it to_input=")
        self.service = service
        self.mount = mount
        self.mode = mode

    def add_to(self, router: Router, path: str) -> None:
        """At a path."""
        router.add("POST", path, self.answer, dialect=dialects.lanarky, mount=self.mount)

    async def answer(self, call: Call) -> Reply:
        """The body has the target's input keys; the answer is in the route's mode."""
        body = await call.json()
        thread = body.pop("thread_id", None) or call.header("x-thread-id")
        talk = Talk(
            self.service,
            self.mount,
            call=call,
            owner=call.principal.name if call.principal else "",
            thread_id=thread,
            history=_pairs(body.get("chat_history")),
        )
        await talk.begin(question(self.mount, body))
        if self.mode == WHOLE:
            await talk.whole()
            return json_answer(_keys(self.mount, talk))
        if self.mode == EVENT:
            return Stream(self._events(talk), self._failed_event)
        return Stream(self._tokens(talk), lambda _: b"", head=RAW, ping=None)

    async def _tokens(self, talk: Talk) -> AsyncGenerator[bytes]:
        async for said in _closing(talk):
            if said.text:
                text = said.text
                yield text.encode() if self.mode == TEXT else to_json({"token": text})
        sources = _sources(talk)
        if sources and self.mode == JSON:
            yield to_json({"source_documents": sources})

    async def _events(self, talk: Talk) -> AsyncGenerator[bytes]:
        async for said in _closing(talk):
            if said.text:
                yield event("completion", {"token": said.text})
        sources = _sources(talk)
        if sources:
            yield event("source_documents", {"source_documents": sources})

    def _failed_event(self, error: BaseException) -> bytes:
        told = failure_of(error, expose=self.service.options.expose_errors)
        return event("error", {"status_code": told.status, "detail": told.message})


class LanarkySocket(Socket):
    """Lanarky's WebSocket: one question a frame; its older form, or the newer one where asked.

    A connection is a conversation. With `thread_id` in the query string it is one that is kept.
    """

    def __init__(self, service: Service, mount: Mount, ws_format: str) -> None:
        super().__init__(service, mount)
        if ws_format not in ("auto", "lanarky07", "lanarky08"):
            raise SetupError(f"ws_format {ws_format!r} is none of auto, lanarky07, lanarky08")
        if mount.shape is None:
            raise SetupError(f"{mount.name!r} takes no conversation: give it to_input=")
        self.ws_format = ws_format

    async def talk(self, connection: Connection) -> None:
        principal = connection.principal
        owner = principal.name if principal is not None else ""
        named = connection.call.query.get("thread_id")
        thread = named or f"ws-{uuid.uuid4()}"
        newer = self.ws_format == "lanarky08"
        try:
            while True:
                text = await connection.text()
                body = _object(text)
                newer = newer or (self.ws_format == "auto" and body is not None)
                talk = Talk(self.service, self.mount, owner=owner, thread_id=thread)
                asked = question(self.mount, body if newer and body is not None else text)
                if newer:
                    await self._answer_newer(connection, talk, asked)
                else:
                    await self._answer(connection, talk, asked, text)
        finally:
            if named is None and not self.service.store.persistent:
                await self._forget(owner, thread)

    async def _forget(self, owner: str, thread: str) -> None:
        try:
            await self.service.store.delete_thread(owner, thread)
        except NotFound:
            return  # nothing was said

    async def _answer(self, connection: Connection, talk: Talk, asked: Messages, text: str) -> None:
        def frame(message: str, kind: str, sender: str = "bot") -> dict[str, str]:
            return {"sender": sender, "message": message, "message_type": kind}

        await connection.say(frame(text, "stream", "human"))
        await connection.say(frame("", "start"))
        try:
            await talk.begin(asked)
            async for said in _closing(talk):
                if said.text:
                    await connection.say(frame(said.text, "stream"))
        except Closed:
            raise
        except Exception:  # noqa: BLE001 - the run has recorded it; the connection stays usable
            await connection.say(frame(SORRY, "error"))
            return
        await connection.say(frame("", "end"))

    async def _answer_newer(self, connection: Connection, talk: Talk, asked: Messages) -> None:
        try:
            await talk.begin(asked)
            async for said in _closing(talk):
                if said.text:
                    await connection.say({"data": {"token": said.text}, "event": "completion"})
        except Closed:
            raise
        except Exception as error:  # noqa: BLE001 - as above
            told = failure_of(error, expose=self.service.options.expose_errors)
            data = {
                "status": told.status,
                "detail": told.message if told.status != 500 else GENERIC,
            }
            await connection.say({"data": data, "event": "error"})
            return
        sources = _sources(talk)
        if sources:
            await connection.say(
                {"data": {"source_documents": sources}, "event": "source_documents"}
            )
        await connection.say({"data": "", "event": "end"})


def question(mount: Mount, body: Any) -> Messages:
    """What a client's text or object asks; raises InvalidInput."""
    if isinstance(body, Mapping):
        if isinstance(body.get("messages"), list):
            return list(body["messages"])
        given = {k: v for k, v in body.items() if k != "chat_history"}
        wanted = getattr(mount.target, "keys", None)
        for key in wanted or given:
            if isinstance(given.get(key), str):
                return [{"role": "user", "content": given[key]}]
        named = ", ".join(wanted or ["input"])
        details = [{"type": "missing", "loc": [named], "msg": "Field required", "input": given}]
        raise InvalidInput(f"{named}: a text is required", details=details)
    return [{"role": "user", "content": str(body)}]


async def _closing(talk: Talk) -> AsyncGenerator[Said]:
    async with aclosing(talk.deltas()) as deltas:
        async for said in deltas:
            yield said


def _pairs(given: Any) -> Messages:
    """`chat_history`: pairs of what was asked and answered."""
    if given is None:
        return []
    if not isinstance(given, list) or not all(isinstance(p, list) and len(p) == 2 for p in given):
        details = [
            {"type": "list_type", "loc": ["chat_history"], "msg": "pairs of texts", "input": given}
        ]
        raise InvalidInput("chat_history must be a list of pairs of texts", details=details)
    return [
        {"role": role, "content": str(text)}
        for pair in given
        for role, text in zip(("user", "assistant"), pair, strict=True)
    ]


def _object(text: str) -> dict[str, Any] | None:
    if not text.lstrip().startswith("{"):
        return None
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def _keys(mount: Mount, talk: Talk) -> Any:
    """A chain's output keys alone; any other output as it is."""
    names = getattr(mount.target, "output_keys", None)
    output = talk.output
    if names and isinstance(output, Mapping):
        return {name: output[name] for name in names if name in output}
    return output if isinstance(output, Mapping) else {"output": talk.said.text}


def _sources(talk: Talk) -> list[Any]:
    output = talk.output
    found = output.get("source_documents") if isinstance(output, Mapping) else None
    return found if isinstance(found, list) else []
