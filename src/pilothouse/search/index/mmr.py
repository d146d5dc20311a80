"""Chooses what is like the question and unlike what is chosen (Carbonell and Goldstein 1998)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def marginal(
    query: NDArray[np.float32], candidates: NDArray[np.float32], k: int, weight: float = 0.5
) -> list[int]:
    """Which candidates, in the order chosen: places of rows, at most `k`.

    The first is the most like; then always the one with the greatest `weight` times likeness to
    the question less (1 - `weight`) times that to the nearest chosen one. Of equals the first
    counts. All rows are of length one.
    """
    import numpy as np

    if not len(candidates) or k < 1:
        return []
    likeness = candidates @ query
    chosen = [int(np.argmax(likeness))]
    nearest = candidates @ candidates[chosen[0]]
    while len(chosen) < min(k, len(candidates)):
        worth = weight * likeness - (1 - weight) * nearest
        worth[chosen] = -np.inf
        best = int(np.argmax(worth))
        chosen.append(best)
        nearest = np.maximum(nearest, candidates @ candidates[best])
    return chosen
