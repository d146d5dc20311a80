"""JSON as the journal and content hashes write it: strict, and the same for the same values."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any, Final


def _plain(value: Any) -> Any:
    """What stands for a value that JSON does not know: its fields, or else its text."""
    for way in ("model_dump", "_asdict"):
        if callable(method := getattr(value, way, None)):
            return method()
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    if callable(item := getattr(value, "item", None)) and getattr(value, "shape", None) == ():
        return item()  # a number of numpy
    return str(value)


_LINE: Final = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_plain
)
_CANONICAL: Final = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_plain, sort_keys=True
)


def line(document: Mapping[str, Any]) -> bytes:
    """The document as one line. What is not finite becomes null."""
    return (_encoded(_LINE, document) + "\n").encode("utf-8", "surrogatepass")


def digest(value: Any) -> str:
    """24 hexadecimal digits that stand for the content of a value, whatever the order of keys."""
    text = _encoded(_CANONICAL, value)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _encoded(encoder: json.JSONEncoder, value: Any) -> str:
    try:
        return encoder.encode(value)
    except (ValueError, TypeError):  # NaN, or keys that cannot be compared or written
        return encoder.encode(_finite(value))


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return value
