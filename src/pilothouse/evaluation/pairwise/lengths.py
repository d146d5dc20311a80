"""Whether a judge of pairs goes by length, and what it would prefer of answers as long.

The length-controlled win rate is the intercept of a logistic regression of preferences on the
logarithm of the lengths' ratio, after Dubois et al. (2024), Length-Controlled AlpacaEval.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np

from pilothouse.evaluation.judges.prompts import as_data
from pilothouse.evaluation.pairwise.judges import TIE
from pilothouse.evaluation.pairwise.protocol import Verdict
from pilothouse.evaluation.statistics.distributions import student_quantile
from pilothouse.evaluation.statistics.intervals import Floats, Interval, proportion_interval

_STEPS: Final = 50
_APART: Final = 30.0  # beyond such odds lengths and preferences part completely


@dataclass(frozen=True, slots=True, kw_only=True)
class Lengths:
    """How long the answers are, in letters, and what that does."""

    baseline_mean: float
    candidate_mean: float
    longer_preferred: Interval | None
    """How often the longer one was preferred, where one was longer and one preferred (Wilson)."""
    controlled: Interval | None
    """The candidate's win rate if all answers were as long as the other's; None where the data
    cannot tell: too few, all as long, or length alone foretells the verdict."""


def lengths_of(verdicts: Sequence[Verdict], confidence: float) -> Lengths | None:
    """The lengths of all pairs with a verdict."""
    told = [(v, v.score) for v in verdicts if v.score is not None]
    if not told:
        return None
    old = np.array([len(as_data(v.baseline.outputs)) for v, _ in told], dtype=float)
    new = np.array([len(as_data(v.candidate.outputs)) for v, _ in told], dtype=float)
    scores = np.array([score for _, score in told])
    decided = (old != new) & (scores != TIE)
    longer = int(((new > old) == (scores > TIE))[decided].sum())
    sources = [v.baseline.cluster or v.candidate.cluster or ("example", v.example) for v, _ in told]
    return Lengths(
        baseline_mean=float(old.mean()),
        candidate_mean=float(new.mean()),
        longer_preferred=proportion_interval(longer, int(decided.sum()), confidence=confidence)
        if decided.any()
        else None,
        controlled=controlled_rate(
            scores, np.log1p(new) - np.log1p(old), sources, confidence=confidence
        ),
    )


def controlled_rate(
    scores: Floats, log_ratio: Floats, sources: Sequence[Hashable], *, confidence: float = 0.95
) -> Interval | None:
    """The win rate at a length ratio of 1, with an interval that heeds sources."""
    from scipy import special

    position = {name: i for i, name in enumerate(dict.fromkeys(sources))}
    if len(position) < 3 or np.ptp(log_ratio) == 0:  # two coefficients and a spread
        return None
    x = np.column_stack([np.ones_like(log_ratio), log_ratio])
    weights = np.zeros(2)
    for _ in range(_STEPS):
        expected = special.expit(x @ weights)
        curve = (x * (expected * (1 - expected))[:, None]).T @ x
        if np.linalg.cond(curve) > 1e12:  # beyond, nothing can be solved
            return None
        step = np.linalg.solve(curve, x.T @ (scores - expected))
        weights += step
        if np.abs(weights).max() > _APART:
            return None
        if np.abs(step).max() < 1e-10:  # as near as floats come
            break
    member = np.array([position[name] for name in sources])
    pulls = np.zeros((len(position), 2))
    np.add.at(pulls, member, x * (scores - special.expit(x @ weights))[:, None])
    inverse = np.linalg.inv(curve)
    groups = len(position)
    spread = inverse @ (pulls.T @ pulls) @ inverse * groups / (groups - 1)
    half = student_quantile((1 + confidence) / 2, groups - 2) * sqrt(spread[0, 0])
    middle = float(weights[0])
    return Interval(
        estimate=float(special.expit(middle)),
        low=float(special.expit(middle - half)),
        high=float(special.expit(middle + half)),
        confidence=confidence,
        method="logistic, clustered",
        n=len(scores),
    )
