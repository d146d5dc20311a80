"""A message of Anthropic's that is asked for, as a chat completion."""

from __future__ import annotations

import re
from typing import Any, Final

import orjson

from pilothouse.gateway.translation.parts import (
    Json,
    address_of,
    listed,
    objects,
    plain,
    refused,
    text_of,
)

THINKS: Final = re.compile(r"(?:^|/)(?:o\d|gpt-(?:[5-9]|\d\d))")
"""Models of OpenAI's that take `max_completion_tokens` and `reasoning_effort` only."""
_KEPT: Final = ("temperature", "top_p", "stream", "service_tier")
_EFFORTS: Final = {"xhigh": "high", "max": "high"}
_LITTLE, _MUCH = 2048, 8192
"""Tokens of thoughts that are low effort, and high effort."""


def translated(body: Json, model: str) -> Json:
    """The request for a model. Raises Refused for what chat has no words for."""
    found: Json = {name: body[name] for name in _KEPT if body.get(name) is not None}
    if found.get("service_tier") == "standard_only":
        found["service_tier"] = "default"
    thinks = THINKS.search(model) is not None
    if body.get("max_tokens") is not None:
        found["max_completion_tokens" if thinks else "max_tokens"] = body["max_tokens"]
    found["messages"] = _messages(body)
    if body.get("stop_sequences"):
        found["stop"] = body["stop_sequences"]
    user = body.get("metadata")
    if isinstance(user, dict) and isinstance(user.get("user_id"), str):
        found["user"] = user["user_id"]
    _add_tools(found, body)
    config = body.get("output_config")
    config = config if isinstance(config, dict) else {}
    form = config.get("format")
    if isinstance(form, dict) and form.get("type") == "json_schema":
        told = {"name": "answer", "schema": form["schema"], "strict": True}
        found["response_format"] = {"type": "json_schema", "json_schema": told}
    effort = _effort(body.get("thinking"), config.get("effort"))
    if thinks and effort:
        found["reasoning_effort"] = effort
        found.pop("temperature", None)
    return found


def _messages(body: Json) -> list[Json]:
    messages: list[Json] = []
    if system := _system(body.get("system")):
        messages.append({"role": "system", "content": system})
    for turn in body["messages"]:
        if turn["role"] == "assistant":
            messages.append(_assistant(turn["content"]))
        elif turn["role"] == "system":
            messages.append({"role": "system", "content": _system(turn["content"])})
        else:
            messages += _user(turn["content"])
    return messages


def _system(content: Any) -> str:
    """A system prompt as one text."""
    return "\n\n".join(text_of([each]) for each in listed(content))


def _assistant(content: Any) -> Json:
    made: Json = {"role": "assistant", "content": None}
    parts = listed(content)
    texts = [each["text"] for each in parts if each["type"] == "text"]
    if texts:
        made["content"] = "".join(texts)
    calls = [each for each in parts if each["type"] == "tool_use"]
    if calls:
        made["tool_calls"] = [
            {
                "id": each["id"],
                "type": "function",
                "function": {
                    "name": each["name"],
                    "arguments": orjson.dumps(each["input"]).decode(),
                },
            }
            for each in calls
        ]
    if not texts and not calls:
        made["content"] = ""
    return made


def _user(content: Any) -> list[Json]:
    """What tools gave as messages of their own, then the rest."""
    made: list[Json] = []
    rest: list[Json] = []
    for each in listed(content):
        if each["type"] != "tool_result":
            rest.append(_part(each))
            continue
        shown = [_part(part) for part in listed(each.get("content"))]
        texts = [part for part in shown if part["type"] == "text"]
        told = "\n".join(part["text"] for part in texts)
        if each.get("is_error"):
            told = f"Error: {told}"
        made.append({"role": "tool", "tool_call_id": each["tool_use_id"], "content": told})
        rest += (part for part in shown if part["type"] != "text")  # no tool may show a picture
    if rest:
        made.append({"role": "user", "content": plain(rest)})
    return made


def _part(part: Json) -> Json:
    kind = part["type"]
    if kind == "text":
        return {"type": "text", "text": part["text"]}
    if kind == "image":
        return {"type": "image_url", "image_url": {"url": address_of(part["source"])}}
    if kind == "document":
        return _document(part)
    if kind == "search_result":
        told = f"{part.get('title', '')}\n{part.get('source', '')}\n{text_of(part.get('content'))}"
        return {"type": "text", "text": told}
    raise refused(f"this provider takes no block of type {kind!r}", "messages")


def _document(part: Json) -> Json:
    source = part["source"]
    if source["type"] == "text":
        return {"type": "text", "text": source["data"]}
    if source["type"] == "content":
        return {"type": "text", "text": text_of(source["content"])}
    if source["type"] == "file":
        return {"type": "file", "file": {"file_id": source["file_id"]}}
    if source["type"] != "base64":
        raise refused("this provider takes documents as base64, not by address", "messages")
    told = {"filename": part.get("title") or "document.pdf", "file_data": address_of(source)}
    return {"type": "file", "file": told}


def _add_tools(found: Json, body: Json) -> None:
    tools = [_tool(each) for each in objects(body.get("tools"))]
    if not tools:
        return
    found["tools"] = tools
    choice = body.get("tool_choice")
    if not isinstance(choice, dict):
        return
    if choice.get("disable_parallel_tool_use") is True:
        found["parallel_tool_calls"] = False
    if choice["type"] == "tool":
        found["tool_choice"] = {"type": "function", "function": {"name": choice["name"]}}
    else:
        found["tool_choice"] = {"auto": "auto", "any": "required", "none": "none"}[choice["type"]]


def _tool(tool: Json) -> Json:
    if tool.get("type") not in (None, "custom"):
        raise refused(f"this provider has no tool of type {tool['type']!r}", "tools")
    function: Json = {"name": tool["name"], "parameters": tool["input_schema"]}
    for name in ("description", "strict"):
        if tool.get(name) is not None:
            function[name] = tool[name]
    return {"type": "function", "function": function}


def _effort(thinking: Any, effort: Any) -> str:
    if isinstance(effort, str):
        return _EFFORTS.get(effort, effort)
    budget = thinking.get("budget_tokens") if isinstance(thinking, dict) else None
    if type(budget) is not int:
        return ""
    return "low" if budget <= _LITTLE else "high" if budget > _MUCH else "medium"
