"""A stream of chat completions as one of Anthropic's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pilothouse.gateway.translation.counts import messages_of_chat, stop_of
from pilothouse.gateway.translation.parts import Json, objects


class ChatAsMessages:
    """Blocks are opened and closed as the kind of what comes changes; one is open at a time."""

    def __init__(self) -> None:
        self._has_begun = False
        self._block = -1
        self._kind = ""
        """Of the open block: text, thinking, or the number of a tool call."""
        self._reason: Any = None
        self._called = False
        self._usage: Json | None = None

    def event(self, said: Json) -> Iterator[Json]:
        if said.get("error") and not said.get("choices"):
            yield {"type": "error", "error": _error(said["error"])}
            return
        if not self._has_begun:
            self._has_begun = True
            yield _started(said)
        if isinstance(said.get("usage"), dict):
            self._usage = said["usage"]
        for choice in objects(said.get("choices")):
            if choice.get("index", 0) == 0:
                delta = choice.get("delta")
                yield from self._more(delta if isinstance(delta, dict) else {})
                self._reason = choice.get("finish_reason") or self._reason

    def end(self) -> Iterator[Json]:
        if self._reason is None:  # it was cut off: whoever relays it says so
            return
        yield from self._closed()
        stop = stop_of(self._reason)
        if self._called and stop == "end_turn":
            stop = "tool_use"
        yield {
            "type": "message_delta",
            "delta": {"stop_reason": stop, "stop_sequence": None},
            "usage": messages_of_chat(self._usage),
        }
        yield {"type": "message_stop"}

    def _more(self, delta: Json) -> Iterator[Json]:
        thought = delta.get("reasoning_content") or delta.get("reasoning")
        if isinstance(thought, str) and thought:
            yield from self._opened("thinking", {"type": "thinking", "thinking": "",
                                                 "signature": ""})  # fmt: skip
            yield self._delta({"type": "thinking_delta", "thinking": thought})
        for block in objects(delta.get("thinking_blocks")):  # its text came before
            if block.get("signature") and self._kind == "thinking":
                yield self._delta({"type": "signature_delta", "signature": block["signature"]})
        text = delta.get("content") or delta.get("refusal")
        if isinstance(text, str) and text:
            yield from self._opened("text", {"type": "text", "text": ""})
            yield self._delta({"type": "text_delta", "text": text})
        for place, call in enumerate(objects(delta.get("tool_calls"))):
            yield from self._call(call, str(call.get("index", place)))

    def _call(self, call: Json, number: str) -> Iterator[Json]:
        function = call.get("function") or {}
        if function.get("name") and call.get("id"):
            self._called = True
            block = {"type": "tool_use", "id": call["id"], "name": function["name"], "input": {}}
            yield from self._opened(number, block)
        if function.get("arguments") and self._kind == number:
            yield self._delta({"type": "input_json_delta", "partial_json": function["arguments"]})

    def _opened(self, kind: str, block: Json) -> Iterator[Json]:
        if self._kind == kind:
            return
        yield from self._closed()
        self._kind = kind
        self._block += 1
        yield {"type": "content_block_start", "index": self._block, "content_block": block}

    def _closed(self) -> Iterator[Json]:
        if self._kind:
            self._kind = ""
            yield {"type": "content_block_stop", "index": self._block}

    def _delta(self, delta: Json) -> Json:
        return {"type": "content_block_delta", "index": self._block, "delta": delta}


def _started(said: Json) -> Json:
    message: Json = {
        "id": said.get("id") or "msg_unknown",
        "type": "message",
        "role": "assistant",
        "model": said.get("model") or "",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 0, "output_tokens": 0},
    }
    return {"type": "message_start", "message": message}


def _error(error: Any) -> Json:
    told = error.get("message") if isinstance(error, dict) else error
    return {"type": "api_error", "message": told if isinstance(told, str) else str(error)}
