"""Pairs things with their partners so that as much as possible agrees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from scipy.optimize import linear_sum_assignment

A = TypeVar("A")
B = TypeVar("B")


def best_pairs(
    left: Sequence[A], right: Sequence[B], agreement: Callable[[A, B], float]
) -> list[tuple[int, int, float]]:
    """Places in both with their agreement (0 to 1), one to one, of the greatest sum (Kuhn 1955).

    Pairs that do not agree at all are left out.
    """
    if not left or not right:
        return []
    weights = np.array([[float(agreement(a, b)) for b in right] for a in left])
    pairs = zip(*linear_sum_assignment(weights, maximize=True), strict=True)
    return [(int(i), int(j), float(weights[i, j])) for i, j in pairs if weights[i, j] > 0]


def common_order(left: Sequence[object], right: Sequence[object]) -> int:
    """The length of the longest sequence that both contain in this order."""
    lengths = [0] * (len(right) + 1)
    for a in left:
        before = lengths[:]
        for j, b in enumerate(right):
            lengths[j + 1] = before[j] + 1 if a == b else max(before[j + 1], lengths[j])
    return lengths[-1]
