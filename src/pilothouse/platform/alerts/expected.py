"""What was to be expected of a measure: the median of the same hour of earlier weeks or days.

Values of windows around the same time are samples; their median is what was expected, and their
median distance from it, made comparable to a standard deviation, is the usual spread. One bad week
moves neither by much, which is why an incident does not teach the rule that incidents are normal.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import Final

from pilothouse.platform.alerts.asking import is_count
from pilothouse.platform.alerts.conditions import SEASON_S, Baseline, Condition
from pilothouse.platform.store.measures import Measure

AROUND_S: Final = 1800
"""Windows that begin so long before and after belong to the same hour."""
LEAST_SAMPLES: Final = 3
"""Of an anomaly: fewer have no spread."""
_NORMAL: Final = 1.4826
"""The standard deviation of a normal distribution by its median distance."""
_LEAST_SHARE: Final = 0.05
"""Nobody is woken for less than a few times 5 percent, however even a measure was."""
_LEAST_RATE: Final = 0.02
"""The same of measures between 0 and 1, which are often 0 for weeks."""
_RATES: Final = ("error_rate", "success_rate", "share")


def neighbours(condition: Condition, window_s: int) -> int:
    """How many windows before and after the same time are samples, too."""
    if window_s <= AROUND_S:
        return AROUND_S // window_s
    return 1 if condition.kind == "anomaly" and window_s <= 3 * 3600 else 0


def samples_of(condition: Condition, window_s: int) -> int:
    """How many values a baseline is made of, at most."""
    return condition.periods * (2 * neighbours(condition, window_s) + 1)


def slots(condition: Condition, window_s: int, start_s: int) -> list[list[int]]:
    """The beginnings of the windows that are samples for one that begins then, by period.

    They stand at full multiples of the window, as intervals of the store do, and none overlaps
    the window itself: what it is compared with must not hold what it is.
    """
    season_s, around = SEASON_S[condition.season], neighbours(condition, window_s)
    whole = start_s // window_s if window_s == season_s else round(start_s / window_s)
    nearest = whole * window_s
    return [
        [nearest - back * season_s + place * window_s for place in range(-around, around + 1)]
        for back in range(1, condition.periods + 1)
    ]


def baseline(
    condition: Condition, measure: Measure | None, samples: Sequence[float]
) -> Baseline | None:
    """What was expected; None where too little is known of the time before.

    `measure` is None for a share of a host.
    """
    if len(samples) < (LEAST_SAMPLES if condition.kind == "anomaly" else 1):
        return None
    expected = statistics.median(samples)
    distance = statistics.median(abs(value - expected) for value in samples)
    return Baseline(
        expected=expected,
        spread=max(distance * _NORMAL, abs(expected) * _LEAST_SHARE, _least(measure, expected)),
    )


def _least(measure: Measure | None, expected: float) -> float:
    """The spread that a measure has in any case: a count that of chance."""
    if measure is None:
        return _LEAST_RATE
    if measure.per is not None or measure.per_second:
        return 1e-9
    if is_count(measure):
        return max(1.0, math.sqrt(abs(expected)))
    return _LEAST_RATE if measure.of.function in _RATES else 1e-9
