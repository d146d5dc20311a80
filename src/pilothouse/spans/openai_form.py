"""Messages and tools in OpenAI's form, which datasets keep and fine-tuning takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pilothouse.spans import messages as shapes
from pilothouse.spans.parsing import dumps, text_of

Json = dict[str, Any]
_ROLES: Final = frozenset({"system", "developer", "user", "assistant", "tool", "function"})


def conversation(inputs: Any, outputs: Any) -> Json | None:
    """{"messages": […]} of what was asked and answered, with its tools; None without either."""
    asked = _said(inputs, "user")
    answered = _said(outputs, "assistant")
    if not asked or not answered:
        return None
    made: Json = {"messages": [*asked, *answered]}
    tools = inputs.get("tools") if isinstance(inputs, Mapping) else None
    if isinstance(tools, list) and tools:
        made["tools"] = tools
    return made


def _said(part: Any, role: str) -> list[Json]:
    if isinstance(part, str):
        return [{"role": role, "content": part}] if part else []
    found = openai_messages(dict(part) if isinstance(part, Mapping) else part, role)
    if not found and isinstance(part, Mapping):  # one text, whatever it is called
        texts = [value for value in part.values() if isinstance(value, str)]
        found = [{"role": role, "content": texts[0]}] if len(texts) == len(part) == 1 else []
    return [
        {**each, "role": role} if len(found) == 1 and role == "assistant" else each
        for each in found
    ]


def openai_messages(value: Any, default: str = "user", *, loose: bool = False) -> list[Json]:
    """The messages in a value of any framework's shape; what is in OpenAI's already stays."""
    found: list[Json] = []
    for raw in shapes.raw_messages(value, default, loose=loose):
        if _is_openai(raw):
            found.append(raw)
        else:
            found += from_parts(shapes.message(raw, default))
    return found


def from_parts(message: Mapping[str, Any]) -> list[Json]:
    """A message of our shape as OpenAI's: one, or one for each tool result that it holds."""
    parts = message["parts"]
    results = [part for part in parts if part.get("type") == "tool_result"]
    answers = [
        {
            "role": "tool",
            "tool_call_id": text_of(part.get("id")),
            "content": text_of(part.get("result")),
        }
        for part in results
    ]
    rest = [part for part in parts if part.get("type") not in {"tool_result", "reasoning"}]
    if answers and not rest:
        return answers
    made: Json = {"role": message["role"], "content": _content(rest)}
    if message.get("name"):
        made["name"] = message["name"]
    calls = [_call(part) for part in rest if part.get("type") == "tool_call"]
    if calls:
        made["tool_calls"] = calls
    return [*answers, made]


def openai_tool(tool: Any) -> Json | None:
    """A tool's definition in OpenAI's form, None for what defines no tool."""
    if not isinstance(tool, Mapping):
        return None
    inner = tool.get("function")
    if isinstance(inner, Mapping):
        return {"type": "function", "function": dict(inner)}
    name = tool.get("name") or tool.get("title")
    if not isinstance(name, str) or not name:
        return None
    made: Json = {"name": name}
    if tool.get("description"):
        made["description"] = tool["description"]
    for key in ("parameters", "input_schema", "inputSchema", "args_schema"):
        if isinstance(tool.get(key), Mapping):
            made["parameters"] = dict(tool[key])
            break
    else:
        if isinstance(tool.get("properties"), Mapping):  # a JSON Schema whose title is the name
            made["parameters"] = {
                key: value for key, value in tool.items() if key not in {"title", "description"}
            }
    return {"type": "function", "function": made}


def _is_openai(raw: Any) -> bool:
    if not isinstance(raw, dict) or raw.get("role") not in _ROLES or "parts" in raw:
        return False
    content = raw.get("content")
    if isinstance(content, list):
        return all(
            isinstance(part, dict) and part.get("type") in {"text", "image_url", "input_audio"}
            for part in content
        )
    return content is None or isinstance(content, str)


def _content(parts: Sequence[Mapping[str, Any]]) -> Any:
    shown = [part for part in parts if part.get("type") != "tool_call"]
    if not shown:
        return None
    if all(part.get("type") == "text" for part in shown):
        return "".join(part.get("text") or "" for part in shown)
    return [_part(part) for part in shown]


def _part(part: Mapping[str, Any]) -> Json:
    if part.get("type") == "image" and part.get("url"):
        return {"type": "image_url", "image_url": {"url": part["url"]}}
    return dict(part)


def _call(part: Mapping[str, Any]) -> Json:
    arguments = part.get("arguments")
    return {
        "id": text_of(part.get("id")),
        "type": "function",
        "function": {
            "name": text_of(part.get("name")),
            "arguments": arguments if isinstance(arguments, str) else dumps(arguments or {}),
        },
    }
