"""Answers that hold however often one looks: intervals, p-values and guards of running comparisons.

An interval of a fixed sample is right once; who looks each minute and stops at the first
significant difference is wrong far more often than alpha. These are right at all looks together.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, lgamma, log, sqrt
from typing import Final

from pilothouse.evaluation.statistics.distributions import normal_quantile

_POWER: Final = 0.8
"""The interval is narrowest where a fixed sample would show the margin with this power."""
_PSEUDO: Final = 100.0
"""How near to the shares other shares are looked for, in units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """What is known of a difference at a look, right at all looks together."""

    estimate: float
    low: float
    high: float
    p: float
    """Against "there is none"; may be looked at whenever one likes."""
    alpha: float


def always_valid(
    estimate: float, variance: float, *, margin: float, alpha: float = 0.05
) -> Sequence:
    """The interval around an estimate by Robbins' normal mixture (1970).

    Asymptotic, as of Waudby-Smith and others (2024): the estimate has to be near normal at the
    first look, so ask for some tens of independent units before. `margin` is the difference that
    matters, on the same scale: near it the interval is narrowest. Raises ValueError for a variance
    below 0 and a margin or alpha that is none.
    """
    if variance < 0 or margin <= 0 or not 0 < alpha < 1:
        raise ValueError("give a variance of 0 or more, a margin above 0, alpha between 0 and 1")
    if variance == 0:
        p = 1.0 if estimate == 0 else 0.0
        return Sequence(estimate=estimate, low=estimate, high=estimate, p=p, alpha=alpha)
    known = 1 / variance
    mixed = _mixing(margin, alpha)
    total = known + mixed
    half = sqrt(total * log(total / (mixed * alpha**2))) / known
    # 1 / the mixture's likelihood ratio; in logarithms, since it is soon too small to be written.
    evidence = (estimate * known) ** 2 / (2 * total) - log(total / mixed) / 2
    p = min(1.0, exp(-evidence)) if evidence > -inf else 1.0
    return Sequence(estimate=estimate, low=estimate - half, high=estimate + half, p=p, alpha=alpha)


def _mixing(margin: float, alpha: float) -> float:
    """How much the mixture knows beforehand: what makes the interval narrow near the margin."""
    wanted = ((normal_quantile(1 - alpha / 2) + normal_quantile(_POWER)) / margin) ** 2
    looks = 2 * log(1 / alpha)
    return wanted / (looks + log(1 + looks))


def failing(errors: int, n: int, allowed: float) -> float:
    """The p-value, at all looks together, of "no more than this share of calls fails".

    One over the mixture of all higher shares, exact for independent calls (Ville): small within
    few calls where nearly all fail. Raises ValueError for counts or a share that are none.
    """
    if not 0 <= errors <= n or not 0 <= allowed <= 1:
        raise ValueError(f"{errors} of {n} against {allowed} is no question")
    if n == 0 or errors == 0 or allowed >= 1:
        return 1.0
    if allowed == 0:
        return 0.0
    from scipy import special

    a, b = errors + 1, n - errors + 1
    tail = float(special.betaincc(a, b, allowed))
    if tail <= 0:
        return 1.0
    evidence = (
        float(special.betaln(a, b))
        + log(tail)
        - log(1 - allowed)
        - errors * log(allowed)
        - (n - errors) * log(1 - allowed)
    )
    return min(1.0, exp(-evidence)) if evidence > -700 else 1.0


def ratio_mismatch(counts: list[int], shares: list[float]) -> float:
    """The p-value, at all looks together, of "units came to the arms in these shares".

    One over the Bayes factor against a Dirichlet mixture around the shares (Lindon and Malek 2022).
    Below 0.001 the assignment or the recording loses units of an arm: no figure can be trusted.
    Raises ValueError where the lengths differ.
    """
    if len(counts) != len(shares):
        raise ValueError(f"{len(counts)} counts but {len(shares)} shares")
    pairs = [(n, share) for n, share in zip(counts, shares, strict=True) if share > 0]
    n, whole = sum(each for each, _ in pairs), sum(share for _, share in pairs)
    if len(pairs) < 2 or n == 0:
        return 1.0
    evidence = lgamma(_PSEUDO) - lgamma(_PSEUDO + n)
    for seen, share in pairs:
        prior = _PSEUDO * share / whole
        evidence += lgamma(prior + seen) - lgamma(prior) - seen * log(share / whole)
    return min(1.0, exp(-evidence)) if evidence > 0 else 1.0
