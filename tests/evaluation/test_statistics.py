"""Statistics against their promises: intervals cover, tests hold their size, power is reached.

Simulated from fixed seeds, so that a failure is a change of the code and not of luck.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from pilothouse.evaluation.pairwise.lengths import controlled_rate
from pilothouse.evaluation.statistics.clusters import cluster_bootstrap, clustered_mean
from pilothouse.evaluation.statistics.corrections import adjusted
from pilothouse.evaluation.statistics.intervals import (
    bootstrap_interval,
    mean_interval,
    proportion_interval,
)
from pilothouse.evaluation.statistics.paired import (
    difference,
    mcnemar_test,
    sign_flip_test,
    sign_test,
    wilcoxon_test,
)
from pilothouse.evaluation.statistics.power import (
    detectable_difference,
    rows_for_binary_difference,
    rows_for_difference,
    rows_for_proportion,
)
from pilothouse.evaluation.statistics.ranking import NotRanked, bradley_terry, rank, wins
from pilothouse.evaluation.statistics.shares import share_interval


def test_intervals_of_rates_cover_the_truth_as_often_as_they_say() -> None:
    draws = np.random.default_rng(1).binomial(40, 0.85, 4000)
    ends = {k: proportion_interval(k, 40) for k in np.unique(draws).tolist()}

    covered = np.mean([ends[k].low <= 0.85 <= ends[k].high for k in draws.tolist()])

    assert 0.94 <= covered <= 0.975


@pytest.mark.slow
def test_intervals_of_means_cover_the_truth_as_often_as_they_say() -> None:
    random = np.random.default_rng(2)

    covered = np.mean(
        [
            i.low <= 3 <= i.high
            for i in (mean_interval(random.normal(3, 2, 12)) for _ in range(3000))
        ]
    )

    assert 0.94 <= covered <= 0.96


@pytest.mark.slow
def test_clustered_intervals_cover_where_naive_ones_do_not() -> None:
    random = np.random.default_rng(3)
    names = np.repeat(np.arange(25), 8)
    clustered = naive = 0
    for _ in range(600):
        values = random.normal(0, 1, 25)[names] + random.normal(0, 0.5, 200)
        found = clustered_mean(values, names.tolist())
        clustered += found.interval.low <= 0 <= found.interval.high
        plain = mean_interval(values)
        naive += plain.low <= 0 <= plain.high

    assert 0.92 <= clustered / 600 <= 0.975
    assert naive / 600 < 0.7
    assert found.warning is not None


@pytest.mark.parametrize("kind", ["binary", "ratings", "few", "many"])
@pytest.mark.slow
def test_comparisons_of_equal_systems_find_a_difference_no_oftener_than_they_say(kind: str) -> None:
    random = np.random.default_rng(4)
    found = 0
    for i in range(600):
        if kind == "binary":
            a, b = random.integers(0, 2, (2, 60))
        elif kind == "ratings":
            a, b = random.integers(1, 6, (2, 40))
        else:
            a, b = random.exponential(1, (2, 10 if kind == "few" else 50))
        found += difference(a, b, seed=i).test.p <= 0.05

    assert found / 600 <= 0.05 + 2 * (0.05 * 0.95 / 600) ** 0.5


def test_the_stated_number_of_rows_reaches_the_stated_power() -> None:
    n = int(np.ceil(rows_for_difference(spread=1.0, difference=0.5)))
    samples = np.random.default_rng(5).normal(0.5, 1.0, (4000, n))

    rejected = (stats.ttest_1samp(samples, 0, axis=1).pvalue <= 0.05).mean()

    assert 0.78 <= rejected <= 0.82
    assert detectable_difference(1.0, n) == pytest.approx(0.5, abs=0.01)


def test_the_tables_of_sample_sizes_in_the_literature_come_out() -> None:
    assert rows_for_binary_difference(0.20, 0.05) == 626
    assert rows_for_binary_difference(0.10, 0.03) == 870
    assert rows_for_binary_difference(0.30, 0.10) == 234
    assert rows_for_proportion(0.05) == 385
    assert rows_for_proportion(0.02) == 2401


def test_the_test_fits_the_data() -> None:
    assert difference([1, 0, 1], [0, 0, 1]).test.method == "mcnemar_exact"
    assert difference([0.1, 0.5, 0.9], [0.2, 0.4, 0.3]).test.method == "sign flips"
    many = np.random.default_rng(6).normal(0, 1, (2, 30))
    assert difference(many[0], many[1]).test.method == "paired t"
    assert difference([0.3], [0.1]).interval.low is None


def test_drawn_sign_flips_agree_with_all_of_them_and_are_never_certain() -> None:
    a = np.random.default_rng(7).normal(0.4, 1, 13)

    drawn = sign_flip_test([*a, 0.0], [0.0] * 14, draws=20_000)

    assert drawn.p == pytest.approx(sign_flip_test(a, [0.0] * 13).p, abs=0.01)
    assert sign_flip_test([1.0] * 40, [0.0] * 40).p > 0


def test_the_same_seed_gives_the_same_interval() -> None:
    sample = np.random.default_rng(8).exponential(1, 30)

    assert bootstrap_interval(sample, seed=3) == bootstrap_interval(sample, seed=3)
    assert bootstrap_interval([1.0, 1.0]).note == "all values are the same"


def test_nothing_to_decide_is_no_difference() -> None:
    assert sign_test(0, 0, 9).test.p == 1
    assert mcnemar_test(0, 0).p == 1
    assert wilcoxon_test([1, 2], [1, 2]).note == "no row differs"
    assert adjusted([]) == []


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: mean_interval([1.0, float("nan")]), "value 1 is nan"),
        (lambda: mean_interval([]), "at least one value"),
        (lambda: proportion_interval(3, 2), "3 of 2 is no rate"),
        (lambda: mean_interval([1, 2], confidence=95), "confidence is 95"),
        (lambda: difference([1, 2], [1]), "2 scores cannot be paired with 1"),
        (lambda: clustered_mean([1, 2], ["a", None]), "row 1 has no cluster"),
        (lambda: adjusted([1.2]), "between 0 and 1"),
        (lambda: rows_for_difference(1, 0), "other than 0"),
        (lambda: wins([(0, 0, 1.0)], 2), "no game of 2 systems"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_the_reason(call: object, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        call()


def test_a_ranking_recovers_who_is_better_and_says_where_it_cannot_tell() -> None:
    random = np.random.default_rng(9)
    truth = np.array([1.2, 0.0, -0.05, -1.15])
    games = []
    for _ in range(800):
        a, b = (int(i) for i in random.choice(4, 2, replace=False))
        games.append((a, b, float(random.random() < 1 / (1 + np.exp(truth[b] - truth[a])))))

    found = rank(games, 4, resamples=200)

    assert found.systems[0].system == 0
    assert (found.systems[0].best_rank, found.systems[0].worst_rank) == (1, 1)
    middle = {s.system: s for s in found.systems[1:3]}
    assert set(middle) == {1, 2}
    assert all((s.best_rank, s.worst_rank) == (2, 3) for s in middle.values())


@pytest.mark.slow
def test_intervals_of_strengths_cover_the_truth_as_often_as_they_say() -> None:
    random = np.random.default_rng(10)
    truth = np.array([0.6, 0.0, -0.6])
    covered = 0
    for i in range(100):
        a = random.integers(0, 3, 90)
        b = (a + random.integers(1, 3, 90)) % 3
        won = random.random(90) < 1 / (1 + np.exp(truth[b] - truth[a]))
        found = rank(
            list(zip(a.tolist(), b.tolist(), won.tolist(), strict=True)), 3, resamples=200, seed=i
        )
        covered += sum(s.low <= truth[s.system] <= s.high for s in found.systems)

    assert 0.90 <= covered / 300 <= 0.99


def test_systems_that_never_lost_are_held_by_a_prior_which_is_said() -> None:
    games = [(0, 1, 1.0)] * 5

    assert rank(games, 2, resamples=50).prior is True
    with pytest.raises(NotRanked, match="never won or never lost"):
        bradley_terry(wins(games, 2))


def test_bootstrap_of_whole_clusters_covers_where_that_of_rows_does_not() -> None:
    random = np.random.default_rng(11)
    names = np.repeat(np.arange(30), 6).tolist()
    clustered = naive = 0
    for i in range(150):
        values = random.normal(0, 1, 30).repeat(6) + random.normal(0, 0.5, 180)
        found = cluster_bootstrap(values, names, resamples=200, seed=i)
        rows_ = cluster_bootstrap(values, list(range(180)), resamples=200, seed=i)
        clustered += found.low <= 0 <= found.high
        naive += rows_.low <= 0 <= rows_.high

    assert 0.89 <= clustered / 150 <= 0.99
    assert naive / 150 < 0.75


def test_shares_of_repeated_flags_cover_the_truth_where_wilsons_does_not() -> None:
    random = np.random.default_rng(12)
    heeding = naive = 0
    for _ in range(150):
        rates = random.choice([0.2, 1.0], 40).repeat(10)
        so = random.random(400) < rates
        found = share_interval([(i // 10, bool(s)) for i, s in enumerate(so)], 0.95)
        plain = share_interval([(i, bool(s)) for i, s in enumerate(so)], 0.95)
        heeding += found.low <= 0.6 <= found.high
        naive += plain.low <= 0.6 <= plain.high

    assert 0.90 <= heeding / 150 <= 0.99
    assert naive / 150 < 0.7


def test_a_preference_for_length_is_told_from_one_for_the_system() -> None:
    random = np.random.default_rng(14)
    ratio = random.normal(0.7, 0.6, 3000)
    scores = (random.random(3000) < 1 / (1 + np.exp(-2 * ratio))).astype(float)

    found = controlled_rate(scores, ratio, list(range(3000)))

    assert scores.mean() > 0.7
    assert found is not None
    assert found.low < 0.5 < found.high
    assert found.high - found.low < 0.1
    assert controlled_rate(np.ones(9), np.arange(9.0), list(range(9))) is None
