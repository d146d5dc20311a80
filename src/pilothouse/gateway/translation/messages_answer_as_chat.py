"""A message of Anthropic's as a chat completion."""

from __future__ import annotations

import time

import orjson

from pilothouse.gateway.translation.counts import chat_of_messages, finish_of
from pilothouse.gateway.translation.parts import Json, objects


def translated(said: Json) -> Json:
    """The whole answer."""
    message: Json = {"role": "assistant", "content": None, "refusal": None}
    texts: list[str] = []
    thoughts: list[Json] = []
    calls: list[Json] = []
    for block in objects(said["content"]):
        kind = block["type"]
        if kind == "text":
            texts.append(block["text"])
        elif kind in ("thinking", "redacted_thinking"):
            thoughts.append(block)
        elif kind == "tool_use":
            arguments = orjson.dumps(block["input"]).decode()
            calls.append(
                {
                    "id": block["id"],
                    "type": "function",
                    "function": {"name": block["name"], "arguments": arguments},
                }
            )
    if texts:
        message["content"] = "".join(texts)
    if calls:
        message["tool_calls"] = calls
    if thoughts:  # as clients of LiteLLM know them; the signature lets them be sent back
        message["reasoning_content"] = "".join(each.get("thinking", "") for each in thoughts)
        message["thinking_blocks"] = thoughts
    reason = finish_of(said.get("stop_reason"))
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reason}
    return {
        "id": said["id"],
        "object": "chat.completion",
        "created": int(time.time()),
        "model": said["model"],
        "choices": [choice],
        "usage": chat_of_messages(said.get("usage")),
    }
