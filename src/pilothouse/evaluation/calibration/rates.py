"""What a rate that a judge measured would be if people had measured it (Rogan and Gladen 1978)."""

from __future__ import annotations

import numpy as np

from pilothouse.evaluation.calibration.report import Calibration
from pilothouse.evaluation.statistics.intervals import Interval


class NotCorrectable(ValueError):
    """The judge tells nothing apart, so that its rate says nothing of the true one."""


def corrected_rate(positives: int, n: int, calibration: Calibration) -> Interval:
    """The share that people would call positive, of `n` of which the judge called `positives` so.

    (p + TNR - 1) / (TPR + TNR - 1), within 0 and 1; the interval resamples both the rate and the
    calibration. Raises NotCorrectable where TPR + TNR is not above 1, and ValueError for counts
    that are no rate or a calibration without a `positive` label.
    """
    if not 0 <= positives <= n or n == 0:
        raise ValueError(f"{positives} of {n} is no rate")
    if calibration.positive is None or calibration.positive not in calibration.labels:
        raise ValueError("the calibration does not say which label is positive")
    right, wrong = calibration.sensitivity, calibration.specificity
    if right is None or wrong is None:
        raise NotCorrectable("people gave one label only: the judge's errors are unknown")
    power = right.estimate + wrong.estimate - 1
    if power <= 0:
        raise NotCorrectable(
            f"the judge finds {right.estimate:.0%} of the positive and {wrong.estimate:.0%} of the "
            "rest, no better than chance"
        )
    at = calibration.labels.index(calibration.positive)
    drawn = calibration.resampled()
    human = drawn.sum(axis=2)
    rest = human.sum(axis=1) - human[:, at]
    false = drawn[:, :, at].sum(axis=1) - drawn[:, at, at]
    with np.errstate(divide="ignore", invalid="ignore"):  # a resample without one of both
        tpr, fpr = drawn[:, at, at] / human[:, at], false / rest
        observed = np.random.default_rng((calibration.seed, 1)).binomial(n, positives / n, len(tpr))
        rates = (observed / n - fpr) / (tpr - fpr)
    known = rates[np.isfinite(rates) & (tpr > fpr)].clip(0, 1)
    tail = (1 - calibration.confidence) / 2 * 100
    low, high = np.percentile(known, [tail, 100 - tail])
    lost = len(tpr) - known.size
    return Interval(
        estimate=min(1.0, max(0.0, (positives / n + wrong.estimate - 1) / power)),
        low=float(low),
        high=float(high),
        confidence=calibration.confidence,
        method="rogan-gladen",
        n=n,
        note=f"{lost} resamples of {len(tpr):,} told nothing apart" if lost else None,
    )
