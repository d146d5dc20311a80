"""Reading values that may be JSON, JSON inside a string, a Python literal or a blob marker.

Telemetry is other people's data: every function here answers for any value and raises for none.
"""

from __future__ import annotations

import ast
import base64
import json
import math
from typing import Any, Final

try:
    import orjson
except ImportError:  # the lean install reads with the standard library, only slower
    orjson = None  # type: ignore[assignment] # a module or None

PREVIEW_CHARS: Final = 256
LITERAL_CHARS: Final = 100_000
"""Longest text that the Python literal parser is tried on; it is slow and recursive."""

_PLACEHOLDERS: Final = ("__REDACTED__", "<REDACTED>", "[Scrubbed due to ")


def json_or_none(text: str) -> Any:
    """The value that a JSON text stands for, or None (also for the text `null`)."""
    if orjson is not None:
        try:
            return orjson.loads(text)
        except ValueError:
            # NaN and Infinity are Python's own extension of JSON; all else is simply not JSON.
            if "NaN" not in text and "Infinity" not in text:
                return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def parsed(value: Any) -> Any:
    """`value`, or what it stands for if it is the JSON text of an object, a list or a string."""
    if type(value) is not str:
        return value
    head = value[:1]
    if head not in _STRUCTURED and (head not in _SPACE or value.lstrip()[:1] not in _STRUCTURED):
        return value
    found = json_or_none(value)
    return value if found is None else found


def js(value: Any) -> Any:
    """`value`, or what it stands for if it is JSON of any kind or a Python literal."""
    if type(value) is not str:
        return value
    head = value.lstrip()[:1]
    if not head or head not in _JSON_STARTS:
        return value
    found = json_or_none(value)
    if found is not None:
        return found
    if value.strip() == "null":
        return None
    return literal(value) if head in "{[(" else value


def literal(text: str) -> Any:
    """The value of a Python literal such as `{'audio': 0}`; the text itself if it is none."""
    if len(text) > LITERAL_CHARS:
        return text
    try:
        found = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return text
    return found if isinstance(found, dict | list | tuple) else text


def text_of(value: Any) -> str:
    """`value` as text for display and search: strings as they are, anything else as JSON."""
    if type(value) is str:
        return value
    return "" if value is None else dumps(value)


def dumps(value: Any) -> str:
    """Compact JSON of any value: bytes as base64, what JSON cannot say as text."""
    if orjson is not None:
        try:
            return orjson.dumps(value, default=_plain).decode()
        except (TypeError, ValueError, RecursionError):
            pass
    try:
        return json.dumps(
            value, default=_plain, ensure_ascii=False, separators=(",", ":"), skipkeys=True
        )
    except (TypeError, ValueError, RecursionError):
        return "…"


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    return str(value)


def is_blob(value: Any) -> bool:
    """Whether a value was put apart at ingest and only its marker is left."""
    return type(value) is dict and "$blob" in value


def blob_preview(marker: Any) -> str:
    """The beginning of a value that was put apart, as its marker says."""
    preview = marker.get("preview")
    return preview if type(preview) is str else ""


def is_placeholder(text: str) -> bool:
    """Whether scrubbing left this text where an id, a number or a vector was."""
    return text.startswith(_PLACEHOLDERS)


def identifier(value: Any) -> str:
    """An id as text, "" if there is none; numbers occur, placeholders do not identify anything."""
    if type(value) is str:
        return "" if value.startswith(_PLACEHOLDERS) else value
    return str(value) if type(value) is int and -(2**63) <= value < 2**64 else ""


def count(value: Any) -> int | None:
    """A token count: a whole number that is not negative, also as float or digits, else None."""
    kind = type(value)
    if kind is int:
        return value if 0 <= value <= _MAX_COUNT else None
    if kind is float and math.isfinite(value) and value == int(value):
        return count(int(value))
    if kind is str and value.isascii() and value.isdigit() and len(value) < 12:
        return count(int(value))
    return None


def amount(value: Any) -> float | None:
    """A finite number, also as text, else None."""
    kind = type(value)
    if kind is float:
        found: float = value
        return found if math.isfinite(found) else None
    if kind is int:
        return _finite(value)
    if kind is str and 0 < len(value) < 40:
        try:
            return _finite(float(value))
        except ValueError:
            return None
    return None


def _finite(value: int | float) -> float | None:
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def clip(text: str) -> str:
    """The first 256 characters, without white space around them."""
    head = text[:PREVIEW_CHARS]
    if head[:1].isspace():
        head = text[: 8 * PREVIEW_CHARS].lstrip()[:PREVIEW_CHARS]
    return head.rstrip()


_STRUCTURED: Final = frozenset('{["')
_SPACE: Final = frozenset(" \n\r\t")
_JSON_STARTS: Final = frozenset('{(["-0123456789tfnNI')
_MAX_COUNT: Final = 2**32 - 1
"""What the store's columns hold; nothing real counts higher in one call."""
