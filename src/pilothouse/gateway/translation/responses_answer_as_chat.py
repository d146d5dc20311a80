"""A response as a chat completion."""

from __future__ import annotations

from typing import Any

from pilothouse.gateway.translation.counts import chat_of_responses
from pilothouse.gateway.translation.parts import Json, objects


def translated(said: Json) -> Json:
    """The whole answer."""
    message: Json = {"role": "assistant", "content": None, "refusal": None}
    texts: list[str] = []
    calls: list[Json] = []
    thoughts: list[str] = []
    for item in objects(said["output"]):
        if item["type"] == "message":
            parts = list(objects(item["content"]))
            texts += (part["text"] for part in parts if part["type"] == "output_text")
            refusals = [part["refusal"] for part in parts if part["type"] == "refusal"]
            message["refusal"] = "".join(refusals) or None
        elif item["type"] == "function_call":
            function = {"name": item["name"], "arguments": item["arguments"]}
            calls.append({"id": item["call_id"], "type": "function", "function": function})
        elif item["type"] == "reasoning":
            thoughts += (part["text"] for part in objects(item.get("summary")))
    if texts:
        message["content"] = "".join(texts)
    if calls:
        message["tool_calls"] = calls
    if thoughts:
        message["reasoning_content"] = "\n\n".join(thoughts)
    reason = finish_of(said, calls=bool(calls))
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reason}
    return {
        "id": said["id"],
        "object": "chat.completion",
        "created": int(said["created_at"]),
        "model": said["model"],
        "choices": [choice],
        "usage": chat_of_responses(said.get("usage")),
    }


def finish_of(said: Json, *, calls: bool) -> str:
    """Why a response ended, as chat says it."""
    details: Any = said.get("incomplete_details")
    reason = details.get("reason") if isinstance(details, dict) else None
    if reason == "max_output_tokens":
        return "length"
    if reason == "content_filter":
        return "content_filter"
    return "tool_calls" if calls else "stop"
