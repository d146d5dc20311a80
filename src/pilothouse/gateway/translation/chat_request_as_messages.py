"""A chat completion that is asked for, as a message of Anthropic's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import orjson

from pilothouse.gateway.translation import claude
from pilothouse.gateway.translation.parts import Json, listed, objects, plain, refused, source_of

_KEPT: Final = ("temperature", "top_p", "top_k", "stream", "thinking", "container", "mcp_servers",
                "output_config", "cache_control", "context_management")  # fmt: skip
_TIERS: Final = frozenset(("auto", "standard_only"))
_AS_JSON: Final = "Answer with one valid JSON object and nothing else."


def translated(body: Json, model: str) -> Json:
    """The request for a model. Raises Refused for what Anthropic has no words for."""
    if body.get("n") not in (None, 1):
        raise refused("this provider gives one answer at a time: n must be 1", "n")
    found: Json = {name: body[name] for name in _KEPT if body.get(name) is not None}
    most = body.get("max_completion_tokens") or body.get("max_tokens")
    found["max_tokens"] = most or claude.UNASKED
    system, found["messages"] = _messages(body["messages"])
    stop = body.get("stop")
    if stop:
        found["stop_sequences"] = [stop] if isinstance(stop, str) else stop
    if isinstance(found.get("temperature"), int | float):
        found["temperature"] = min(1.0, found["temperature"])
    if isinstance(body.get("user"), str) and body["user"]:
        found["metadata"] = {"user_id": body["user"]}
    if body.get("service_tier") in _TIERS:
        found["service_tier"] = body["service_tier"]
    _add_tools(found, body)
    wanted = body.get("response_format")
    if isinstance(wanted, dict) and wanted.get("type") == "json_schema":
        schema = wanted["json_schema"]["schema"]
        config = {**found.get("output_config", {})}
        found["output_config"] = {**config, "format": {"type": "json_schema", "schema": schema}}
    elif isinstance(wanted, dict) and wanted.get("type") == "json_object":
        system.append({"type": "text", "text": _AS_JSON})
    if system:
        found["system"] = plain(system)
    if isinstance(body.get("reasoning_effort"), str):
        claude.think(found, body["reasoning_effort"], model)
    claude.fit(found, is_said=bool(most))
    return found


def _messages(given: list[Json]) -> tuple[list[Json], list[Json]]:
    """What stands before the talk, and its turns by turns."""
    system: list[Json] = []
    turns: list[Json] = []
    for message in given:
        role = message["role"]
        if role in ("system", "developer"):
            system += (_marked(part, part) for part in listed(message["content"]))
            continue
        parts = list(_parts(message, role))
        speaker = "assistant" if role == "assistant" else "user"
        if not parts:
            continue
        if turns and turns[-1]["role"] == speaker:
            turns[-1]["content"] += parts
        else:
            turns.append({"role": speaker, "content": parts})
    return system, turns


def _parts(message: Json, role: str) -> Iterator[Json]:
    if role in ("tool", "function"):
        content = [_part(each) for each in listed(message.get("content"))]
        told = {"tool_use_id": message.get("tool_call_id") or message["name"]}
        yield _marked({"type": "tool_result", **told, "content": plain(content)}, message)
        return
    if role == "assistant":
        yield from objects(message.get("thinking_blocks"))
    for each in listed(message.get("content")):
        part = _part(each)
        if part.get("text") != "":  # Anthropic refuses empty texts
            yield part
    for call in objects(message.get("tool_calls")):
        yield _use(call["function"], call["id"])
    legacy = message.get("function_call")
    if isinstance(legacy, dict):
        yield _use(legacy, legacy["name"])


def _use(function: Json, id: str) -> Json:
    arguments = function.get("arguments") or "{}"
    try:
        given = orjson.loads(arguments)
    except orjson.JSONDecodeError:
        given = {"arguments": arguments}  # as a model wrote them, not as it should have
    return {
        "type": "tool_use",
        "id": id,
        "name": function["name"],
        "input": given if isinstance(given, dict) else {"arguments": given},
    }


def _part(part: Json) -> Json:
    kind = part.get("type")
    if kind == "text":
        return _marked({"type": "text", "text": part["text"]}, part)
    if kind == "refusal":
        return {"type": "text", "text": part["refusal"]}
    if kind == "image_url":
        told = part["image_url"]
        address = told["url"] if isinstance(told, dict) else told
        return _marked({"type": "image", "source": source_of(address)}, part)
    if kind == "file":
        return _marked(_document(part["file"]), part)
    if kind in ("document", "image", "search_result"):  # Anthropic's own
        return part
    raise refused(f"this provider takes no part of type {kind!r}", "messages")


def _document(file: Json) -> Json:
    if file.get("file_id"):
        return {"type": "document", "source": {"type": "file", "file_id": file["file_id"]}}
    made: Json = {"type": "document", "source": source_of(file["file_data"])}
    if file.get("filename"):
        made["title"] = file["filename"]
    return made


def _marked(made: Json, given: Json) -> Json:
    """With the mark of what is to be cached, which clients of LiteLLM's write into chat parts."""
    mark = given.get("cache_control")
    return {**made, "cache_control": mark} if mark else made


def _add_tools(found: Json, body: Json) -> None:
    tools = [_tool(each) for each in objects(body.get("tools"))]
    tools += [_tool({"function": each}) for each in objects(body.get("functions"))]
    if not tools:
        return
    found["tools"] = tools
    choice = _choice(body.get("tool_choice") or body.get("function_call"))
    if body.get("parallel_tool_calls") is False:
        choice = choice or {"type": "auto"}
        if choice["type"] != "none":
            choice["disable_parallel_tool_use"] = True
    if choice:
        found["tool_choice"] = choice


def _tool(tool: Json) -> Json:
    function = tool.get("function")
    if not isinstance(function, dict):
        return tool  # one of Anthropic's own
    made: Json = {
        "name": function["name"],
        "input_schema": function.get("parameters") or {"type": "object", "properties": {}},
    }
    for name in ("description", "strict"):
        if function.get(name) is not None:
            made[name] = function[name]
    return _marked(made, tool)


def _choice(choice: Any) -> Json | None:
    if isinstance(choice, dict):
        named = choice.get("function") or choice
        return {"type": "tool", "name": named["name"]}
    kinds = {"auto": "auto", "none": "none", "required": "any"}
    return {"type": kinds[choice]} if choice in kinds else None
