"""A chat completion as a response."""

from __future__ import annotations

import secrets
import time
from typing import Any

from pilothouse.gateway.translation.counts import responses_of_chat
from pilothouse.gateway.translation.parts import Json, objects, text_of


def translated(said: Json, asked: Json) -> Json:
    """The whole answer to what was asked."""
    choice = said["choices"][0]
    message = choice["message"]
    output: list[Json] = []
    thought = message.get("reasoning_content") or message.get("reasoning")
    if isinstance(thought, str) and thought:
        output.append(thoughts(thought))
    content: list[Json] = []
    if told := text_of(message.get("content")):
        content.append(text_part(told))
    if message.get("refusal"):
        content.append({"type": "refusal", "refusal": message["refusal"]})
    if content:
        output.append(item(content))
    for call in objects(message.get("tool_calls")):
        function = call["function"]
        output.append(function_call(call["id"], function["name"], function["arguments"]))
    usage = responses_of_chat(said.get("usage"))
    return ended(begun(said["model"], asked), output, choice.get("finish_reason"), usage)


def begun(model: Any, asked: Json) -> Json:
    """A response of which nothing was said yet."""
    text = asked.get("text")
    form = text.get("format") if isinstance(text, dict) else None
    effort = asked.get("reasoning")
    return {
        "id": new_id("resp"),
        "object": "response",
        "created_at": int(time.time()),
        "status": "in_progress",
        "error": None,
        "incomplete_details": None,
        "instructions": asked.get("instructions"),
        "max_output_tokens": asked.get("max_output_tokens"),
        "metadata": asked.get("metadata") or {},
        "model": model,
        "output": [],
        "parallel_tool_calls": asked.get("parallel_tool_calls") is not False,
        "previous_response_id": None,
        "reasoning": effort if isinstance(effort, dict) else {"effort": None, "summary": None},
        "store": False,
        "temperature": asked.get("temperature"),
        "text": {"format": form or {"type": "text"}},
        "tool_choice": asked.get("tool_choice") or "auto",
        "tools": asked.get("tools") or [],
        "top_p": asked.get("top_p"),
        "truncation": "disabled",
        "usage": None,
        "user": asked.get("user"),
    }


def ended(response: Json, output: list[Json], finish_reason: Any, usage: Json | None) -> Json:
    """The response with all that was said."""
    why = {"length": "max_output_tokens", "content_filter": "content_filter"}
    reason = why.get(str(finish_reason))
    return {
        **response,
        "status": "incomplete" if reason else "completed",
        "incomplete_details": {"reason": reason} if reason else None,
        "output": output,
        "usage": usage,
    }


def item(content: list[Json], id: str = "", status: str = "completed") -> Json:
    """What the model said."""
    return {
        "id": id or new_id("msg"),
        "type": "message",
        "status": status,
        "role": "assistant",
        "content": content,
    }


def text_part(text: str) -> Json:
    """A text of it."""
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def thoughts(text: str, id: str = "") -> Json:
    """What it thought before."""
    summary = [{"type": "summary_text", "text": text}]
    return {"id": id or new_id("rs"), "type": "reasoning", "summary": summary}


def function_call(
    call_id: str, name: str, arguments: str, id: str = "", status: str = "completed"
) -> Json:
    """A tool that it calls."""
    return {
        "id": id or new_id("fc"),
        "type": "function_call",
        "status": status,
        "call_id": call_id,
        "name": name,
        "arguments": arguments,
    }


def new_id(kind: str) -> str:
    """An id that no other has."""
    return f"{kind}_{secrets.token_hex(16)}"
