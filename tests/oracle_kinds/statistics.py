"""Rows of statistics: intervals, tests, corrections, rankings, power."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
from scipy import stats as scipy_stats

from pilothouse.evaluation.statistics import clusters, corrections, intervals, paired, power
from pilothouse.evaluation.statistics import ranking as ranking_
from pilothouse.evaluation.statistics.repetitions import pass_at_k as at_k
from pilothouse.evaluation.statistics.repetitions import pass_hat_k


def _ends(interval: intervals.Interval | None) -> list[float | None] | None:
    return None if interval is None else [interval.low, interval.high]


def proportion(row: dict[str, Any]) -> dict[str, Any]:
    successes, n, confidence = row["successes"], row["n"], row["confidence"]
    found = {
        method: _ends(
            intervals.proportion_interval(successes, n, confidence=confidence, method=method)
        )
        for method in get_args(intervals.ProportionMethod)
    }
    return found | {
        "normal_wald": found["wald"],
        "binom_p_two_sided_0.5": paired.sign_test(successes, n - successes).test.p,
        "binom_p_greater_0.5": scipy_stats.binomtest(successes, n, alternative="greater").pvalue,
    }


def pairwise_sign(row: dict[str, Any]) -> dict[str, Any]:
    found = paired.sign_test(row["wins"], row["losses"], row["ties"])
    return {
        "n_effective": found.test.n,
        "sign_p_two_sided": found.test.p,
        "win_rate_half_ties": found.win_rate_half_ties,
        "win_rate_no_ties": None if found.win_rate is None else found.win_rate.estimate,
        "wilson95_no_ties": _ends(found.win_rate),
    }


def mcnemar(row: dict[str, Any]) -> dict[str, Any]:
    _, a_only, b_only, _ = row["table_both_a_only_b_only_neither"]
    corrected = paired.mcnemar_test(a_only, b_only, method="chi2_cc")
    plain = paired.mcnemar_test(a_only, b_only, method="chi2")
    return {
        "discordant": [a_only, b_only],
        "exact_p": paired.mcnemar_test(a_only, b_only).p,
        "midp": paired.mcnemar_test(a_only, b_only, method="midp").p,
        "chi2_cc": corrected.statistic,
        "p_cc": corrected.p,
        "chi2": plain.statistic,
        "p": plain.p,
    }


def paired_scores(row: dict[str, Any]) -> dict[str, Any]:
    a, b = row["a"], row["b"]
    t = paired.t_test(a, b)
    found = paired.difference(a, b)
    answer: dict[str, Any] = {
        "mean_diff": found.mean,
        "se_paired": found.standard_error,
        "t_stat": t.statistic,
        "t_p": t.p,
        "t_ci95": _ends(intervals.mean_interval([x - y for x, y in zip(a, b, strict=True)])),
        "permutation_exact_p": paired.sign_flip_test(a, b).p,
    }
    for zeros in get_args(paired.Zeros):
        test = paired.wilcoxon_test(a, b, zeros=zeros, exact=False)
        answer[f"wilcoxon_{zeros}"] = {"W": test.statistic, "p_normal": test.p}
    exact = paired.wilcoxon_test(a, b, exact=True)
    answer["wilcoxon_exact_nonzero"] = {"W": exact.statistic, "p": exact.p}
    return answer


def bootstrap(row: dict[str, Any]) -> dict[str, Any]:
    sample = row["sample"]
    answer: dict[str, Any] = {
        "mean": float(np.mean(sample)),
        "sem": intervals.standard_error(intervals.numbers(sample)),
    }
    for method, name in (("percentile", "percentile"), ("basic", "basic"), ("bca", "BCa")):
        found = intervals.bootstrap_interval(
            sample, method=method, resamples=row["n_resamples"], seed=row["seed"]
        )
        answer[name] = [None, None] if found.note and name == "BCa" else _ends(found)
    return answer


def bootstrap_wanted(row: dict[str, Any]) -> dict[str, Any]:
    """Without the error of the resamples, which is no part of an interval."""
    return {k: row["expected"][k] for k in ("mean", "sem", "percentile", "basic", "BCa")}


def clustered_se(row: dict[str, Any]) -> dict[str, Any]:
    found = clusters.clustered_mean(row["values"], row["clusters"])
    groups = found.clusters
    error = found.standard_error
    return {
        "mean": found.mean,
        "naive_se": found.naive_standard_error,
        "clustered_se_uncorrected": error and error / (groups / (groups - 1)) ** 0.5,
        "clustered_se_G_over_G_minus_1": error,
        "n": found.n,
        "clusters": groups,
        "t_ci95_df_G_minus_1": _ends(found.interval),
    }


def clustered_wanted(row: dict[str, Any]) -> dict[str, Any]:
    """Without statsmodels' variant, which the library does not offer."""
    return {k: v for k, v in row["expected"].items() if k != "statsmodels_cluster_se"}


def multiple_comparisons(row: dict[str, Any]) -> dict[str, Any]:
    answer = {}
    for method in get_args(corrections.Correction):
        p = corrections.adjusted(row["pvalues"], method)
        answer[method] = {"adjusted": p, "reject_at_0.05": [value <= 0.05 for value in p]}
    return answer


def ranking(row: dict[str, Any]) -> dict[str, Any]:
    games = [(a, b, score) for a, b, score in row["games_a_b_scoreA"]]
    table = ranking_.wins(games, row["systems"])
    connected = ranking_.is_connected(table)
    return {
        "bt_mle_exists": connected,
        "bt_log_strength_mean0": list(ranking_.bradley_terry(table)) if connected else None,
        "elo_k32_start1000_sequential": ranking_.elo(games, row["systems"]),
    }


def pass_at_k(row: dict[str, Any]) -> dict[str, Any]:
    n, correct, k = row["n"], row["correct"], row["k"]
    return {"pass@k": at_k(n, correct, k), "pass^k": pass_hat_k(n, correct, k)}


def sample_size(row: dict[str, Any]) -> dict[str, Any]:
    spread = row["sd_of_differences"]
    rates = {"alpha": row["alpha"], "power": row["power"]}
    if "n" in row:
        return {"mde": power.detectable_difference(spread, row["n"], method="normal", **rates)}
    delta = row["min_detectable_difference"]
    return {
        f"n_{method}": power.rows_for_difference(spread, delta, method=method, **rates)
        for method in ("t", "normal")
    }


KINDS: dict[str, tuple[Any, ...]] = {
    "stats_proportion": (proportion, 1e-7),
    "stats_pairwise_sign": (pairwise_sign,),
    "stats_mcnemar": (mcnemar,),
    "stats_paired": (paired_scores, 1e-6),
    "stats_bootstrap": (bootstrap, 1e-9, bootstrap_wanted),
    "stats_clustered_se": (clustered_se, 1e-9, clustered_wanted),
    "stats_multiple_comparisons": (multiple_comparisons,),
    "stats_ranking": (ranking, 1e-4),
    "stats_pass_at_k": (pass_at_k,),
    "stats_power": (sample_size, 1e-4),
}
