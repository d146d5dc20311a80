"""Inspect's numbers of many scores: metrics of a run, and reducers of one example's tries.

C counts 1, P a half, I and N nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median, variance
from typing import Final

Value = str | float
GRADES: Final[Mapping[str, float]] = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Between which numbers the mean lies."""

    lower: float
    upper: float


def as_number(value: Value) -> float:
    """What a grade counts; a number counts itself. Raises ValueError for another text."""
    if not isinstance(value, str):
        return float(value)
    if value not in GRADES:
        raise ValueError(f"no grade {value!r}: give C, P, I, N or a number")
    return GRADES[value]


def accuracy(values: Sequence[Value]) -> float:
    """The mean; 0 of none."""
    return fmean(map(as_number, values)) if values else 0.0


def var(values: Sequence[Value]) -> float:
    """The variance of a sample; 0 with fewer than two."""
    return variance(map(as_number, values)) if len(values) > 1 else 0.0


def std(values: Sequence[Value]) -> float:
    """The standard deviation of a sample; 0 with fewer than two."""
    return float(var(values) ** 0.5)


def stderr(values: Sequence[Value]) -> float:
    """The standard error of the mean; 0 with fewer than two."""
    return float((var(values) / len(values)) ** 0.5) if len(values) > 1 else 0.0


def clustered_stderr(values: Sequence[Value], clusters: Sequence[Hashable]) -> float | None:
    """The standard error that heeds clusters, in the finite-G form; None with fewer than two."""
    from pilothouse.evaluation.statistics.clusters import clustered_mean

    return clustered_mean([*map(as_number, values)], clusters).standard_error if values else None


def interval(
    values: Sequence[Value],
    clusters: Sequence[Hashable] | None = None,
    *,
    confidence: float = 0.95,
) -> Interval | None:
    """The t interval of the mean, by clusters where they are given; None where there is none."""
    from pilothouse.evaluation.statistics.clusters import clustered_mean
    from pilothouse.evaluation.statistics.intervals import mean_interval

    if not values:
        return None
    numbers = [*map(as_number, values)]
    if clusters is None:
        found = mean_interval(numbers, confidence=confidence)
    else:
        found = clustered_mean(numbers, clusters, confidence=confidence).interval
    if found.low is None or found.high is None:
        return None
    return Interval(lower=found.low, upper=found.high)


def mean_of(values: Sequence[Value]) -> float:
    """The mean of an example's tries."""
    return fmean(map(as_number, values))


def median_of(values: Sequence[Value]) -> float:
    """The middle one, or the mean of both in the middle."""
    return float(median(map(as_number, values)))


def mode_of(values: Sequence[Value]) -> Value:
    """The most frequent value; of several the one that came first."""
    return Counter(values).most_common(1)[0][0]


def best_of(values: Sequence[Value]) -> Value:
    """The greatest value; of several the one that came first."""
    return max(values, key=as_number)


def at_least(values: Sequence[Value], k: int, *, value: float = 1.0) -> int:
    """1 where `k` tries reach the value, else 0."""
    return int(reached(values, value=value) >= k)


def pass_at(values: Sequence[Value], k: int, *, value: float = 1.0) -> float | None:
    """The chance that at least one of `k` tries reaches the value; None with fewer tries."""
    from pilothouse.evaluation.statistics.repetitions import pass_at_k

    return pass_at_k(len(values), reached(values, value=value), k)


def pass_all(values: Sequence[Value], k: int, *, value: float = 1.0) -> float | None:
    """The chance that all of `k` tries reach the value; None with fewer tries."""
    from pilothouse.evaluation.statistics.repetitions import pass_hat_k

    return pass_hat_k(len(values), reached(values, value=value), k)


def reached(values: Sequence[Value], *, value: float = 1.0) -> int:
    """How many tries reach the value."""
    return sum(as_number(one) >= value for one in values)


REDUCERS: Final[Mapping[str, Callable[[Sequence[Value]], Value]]] = {
    "mean": mean_of,
    "median": median_of,
    "mode": mode_of,
    "max": best_of,
}
