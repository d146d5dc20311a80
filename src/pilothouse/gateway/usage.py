"""Tokens of a call: as its provider counted them, else estimated from the length of its texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from pilothouse.dialects.logfire import provider_usage
from pilothouse.spans import Fields, Usage
from pilothouse.spans.usage import usage_of

UNASKED: Final = 4096
"""So long an answer is taken to be at most where nobody bounds it."""
_THOUGHT: Final = 16_384
"""And so much longer where the model is asked to think."""
_BYTES_A_TOKEN: Final = 4
_FOREIGN_BYTES_A_TOKEN: Final = 2
"""Of what is no ASCII: a character of Chinese has three bytes, and one or two tokens."""
_IMAGE_TOKENS: Final = 2000
"""More than most models take for a picture."""
_ASCII: Final = bytes(range(128))
_DATA: Final = re.compile(rb'"data:image/[\w.+-]+;base64,[^"]*"|"data"\s*:\s*"[A-Za-z0-9+/=]*"')
_IMAGE: Final = re.compile(rb'"type"\s*:\s*"(?:image_url|image|input_image)"')


def counted(raw: Any) -> Usage | None:
    """The usage object of an answer, with inclusive counts; None where it has none."""
    if type(raw) is not dict or not raw:
        return None
    found = provider_usage(raw)
    is_beside = found.pop("exclusive_input", None) is not None
    hour = _hour_of(raw.get("cache_creation") or raw.get("prompt_tokens_details"))
    if type(hour) is int and hour > 0:
        found["cache_write_1h"] = hour
    return usage_of(**found, exclusive=is_beside)


def _hour_of(written: Any) -> Any:
    """What was written to a cache for an hour, by Anthropic or in our translation of it."""
    if not isinstance(written, dict):
        return None
    return written.get("ephemeral_1h_input_tokens") or written.get("cache_write_1h_tokens")


def tokens_of(text: bytes) -> int:
    """About how many tokens a text in UTF-8 has."""
    if text.isascii():
        return -(-len(text) // _BYTES_A_TOKEN)
    foreign = len(text.translate(None, _ASCII))
    plain = len(text) - foreign
    return -(-plain // _BYTES_A_TOKEN) + -(-foreign // _FOREIGN_BYTES_A_TOKEN)


def tokens_of_question(raw: bytes) -> int:
    """About how many tokens a request has: by its texts, and so many for each picture."""
    images = len(_IMAGE.findall(raw)) if b"image" in raw else 0
    if images:
        raw = _DATA.sub(b"", raw)
    return tokens_of(raw) + images * _IMAGE_TOKENS


def estimated(given: int, answered: bytes) -> Usage:
    """What a call used by the length of its texts."""
    made = tokens_of(answered)
    return Usage(input_tokens=given, output_tokens=made, total_tokens=given + made)


def at_most(given: int, body: Mapping[str, Any], *, answers: bool) -> Usage:
    """The most that a question of so many tokens may use; `answers` where a model writes."""
    bounds = ("max_completion_tokens", "max_tokens", "max_output_tokens")
    said = [body[name] for name in bounds if type(body.get(name)) is int and body[name] > 0]
    made = (max(said) if said else UNASKED) if answers else 0
    if made and not said and (body.get("reasoning_effort") or body.get("reasoning")):
        made += _THOUGHT
    many = body.get("n")
    if type(many) is int and many > 1:
        made *= many
    return Usage(input_tokens=given, output_tokens=made, total_tokens=given + made)


def priced(model: str, provider: str, usage: Usage) -> Fields:
    """What the price table is asked with."""
    return Fields(name="", kind="llm", model=model, provider=provider, usage=usage)
