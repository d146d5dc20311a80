"""Vectors of one tenant's questions, and which of them are near another one.

The search is exact. Of a vector of length one the first quarter is compared first: with what is
left of both, by Cauchy and Schwarz, it bounds the cosine from above, so that nearly all rows of
100,000 are left out having read a quarter of the memory, and none that would have been a hit.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
_LEAST: Final = 4
_PART: Final = 4
_LEAST_HEAD: Final = 32
_TOGETHER: Final = 96_000
"""Numbers that are multiplied at once: of more BLAS makes threads, which wait by spinning."""
_SLACK: Final = 1e-5
"""What rounding may take from a cosine."""


class Vectors:
    """Rows of length one with what each stands for; the last row takes the place of a gone one."""

    def __init__(self, dim: int) -> None:
        self.items: list[Any] = []
        self.dim = dim
        self._cut = min(dim, max(_LEAST_HEAD, dim // _PART))
        self._together = max(1, _TOGETHER // self._cut)
        self._head: Floats = np.empty((_LEAST, self._cut), np.float32)
        self._tail: Floats = np.empty((_LEAST, dim - self._cut), np.float32)
        self._left: Floats = np.empty(_LEAST, np.float32)
        """The length of each tail."""

    def __len__(self) -> int:
        return len(self.items)

    def add(self, vector: Floats, item: Any) -> int:
        """The row of a new vector."""
        row = len(self.items)
        if row == len(self._left):
            size = 2 * row
            self._head = _grown(self._head, size)
            self._tail = _grown(self._tail, size)
            self._left = _grown(self._left, size)
        self._head[row] = vector[: self._cut]
        self._tail[row] = vector[self._cut :]
        self._left[row] = np.sqrt(np.dot(self._tail[row], self._tail[row]))
        self.items.append(item)
        return row

    def remove(self, row: int) -> Any:
        """Take a row away; the item that stands there now, None for none."""
        last = len(self.items) - 1
        moved = self.items.pop()
        if row == last:
            return None
        self._head[row] = self._head[last]
        self._tail[row] = self._tail[last]
        self._left[row] = self._left[last]
        self.items[row] = moved
        return moved

    def near(self, vector: Floats, least: float, most: int) -> list[tuple[float, Any]]:
        """Items of at least this cosine, the nearest first."""
        count = len(self.items)
        if not count:
            return []
        head, tail = vector[: self._cut], vector[self._cut :]
        bound = np.empty(count, np.float32)
        for at in range(0, count, self._together):
            end = min(at + self._together, count)
            np.dot(self._head[at:end], head, out=bound[at:end])
        bound += self._left[:count] * np.sqrt(np.dot(tail, tail))
        rows = np.flatnonzero(bound >= least - _SLACK)
        if not len(rows):
            return []
        cosines = self._head[rows] @ head + self._tail[rows] @ tail
        order = np.argsort(-cosines)[:most]
        return [
            (float(cosines[at]), self.items[rows[at]])
            for at in order
            if cosines[at] >= least - _SLACK
        ]


def _grown(old: Floats, size: int) -> Floats:
    made = np.empty((size, *old.shape[1:]), np.float32)
    made[: len(old)] = old
    return made
