"""Buckets of numbers that are the same in every interval and group, so that charts can stack them.

Without a width they begin at 1, 2 and 5 times the powers of ten, mirrored below zero.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any, Final

_ABOVE: Final = [float(f"{digit}e{power}") for power in range(-6, 13) for digit in (1, 2, 5)]
BOUNDS: Final = [*(-bound for bound in reversed(_ABOVE)), 0.0, *_ABOVE]
_LIST: Final = f"[{', '.join(map(repr, BOUNDS))}]"
_SMALLEST: Final = 1e-9
"""The share of a width by which 0.3 is kept in the bucket that begins with it."""


def place_of(number: str, width: float | None) -> str:
    """The SQL of the bucket that holds a number."""
    if width is None:
        return f"roundDown({number}, {_LIST})"
    return f"toInt64(floor({number} / {width!r} + {_SMALLEST!r}))"


def counted(key: str, condition: str) -> str:
    """The SQL of how often each key comes among the rows that hold a condition."""
    return f"sumMapIf([{key}], [toUInt64(1)], {condition})"


def counted_arrays(place: str, arrays: str) -> str:
    """The same for numbers in lists; `place` is that of `x`."""
    return f"sumMap(arrayMap(x -> {place}, {arrays}), arrayMap(x -> toUInt64(1), {arrays}))"


def buckets(found: Sequence[Any], width: float | None) -> list[dict[str, float]]:
    """What `counted` found of places, as the API shows it."""
    keys, counts = found
    return [
        {"from": start, "to": end, "count": int(count)}
        for key, count in zip(keys, counts, strict=True)
        for start, end in [_ends(key, width)]
    ]


def values(found: Sequence[Any]) -> list[dict[str, Any]]:
    """What `counted` found of texts, the most frequent first."""
    keys, counts = found
    rows = sorted(zip(keys, counts, strict=True), key=lambda row: (-int(row[1]), row[0]))
    return [{"value": key, "count": int(count)} for key, count in rows]


def _ends(key: float, width: float | None) -> tuple[float, float]:
    if width is not None:
        return round(key * width, 12), round((key + 1) * width, 12)
    after = bisect_right(BOUNDS, key)
    return key, BOUNDS[min(after, len(BOUNDS) - 1)]
