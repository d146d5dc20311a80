"""Whether two systems differ on the same rows: tests for preferences, binary and numeric scores."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt
from typing import Final, Literal

import numpy as np

from pilothouse.evaluation.statistics.distributions import (
    chi_square_tail,
    coins_at_most,
    normal_quantile,
    student_tail,
)
from pilothouse.evaluation.statistics.intervals import (
    Floats,
    Interval,
    Values,
    chunks,
    mean_interval,
    numbers,
    proportion_interval,
    standard_error,
)

Zeros = Literal["wilcox", "pratt", "zsplit"]
"""What Wilcoxon's test does with rows that do not differ: drop, rank and drop, or split them."""
FEW: Final = 25
"""Rows that must differ for McNemar's chi-square to be near enough."""
EXACT_SIGN_FLIPS: Final = 13
"""Up to so many rows all 2^n sign flips are counted; beyond, they are drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """The answer of one test of "there is no difference"."""

    method: str
    p: float
    n: int
    """The rows that the test used."""
    statistic: float | None = None
    exact: bool = False
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """How often A won, lost and tied against B, and what that says."""

    wins: int
    losses: int
    ties: int
    test: Test
    """The exact sign test; ties say nothing about which is better."""
    win_rate: Interval | None
    """Wins among wins and losses (Wilson); None where all tied."""

    @property
    def n(self) -> int:
        """All comparisons."""
        return self.wins + self.losses + self.ties

    @property
    def win_rate_half_ties(self) -> float | None:
        """The share of wins when a tie counts half for either side."""
        return (self.wins + self.ties / 2) / self.n if self.n else None

    @property
    def net(self) -> float | None:
        """Wins less losses, as a share of all comparisons."""
        return (self.wins - self.losses) / self.n if self.n else None


def sign_test(wins: int, losses: int, ties: int = 0, *, confidence: float = 0.95) -> Preferences:
    """The exact two-sided sign test of preferences. Raises ValueError for negative counts."""
    if min(wins, losses, ties) < 0:
        raise ValueError(f"counts cannot be negative: {wins}, {losses}, {ties}")
    decided = wins + losses
    p = min(1.0, 2 * coins_at_most(min(wins, losses), decided)) if decided else 1.0
    return Preferences(
        wins=wins,
        losses=losses,
        ties=ties,
        test=Test(method="sign", p=p, n=decided, exact=True),
        win_rate=proportion_interval(wins, decided, confidence=confidence) if decided else None,
    )


def mcnemar_test(
    a_only: int, b_only: int, *, method: Literal["exact", "midp", "chi2", "chi2_cc"] = "exact"
) -> Test:
    """Whether A and B pass equally often, from the rows that only one of them passes.

    McNemar 1947. The chi-square forms are approximations for 25 such rows and more; their note
    says when there are fewer. Raises ValueError for negative counts.
    """
    if min(a_only, b_only) < 0:
        raise ValueError(f"counts cannot be negative: {a_only}, {b_only}")
    n, fewer = a_only + b_only, min(a_only, b_only)
    if n == 0:
        return Test(method=f"mcnemar_{method}", p=1.0, n=0, exact=True)
    if method in ("exact", "midp"):
        # mid-p counts the table as it is by half
        p = coins_at_most(fewer, n) + coins_at_most(fewer - (method == "midp"), n)
        return Test(method=f"mcnemar_{method}", p=min(1.0, p), n=n, exact=method == "exact")
    apart = abs(a_only - b_only) - (1 if method == "chi2_cc" else 0)
    statistic = apart**2 / n
    return Test(
        method=f"mcnemar_{method}",
        p=chi_square_tail(statistic),
        n=n,
        statistic=statistic,
        note="fewer than 25 rows differ: take the exact test"
        if n < 25
        else None,  # the rule of thumb
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A minus B over the rows that both have."""

    mean: float
    standard_error: float | None
    interval: Interval
    correlation: float | None
    """Of the two systems' scores; the higher, the more pairing them gained."""
    effect_size: float | None
    """Cohen's d of paired data: the mean difference in standard deviations of the differences."""
    test: Test
    n: int


def difference(
    a: Values,
    b: Values,
    *,
    confidence: float = 0.95,
    seed: int = 0,
) -> Difference:
    """What separates A from B on the same rows, with the test that the data ask for.

    Binary scores: exact McNemar, and the interval of Bonett and Price (2012), right for few rows
    too. Otherwise Student's t interval, with the paired t test from 30 rows on and sign flips
    below. Raises ValueError where the lengths differ.
    """
    one, two = _pair(a, b)
    differences = one - two
    n = int(differences.size)
    mean = float(differences.mean())
    if n == 1:
        alone = Interval(
            estimate=mean,
            low=None,
            high=None,
            confidence=confidence,
            method="t",
            n=1,
            note="one row has no interval",
        )
        nothing = Test(method="none", p=1.0, n=1, note="one row cannot tell")
        return Difference(
            mean=mean,
            standard_error=None,
            interval=alone,
            correlation=None,
            effect_size=None,
            test=nothing,
            n=1,
        )
    spread = float(differences.std(ddof=1))
    error = spread / sqrt(n)
    if is_binary(one, two):
        interval = _binary_interval(one, two, confidence)
    else:
        interval = mean_interval(differences, confidence=confidence)
    varies = np.ptp(one) > 0 and np.ptp(two) > 0
    return Difference(
        mean=mean,
        standard_error=error,
        interval=interval,
        correlation=float(np.corrcoef(one, two)[0, 1]) if varies else None,
        effect_size=mean / spread if spread > 0 else None,
        test=_fitting(one, two, seed),
        n=n,
    )


