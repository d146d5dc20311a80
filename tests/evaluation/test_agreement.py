"""Agreement against the figures of those who published the coefficients."""

from __future__ import annotations

import random

import pytest

from pilothouse.evaluation.agreement import (
    LEVELS,
    Level,
    cohen_kappa,
    fleiss_kappa,
    krippendorff_alpha,
)

# Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, part D: four observers, twelve
# units, missing data.
OBSERVERS = (
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)
UNITS = [
    [int(value) for value in column if value != "."]
    for column in zip(*(line.split() for line in OBSERVERS), strict=True)
]

# Fleiss (1971) as worked through on Wikipedia: fourteen raters, ten subjects, five categories.
COUNTS = """
0 0 0 0 14
0 2 6 4 2
0 0 3 5 6
0 3 9 2 0
2 2 8 1 1
7 7 0 0 0
3 2 6 3 0
2 5 3 2 2
6 5 2 1 0
0 2 2 3 7
"""
SUBJECTS = [
    [category for category, count in enumerate(line.split()) for _ in range(int(count))]
    for line in COUNTS.strip().splitlines()
]


@pytest.mark.parametrize(
    ("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_alpha_is_that_of_krippendorffs_own_example(level: Level, alpha: float) -> None:
    assert krippendorff_alpha(UNITS, level) == pytest.approx(alpha, abs=0.0005)


def test_alpha_does_not_depend_on_the_unit_however_large() -> None:
    huge = [[value * 3e307 for value in values] for values in UNITS]

    assert krippendorff_alpha(huge, "interval") == pytest.approx(0.849, abs=0.0005)


# Ratings made at random, rater by rater ("." is missing), with what the packages krippendorff 0.9.0
# and statsmodels 0.15.0 say of them: alpha (nominal, ordinal, interval) and Fleiss' kappa.
PACKAGES = [
    (["22022220", "02212020", "22002020"], (0.305369127517, 0.347222222222, 0.345351043643),
     0.275167785235),
    (["2043", "4043"], (0.695652173913, 0.641025641026, 0.825), 0.652173913043),
    (["1124", "0114"], (0.333333333333, 0.700342465753, 0.887096774194), 0.238095238095),
    ([".11.", "1111", "0112"], (-0.0588235294118, 0.1, 0.1), None),
    (["012022100110222", "012222..01.0202", "01202.1001102..", "21200110011.122",
      "012022100.10222"], (0.73369199731, 0.628464818763, 0.630136986301), None),
]  # fmt: skip


@pytest.mark.parametrize(("raters", "alphas", "kappa"), PACKAGES)
def test_figures_are_those_of_the_packages_of_statisticians(
    raters: list[str], alphas: tuple[float, float, float], kappa: float | None
) -> None:
    units = [[int(v) for v in unit if v != "."] for unit in zip(*raters, strict=True)]

    assert [krippendorff_alpha(units, level) for level in LEVELS] == pytest.approx(alphas)
    assert kappa is None or fleiss_kappa(units) == pytest.approx(kappa)


def test_fleiss_kappa_is_that_of_his_example() -> None:
    assert fleiss_kappa(SUBJECTS) == pytest.approx(0.210, abs=0.0005)


@pytest.mark.parametrize(
    ("both_yes", "yes_no", "no_yes", "both_no", "kappa"),
    [(20, 5, 10, 15, 0.4), (45, 15, 25, 15, 0.1304), (25, 35, 5, 35, 0.2593)],
)
def test_cohens_kappa_is_that_of_the_usual_examples(
    both_yes: int, yes_no: int, no_yes: int, both_no: int, kappa: float
) -> None:
    pairs = (
        [("y", "y")] * both_yes
        + [("y", "n")] * yes_no
        + [("n", "y")] * no_yes
        + [("n", "n")] * both_no
    )

    assert cohen_kappa(pairs) == pytest.approx(kappa, abs=0.00005)


def test_full_agreement_is_one_and_chance_is_zero() -> None:
    alike = [[1, 1, 1], [2, 2, 2], [3, 3, 3]]
    chance = random.Random(1)
    guessed = [[chance.randrange(4) for _ in range(3)] for _ in range(4000)]

    assert krippendorff_alpha(alike, "interval") == 1
    assert fleiss_kappa(alike) == pytest.approx(1)
    assert cohen_kappa([(1, 1), (2, 2)]) == 1
    assert krippendorff_alpha(guessed) == pytest.approx(0, abs=0.03)
    assert fleiss_kappa(guessed) == pytest.approx(0, abs=0.03)
    assert cohen_kappa([(a, b) for a, b, _ in guessed]) == pytest.approx(0, abs=0.03)


def test_where_nothing_can_be_compared_there_is_no_figure() -> None:
    assert cohen_kappa([]) is None
    assert cohen_kappa([(1, 1), (1, 1)]) is None
    assert fleiss_kappa([]) is None
    assert fleiss_kappa([[1], [2]]) is None
    assert krippendorff_alpha([[1], []]) is None
    assert krippendorff_alpha([[1, 1], [1, 1]]) is None
    assert krippendorff_alpha([[0.1, 0.1, 0.1]], "interval") is None


def test_what_cannot_be_measured_is_refused() -> None:
    with pytest.raises(ValueError, match="as many ratings"):
        fleiss_kappa([[1, 2], [1, 2, 3]])
    with pytest.raises(ValueError, match="for numbers"):
        krippendorff_alpha([["a", "b"]], "interval")
