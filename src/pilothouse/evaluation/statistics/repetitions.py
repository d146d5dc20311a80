"""Several tries at the same example: how often one, or all, of them succeed."""

from __future__ import annotations

from math import comb


def pass_at_k(n: int, correct: int, k: int) -> float | None:
    """The chance that at least one of `k` tries succeeds: 1 - C(n - c, k) / C(n, k).

    Chen et al. 2021, unbiased from `n` tries of which `correct` succeeded; None where n < k.
    """
    _check(n, correct, k)
    return None if n < k else 1 - comb(n - correct, k) / comb(n, k)


def pass_hat_k(n: int, correct: int, k: int) -> float | None:
    """The chance that all of `k` tries succeed: C(c, k) / C(n, k); None where n < k.

    Yao et al. 2024 (tau-bench), who write it pass^k.
    """
    _check(n, correct, k)
    return None if n < k else comb(correct, k) / comb(n, k)


def _check(n: int, correct: int, k: int) -> None:
    if not (0 <= correct <= n and k >= 1):
        raise ValueError(f"{correct} correct of {n}, k = {k}: give 0 <= correct <= n and k >= 1")
