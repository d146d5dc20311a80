"""Means and differences of arms from what each unit contributed, step by step.

A unit is who was assigned: a user with many calls counts as one source. Arms are compared within
each step, in which their shares stood still, so that a trend over time is no difference between
them; a unit that was in several steps, or in both arms, is one source all the same.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from math import log, sqrt
from typing import Final, Literal

import numpy as np

from pilothouse.evaluation.statistics.distributions import normal_quantile, student_quantile
from pilothouse.evaluation.statistics.intervals import Floats, Interval

Scale = Literal["difference", "ratio"]
"""A ratio is compared by its logarithm: costs and times differ by parts, not by amounts."""
_LEAST_SPREAD: Final = 0.01
"""Of figures that never vary it is believed that units differ by a hundredth all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What units of one arm contributed in one step."""

    units: tuple[Hashable, ...]
    counts: Floats
    """Rows of each unit."""
    sums: Floats
    """Of the rows' values."""

    @property
    def mean(self) -> float | None:
        """Over all rows; None without any."""
        rows = float(self.counts.sum())
        return float(self.sums.sum()) / rows if rows else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled:
    """The second arm against the first, over all steps that have both."""

    estimate: float
    """A difference, or the logarithm of a ratio."""
    variance: float
    units: tuple[int, int]
    """Of either arm."""
    steps: int


def cell_of(rows: Iterable[tuple[Hashable, float, float]]) -> Cell:
    """A cell of (unit, rows, sum of their values); units without rows are left out."""
    kept = [row for row in rows if row[1] > 0]
    return Cell(
        units=tuple(unit for unit, _, _ in kept),
        counts=np.array([count for _, count, _ in kept], dtype=np.float64),
        sums=np.array([total for _, _, total in kept], dtype=np.float64),
    )


def mean_of(
    cells: Sequence[Cell], *, confidence: float = 0.95, share: bool = False
) -> Interval | None:
    """The mean of an arm over its steps with the error that heeds units; None without rows.

    With `share` it is one of 0s and 1s: its interval ends there, and is no point where all agree.
    """
    counts: dict[Hashable, float] = {}
    sums: dict[Hashable, float] = {}
    for cell in cells:
        for unit, count, total in zip(cell.units, cell.counts, cell.sums, strict=True):
            counts[unit] = counts.get(unit, 0.0) + float(count)
            sums[unit] = sums.get(unit, 0.0) + float(total)
    rows, groups = sum(counts.values()), len(counts)
    if not rows:
        return None
    mean = sum(sums.values()) / rows
    low: float | None = None
    high: float | None = None
    if groups > 1:
        spread = sum((sums[unit] - mean * counts[unit]) ** 2 for unit in counts)
        error = sqrt(groups / (groups - 1) * spread) / rows
        if share:
            error = max(error, sqrt(_share_variance(mean * rows, rows, groups)))
        half = student_quantile((1 + confidence) / 2, groups - 1) * error
        low, high = mean - half, mean + half
        if share:
            low, high = max(0.0, low), min(1.0, high)
    return Interval(
        estimate=mean,
        low=low,
        high=high,
        confidence=confidence,
        method="clustered t",
        n=int(rows),
        note=None if groups > 1 else "one unit has no interval",
    )


def pooled(
    steps: Sequence[tuple[Cell, Cell]], scale: Scale = "difference", *, share: bool = False
) -> Pooled | None:
    """The second cell against the first of every step; None where no step has two units of each.

    Steps weigh by how many units they have of both, which no outcome can move.
    """
    weighed: list[tuple[float, tuple[Cell, Cell]]] = []
    for first, second in steps:
        a, b = len(first.units), len(second.units)
        usable = a > 1 and b > 1
        if usable and scale == "ratio":
            usable = (first.mean or 0.0) > 0 and (second.mean or 0.0) > 0
        if usable:
            weighed.append((a * b / (a + b), (first, second)))
    whole = sum(weight for weight, _ in weighed)
    if not whole:
        return None
    estimate, least = 0.0, 0.0
    influence: dict[Hashable, float] = {}
    for weight, both in weighed:
        part = weight / whole
        for sign, cell in zip((-1.0, 1.0), both, strict=True):
            mean, rows = cell.mean, float(cell.counts.sum())
            assert mean is not None
            estimate += sign * part * (log(mean) if scale == "ratio" else mean)
            size = rows * (mean if scale == "ratio" else 1.0)
            pulls = sign * part * (cell.sums - mean * cell.counts) / size
            groups = len(cell.units)
            pulls *= sqrt(groups / (groups - 1))
            for unit, pull in zip(cell.units, pulls, strict=True):
                influence[unit] = influence.get(unit, 0.0) + float(pull)
            least += part**2 * _least_variance(cell, mean, scale, share=share)
    variance = max(sum(pull**2 for pull in influence.values()), least)
    firsts = {unit for _, both in weighed for unit in both[0].units}
    seconds = {unit for _, both in weighed for unit in both[1].units}
    return Pooled(
        estimate=estimate,
        variance=variance,
        units=(len(firsts), len(seconds)),
        steps=len(weighed),
    )


def quantile_interval(
    values: Floats, units: Sequence[Hashable], p: float, *, confidence: float = 0.95
) -> Interval | None:
    """A quantile with Woodruff's interval (1952), its share's error clustered by unit."""
    if values.size == 0:
        return None
    estimate = float(np.quantile(values, p))
    position = {unit: at for at, unit in enumerate(dict.fromkeys(units))}
    groups = len(position)
    low: float | None = None
    high: float | None = None
    if groups > 1:
        member = np.array([position[unit] for unit in units])
        below = (values <= estimate).astype(np.float64) - p
        apart = np.bincount(member, weights=below)
        error = sqrt(groups / (groups - 1) * float((apart**2).sum())) / values.size
        half = normal_quantile((1 + confidence) / 2) * error
        ends = np.quantile(values, [max(0.0, p - half), min(1.0, p + half)])
        low, high = float(ends[0]), float(ends[1])
    return Interval(
        estimate=estimate,
        low=low,
        high=high,
        confidence=confidence,
        method="woodruff",
        n=int(values.size),
    )


def _least_variance(cell: Cell, mean: float, scale: Scale, *, share: bool) -> float:
    """What a mean is believed to vary at least: of few rows that all agree nothing is certain."""
    groups = len(cell.units)
    spread = _LEAST_SPREAD * (1.0 if scale == "ratio" else abs(mean))
    least = spread**2 / groups
    if share:  # so may be scores from 1 to 5, of which all are 5
        rows = float(cell.counts.sum())
        least = max(least, _share_variance(mean * rows, rows, groups))
    return least


def _share_variance(so: float, rows: float, groups: int) -> float:
    """Of a share as if half a row more were so and half a row were not, a row a unit."""
    smoothed = (so + 0.5) / (rows + 1)
    return smoothed * (1 - smoothed) / groups if so in (0.0, rows) else 0.0
