"""Quantiles and tails of the distributions that most intervals and tests need.

By `scipy.special` and the standard library: `scipy.stats` takes longer to load than many an
experiment to run.
"""

from __future__ import annotations

from statistics import NormalDist


def normal_quantile(p: float) -> float:
    """Below which a standard normal value lies with this probability."""
    return NormalDist().inv_cdf(p)


def student_quantile(p: float, df: float) -> float:
    """The same of Student's t."""
    from scipy import special

    return float(special.stdtrit(df, p))


def student_tail(t: float, df: float) -> float:
    """With which probability Student's t is greater."""
    from scipy import special

    return float(special.stdtr(df, -t))


def coins_at_most(heads: int, n: int) -> float:
    """With which probability so many of `n` coins, or fewer, show heads."""
    from scipy import special

    return float(special.bdtr(heads, n, 0.5)) if heads >= 0 else 0.0


def chi_square_tail(statistic: float) -> float:
    """With which probability a chi-square of one degree of freedom is greater."""
    from scipy import special

    return float(special.chdtrc(1, statistic))
