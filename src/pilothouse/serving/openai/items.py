"""Items of the responses API and the messages that targets and threads know."""

from __future__ import annotations

import uuid
from typing import Any

from pilothouse.serving.chat import Messages, Said, text_of_content
from pilothouse.serving.openai.models import wrong


def messages_of(given: Any) -> Messages:
    """The messages that an `input` means; raises Refusal."""
    if isinstance(given, str):
        return [{"role": "user", "content": given}]
    if not isinstance(given, list) or not given:
        raise wrong("input must be a text or a list of items", "input")
    messages: Messages = []
    for place, item in enumerate(given):
        if not isinstance(item, dict):
            raise wrong(f"input[{place}] is no item", f"input[{place}]")
        messages.append(_message(item, place))
    return messages


def _message(item: dict[str, Any], place: int) -> dict[str, Any]:
    kind = item.get("type", "message")
    if kind == "message" and isinstance(item.get("role"), str):
        return {"role": item["role"], "content": _content(item.get("content"))}
    if kind == "function_call":
        function = {"name": item.get("name"), "arguments": item.get("arguments", "{}")}
        call = {"id": item.get("call_id"), "type": "function", "function": function}
        return {"role": "assistant", "content": "", "tool_calls": [call]}
    if kind == "function_call_output":
        text = text_of_content(item.get("output"))
        return {"role": "tool", "tool_call_id": item.get("call_id"), "content": text}
    raise wrong(f"input[{place}] of type {kind!r} is not known here", f"input[{place}].type")


def _content(content: Any) -> Any:
    """Parts in the words of chat completions; text alone becomes a text."""
    if not isinstance(content, list):
        return content
    if all(p.get("type") in ("input_text", "output_text", "text") for p in content):
        return text_of_content(content)
    parts = []
    for part in content:
        if part.get("type") == "input_image":
            parts.append({"type": "image_url", "image_url": {"url": part.get("image_url")}})
        else:
            parts.append({"type": "text", "text": part.get("text", "")})
    return parts


def item_of(message: dict[str, Any], item_id: str) -> dict[str, Any]:
    """A kept message as an item of a conversation."""
    role = message["role"]
    kind = "output_text" if role == "assistant" else "input_text"
    part: dict[str, Any] = {"type": kind, "text": text_of_content(message["content"])}
    if kind == "output_text":
        part["annotations"] = []
    return {
        "id": item_id,
        "type": "message",
        "status": "completed",
        "role": role,
        "content": [part],
    }


def output_of(said: Said) -> list[dict[str, Any]]:
    """The items of an answer."""
    items: list[dict[str, Any]] = []
    if said.text or not said.tool_calls:
        items.append(message_item(said.text, new_id("msg")))
    items += [call_item(call, new_id("fc")) for call in said.tool_calls]
    return items


def message_item(text: str, item_id: str, status: str = "completed") -> dict[str, Any]:
    """A text as an item."""
    content = [text_part(text)] if status == "completed" else []
    return {
        "id": item_id,
        "type": "message",
        "status": status,
        "role": "assistant",
        "content": content,
    }


def text_part(text: str) -> dict[str, Any]:
    """A text as the part of an item."""
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def call_item(call: dict[str, Any], item_id: str, status: str = "completed") -> dict[str, Any]:
    """A call of a tool as an item."""
    return {
        "id": item_id,
        "type": "function_call",
        "call_id": call["id"],
        "name": call["name"],
        "arguments": call["arguments"] if status == "completed" else "",
        "status": status,
    }


def new_id(prefix: str) -> str:
    """As OpenAI writes its ids."""
    return f"{prefix}_{uuid.uuid4().hex}"
