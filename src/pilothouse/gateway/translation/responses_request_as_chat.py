"""A response that is asked for, as a chat completion."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from pilothouse.gateway.translation.messages_request_as_chat import THINKS
from pilothouse.gateway.translation.parts import Json, listed, objects, plain, refused

_KEPT: Final = ("temperature", "top_p", "stream", "parallel_tool_calls", "user", "service_tier",
                "prompt_cache_key", "safety_identifier")  # fmt: skip
_STATEFUL: Final = ("previous_response_id", "conversation", "background", "prompt")


def translated(body: Json, model: str) -> Json:
    """The request for a model. Raises Refused for what chat has no words for."""
    for name in _STATEFUL:
        if body.get(name):
            told = f"this provider keeps nothing between requests: {name} cannot be used with it"
            raise refused(told, name)
    found: Json = {name: body[name] for name in _KEPT if body.get(name) is not None}
    if body.get("max_output_tokens") is not None:
        most = "max_completion_tokens" if THINKS.search(model) else "max_tokens"
        found[most] = body["max_output_tokens"]
    messages: list[Json] = []
    if isinstance(body.get("instructions"), str):
        messages.append({"role": "system", "content": body["instructions"]})
    given = body["input"]
    if isinstance(given, str):
        messages.append({"role": "user", "content": given})
    else:
        for item in given:
            _add(messages, item)
    found["messages"] = messages
    _add_tools(found, body)
    text = body.get("text")
    if isinstance(text, dict):
        _add_format(found, text)
    reasoning = body.get("reasoning")
    if isinstance(reasoning, dict) and isinstance(reasoning.get("effort"), str):
        found["reasoning_effort"] = reasoning["effort"]
    if type(body.get("top_logprobs")) is int:
        found["logprobs"], found["top_logprobs"] = True, body["top_logprobs"]
    return found


def _add(messages: list[Json], item: Json) -> None:
    kind = item.get("type", "message")
    if kind == "message":
        parts = list(_parts(item["content"]))
        messages.append({"role": item["role"], "content": plain(parts)})
    elif kind == "function_call":
        function = {"name": item["name"], "arguments": item["arguments"]}
        call = {"id": item["call_id"], "type": "function", "function": function}
        if messages and messages[-1]["role"] == "assistant":
            messages[-1].setdefault("tool_calls", []).append(call)
        else:
            messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
    elif kind == "function_call_output":
        output = plain(_parts(item["output"]))
        messages.append({"role": "tool", "tool_call_id": item["call_id"], "content": output})
    elif kind != "reasoning":  # which only the model that had the thoughts can read
        raise refused(f"this provider takes no item of type {kind!r}", "input")


def _parts(content: Any) -> Iterator[Json]:
    for part in listed(content):
        kind = part["type"]
        if kind in ("input_text", "output_text", "text"):
            yield {"type": "text", "text": part["text"]}
        elif kind == "refusal":
            yield {"type": "text", "text": part["refusal"]}
        elif kind == "input_image" and part.get("image_url"):
            told = {"url": part["image_url"]}
            if part.get("detail"):
                told["detail"] = part["detail"]
            yield {"type": "image_url", "image_url": told}
        elif kind == "input_file" and (part.get("file_data") or part.get("file_id")):
            names = ("file_data", "file_id", "filename")
            yield {"type": "file", "file": {name: part[name] for name in names if part.get(name)}}
        else:
            raise refused(f"this provider takes no part of type {kind!r} by reference", "input")


def _add_tools(found: Json, body: Json) -> None:
    tools = [_tool(each) for each in objects(body.get("tools"))]
    if not tools:
        return
    found["tools"] = tools
    choice = body.get("tool_choice")
    if isinstance(choice, dict):
        if choice.get("type") != "function":
            raise refused(f"this provider cannot choose {choice.get('type')!r}", "tool_choice")
        found["tool_choice"] = {"type": "function", "function": {"name": choice["name"]}}
    elif choice is not None:
        found["tool_choice"] = choice


def _tool(tool: Json) -> Json:
    if tool["type"] != "function":
        raise refused(f"this provider has no tool of type {tool['type']!r}", "tools")
    names = ("name", "description", "parameters", "strict")
    function = {name: tool[name] for name in names if tool.get(name) is not None}
    return {"type": "function", "function": function}


def _add_format(found: Json, text: Json) -> None:
    if text.get("verbosity"):
        found["verbosity"] = text["verbosity"]
    form = text.get("format")
    if not isinstance(form, dict) or form.get("type") == "text":
        return
    if form["type"] != "json_schema":
        found["response_format"] = {"type": form["type"]}
        return
    names = ("name", "description", "schema", "strict")
    told = {name: form[name] for name in names if form.get(name) is not None}
    found["response_format"] = {"type": "json_schema", "json_schema": told}
