"""Standard errors of rows that share a source, and so are not independent of each other."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from pilothouse.evaluation.statistics.distributions import student_quantile
from pilothouse.evaluation.statistics.intervals import (
    Floats,
    Interval,
    Values,
    chunks,
    numbers,
    standard_error,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusteredMean:
    """A mean with the error that heeds clusters, beside the one that does not."""

    mean: float
    standard_error: float | None
    """None with fewer than two clusters."""
    naive_standard_error: float | None
    interval: Interval
    clusters: int
    n: int

    @property
    def warning(self) -> str | None:
        """Said where taking the rows as independent would have misled."""
        if not self.standard_error or not self.naive_standard_error:
            return None
        ratio = self.standard_error / self.naive_standard_error
        if ratio <= 1.5:  # half as wide again changes conclusions
            return None
        return (
            f"rows of a cluster resemble each other: the error is {ratio:.1f} times the naive one"
        )


def clustered_mean(
    values: Values, clusters: Sequence[Hashable], *, confidence: float = 0.95
) -> ClusteredMean:
    """The mean with √(G/(G-1)·Σ D²)/n, D the summed deviations of each of G clusters.

    The finite-G form (Cameron and Miller 2015) with t of G - 1 degrees of freedom; for a difference
    of systems give the differences. Raises ValueError where a row has no cluster.
    """
    data = numbers(values)
    member = _members(data, clusters)
    mean, n, groups = float(data.mean()), int(data.size), int(member.max()) + 1
    naive = standard_error(data) if n > 1 else None
    if groups == 1:
        interval = Interval(
            estimate=mean,
            low=None,
            high=None,
            confidence=confidence,
            method="clustered t",
            n=n,
            note="one cluster has no interval",
        )
        return ClusteredMean(
            mean=mean,
            standard_error=None,
            naive_standard_error=naive,
            interval=interval,
            clusters=1,
            n=n,
        )
    deviations = np.bincount(member, weights=data - mean)
    error = sqrt(groups / (groups - 1) * float((deviations**2).sum())) / n
    half = student_quantile((1 + confidence) / 2, groups - 1) * error
    interval = Interval(
        estimate=mean,
        low=mean - half,
        high=mean + half,
        confidence=confidence,
        method="clustered t",
        n=n,
    )
    return ClusteredMean(
        mean=mean,
        standard_error=error,
        naive_standard_error=naive,
        interval=interval,
        clusters=groups,
        n=n,
    )


def cluster_bootstrap(
    values: Values,
    clusters: Sequence[Hashable],
    *,
    confidence: float = 0.95,
    resamples: int = 10_000,
    seed: int = 0,
) -> Interval:
    """The interval of a mean by resampling whole clusters (percentiles).

    Raises ValueError where a row has no cluster.
    """
    data = numbers(values)
    member = _members(data, clusters)
    sums, sizes = np.bincount(member, weights=data), np.bincount(member)
    groups = sums.size
    low: float | None = None
    high: float | None = None
    if groups > 1:
        random = np.random.default_rng(seed)
        means = [
            (drawn @ sums) / (drawn @ sizes)
            for drawn in (
                random.multinomial(groups, np.full(groups, 1 / groups), size)
                for size in chunks(resamples, max(1, 4_000_000 // groups))
            )
        ]
        tail = (1 - confidence) / 2 * 100
        low, high = (float(end) for end in np.percentile(np.concatenate(means), [tail, 100 - tail]))
    return Interval(
        estimate=float(data.mean()),
        low=low,
        high=high,
        confidence=confidence,
        method="cluster bootstrap",
        n=int(data.size),
        note=None if groups > 1 else "one cluster has no interval",
    )


def _members(data: Floats, clusters: Sequence[Hashable]) -> NDArray[np.intp]:
    """The number of each row's cluster."""
    if len(clusters) != data.size:
        raise ValueError(f"{data.size} values but {len(clusters)} clusters: give one a row")
    if None in clusters:
        raise ValueError(f"row {list(clusters).index(None)} has no cluster")
    position = {name: i for i, name in enumerate(dict.fromkeys(clusters))}
    return np.array([position[name] for name in clusters])
