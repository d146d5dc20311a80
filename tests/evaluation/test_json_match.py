"""Structured outputs, key by key, where openevals' rows do not look."""

from __future__ import annotations

from typing import Any

import pytest

from pilothouse.evaluation.functions import as_evaluator
from pilothouse.evaluation.metrics.json_match import JsonMatch, identical

WANTED = [{"a": 1, "b": 2}, {"a": 1, "b": 3}]


def scores(evaluator: JsonMatch, **given: Any) -> dict[str, Any]:
    return {r.name: r.score for r in evaluator.evaluate_all(**given)}


def test_items_are_paired_so_that_as_much_as_possible_agrees() -> None:
    made = [{"a": 1}, {"a": 1, "b": 2}]  # taken in turn, the first would take the second's partner
    options: dict[str, Any] = {"aggregator": "average", "list_aggregator": "average"}

    best = scores(JsonMatch(**options), outputs=made, reference_outputs=WANTED)
    greedy = scores(JsonMatch(**options, greedy=True), outputs=made, reference_outputs=WANTED)

    assert best == {"json_match:average": pytest.approx(0.75)}
    assert greedy == {"json_match:average": pytest.approx(0.5)}


def test_a_number_is_not_the_same_as_a_truth_value() -> None:
    assert not identical({"a": 1}, {"a": True})
    assert identical({"a": 1, "b": [2]}, {"b": [2], "a": 1})
    assert scores(JsonMatch(), outputs={"a": 1}, reference_outputs={"a": 1.0}) == {
        "json_match:a": 0
    }


def test_a_key_may_have_a_judge_of_its_own_and_without_its_verdict_there_is_none() -> None:
    def alike(outputs: str, reference_outputs: str) -> bool:
        return outputs.lower() == reference_outputs.lower()

    def silent(outputs: str) -> float:
        raise TimeoutError("too slow")

    given = {"outputs": {"name": "ADA"}, "reference_outputs": {"name": "Ada"}}
    assert scores(JsonMatch(judges={"name": as_evaluator(alike)}), **given) == {
        "json_match:name": True
    }
    (result,) = JsonMatch(judges={"name": as_evaluator(silent)}).evaluate_all(**given)
    assert result.error is not None
    assert "the judge of 'name' gave no score: TimeoutError: too slow" in result.error.message


def test_what_has_no_key_is_not_judged_and_lists_go_with_lists() -> None:
    nothing = JsonMatch(exclude_keys=["a"]).evaluate(outputs={"a": 1}, reference_outputs={"a": 1})
    assert nothing.status == "not_applicable"
    mixed = JsonMatch().evaluate(outputs=[], reference_outputs={"a": 1})
    assert mixed.error is not None
    assert "must both be lists" in mixed.error.message


def test_items_that_are_no_objects_are_compared_whole() -> None:
    found = scores(JsonMatch(), outputs=["b", "a"], reference_outputs=["a", "b"])

    assert found == {"json_match:value": 1}
