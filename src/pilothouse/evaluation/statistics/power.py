"""How many rows a question needs, and what a number of rows can tell."""

from __future__ import annotations

from math import ceil, sqrt
from typing import Literal

import numpy as np

from pilothouse.evaluation.statistics.distributions import normal_quantile as _z
from pilothouse.evaluation.statistics.distributions import student_quantile


def rows_for_difference(
    spread: float,
    difference: float,
    *,
    alpha: float = 0.05,
    power: float = 0.8,
    method: Literal["t", "normal"] = "t",
) -> float:
    """Rows that a paired comparison needs to find a mean difference; round up.

    `spread` is the standard deviation of the differences, √(ω² + σ²_A/K_A + σ²_B/K_B) with K tries
    a row. Raises ValueError for a difference of 0, which no number of rows can find.
    """
    from scipy import optimize

    _check(alpha, power)
    if difference == 0 or spread <= 0:
        raise ValueError("give a difference other than 0 and a spread above 0")
    effect = abs(difference) / spread
    normal = ((_z(1 - alpha / 2) + _z(power)) / effect) ** 2
    if method == "normal":
        return normal
    if _t_power(2.0, effect, alpha) >= power:
        return 2.0
    return float(optimize.brentq(lambda n: _t_power(n, effect, alpha) - power, 2.0, normal + 100))


def detectable_difference(
    spread: float,
    n: float,
    *,
    alpha: float = 0.05,
    power: float = 0.8,
    method: Literal["t", "normal"] = "t",
) -> float:
    """The smallest mean difference that `n` paired rows find with this power."""
    from scipy import optimize

    _check(alpha, power)
    if n < 2 or spread < 0:  # a spread needs two
        raise ValueError("give at least 2 rows and a spread of 0 or more")
    normal = (_z(1 - alpha / 2) + _z(power)) / sqrt(n)
    if method == "normal":
        return normal * spread
    high = normal
    while _t_power(n, high, alpha) < power:
        high *= 2
    effect = optimize.brentq(lambda e: _t_power(n, e, alpha) - power, 0.0, high)
    return float(effect) * spread


def rows_for_binary_difference(
    discordant: float, difference: float, *, alpha: float = 0.05, power: float = 0.8
) -> int:
    """Rows that McNemar's test needs, by the share of rows on which the systems disagree.

    [z_(1-alpha/2)·√d + z_power·√(d - δ²)]²/δ² (Connor 1987). Raises ValueError where δ exceeds
    d.
    """
    _check(alpha, power)
    if not 0 < abs(difference) <= discordant <= 1:
        raise ValueError("the difference cannot exceed the share of rows that differ, nor be 0")
    return _up(
        (_z(1 - alpha / 2) * sqrt(discordant) + _z(power) * sqrt(discordant - difference**2)) ** 2
        / difference**2
    )


def rows_for_proportion(half_width: float, *, p: float = 0.5, confidence: float = 0.95) -> int:
    """Rows after which the interval of a rate near `p` is no wider than ± `half_width`."""
    if not (0 < half_width < 1 and 0 <= p <= 1):
        raise ValueError("give a half width and a rate between 0 and 1")
    return _up(_z((1 + confidence) / 2) ** 2 * p * (1 - p) / half_width**2)


def _t_power(n: float, effect: float, alpha: float) -> float:
    """The power of the two-sided one-sample t test, by the noncentral t distribution."""
    from scipy import special

    shift, df = effect * sqrt(n), n - 1
    critical = student_quantile(1 - alpha / 2, df)
    # Far out SciPy's noncentral t is NaN where its value is 0 or 1.
    lower = np.nan_to_num(special.nctdtr(df, shift, -critical), nan=0.0)
    upper = np.nan_to_num(special.nctdtr(df, -shift, -critical), nan=1.0)
    return float(lower + upper)


def _up(n: float) -> int:
    return ceil(n - 1e-9)


def _check(alpha: float, power: float) -> None:
    if not (0 < alpha < 1 and 0 < power < 1):
        raise ValueError("alpha and power are shares between 0 and 1, say 0.05 and 0.8")
