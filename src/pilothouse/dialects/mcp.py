"""The Model Context Protocol: one call is a client span, a transport span and a server span."""

from __future__ import annotations

from pilothouse.dialects.view import View
from pilothouse.spans.model import Kind


def kind(view: View) -> Kind | None:
    """Row 8: only spans that name the tool or the prompt are its use; the transport is not."""
    method = view.text("mcp.method.name")
    if method == "tools/call" and view.text("gen_ai.tool.name"):
        return "tool"
    if method == "prompts/get" and view.text("gen_ai.prompt.name"):
        return "prompt"
    return "span" if method else None
