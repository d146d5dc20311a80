"""A stream of chat completions as one of responses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pilothouse.gateway.translation import chat_answer_as_responses as whole
from pilothouse.gateway.translation.counts import responses_of_chat
from pilothouse.gateway.translation.parts import Json, objects

_EVENTS = {
    "text": ("response.output_text", "text"),
    "refusal": ("response.refusal", "refusal"),
    "thoughts": ("response.reasoning_summary_text", "text"),
    "call": ("response.function_call_arguments", "arguments"),
}
"""How the events of each kind of item begin, and what the last of them tells the whole as."""


class ChatAsResponses:
    """Items are opened and closed as the kind of what comes changes; one is open at a time."""

    def __init__(self, asked: Json) -> None:
        self._asked = asked
        self._number = -1
        self._response: Json | None = None
        self._output: list[Json] = []
        self._open = ""
        """What of: a kind of `_EVENTS`, and of calls which one."""
        self._item: Json = {}
        self._text = ""
        self._reason: Any = None
        self._usage: Any = None

    def event(self, said: Json) -> Iterator[Json]:
        if said.get("error") and not said.get("choices"):
            yield from self._failed(said["error"])
            return
        if self._response is None:
            self._response = whole.begun(said.get("model"), self._asked)
            yield self._event("response.created", response=self._response)
            yield self._event("response.in_progress", response=self._response)
        if isinstance(said.get("usage"), dict):
            self._usage = said["usage"]
        for choice in objects(said.get("choices")):
            if choice.get("index", 0) == 0:
                delta = choice.get("delta")
                yield from self._more(delta if isinstance(delta, dict) else {})
                self._reason = choice.get("finish_reason") or self._reason

    def end(self) -> Iterator[Json]:
        if self._reason is None or self._response is None:  # it was cut off
            return
        yield from self._closed()
        usage = responses_of_chat(self._usage)
        response = whole.ended(self._response, self._output, self._reason, usage)
        yield self._event(f"response.{response['status']}", response=response)

    def _more(self, delta: Json) -> Iterator[Json]:
        thought = delta.get("reasoning_content") or delta.get("reasoning")
        for kind, text in (
            ("thoughts", thought),
            ("text", delta.get("content")),
            ("refusal", delta.get("refusal")),
        ):
            if isinstance(text, str) and text:
                yield from self._said(kind, text)
        for place, call in enumerate(objects(delta.get("tool_calls"))):
            name = f"call {call.get('index', place)}"
            function = call.get("function") or {}
            if function.get("name") and call.get("id"):
                yield from self._opened(name, call=(call["id"], function["name"]))
            if function.get("arguments") and self._open == name:
                yield from self._said(name, function["arguments"])

    def _said(self, name: str, text: str) -> Iterator[Json]:
        yield from self._opened(name)
        self._text += text
        kind = name.partition(" ")[0]
        yield self._piece(f"{_EVENTS[kind][0]}.delta", delta=text)

    def _opened(self, name: str, call: tuple[str, str] = ("", "")) -> Iterator[Json]:
        if self._open == name:
            return
        yield from self._closed()
        self._open, self._text = name, ""
        if name == "thoughts":
            self._item = {**whole.thoughts(""), "summary": []}
        elif name.startswith("call"):
            self._item = whole.function_call(*call, "", status="in_progress")
        else:
            self._item = whole.item([], status="in_progress")
        place = len(self._output)
        yield self._event("response.output_item.added", output_index=place, item=self._item)
        if name == "thoughts":
            part = {"type": "summary_text", "text": ""}
            yield self._piece("response.reasoning_summary_part.added", part=part)
        elif not name.startswith("call"):
            yield self._piece("response.content_part.added", part=self._part(""))

    def _closed(self) -> Iterator[Json]:
        if not self._open:
            return
        kind = self._open.partition(" ")[0]
        begins, field = _EVENTS[kind]
        yield self._piece(f"{begins}.done", **{field: self._text})
        if kind == "thoughts":
            done = whole.thoughts(self._text, self._item["id"])
            yield self._piece("response.reasoning_summary_part.done", part=done["summary"][0])
        elif kind == "call":
            called, name = self._item["call_id"], self._item["name"]
            done = whole.function_call(called, name, self._text, self._item["id"])
        else:
            part = self._part(self._text)
            yield self._piece("response.content_part.done", part=part)
            done = whole.item([part], self._item["id"])
        place = len(self._output)
        yield self._event("response.output_item.done", output_index=place, item=done)
        self._output.append(done)
        self._open = ""

    def _part(self, text: str) -> Json:
        if self._open == "refusal":
            return {"type": "refusal", "refusal": text}
        return whole.text_part(text)

    def _piece(self, type: str, **more: Any) -> Json:
        """An event of the open item."""
        place: Json = {"item_id": self._item["id"], "output_index": len(self._output)}
        if self._open == "thoughts":
            place["summary_index"] = 0
        elif not self._open.startswith("call"):
            place["content_index"] = 0
        if type.startswith("response.output_text."):
            more["logprobs"] = []
        return self._event(type, **place, **more)

    def _event(self, type: str, **more: Any) -> Json:
        self._number += 1
        return {"type": type, "sequence_number": self._number, **more}

    def _failed(self, error: Any) -> Iterator[Json]:
        told = error if isinstance(error, dict) else {"message": str(error)}
        yield self._event(
            "error",
            code=told.get("code"),
            message=told.get("message") or "the provider failed",
            param=told.get("param"),
        )
