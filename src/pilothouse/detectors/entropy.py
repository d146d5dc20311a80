"""Texts that look drawn by lot, as keys without a known form do."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from pilothouse.detectors.detector import Detector

_TOKEN: Final = re.compile(
    r"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{20,200}={0,2}(?![A-Za-z0-9+/_=-])"
)
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}").fullmatch
_HEX: Final = re.compile(r"[0-9a-f]+|[0-9A-F]+").fullmatch
_OF_HEX: Final = 3.0
_OF_LETTERS: Final = 4.0
"""Bits per letter from which on a token is no word; random ones of 20 letters have 4.1."""


def entropy(text: str) -> float:
    """Shannon's entropy in bits per letter."""
    counts = Counter(text).values()
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts)


def _find_random(text: str) -> Iterator[tuple[int, int]]:
    for match in _TOKEN.finditer(text):
        if _is_random(match[0]):
            yield match.span()


def _is_random(token: str) -> bool:
    if _UUID(token) or not any(c.isdigit() for c in token):  # an id, and a path or long word
        return False
    if _HEX(token):
        return len(token) >= 32 and entropy(token) >= _OF_HEX
    kinds = sum((any(c.isupper() for c in token), any(c.islower() for c in token)))
    return kinds == 2 and entropy(token) >= _OF_LETTERS


HIGH_ENTROPY: Final = Detector(
    r"[A-Za-z0-9+/_-]{20}", _find_random, "long tokens that look drawn by lot"
)
