"""Tokens of a call: as its provider counted them, else estimated from the length of its texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pilothouse.dialects.logfire import provider_usage
from pilothouse.spans import Fields, Usage
from pilothouse.spans.usage import usage_of

BYTES_A_TOKEN: Final = 4
_UNASKED: Final = 4096
"""So long an answer is taken to be at most where nobody bounds it."""


def counted(raw: Any) -> Usage | None:
    """The usage object of an answer, with inclusive counts; None where it has none."""
    if type(raw) is not dict or not raw:
        return None
    found = provider_usage(raw)
    is_beside = found.pop("exclusive_input", None) is not None
    return usage_of(**found, exclusive=is_beside)


def estimated(asked_bytes: int, answered_bytes: int) -> Usage:
    """What a call used by the length of its texts."""
    given = -(-asked_bytes // BYTES_A_TOKEN)
    made = -(-answered_bytes // BYTES_A_TOKEN)
    return Usage(input_tokens=given, output_tokens=made, total_tokens=given + made)


def at_most(asked_bytes: int, body: Mapping[str, Any], *, answers: bool) -> Usage:
    """The most that a call is taken to use; `answers` where the model writes."""
    bounds = ("max_completion_tokens", "max_tokens", "max_output_tokens")
    said = [body[name] for name in bounds if type(body.get(name)) is int and body[name] > 0]
    made = (max(said) if said else _UNASKED) if answers else 0
    many = body.get("n")
    if type(many) is int and many > 1:
        made *= many
    given = -(-asked_bytes // BYTES_A_TOKEN)
    return Usage(input_tokens=given, output_tokens=made, total_tokens=given + made)


def priced(model: str, provider: str, usage: Usage) -> Fields:
    """What the price table is asked with."""
    return Fields(name="", kind="llm", model=model, provider=provider, usage=usage)
