"""Gates decide by evidence: a drop beyond chance fails, noise does not, too few rows are said."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from pilothouse.evaluation.results import Usage
from pilothouse.evaluation.runner import Answer, Experiment
from pilothouse.evaluation.runner import evaluate as evaluate_aloud
from pilothouse.evaluation.runner.reports import as_markdown

evaluate = partial(evaluate_aloud, progress="none", journal=False)


def good(outputs: bool) -> bool:
    return outputs


def ran(passing: int, rows: int, **options: Any) -> Experiment:
    """An experiment of which the first `passing` rows pass."""
    data = [{"id": f"e{i}", "inputs": i} for i in range(rows)]
    return evaluate(lambda inputs: inputs < passing, data, [good], **options)


@pytest.mark.parametrize(
    ("gate", "passing", "outcome", "blocks"),
    [
        ({"gate": "no_regression"}, 40, "failed", True),
        ({"gate": "no_regression"}, 60, "passed", False),
        ({"gate": "no_regression"}, 58, "inconclusive", False),
        ({"gate": "no_regression", "inconclusive": "fail"}, 58, "inconclusive", True),
        ({"gate": "no_regression", "min_effect": 0.5}, 40, "passed", False),
        ({"gate": "non_inferior", "metric": "good", "margin": 0.3}, 58, "passed", False),
        ({"gate": "non_inferior", "metric": "good", "margin": 0.01}, 58, "inconclusive", True),
        ({"gate": "non_inferior", "metric": "good", "margin": 0.1}, 20, "failed", True),
        ({"gate": "mean", "metric": "good", "value": 0.9}, 60, "passed", False),
        ({"gate": "mean", "metric": "goood", "value": 0.9}, 60, "failed", True),
        ({"gate": "mean", "metric": "good", "value": 0.9, "bound": True}, 58, "failed", True),
        ({"gate": "pass_rate", "metric": "good", "value": 0.9}, 50, "failed", True),
        ({"gate": "must_pass", "metric": "good", "examples": ["e1"]}, 50, "passed", False),
        ({"gate": "must_pass", "metric": "good", "examples": ["e55"]}, 50, "failed", True),
        ({"gate": "error_rate", "value": 0}, 50, "passed", False),
        ({"gate": "cost", "value": 1}, 50, "passed", False),
        ({"gate": "latency", "p95_ms": 0}, 50, "failed", True),
    ],
)
def test_a_gate_comes_out_as_the_rows_say(
    gate: dict[str, Any], passing: int, outcome: str, blocks: bool
) -> None:
    found = ran(passing, 60, baseline=ran(60, 60), gates=[gate])

    assert [(g.outcome, g.blocks) for g in found.gates] == [(outcome, blocks)]
    assert found.passed is not blocks


def test_a_baseline_that_cannot_be_compared_fails_gates_and_loses_no_figures() -> None:
    other = evaluate(None, [{"outputs": True}], [lambda outputs: outputs])

    found = ran(5, 10, baseline=other, gates=[{"gate": "no_regression"}])

    assert found.summary.metrics["good"].mean == 0.5
    assert found.comparison is not None
    assert "Not compared: no metric in common" in found.comparison.sentence
    assert "no metric in common" in as_markdown(found)
    assert [(g.outcome, g.blocks) for g in found.gates] == [("failed", True)]


def test_rows_that_came_and_went_are_listed() -> None:
    found = ran(5, 12, baseline=ran(10, 10))

    assert found.comparison is not None
    metric = found.comparison.metrics[0]
    assert metric.only_candidate == ("e10", "e11")
    assert metric.regressed == ("e5", "e6", "e7", "e8", "e9")


def test_tries_at_an_example_are_told_apart_from_examples() -> None:
    def flaky(inputs: int, seed: int) -> bool:
        return inputs % 2 == 0 or seed % 2 == 0

    data = [{"id": f"e{i}", "inputs": i} for i in range(20)]
    metric = evaluate(flaky, data, [good], repetitions=4).summary.metrics["good"]

    assert metric.interval is not None
    assert metric.interval.n == 20
    assert metric.n_total == 80
    assert metric.repeated is not None
    assert metric.repeated.pass_at_k is not None
    assert metric.repeated.pass_hat_k is not None
    assert metric.repeated.pass_at_k > 0.5 + 0.3
    assert metric.repeated.pass_hat_k < 0.5 + 0.3
    assert metric.repeated.flip_rate is not None
    assert metric.repeated.flip_rate > 0.2


def test_a_target_says_what_it_cost() -> None:
    found = evaluate(
        lambda inputs: Answer(outputs=True, usage=Usage(cost=0.5, calls=1)),
        [{"inputs": i} for i in range(4)],
        [good],
        gates=[{"gate": "cost", "value": 1}],
    )

    assert found.summary.cost == 2
    assert not found.passed
