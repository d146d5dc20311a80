"""Why an answer ended, and its tokens, in the words of each protocol.

Anthropic counts tokens that were read from a cache or written to one beside its input tokens;
OpenAI counts them within.
"""

from __future__ import annotations

from typing import Any, Final

Json = dict[str, Any]

FINISH_OF: Final = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}
"""Chat's finish_reason by Anthropic's stop_reason."""
STOP_OF: Final = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "function_call": "tool_use",
    "content_filter": "refusal",
}
"""Anthropic's stop_reason by chat's finish_reason."""


def finish_of(stop_reason: Any) -> str:
    """Chat's finish_reason."""
    return FINISH_OF.get(str(stop_reason), "stop")


def stop_of(finish_reason: Any) -> str:
    """Anthropic's stop_reason."""
    return STOP_OF.get(str(finish_reason), "end_turn")


def chat_of_messages(usage: Any) -> Json | None:
    """Anthropic's usage as chat's."""
    if not isinstance(usage, dict):
        return None
    read, written = _of(usage, "cache_read_input_tokens"), _of(usage, "cache_creation_input_tokens")
    given, made = _of(usage, "input_tokens") + read + written, _of(usage, "output_tokens")
    found: Json = {
        "prompt_tokens": given,
        "completion_tokens": made,
        "total_tokens": given + made,
        "prompt_tokens_details": {"cached_tokens": read},
    }
    if written:
        found["prompt_tokens_details"]["cache_write_tokens"] = written
        hour = _of(_inside(usage, "cache_creation"), "ephemeral_1h_input_tokens")
        if hour:
            found["prompt_tokens_details"]["cache_write_1h_tokens"] = hour
    thought = _of(_inside(usage, "output_tokens_details"), "thinking_tokens", "reasoning_tokens")
    if thought:
        found["completion_tokens_details"] = {"reasoning_tokens": thought}
    return found


def messages_of_chat(usage: Any) -> Json:
    """Chat's usage as Anthropic's."""
    if not isinstance(usage, dict):
        return {"input_tokens": 0, "output_tokens": 0}
    inside = _inside(usage, "prompt_tokens_details")
    read, written = _of(inside, "cached_tokens"), _of(inside, "cache_write_tokens")
    found: Json = {
        "input_tokens": max(0, _of(usage, "prompt_tokens") - read - written),
        "output_tokens": _of(usage, "completion_tokens"),
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": written,
    }
    thought = _of(_inside(usage, "completion_tokens_details"), "reasoning_tokens")
    if thought:
        found["output_tokens_details"] = {"thinking_tokens": thought}
    return found


def responses_of_chat(usage: Any) -> Json | None:
    """Chat's usage as that of a response."""
    if not isinstance(usage, dict):
        return None
    given, made = _of(usage, "prompt_tokens"), _of(usage, "completion_tokens")
    inside = _inside(usage, "prompt_tokens_details")
    outside = _inside(usage, "completion_tokens_details")
    return {
        "input_tokens": given,
        "input_tokens_details": {"cached_tokens": 0, **inside},
        "output_tokens": made,
        "output_tokens_details": {"reasoning_tokens": 0, **outside},
        "total_tokens": _of(usage, "total_tokens") or given + made,
    }


def chat_of_responses(usage: Any) -> Json | None:
    """A response's usage as chat's."""
    if not isinstance(usage, dict):
        return None
    given, made = _of(usage, "input_tokens"), _of(usage, "output_tokens")
    return {
        "prompt_tokens": given,
        "completion_tokens": made,
        "total_tokens": _of(usage, "total_tokens") or given + made,
        "prompt_tokens_details": _inside(usage, "input_tokens_details"),
        "completion_tokens_details": _inside(usage, "output_tokens_details"),
    }


def _inside(usage: Json, name: str) -> Json:
    found = usage.get(name)
    return found if isinstance(found, dict) else {}


def _of(usage: Json, *names: str) -> int:
    return next((usage[name] for name in names if type(usage.get(name)) is int), 0)
