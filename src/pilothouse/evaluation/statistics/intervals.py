"""Between which values a rate or a mean lies, as far as the data can tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from pilothouse.evaluation.statistics.distributions import normal_quantile, student_quantile

Floats = NDArray[np.float64]
Values = Sequence[float] | Floats

ProportionMethod = Literal[
    "wilson", "wilson_cc", "clopper_pearson", "agresti_coull", "jeffreys", "wald"
]
BootstrapMethod = Literal["percentile", "basic", "bca"]
_SCIPY: Final[dict[ProportionMethod, Literal["wilsoncc", "exact"]]] = {
    "wilson_cc": "wilsoncc",
    "clopper_pearson": "exact",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An estimate with the values that are compatible with the data."""

    estimate: float
    low: float | None
    """None, with `high`, where the data are too few for an interval."""
    high: float | None
    confidence: float
    method: str
    n: int
    note: str | None = None
    """What a reader should know of it, say that another method had to be used."""


def figures(name: str, interval: Interval | None) -> dict[str, float | None]:
    """An interval as a table has it: the estimate by this name, with its `_low` and `_high`."""
    if interval is None:
        return {name: None, f"{name}_low": None, f"{name}_high": None}
    return {name: interval.estimate, f"{name}_low": interval.low, f"{name}_high": interval.high}


def proportion_interval(
    successes: int, n: int, *, confidence: float = 0.95, method: ProportionMethod = "wilson"
) -> Interval:
    """The interval of a rate. Wald is there for teaching: it is wrong near 0 and 1.

    Raises ValueError where `successes` is not between 0 and `n`, or `n` is 0.
    """
    if not 0 <= successes <= n or n == 0:
        raise ValueError(f"{successes} of {n} is no rate: give 0 <= successes <= n, n > 0")
    p = successes / n
    z = _z(confidence)
    if method in _SCIPY or method == "jeffreys":
        low, high = _by_scipy(successes, n, confidence, method)
    else:
        centre, size = p, float(n)
        if method != "wald":  # Wilson's has the centre of Agresti and Coull
            size = n + z * z
            centre = (successes + z * z / 2) / size
        half = z * sqrt(centre * (1 - centre) / size)
        if method == "wilson":
            half = z / size * sqrt(n * p * (1 - p) + z * z / 4)
        low, high = max(0.0, centre - half), min(1.0, centre + half)
    return Interval(estimate=p, low=low, high=high, confidence=confidence, method=method, n=n)


def _by_scipy(
    successes: int, n: int, confidence: float, method: ProportionMethod
) -> tuple[float, float]:
    from scipy import stats

    if method == "jeffreys":
        tail = (1 - confidence) / 2
        beta = stats.beta(successes + 0.5, n - successes + 0.5)
        return float(beta.ppf(tail)), float(beta.ppf(1 - tail))
    found = stats.binomtest(successes, n).proportion_ci(confidence, method=_SCIPY[method])
    return float(found.low), float(found.high)


def mean_interval(values: Values, *, confidence: float = 0.95) -> Interval:
    """The interval of a mean by Student's t with n - 1 degrees of freedom.

    A single value has a mean and no interval. Raises ValueError for no values.
    """
    data = numbers(values)
    mean = float(data.mean())
    if data.size == 1:
        return Interval(
            estimate=mean,
            low=None,
            high=None,
            confidence=confidence,
            method="t",
            n=1,
            note="one value has no interval",
        )
    half = _t(confidence, data.size - 1) * standard_error(data)
    return Interval(
        estimate=mean,
        low=mean - half,
        high=mean + half,
        confidence=confidence,
        method="t",
        n=int(data.size),
    )


def bootstrap_interval(
    values: Values,
    statistic: Callable[..., Any] = np.mean,
    *,
    confidence: float = 0.95,
    method: BootstrapMethod = "bca",
    resamples: int = 10_000,
    seed: int = 0,
) -> Interval:
    """The interval of any statistic, by resampling rows. `statistic` takes an array and an `axis`.

    BCa is not defined where the statistic does not vary: percentile then, and the note says so.
    """
    from scipy import stats

    data = numbers(values)
    estimate = float(statistic(data))
    if data.size == 1:
        return Interval(
            estimate=estimate,
            low=None,
            high=None,
            confidence=confidence,
            method=method,
            n=1,
            note="one value has no interval",
        )
    note = None
    if method == "bca" and np.ptp(data) == 0:
        method, note = "percentile", "all values are the same"
    found = stats.bootstrap(
        (data,),
        statistic,
        confidence_level=confidence,
        n_resamples=resamples,
        method="BCa" if method == "bca" else method,
        rng=np.random.default_rng(seed),
        batch=max(1, 5_000_000 // data.size),
    ).confidence_interval
    return Interval(
        estimate=estimate,
        low=float(found.low),
        high=float(found.high),
        confidence=confidence,
        method=method,
        n=int(data.size),
        note=note,
    )


def standard_error(values: Floats) -> float:
    """The standard error of a mean of independent values."""
    return float(values.std(ddof=1) / sqrt(values.size))


def numbers(values: Values) -> Floats:
    """The values as an array. Raises ValueError where there are none or one is no number."""
    data = np.asarray(values, dtype=np.float64)
    if data.ndim != 1 or data.size == 0:
        raise ValueError("give at least one value, in one row")
    if not np.isfinite(data).all():
        at = int(np.flatnonzero(~np.isfinite(data))[0])
        raise ValueError(f"value {at} is {data[at]}: leave out what has no score")
    return data


def chunks(total: int, size: int) -> Sequence[int]:
    """Sizes of at most `size` that add up to `total`: draws are made so many at a time."""
    whole, rest = divmod(total, size)
    return [*[size] * whole, *([rest] if rest else [])]


def _z(confidence: float) -> float:
    _check(confidence)
    return normal_quantile((1 + confidence) / 2)


def _t(confidence: float, df: int) -> float:
    _check(confidence)
    return student_quantile((1 + confidence) / 2, df)


def _check(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence}: give a share between 0 and 1, say 0.95")
