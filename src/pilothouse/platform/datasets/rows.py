"""JSON in the columns of records: text in, text out, exact for whatever JSON can say."""

from __future__ import annotations

import json
from typing import Any

import orjson


def dumps(value: Any) -> str:
    """Compact JSON; numbers beyond 64 bits survive, half of a character is replaced (U+FFFD)."""
    try:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:
        text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def loads(text: str) -> Any:
    """The value; not by orjson, which makes floats of numbers beyond 64 bits."""
    return json.loads(text)
