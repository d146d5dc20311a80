"""The messages of a prompt with the values of its variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pilothouse.platform.errors import BadRequest
from pilothouse.platform.prompts import templates

Json = dict[str, Any]  # Any: JSON


def rendered(plain: Mapping[str, Any], values: Mapping[str, Any]) -> list[Json]:
    """The messages, filled in. Raises BadRequest for a value that is missing or of a wrong kind."""
    messages: list[Json] = []
    for message in plain["messages"]:
        if message["role"] == "placeholder":
            messages += _inserted(message, values)
        elif message.get("literal"):
            messages.append({key: value for key, value in message.items() if key != "literal"})
        else:
            content = _filled(message["content"], plain["template_format"], values)
            messages.append({**message, "content": content})
    return messages


def _filled(content: Any, template_format: str, values: Mapping[str, Any]) -> Any:
    if isinstance(content, str):
        return templates.render(content, template_format, values)
    if isinstance(content, dict):
        return {
            key: part if key == "type" else _filled(part, template_format, values)
            for key, part in content.items()
        }
    if isinstance(content, list):
        return [_filled(part, template_format, values) for part in content]
    return content


def _inserted(placeholder: Json, values: Mapping[str, Any]) -> list[Json]:
    name = placeholder["name"]
    if name not in values:
        if placeholder.get("optional"):
            return []
        raise BadRequest(f"variable {name!r} has no value", {"variable": name})
    given = values[name]
    are_messages = isinstance(given, list) and all(
        isinstance(message, dict) and "role" in message and "content" in message
        for message in given
    )
    if not are_messages:
        raise BadRequest(
            f"variable {name!r} stands for messages: give a list of objects with role and content",
            {"variable": name},
        )
    return list(given)
