"""A chat completion as a message of Anthropic's."""

from __future__ import annotations

from typing import Any

import orjson

from pilothouse.gateway.translation.counts import messages_of_chat, stop_of
from pilothouse.gateway.translation.parts import Json, objects, text_of


def translated(said: Json) -> Json:
    """The whole answer."""
    choice = said["choices"][0]
    message = choice["message"]
    content: list[Json] = list(objects(message.get("thinking_blocks")))
    thought = message.get("reasoning_content") or message.get("reasoning")
    if not content and isinstance(thought, str) and thought:
        content.append({"type": "thinking", "thinking": thought, "signature": ""})
    told = text_of(message.get("content")) or message.get("refusal") or ""
    if told:
        content.append({"type": "text", "text": told})
    calls = list(objects(message.get("tool_calls")))
    content += (_use(each) for each in calls)
    stop = "refusal" if message.get("refusal") else stop_of(choice.get("finish_reason"))
    if calls and stop == "end_turn":  # as some providers say it
        stop = "tool_use"
    return {
        "id": said.get("id") or "msg_unknown",
        "type": "message",
        "role": "assistant",
        "model": said["model"],
        "content": content,
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": messages_of_chat(said.get("usage")),
    }


def _use(call: Json) -> Json:
    function = call["function"]
    return {
        "type": "tool_use",
        "id": call["id"],
        "name": function["name"],
        "input": arguments_of(function.get("arguments")),
    }


def arguments_of(text: Any) -> Json:
    """What a tool is called with, as far as the model wrote JSON."""
    try:
        found = orjson.loads(text or "{}")
    except orjson.JSONDecodeError:
        return {"arguments": text}
    return found if isinstance(found, dict) else {"arguments": found}
