"""A stream of Anthropic's as one of chat completions."""

from __future__ import annotations

import time
from collections.abc import Iterator

from pilothouse.gateway.translation.counts import chat_of_messages, finish_of
from pilothouse.gateway.translation.events import ENDED
from pilothouse.gateway.translation.parts import Json


class MessagesAsChat:
    """Tool calls are numbered by themselves; counts come in an event of their own at the end."""

    def __init__(self) -> None:
        self._head: Json = {}
        self._usage: Json = {}
        self._calls: dict[int, int] = {}
        """Numbers of tool calls by their block."""
        self._thoughts: dict[int, Json] = {}

    def event(self, said: Json) -> Iterator[Json]:
        kind = said.get("type")
        if kind == "message_start":
            message = said["message"]
            self._usage = dict(message.get("usage") or {})
            self._head = {
                "id": message["id"],
                "object": "chat.completion.chunk",
                "created": int(time.time()),
                "model": message["model"],
            }
            yield self._chunk({"role": "assistant", "content": ""})
        elif kind == "content_block_start":
            yield from self._begun(said["index"], said["content_block"])
        elif kind == "content_block_delta":
            yield from self._more(said["index"], said["delta"])
        elif kind == "content_block_stop" and said["index"] in self._thoughts:
            yield self._chunk({"thinking_blocks": [self._thoughts.pop(said["index"])]})
        elif kind == "message_delta":
            usage = said.get("usage") or {}
            self._usage |= {name: value for name, value in usage.items() if value is not None}
            reason = said["delta"].get("stop_reason")
            if reason:
                yield self._chunk({}, finish_of(reason))
        elif kind == "message_stop":
            yield {**self._head, "choices": [], "usage": chat_of_messages(self._usage)}
            yield ENDED
        elif kind == "error":
            error = said.get("error") or {}
            yield {"error": {"param": None, "code": error.get("type"), **error}}

    def end(self) -> Iterator[Json]:
        yield from ()

    def _begun(self, index: int, block: Json) -> Iterator[Json]:
        kind = block["type"]
        if kind == "tool_use":
            number = self._calls[index] = len(self._calls)
            function = {"name": block["name"], "arguments": ""}
            call = {"index": number, "id": block["id"], "type": "function", "function": function}
            yield self._chunk({"tool_calls": [call]})
        elif kind == "text" and block.get("text"):
            yield self._chunk({"content": block["text"]})
        elif kind == "thinking":
            self._thoughts[index] = {"type": "thinking", "thinking": "", "signature": ""}
        elif kind == "redacted_thinking":
            self._thoughts[index] = block

    def _more(self, index: int, delta: Json) -> Iterator[Json]:
        kind = delta["type"]
        if kind == "text_delta":
            yield self._chunk({"content": delta["text"]})
        elif kind == "input_json_delta" and index in self._calls:
            function = {"arguments": delta["partial_json"]}
            yield self._chunk({"tool_calls": [{"index": self._calls[index], "function": function}]})
        elif kind == "thinking_delta" and index in self._thoughts:
            self._thoughts[index]["thinking"] += delta["thinking"]
            yield self._chunk({"reasoning_content": delta["thinking"]})
        elif kind == "signature_delta" and index in self._thoughts:
            self._thoughts[index]["signature"] += delta["signature"]

    def _chunk(self, delta: Json, reason: str | None = None) -> Json:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return {**self._head, "choices": [choice]}
