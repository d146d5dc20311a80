"""A stream of responses as one of chat completions."""

from __future__ import annotations

from collections.abc import Iterator

from pilothouse.gateway.translation.counts import chat_of_responses
from pilothouse.gateway.translation.events import ENDED
from pilothouse.gateway.translation.parts import Json
from pilothouse.gateway.translation.responses_answer_as_chat import finish_of

_DELTAS = {
    "response.output_text.delta": "content",
    "response.refusal.delta": "refusal",
    "response.reasoning_summary_text.delta": "reasoning_content",
}


class ResponsesAsChat:
    """Tool calls are numbered by themselves; counts come in an event of their own at the end."""

    def __init__(self) -> None:
        self._head: Json = {}
        self._calls: dict[int, int] = {}
        """Numbers of tool calls by their place in the output."""

    def event(self, said: Json) -> Iterator[Json]:
        kind = said.get("type")
        if kind == "response.created":
            response = said["response"]
            self._head = {
                "id": response["id"],
                "object": "chat.completion.chunk",
                "created": int(response["created_at"]),
                "model": response["model"],
            }
            yield self._chunk({"role": "assistant", "content": ""})
        elif kind in _DELTAS:
            yield self._chunk({_DELTAS[kind]: said["delta"]})
        elif kind == "response.output_item.added" and said["item"]["type"] == "function_call":
            item = said["item"]
            number = self._calls[said["output_index"]] = len(self._calls)
            function = {"name": item["name"], "arguments": ""}
            call = {"index": number, "id": item["call_id"], "type": "function"}
            yield self._chunk({"tool_calls": [{**call, "function": function}]})
        elif kind == "response.function_call_arguments.delta":
            number = self._calls[said["output_index"]]
            function = {"arguments": said["delta"]}
            yield self._chunk({"tool_calls": [{"index": number, "function": function}]})
        elif kind in ("response.completed", "response.incomplete"):
            response = said["response"]
            yield self._chunk({}, finish_of(response, calls=bool(self._calls)))
            yield {**self._head, "choices": [], "usage": chat_of_responses(response.get("usage"))}
            yield ENDED
        elif kind == "response.failed":
            yield {"error": {"type": "api_error", **(said["response"].get("error") or {})}}
        elif kind == "error":
            names = ("message", "code", "param")
            told = said.get("error") or {name: said.get(name) for name in names}
            yield {"error": {"type": "api_error", **told}}

    def end(self) -> Iterator[Json]:
        yield from ()

    def _chunk(self, delta: Json, reason: str | None = None) -> Json:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return {**self._head, "choices": [choice]}
