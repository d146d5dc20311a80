"""Random ids in hexadecimal digits, drawn many at a time: the system is asked once in a while."""

from __future__ import annotations

import os
from typing import Final

_BYTES: Final = 16
_DRAWN: Final = 256
_left: list[str] = []


def hex_id(digits: int) -> str:
    """So many random digits, at most 32."""
    try:
        return _left.pop()[:digits]
    except IndexError:
        drawn = os.urandom(_BYTES * _DRAWN).hex()
        step = 2 * _BYTES
        _left.extend(drawn[at : at + step] for at in range(0, len(drawn), step))
        return _left.pop()[:digits]


if hasattr(os, "register_at_fork"):  # a child must not draw what its parent does
    os.register_at_fork(after_in_child=_left.clear)
