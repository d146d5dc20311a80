"""Two experiments against each other: the verdict, the sentence and the figures."""

from __future__ import annotations

import numpy as np
import pytest

from pilothouse.evaluation.comparison import Scores, compare, scores_of
from pilothouse.evaluation.results import Direction, EvaluationResult, failed


def scores(
    values: list[float], metric: str = "correctness", direction: Direction = "maximize"
) -> Scores:
    return Scores(
        metric=metric,
        values={f"e{i}": [value] for i, value in enumerate(values)},
        direction=direction,
    )


def test_a_better_candidate_is_said_to_be_better_and_by_how_much() -> None:
    before, after = [0.0] * 30 + [1.0] * 30, [0.0] * 10 + [1.0] * 50

    found = compare([scores(before)], [scores(after)], names=("v13", "v14"))

    assert found.metrics[0].verdict == "better"
    assert found.sentence == (
        "v14 is better than v13 in correctness: 0.833 against 0.5, by 0.333 "
        "(95% interval +0.198 to +0.447, p < 0.001, 60 examples)."
    )
    row = found.table()[0]
    assert (row["improved"], row["regressed"], row["unchanged"]) == (20, 0, 40)
    assert row["test"] == "mcnemar_exact"


def test_lower_is_better_where_the_metric_says_so() -> None:
    random = np.random.default_rng(1)
    before = random.exponential(2, 50)
    slow = [scores(list(before), "latency_s", "minimize")]
    fast = [scores(list(before * 0.6), "latency_s", "minimize")]

    assert compare(slow, fast).metrics[0].verdict == "better"
    assert compare(fast, slow).metrics[0].verdict == "worse"
    assert len(compare(slow, fast).metrics[0].improved) == 50


def test_too_little_evidence_says_what_would_show_and_what_it_takes() -> None:
    random = np.random.default_rng(2)
    before = random.normal(0.7, 0.1, 40)
    after = before + random.normal(0.005, 0.1, 40)

    found = compare([scores(list(before))], [scores(list(after))])

    assert found.metrics[0].verdict == "undecided"
    assert "cannot be told" in found.sentence
    assert "Differences from 0.0" in found.sentence
    assert found.metrics[0].rows_needed is not None
    assert f"{found.metrics[0].rows_needed:,} examples are needed" in found.sentence


def test_several_metrics_are_corrected_for_their_number() -> None:
    random = np.random.default_rng(3)
    base = random.normal(0, 1, 40)
    before = [scores(list(base), f"m{i}") for i in range(20)]
    after = [scores(list(base + random.normal(0, 1, 40)), f"m{i}") for i in range(20)]

    found = compare(before, after)

    assert all(m.p_adjusted >= m.difference.test.p for m in found.metrics)
    assert {m.verdict for m in found.metrics} == {"undecided"}


def test_repetitions_are_averaged_and_what_only_one_has_is_named() -> None:
    before = Scores(metric="m", values={"a": [0.0, 1.0], "b": [1.0], "gone": [1.0]})
    after = Scores(metric="m", values={"a": [1.0, 1.0], "b": [1.0], "new": [0.0]})

    metric = compare([before], [after]).metrics[0]

    assert (metric.baseline_mean, metric.candidate_mean) == (0.75, 1.0)
    assert metric.improved == ("a",)
    assert (metric.only_baseline, metric.only_candidate) == (("gone",), ("new",))


def test_rows_of_one_source_weigh_as_one_source() -> None:
    random = np.random.default_rng(4)
    shift = np.repeat(random.normal(0.3, 1, 8), 20)
    before = random.normal(0, 0.1, 160)
    sources = {f"e{i}": f"doc{i // 20}" for i in range(160)}
    pair = [scores(list(before))], [scores(list(before + shift))]

    naive, heeded = compare(*pair).metrics[0], compare(*pair, clusters=sources).metrics[0]

    assert naive.difference.test.p < 0.01 < heeded.difference.test.p
    assert heeded.warning is not None
    with pytest.raises(ValueError, match="has no cluster"):
        compare(*pair, clusters={"e0": "doc0"})


def test_rows_without_a_verdict_are_counted_and_never_scored() -> None:
    def result(score: int) -> EvaluationResult:
        return EvaluationResult(name="m", score=score)

    before = scores_of([("a", result(1)), ("b", result(0)), ("c", result(1))])
    after = scores_of([("a", result(1)), ("b", failed("m", "Timeout", "late")), ("c", result(1))])

    found = compare(before, after)

    assert found.metrics[0].difference.n == 2
    assert found.metrics[0].failed == (0, 1)
    assert "not counted: 1 of the candidate, 0 of the baseline." in found.sentence


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(ValueError, match="no metric in common: a against b"):
        compare([scores([1], "a")], [scores([1], "b")])
    with pytest.raises(ValueError, match="one says maximize, the other minimize"):
        compare([scores([1])], [scores([1], direction="minimize")])
    with pytest.raises(ValueError, match="no example has a score in both"):
        compare([Scores(metric="m", values={"a": [1]})], [Scores(metric="m", values={"b": [1]})])
    with pytest.raises(ValueError, match="from version 1 to 2"):
        compare(
            [Scores(metric="m", values={"a": [1]})],
            [Scores(metric="m", values={"a": [1]}, version="2")],
        )


def test_a_metric_that_cannot_be_compared_takes_no_other_with_it() -> None:
    old = Scores(metric="m", values={"e0": [1]})
    new = Scores(metric="m", values={"e0": [1]}, version="2")

    found = compare([old, scores([1])], [new, scores([1])])

    assert [metric.metric for metric in found.metrics] == ["correctness"]
    assert found.sentence.endswith("Not compared: 'm' changed from version 1 to 2.")
