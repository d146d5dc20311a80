"""A chat completion that is asked for, as a response."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from pilothouse.gateway.translation.parts import Json, listed, objects, refused, text_of

_KEPT: Final = ("temperature", "top_p", "stream", "parallel_tool_calls", "user", "service_tier",
                "metadata", "prompt_cache_key", "safety_identifier")  # fmt: skip
_UNKNOWN: Final = ("stop", "logit_bias", "audio", "prediction")


def translated(body: Json, model: str) -> Json:
    """The request for a model. Raises Refused for what responses have no words for."""
    if body.get("n") not in (None, 1):
        raise refused("this model gives one answer at a time: n must be 1", "n")
    for name in _UNKNOWN:
        if body.get(name):
            raise refused(f"this model is asked for responses, which know no {name}", name)
    found: Json = {name: body[name] for name in _KEPT if body.get(name) is not None}
    found["store"] = False
    most = body.get("max_completion_tokens") or body.get("max_tokens")
    if most:
        found["max_output_tokens"] = most
    found["input"] = [item for message in body["messages"] for item in _items(message)]
    _add_tools(found, body)
    _add_format(found, body)
    if isinstance(body.get("reasoning_effort"), str):
        found["reasoning"] = {"effort": body["reasoning_effort"]}
    if body.get("logprobs") is True:
        found["top_logprobs"] = body.get("top_logprobs") or 0
        found["include"] = ["message.output_text.logprobs"]
    return found


def _items(message: Json) -> Iterator[Json]:
    role = message["role"]
    content = message.get("content")
    if role in ("tool", "function"):
        called = message.get("tool_call_id") or message["name"]
        yield {"type": "function_call_output", "call_id": called, "output": text_of(content)}
        return
    if role == "assistant":
        if told := text_of(content):
            part = {"type": "output_text", "text": told, "annotations": []}
            yield {"type": "message", "role": "assistant", "content": [part]}
        for call in objects(message.get("tool_calls")):
            function = call["function"]
            yield {
                "type": "function_call",
                "call_id": call["id"],
                "name": function["name"],
                "arguments": function["arguments"],
            }
        return
    parts = [_part(each) for each in listed(content)]
    yield {"type": "message", "role": role, "content": parts}


def _part(part: Json) -> Json:
    kind = part["type"]
    if kind == "text":
        return {"type": "input_text", "text": part["text"]}
    if kind == "image_url":
        told = part["image_url"]
        told = told if isinstance(told, dict) else {"url": told}
        detail = told.get("detail") or "auto"
        return {"type": "input_image", "image_url": told["url"], "detail": detail}
    if kind == "file":
        return {"type": "input_file", **part["file"]}
    raise refused(f"this model takes no part of type {kind!r}", "messages")


def _add_tools(found: Json, body: Json) -> None:
    tools = [{"strict": False, **each["function"]} for each in objects(body.get("tools"))]
    tools += [{"strict": False, **each} for each in objects(body.get("functions"))]
    if not tools:
        return
    found["tools"] = [{"type": "function", **each} for each in tools]
    choice: Any = body.get("tool_choice") or body.get("function_call")
    if isinstance(choice, dict):
        named = choice.get("function") or choice
        found["tool_choice"] = {"type": "function", "name": named["name"]}
    elif choice:
        found["tool_choice"] = choice


def _add_format(found: Json, body: Json) -> None:
    text: Json = {}
    wanted = body.get("response_format")
    if isinstance(wanted, dict):
        schema = wanted.get("json_schema")
        more = schema if isinstance(schema, dict) else {}
        text["format"] = {"type": wanted["type"], **more}
    if body.get("verbosity"):
        text["verbosity"] = body["verbosity"]
    if text:
        found["text"] = text
