"""Means of samples in which not everything had the same share of being drawn."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleMean:
    """What a sample says of all that it was drawn from."""

    n: int
    population: float
    """How many the sample stands for."""
    mean: float | None
    """None of an empty sample."""
    se: float | None
    """The standard error; None for fewer than two."""
    low: float | None
    high: float | None
    """The interval, None where there is no error."""


def sample_mean(drawn: Iterable[tuple[float, float]], *, confidence: float = 0.95) -> SampleMean:
    """The mean of all from (value, share) of those that were drawn.

    Horvitz and Thompson's total of the values over theirs of how many there are; the error by
    linearisation, as of a sample of what will come too: it is not 0 where everything was drawn.
    Raises ValueError for a share outside (0, 1].
    """
    weighed = [(value, 1.0 / _checked(share)) for value, share in drawn]
    n = len(weighed)
    population = math.fsum(weight for _, weight in weighed)
    if not n:
        return SampleMean(n=0, population=0.0, mean=None, se=None, low=None, high=None)
    mean = math.fsum(value * weight for value, weight in weighed) / population
    if n == 1:
        return SampleMean(n=1, population=population, mean=mean, se=None, low=None, high=None)
    from pilothouse.evaluation.statistics.distributions import student_quantile

    squares = math.fsum((weight * (value - mean)) ** 2 for value, weight in weighed)
    se = math.sqrt(squares * n / (n - 1)) / population
    half = student_quantile((1 + confidence) / 2, n - 1) * se
    return SampleMean(
        n=n, population=population, mean=mean, se=se, low=mean - half, high=mean + half
    )


def _checked(share: float) -> float:
    if not 0.0 < share <= 1.0:
        raise ValueError(f"a share is above 0 and at most 1, not {share!r}")
    return share
