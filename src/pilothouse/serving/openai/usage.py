"""Token counts in OpenAI's words; an estimate, and marked as one, where the target tells none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pilothouse.serving.chat import Messages, Said, text_of_content

CHARS_A_TOKEN: Final = 4
ESTIMATED: Final = (b"x-usage-estimated", b"true")


def counted(said: Said, asked: Messages) -> tuple[dict[str, Any], bool]:
    """Usage in LangChain's words, and whether it is an estimate."""
    if said.usage is not None:
        return said.usage, False
    given = sum(_estimate(text_of_content(m.get("content"))) for m in asked)
    out = _estimate(said.text)
    return {"input_tokens": given, "output_tokens": out, "total_tokens": given + out}, True


def _estimate(text: str) -> int:
    return -(-len(text) // CHARS_A_TOKEN)


def of_chat(usage: Mapping[str, Any]) -> dict[str, Any]:
    """As chat completions tell it."""
    given, out = _number(usage, "input_tokens"), _number(usage, "output_tokens")
    return {
        "prompt_tokens": given,
        "completion_tokens": out,
        "total_tokens": usage.get("total_tokens") or given + out,
        "prompt_tokens_details": {"cached_tokens": _detail(usage, "input", "cache_read")},
        "completion_tokens_details": {"reasoning_tokens": _detail(usage, "output", "reasoning")},
    }


def of_response(usage: Mapping[str, Any]) -> dict[str, Any]:
    """As responses tell it."""
    given, out = _number(usage, "input_tokens"), _number(usage, "output_tokens")
    return {
        "input_tokens": given,
        "input_tokens_details": {
            "cached_tokens": _detail(usage, "input", "cache_read"),
            "cache_write_tokens": _detail(usage, "input", "cache_creation"),
        },
        "output_tokens": out,
        "output_tokens_details": {"reasoning_tokens": _detail(usage, "output", "reasoning")},
        "total_tokens": usage.get("total_tokens") or given + out,
    }


def _number(usage: Mapping[str, Any], name: str) -> int:
    return int(usage.get(name) or 0)


def _detail(usage: Mapping[str, Any], side: str, name: str) -> int:
    return int((usage.get(f"{side}_token_details") or {}).get(name) or 0)
