"""Halves of surrogate pairs, as programs leave them that cut texts by UTF-16 units (JavaScript).

JSON can say them, UTF-8 cannot: each becomes U+FFFD, so that nobody loses all else that came along.
"""

from __future__ import annotations

import re
from typing import Any, Final

# Each match is one whole escape, so that the text of `\\ud800` (an escaped backslash) stays.
_ESCAPE: Final = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|(?P<lone>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


def mended_json(text: str) -> str:
    """JSON text without escapes of half a character."""
    if "\\ud" not in text and "\\uD" not in text:
        return text
    return _ESCAPE.sub(lambda escape: "\\ufffd" if escape["lone"] else escape[0], text)


def mended(value: Any) -> Any:  # Any: JSON
    """JSON whose texts have no half a character."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return value
    if isinstance(value, dict):
        return {mended(key): mended(item) for key, item in value.items()}
    if isinstance(value, list):
        return [mended(item) for item in value]
    return value
