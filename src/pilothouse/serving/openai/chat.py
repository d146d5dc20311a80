"""POST /v1/chat/completions: whole answers and streams of chunks."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Final

from pilothouse.serving.call import Call
from pilothouse.serving.chat import Messages, Said
from pilothouse.serving.dialects import openai_body
from pilothouse.serving.errors import failure_of
from pilothouse.serving.openai.models import mount_for, owner_of, wrong
from pilothouse.serving.openai.usage import ESTIMATED, counted, of_chat
from pilothouse.serving.replies import Reply, Stream, event, json_answer
from pilothouse.serving.service import Service
from pilothouse.serving.talks import Talk
from pilothouse.serving.values import ROLES

DONE: Final = b"data: [DONE]\n\n"


class Completions:
    """Answers in the form of chat completions."""

    def __init__(self, service: Service) -> None:
        self.service = service

    async def create(self, call: Call) -> Reply:
        """One answer; `n` above one is not offered."""
        body = await call.json()
        mount = mount_for(self.service, call, body)
        asked = _messages(body.get("messages"))
        if body.get("n") not in (None, 1):
            raise wrong("n must be 1", "n")
        user = body.get("user")
        talk = Talk(
            self.service,
            mount,
            call=call,
            owner=owner_of(call),
            user=user if isinstance(user, str) else None,
            thread_id=call.header("x-thread-id"),
        )
        await talk.begin(asked)
        head = {
            "id": f"chatcmpl-{uuid.uuid4().hex}",
            "created": int(time.time()),
            "model": mount.name,
        }
        if body.get("stream"):
            return await self._stream(talk, head, body, asked)
        said = await talk.whole()
        usage, estimated = counted(said, asked)
        return json_answer(
            {
                **head,
                "object": "chat.completion",
                "choices": [
                    {
                        "index": 0,
                        "message": _message(said),
                        "logprobs": None,
                        "finish_reason": said.finish_reason,
                    }
                ],
                "usage": of_chat(usage),
                "system_fingerprint": None,
                "service_tier": None,
            },
            headers=[ESTIMATED] if estimated else None,
        )

    async def _stream(
        self, talk: Talk, head: dict[str, Any], body: dict[str, Any], asked: Messages
    ) -> Reply:
        # What goes wrong before the first piece is still answered by its own status.
        deltas = talk.deltas()
        first = await anext(deltas, None)
        options = body.get("stream_options")
        wanted = isinstance(options, dict) and options.get("include_usage")
        told = asked if wanted else None
        return Stream(_chunks(talk, deltas, first, head, told), self._failed)

    def _failed(self, error: BaseException) -> bytes:
        return event(
            None, openai_body(failure_of(error, expose=self.service.options.expose_errors))
        )


async def _chunks(
    talk: Talk,
    deltas: AsyncGenerator[Said],
    first: Said | None,
    head: dict[str, Any],
    asked: Messages | None,
) -> AsyncGenerator[bytes]:
    head = {**head, "object": "chat.completion.chunk"}

    def chunk(delta: dict[str, Any], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return event(None, {**head, "choices": [choice]})

    yield chunk({"role": "assistant", "content": ""})
    begun: set[int] = set()
    async with aclosing(deltas):
        said = first
        while said is not None:
            if said.text:
                yield chunk({"content": said.text})
            for call in said.tool_calls:
                yield chunk({"tool_calls": [_call(call, begun)]})
            said = await anext(deltas, None)
    if talk.said.tool_calls and not begun:  # told as a whole, after the last piece
        for place, call in enumerate(talk.said.tool_calls):
            yield chunk({"tool_calls": [_call({**call, "index": place}, begun)]})
    yield chunk({}, talk.said.finish_reason)
    if asked is not None:
        usage, _ = counted(talk.said, asked)
        yield event(None, {**head, "choices": [], "usage": of_chat(usage)})
    yield DONE


def _call(part: dict[str, Any], begun: set[int]) -> dict[str, Any]:
    index = part.get("index") or 0
    if index in begun:
        return {"index": index, "function": {"arguments": part["arguments"]}}
    begun.add(index)
    function = {"name": part.get("name"), "arguments": part["arguments"]}
    return {"index": index, "id": part.get("id"), "type": "function", "function": function}


def _message(said: Said) -> dict[str, Any]:
    message = said.message()
    message["content"] = said.text or (None if said.tool_calls else "")
    return {**message, "refusal": said.refusal}


def _messages(given: Any) -> Messages:
    if not isinstance(given, list) or not given:
        raise wrong("messages must be a list of at least one message", "messages")
    for place, message in enumerate(given):
        if not isinstance(message, dict) or str(message.get("role")) not in ROLES:
            raise wrong(f"messages[{place}] has no known role", f"messages[{place}]")
        message.setdefault("content", None)
    return given
