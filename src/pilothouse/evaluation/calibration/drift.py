"""Whether a judge agrees less with people than it used to.

Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions.
Statistics in Medicine 17(8), 873-890.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import sqrt

import numpy as np

from pilothouse.evaluation.calibration.report import POWERS, Calibration
from pilothouse.evaluation.metrics.classification import kappas
from pilothouse.evaluation.statistics.clusters import clustered_mean
from pilothouse.evaluation.statistics.distributions import student_quantile
from pilothouse.evaluation.statistics.intervals import Interval, proportion_interval
from pilothouse.evaluation.statistics.paired import Test, difference, student


@dataclass(frozen=True, kw_only=True)
class Drift:
    """A judge's agreement in one period against an earlier one."""

    judge: str
    before: Interval
    after: Interval
    """The share of examples on which judge and people agree."""
    difference: Interval
    """After less before."""
    test: Test
    paired: bool
    """Whether both periods have the same examples."""
    changed: bool
    """Whether the judge is not the same: another prompt, form or score."""
    alpha: float
    calibrations: tuple[Calibration, Calibration]

    @cached_property
    def kappa_difference(self) -> Interval | None:
        """The difference of kappas, by bootstrap; None where undefined, or examples are shared."""
        before, after = self.calibrations
        if self.paired or before.kappa is None or after.kappa is None:
            return None
        power = POWERS[before.weights]
        drawn = kappas(after.resampled(1), power) - kappas(before.resampled(2), power)
        tail = self.alpha / 2 * 100
        low, high = np.nanpercentile(drawn, [tail, 100 - tail])
        mean = after.kappa.estimate - before.kappa.estimate
        n = before.kappa.n + after.kappa.n
        return _interval(mean, float(low), float(high), self.alpha, n)

    @property
    def fell(self) -> bool:
        """Whether it agrees less, beyond chance: time to read disagreements."""
        return self.test.p <= self.alpha and self.difference.estimate < 0

    @property
    def sentence(self) -> str:
        """What happened, in words."""
        apart = self.difference
        figures = (
            f"{self.after.estimate:.0%} of {self.after.n:,} examples against "
            f"{self.before.estimate:.0%} of {self.before.n:,}"
        )
        evidence = f"p {'< 0.001' if self.test.p < 0.001 else f'= {self.test.p:.2g}'}"
        if apart.low is not None and apart.high is not None:
            ends = f"{apart.low:+.0%} to {apart.high:+.0%}".replace("-", "\u2212")  # as it is read
            evidence = f"{apart.confidence:.0%} interval of the difference {ends}, {evidence}"
        if self.test.p > self.alpha:
            how = "Whether the agreement of {} with people changed cannot be told"
        else:
            how = "The agreement of {} with people " + ("fell" if self.fell else "rose")
        said = f"{how.format(self.judge)}: {figures} ({evidence})."
        return said + (" It is another version of the judge." if self.changed else "")


def drift(before: Calibration, after: Calibration, *, alpha: float = 0.05) -> Drift:
    """What separates two periods.

    McNemar's exact test where both have the same examples, else Fisher's, or a t test of clusters
    where examples share a source. Raises ValueError where a period has no verdict,
    and where they weigh disagreements differently.
    """
    if before.weights != after.weights:
        raise ValueError(f"one period is {before.weights}, the other {after.weights}")
    old = {each.example: each for each in before.counted}
    new = {each.example: each for each in after.counted}
    if not old or not new or before.accuracy is None or after.accuracy is None:
        raise ValueError("a period has no verdict of the judge to compare")
    shared = [example for example in new if example in old]
    paired = bool(shared) and {e.example for e in after.rated} == {e.example for e in before.rated}
    if paired:
        found = difference(
            [float(new[e].agreed) for e in shared],
            [float(old[e].agreed) for e in shared],
            confidence=1 - alpha,
        )
        apart, test = found.interval, found.test
        clusters = [new[e].source for e in shared]
        if len(set(clusters)) < len(shared):
            changes = [float(new[e].agreed) - float(old[e].agreed) for e in shared]
            mean = clustered_mean(changes, clusters, confidence=1 - alpha)
            apart = mean.interval
            test = _t(mean.mean, mean.standard_error, mean.clusters - 1, mean.n)
    else:
        apart, test = _unpaired(before, after, alpha)
    return Drift(
        judge=after.judge,
        before=before.accuracy,
        after=after.accuracy,
        difference=apart,
        test=test,
        paired=paired,
        changed=before.judge_version != after.judge_version,
        alpha=alpha,
        calibrations=(before, after),
    )


def _unpaired(before: Calibration, after: Calibration, alpha: float) -> tuple[Interval, Test]:
    sides = [[(float(e.agreed), e.source) for e in side.counted] for side in (before, after)]
    if any(len({source for _, source in side}) < len(side) for side in sides):
        old, new = (
            clustered_mean([v for v, _ in side], [s for _, s in side], confidence=1 - alpha)
            for side in sides
        )
        n, mean = old.n + new.n, new.mean - old.mean
        if old.standard_error is None or new.standard_error is None:
            return _interval(mean, None, None, alpha, n), _t(mean, None, 0, n)
        error = sqrt(old.standard_error**2 + new.standard_error**2)
        df = min(old.clusters, new.clusters) - 1  # not more than the smaller side can tell
        half = student_quantile(1 - alpha / 2, df) * error
        return _interval(mean, mean - half, mean + half, alpha, n), _t(mean, error, df, n)
    (a, m), (b, n) = ((int(sum(v for v, _ in side)), len(side)) for side in sides)
    from scipy import stats

    p = float(stats.fisher_exact([[a, m - a], [b, n - b]]).pvalue)
    return _newcombe(a, m, b, n, alpha), Test(method="fisher", p=p, n=m + n, exact=True)


def _newcombe(a: int, m: int, b: int, n: int, alpha: float) -> Interval:
    """b/n less a/m, by the squares of both Wilson intervals."""
    old = proportion_interval(a, m, confidence=1 - alpha)
    new = proportion_interval(b, n, confidence=1 - alpha)
    ends = old.low, old.high, new.low, new.high
    old_low, old_high, new_low, new_high = (float(end or 0.0) for end in ends)
    mean = new.estimate - old.estimate
    low = mean - sqrt((new.estimate - new_low) ** 2 + (old_high - old.estimate) ** 2)
    high = mean + sqrt((new_high - new.estimate) ** 2 + (old.estimate - old_low) ** 2)
    return _interval(mean, low, high, alpha, m + n)


def _interval(mean: float, low: float | None, high: float | None, alpha: float, n: int) -> Interval:
    return Interval(
        estimate=mean, low=low, high=high, confidence=1 - alpha, method="difference", n=n
    )


def _t(mean: float, error: float | None, df: int, n: int) -> Test:
    if error is None or df < 1:
        return Test(method="none", p=1.0, n=n, note="one cluster cannot tell")
    return student(mean, error, df, n=n)
