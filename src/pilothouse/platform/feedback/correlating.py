"""How the values of two scores on the same traces go together, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from pilothouse.evaluation.statistics.distributions import normal_quantile

FEW: Final = 10
"""With fewer traces nothing is said to be clear."""
LEAST: Final = 4
"""With fewer no interval can be told."""
CONFIDENCE: Final = 0.95
Kind = Literal["phi", "point_biserial", "spearman"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Correlation:
    """A coefficient between -1 and 1, with its interval."""

    n: int
    kind: Kind
    coefficient: float | None
    """None where one of the two has always the same value, or there are too few."""
    low: float | None = None
    high: float | None = None
    p: float | None = None

    @property
    def is_clear(self) -> bool:
        """Whether there are enough, and the interval leaves out zero."""
        if self.n < FEW or self.low is None or self.high is None:
            return False
        return self.low > 0 or self.high < 0


def is_binary(values: Sequence[float]) -> bool:
    """Whether a score has two values, as thumbs do."""
    return len(set(values)) <= 2


def correlate(a: Sequence[float], b: Sequence[float], *, binary: tuple[bool, bool]) -> Correlation:
    """How two scores go together whose values on the same traces stand at the same places."""
    from scipy import stats

    n = len(a)
    kind: Kind = "phi" if all(binary) else "point_biserial" if any(binary) else "spearman"
    if n < LEAST or len(set(a)) < 2 or len(set(b)) < 2:
        return Correlation(n=n, kind=kind, coefficient=None)
    if kind == "spearman":
        found = stats.spearmanr(a, b)
        r, p = float(found.statistic), float(found.pvalue)
        low, high = _of_ranks(r, n)
    else:
        found = stats.pearsonr(a, b)
        r, p = float(found.statistic), float(found.pvalue)
        low, high = map(float, found.confidence_interval(CONFIDENCE))
        if kind == "phi":
            p = float(stats.fisher_exact(_table(a, b)).pvalue)
    return Correlation(
        n=n, kind=kind, coefficient=r, low=_known(low), high=_known(high), p=_known(p)
    )


def _of_ranks(r: float, n: int) -> tuple[float, float]:
    """The interval of Bonett and Wright (2000): ranks spread more than Fisher's z allows for."""
    if abs(r) >= 1:
        return r, r
    half = normal_quantile((1 + CONFIDENCE) / 2) * math.sqrt((1 + r * r / 2) / (n - 3))
    return math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half)


def _table(a: Sequence[float], b: Sequence[float]) -> list[list[int]]:
    """How often each of the two values comes with each of the other two."""
    high_a, high_b = max(a), max(b)
    counts = [[0, 0], [0, 0]]
    for x, y in zip(a, b, strict=True):
        counts[x == high_a][y == high_b] += 1
    return counts


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
