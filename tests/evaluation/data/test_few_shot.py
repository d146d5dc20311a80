"""Examples to be shown: near, diverse or good ones, and never the row under test."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pytest

from pilothouse.evaluation.data.few_shot import FewShots
from pilothouse.evaluation.rows import Row


def by_angle(texts: Sequence[str]) -> list[list[float]]:
    """A text is a number of degrees; `45 again` has the vector of `45`."""
    angles = (math.radians(float(text.split()[0])) for text in texts)
    return [[math.cos(a) * 3, math.sin(a) * 3] for a in angles]


def pool(*degrees: str, **more: Any) -> FewShots:
    rows = [Row(inputs=d, reference_outputs=d, example_id=f"e{d}") for d in degrees]
    return FewShots(rows, embedder=by_angle, **more)


def texts(rows: Sequence[Row]) -> list[str]:
    return [row.inputs for row in rows]


def test_the_nearest_are_chosen_and_the_nearest_of_all_comes_last() -> None:
    shots = pool("0", "30", "65", "95", "170")

    assert texts(shots.similar({"inputs": "48"}, 3)) == ["95", "30", "65"]
    assert texts(shots.similar({"inputs": "172"}, 1)) == ["95"], "170 is as good as the same"


def test_the_row_itself_is_never_shown() -> None:
    rows = [
        Row(inputs="45", example_id="other"),
        Row(inputs="45 again", example_id="another"),
        Row(inputs="80", example_id="this"),
        Row(inputs="20", example_id="sibling", cluster="c"),
        Row(inputs="70", example_id="fine", cluster="d", fields={"scores": {"good": 1}}),
    ]
    under_test = Row(inputs=" 45", example_id="this", cluster="c")
    shots = FewShots(rows, embedder=by_angle)

    assert [row.example_id for row in shots.similar(under_test, 9)] == ["fine"]
    assert [row.example_id for row in shots.diverse(9, row=under_test)] == ["fine"]
    assert [row.example_id for row in shots.best("good", 9, row=under_test)] == ["fine"]


def test_diverse_ones_cover_the_pool() -> None:
    shots = pool("0", "2", "4", "90", "92", "180")

    assert {round(int(t) / 90) for t in texts(shots.diverse(3, by="k_centre"))} == {0, 1, 2}
    assert {round(int(t) / 90) for t in texts(shots.diverse(3))} == {0, 1, 2}


def test_maximal_marginal_relevance_weighs_both() -> None:
    shots = pool("10", "12", "60", "170", same=1.1)
    row = Row(inputs="8")

    assert texts(shots.diverse(2, row=row, relevance=1.0)) == ["10", "12"]
    assert texts(shots.diverse(2, row=row, relevance=0.4)) == ["10", "170"]


def test_the_best_are_those_of_the_highest_score() -> None:
    rows = [
        Row(inputs=str(n), fields={"scores": {"good": value}} if value is not None else {})
        for n, value in enumerate((0.2, None, 0.9, "high", 0.5))
    ]
    shots = FewShots(rows, embedder=by_angle)

    assert texts(shots.best("good", 2)) == ["2", "4"]
    assert texts(shots.best(lambda row: -int(row.inputs), 1)) == ["0"]


def test_the_seed_decides_among_equals_and_nothing_else() -> None:
    degrees = [f"{n} x" for n in (0, 30, 60, 90)]
    forwards, backwards = pool(*degrees), pool(*reversed(degrees))

    first = texts(forwards.best(lambda row: 1.0, 2))
    assert texts(backwards.best(lambda row: 1.0, 2)) == first
    assert texts(backwards.diverse(2)) == texts(forwards.diverse(2))
    others = {tuple(texts(pool(*degrees, seed=s).best(lambda row: 1.0, 2))) for s in range(20)}
    assert len(others) > 3


def test_what_means_nothing_is_refused() -> None:
    unknown: Any = "random"  # Any: what users write
    with pytest.raises(ValueError, match="at least one example"):
        pool("1").similar({"inputs": "90"}, 0)
    with pytest.raises(ValueError, match="no examples to choose from"):
        pool().similar({"inputs": "90"})
    with pytest.raises(ValueError, match="'mmr' or 'k_centre'"):
        pool("1").diverse(1, by=unknown)
    with pytest.raises(ValueError, match="zero and has no direction"):
        FewShots([{"inputs": "x"}], embedder=lambda texts: [[0.0] for _ in texts]).diverse(1)
