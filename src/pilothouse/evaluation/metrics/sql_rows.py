"""Whether two queries returned the same rows."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Any, Final

from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

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
            rest[tuple(float if _is_number(v) else v for v in row)][side].append(row)
    return all(_pair_up(a, b, tolerance) for a, b in rest.values())


def _pair_up(left: list[SQLRow], right: list[SQLRow], tolerance: float) -> bool:
    """Whether each has a partner of its own; rows that agree need not agree with the same.

    Both have numbers in the same places, and all else the same.
    """
    if len(left) != len(right):
        return False
    numbers = [place for place, value in enumerate(left[0]) if _is_number(value)]
    place = max(numbers, key=lambda at: len({row[at] for row in left}))  # tells most of them apart
    right = sorted(right, key=itemgetter(place))
    values = [row[place] for row in right]
    pairs: list[tuple[int, int]] = []
    for at, row in enumerate(left):
        near = [
            other
            for other in _near(row[place], values, tolerance)
            if _agree(row, right[other], tolerance)
        ]
        if not near:
            return False
        pairs += [(at, other) for other in near]
    rows, columns = zip(*pairs, strict=True)
    graph = csr_array(([True] * len(pairs), (rows, columns)), shape=(len(left), len(right)))
    return bool((maximum_bipartite_matching(graph) >= 0).all())


def _near(value: float, ordered: Sequence[float], tolerance: float) -> Iterator[int]:
    """The places of the ordered values that are the same as this one."""
    middle = bisect_left(ordered, value)
    for way in (range(middle, len(ordered)), range(middle - 1, -1, -1)):
        for at in way:
            if not _same(value, ordered[at], tolerance):
                break
            yield at


def _agree(a: SQLRow, b: SQLRow, tolerance: float) -> bool:
    return len(a) == len(b) and all(_same(x, y, tolerance) for x, y in zip(a, b, strict=True))


def _same(a: Any, b: Any, tolerance: float) -> bool:
    if _is_number(a) and _is_number(b):
        return math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance)
    return type(a) is type(b) and bool(a == b)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)
