"""Claude Code and Gemini CLI: agents at the terminal, with bare attribute names."""

from __future__ import annotations

from typing import Any, Final

from pilothouse.dialects.view import View
from pilothouse.spans.model import Kind
from pilothouse.spans.parsing import amount, count

KINDS: Final[dict[str, Kind]] = {
    "interaction": "agent",
    "llm_request": "llm",
    "tool": "tool",
    "tool.execution": "tool",
}


def span_type(view: View) -> str:
    """`span.type`, with or without the program's name before it."""
    found = view.text("span.type").lower()
    return found.partition(".")[2] if found.startswith(("claude_code.", "gemini_cli.")) else found


def kind(view: View) -> Kind | None:
    """Row 12."""
    return KINDS.get(span_type(view))


def usage(view: View) -> dict[str, Any] | None:
    """Bare counts, where the cache is not part of the input."""
    if span_type(view) not in KINDS:
        return None
    a = view.attributes
    read, written = count(a.get("cache_read_tokens")), count(a.get("cache_creation_tokens"))
    return {
        "input": count(a.get("input_tokens")),
        "output": count(a.get("output_tokens")),
        "cached": read,
        "cache_write": written,
        "exclusive": True,
    }


def input_messages(view: View) -> Any:
    """The prompt that was typed, or what was new in the context."""
    return view.text("user_prompt") or view.text("new_context") or None


def output_messages(view: View) -> Any:
    """The model's answer."""
    return view.text("response.model_output") or None


def tool_name(view: View) -> str:
    """A tool span's tool."""
    return view.text("tool_name") if span_type(view) in ("tool", "tool.execution") else ""


def first_token(view: View) -> int | None:
    """Milliseconds from the start to the first token."""
    found = amount(view.attributes["ttft_ms"])
    if found is None or not 0 <= found < 1e9 or span_type(view) not in KINDS:
        return None
    return view.source.start_ns + int(found * 1e6)