def t_test(a: Values, b: Values) -> Test:
    """The paired t test. Where all differences are equal it cannot tell chance: p is 1 or 0."""
    one, two = _pair(a, b)
    differences = one - two
    n = int(differences.size)
    if n < 2 or np.ptp(differences) == 0:  # a spread needs two
        same = differences[0] == 0
        return Test(method="paired t", p=1.0 if same or n == 1 else 0.0, n=n, note="no spread")
    found = student(float(differences.mean()), standard_error(differences), n - 1, n=n)
    return replace(found, method="paired t")


def student(mean: float, error: float, df: int, *, n: int) -> Test:
    """The t test of a mean whose standard error is known otherwise, say from clusters."""
    if error == 0:
        return Test(method="t", p=1.0 if mean == 0 else 0.0, n=n, note="no spread")
    statistic = mean / error
    return Test(method="t", p=2 * student_tail(abs(statistic), df), n=n, statistic=statistic)


def wilcoxon_test(
    a: Values, b: Values, *, zeros: Zeros = "wilcox", exact: bool | None = None
) -> Test:
    """Wilcoxon's signed-rank test: for ratings, whose distances mean little.

    Exact where there are neither ties nor zeros and at most 50 rows, unless `exact` says otherwise.
    """
    from scipy import stats

    one, two = _pair(a, b)
    differences = one - two
    moved = differences[differences != 0]
    if moved.size == 0:
        return Test(method=f"wilcoxon_{zeros}", p=1.0, n=0, note="no row differs")
    clean = moved.size == differences.size and np.unique(np.abs(moved)).size == moved.size
    if exact is None:
        exact = clean and moved.size <= 50  # beyond, the approximation is as good
    found = stats.wilcoxon(
        differences, zero_method=zeros, correction=False, method="exact" if exact else "asymptotic"
    )
    return Test(
        method=f"wilcoxon_{zeros}",
        p=float(found.pvalue),
        n=int(moved.size),
        statistic=float(found.statistic),
        exact=exact,
    )


def sign_flip_test(a: Values, b: Values, *, draws: int = 10_000, seed: int = 0) -> Test:
    """The permutation test of paired scores: under no difference, each row's sign is a coin's.

    All flips up to 13 rows, else seeded draws with p = (k + 1) / (m + 1), which is never 0.
    """
    one, two = _pair(a, b)
    differences = one - two
    n = int(differences.size)
    reached = abs(differences.sum())
    # Sums of the same numbers in another order differ in their last bits.
    slack = 1e-12 * max(1.0, float(np.abs(differences).sum()))
    if n <= EXACT_SIGN_FLIPS:
        signs = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
        sums = np.abs((1 - 2 * signs) @ differences)
        p = float((sums >= reached - slack).mean())
        return Test(method="sign flips", p=p, n=n, exact=True)
    random = np.random.default_rng(seed)
    rows = max(1, 4_000_000 // n)
    extreme = 0
    for size in chunks(draws, rows):
        signs = random.integers(0, 2, (size, n), dtype=np.int8) * 2 - 1
        extreme += int((np.abs(signs @ differences) >= reached - slack).sum())
    return Test(method="sign flips", p=(extreme + 1) / (draws + 1), n=n)


def is_binary(*scores: Floats) -> bool:
    """Whether all scores are 0 or 1."""
    return all(bool(np.isin(each, (0, 1)).all()) for each in scores)


def _binary_interval(a: Floats, b: Floats, confidence: float) -> Interval:
    n = int(a.size) + 2
    only_a = (float(((a == 1) & (b == 0)).sum()) + 1) / n
    only_b = (float(((a == 0) & (b == 1)).sum()) + 1) / n
    centre = only_a - only_b
    z = normal_quantile((1 + confidence) / 2)
    half = z * sqrt((only_a + only_b - centre**2) / n)
    return Interval(
        estimate=float((a - b).mean()),
        low=max(-1.0, centre - half),
        high=min(1.0, centre + half),
        confidence=confidence,
        method="bonett-price",
        n=int(a.size),
    )


def _fitting(a: Floats, b: Floats, seed: int) -> Test:
    if is_binary(a, b):
        return mcnemar_test(int(((a == 1) & (b == 0)).sum()), int(((a == 0) & (b == 1)).sum()))
    if a.size >= 30:  # where the mean of most scores is near normal
        return t_test(a, b)
    return sign_flip_test(a, b, seed=seed)


def _pair(a: Values, b: Values) -> tuple[Floats, Floats]:
    one, two = numbers(a), numbers(b)
    if one.size != two.size:
        raise ValueError(f"{one.size} scores cannot be paired with {two.size}: give the same rows")
    return one, two
