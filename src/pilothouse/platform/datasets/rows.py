"""JSON in the columns of records: text in, text out, exact for whatever JSON can say."""

from __future__ import annotations

import json
from typing import Any

import orjson


def dumps(value: Any) -> str:
    """Compact JSON; half of a character and numbers beyond 64 bits survive."""
    try:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:
        return json.dumps(value, separators=(",", ":"))


def loads(text: str) -> Any:
    """The value; not by orjson, which makes floats of numbers beyond 64 bits."""
    return json.loads(text)


def like(text: str) -> str:
    """The text with the signs of LIKE made plain, for ESCAPE '!'."""
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
