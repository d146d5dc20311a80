"""JSON as the journal and content hashes write it: strict, and the same for the same values."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from typing import Any, Final

import orjson

_LINE: Final = orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY
_CANONICAL: Final = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY
_LARGEST: Final = 2**63 - 1


def line(document: Mapping[str, Any]) -> bytes:
    """The document as one line. What is not finite becomes null."""
    return _encoded(document, _LINE)


def read(text: bytes) -> Any:
    """The value of a line. Raises ValueError for what is no JSON."""
    return orjson.loads(text)


def digest(value: Any) -> str:
    """24 hexadecimal digits that stand for the content of a value, whatever the order of keys."""
    return hashlib.sha256(_encoded(value, _CANONICAL)).hexdigest()[:24]


def _encoded(value: Any, options: int) -> bytes:
    try:
        return orjson.dumps(value, _plain, options)
    except TypeError:  # half a surrogate pair, or a number of more than 64 bits
        return orjson.dumps(_safe(value), _plain, options)


def _plain(value: Any) -> Any:
    """What stands for a value that JSON does not know: its fields, or else its text."""
    for way in ("model_dump", "_asdict"):
        if callable(method := getattr(value, way, None)):
            return method()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    return _safe(str(value))


def _safe(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, int) and abs(value) > _LARGEST:
        return str(value)  # as a number it would lose digits in most readers
    if isinstance(value, Mapping):
        return {_safe(str(key)): _safe(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_safe(inner) for inner in value]
    return value
