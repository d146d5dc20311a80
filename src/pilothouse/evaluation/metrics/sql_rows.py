"""Whether two queries returned the same rows."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, Final

from pilothouse.evaluation.metrics.matching import best_pairs

SQLRow = tuple[Any, ...]  # Any: whatever a database holds: numbers, texts, bytes, NULL as None
TOLERANCE: Final = 1e-6


def same_rows(
    made: Sequence[SQLRow],
    expected: Sequence[SQLRow],
    *,
    ordered: bool,
    tolerance: float = TOLERANCE,
) -> bool:
    """Whether both are the same multiset of rows, or the same list where they are `ordered`.

    Numbers may differ by the tolerance, absolutely or in proportion; NULL is the same as NULL.
    """
    if len(made) != len(expected):
        return False
    if ordered:
        return all(_agree(a, b, tolerance) for a, b in zip(made, expected, strict=True))
    left, right = Counter(made), Counter(expected)
    rest = defaultdict[SQLRow, tuple[list[SQLRow], list[SQLRow]]](lambda: ([], []))
    for side, rows in enumerate((left - right, right - left)):
        for row in rows.elements():
            rest[tuple(None if _is_number(v) else v for v in row)][side].append(row)
    return all(_pair_up(a, b, tolerance) for a, b in rest.values())


def _pair_up(left: list[SQLRow], right: list[SQLRow], tolerance: float) -> bool:
    """Whether each has a partner of its own; rows that agree need not agree with the same."""
    if len(left) != len(right):
        return False
    pairs = best_pairs(left, right, lambda a, b: float(_agree(a, b, tolerance)))
    return len(pairs) == len(left)


def _agree(a: SQLRow, b: SQLRow, tolerance: float) -> bool:
    return len(a) == len(b) and all(_same(x, y, tolerance) for x, y in zip(a, b, strict=True))


def _same(a: Any, b: Any, tolerance: float) -> bool:
    if _is_number(a) and _is_number(b):
        return math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance)
    return type(a) is type(b) and bool(a == b)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)
