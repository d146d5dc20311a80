"""Strands Agents: messages are span events with Bedrock's content blocks inside."""

from __future__ import annotations

from typing import Any

from pilothouse.dialects.events import blocks
from pilothouse.dialects.view import View
from pilothouse.spans.parts import Part, parts


def tool_input(view: View) -> Any:
    """On a tool span the `gen_ai.tool.message` event holds the arguments."""
    return _content(view, "gen_ai.tool.message", "content")


def tool_output(view: View) -> Any:
    """On a tool span the `gen_ai.choice` event holds the result."""
    found = _content(view, "gen_ai.choice", "message")
    shaped = blocks(found)
    if type(shaped) is list and all(_is_text(p) for p in parts(shaped)):
        return "".join(p["text"] for p in parts(shaped))
    return found


def _content(view: View, name: str, key: str) -> Any:
    for event in view.source.events:
        if event.name == name:
            return event.attributes.get(key) or event.attributes.get("gen_ai.event.content")
    return None


def _is_text(part: Part) -> bool:
    return part.get("type") == "text"
