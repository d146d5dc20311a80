"""Evaluators and functions as evaluators: what they read, what they answer, how they fail."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import numpy as np
import pytest

from pilothouse.evaluation.evaluators import Evaluator
from pilothouse.evaluation.functions import FunctionEvaluator, as_evaluator
from pilothouse.evaluation.results import EvaluationResult, Usage
from pilothouse.evaluation.rows import Row


class SameText(Evaluator):
    name = "same_text"

    def judge(self, *, outputs: Any, reference_outputs: Any) -> EvaluationResult:
        return EvaluationResult(name=self.name, score=outputs == reference_outputs)


class SlowLength(Evaluator):
    name = "length"
    direction = "minimize"

    async def ajudge(self, *, outputs: str, unit: int = 1) -> EvaluationResult:
        await asyncio.sleep(0)
        return EvaluationResult(name=self.name, score=len(outputs) / unit, direction="minimize")


ROW = Row(
    inputs={"question": "2+2?"},
    outputs={"answer": "4", "contexts": ["four"]},
    reference_outputs={"answer": "4"},
    metadata={"tier": "gold"},
    fields={"latency_ms": 12.5},
)


def test_a_row_is_judged_by_the_fields_that_the_evaluator_names() -> None:
    result = SameText().evaluate(ROW)

    assert result.status == "ok"
    assert result.score is False
    assert result.latency_ms is not None


def test_other_libraries_names_of_the_fields_are_understood() -> None:
    assert SameText().evaluate(prediction="a", reference="a").score is True


def test_a_missing_reference_is_an_error_that_names_evaluator_and_field() -> None:
    result = SameText().evaluate(Row(outputs="a"))

    assert result.status == "error"
    assert result.score is None
    assert result.error is not None
    assert result.error.type == "MissingField"
    assert "'same_text' needs 'reference_outputs'" in result.error.message


def test_a_field_that_it_does_not_read_is_refused() -> None:
    with pytest.raises(TypeError, match=r"'same_text' does not read contexts, but outputs, ref"):
        SameText().evaluate(outputs="a", reference_outputs="a", contexts=[])


def test_a_mapping_leads_to_where_the_values_stand() -> None:
    mapping = {"outputs": "outputs.contexts.0", "reference_outputs": lambda _: "four"}

    assert SameText(mapping=mapping).evaluate(ROW).score is True
    with pytest.raises(ValueError, match="no 'contexts' to map: it reads outputs"):
        SameText(mapping={"contexts": "outputs"})


def test_thresholds_heed_the_direction() -> None:
    assert SlowLength(threshold=3).evaluate(outputs="abc").passed is True
    assert SlowLength(threshold=3).evaluate(outputs="abcd").passed is False
    assert SameText(threshold=1).evaluate(ROW).passed is False
    assert SameText(threshold=1).evaluate(outputs="x").passed is None


def test_an_asynchronous_evaluator_answers_plain_code_within_a_running_loop_too() -> None:
    async def within() -> EvaluationResult:
        return SlowLength().evaluate(outputs="abc")

    assert SlowLength().evaluate(outputs="abc").score == 3
    assert asyncio.run(within()).score == 3


async def _asynchronous(outputs: dict[str, Any]) -> float:
    await asyncio.sleep(0)
    return len(outputs["answer"])


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        pytest.param(lambda outputs: outputs["answer"] == "4", {"score": True}, id="bool"),
        pytest.param(lambda inputs, outputs: 0.5, {"score": 0.5}, id="number"),
        pytest.param(lambda metadata: metadata["tier"], {"label": "gold"}, id="text is a label"),
        pytest.param(lambda outputs: None, {"status": "skipped"}, id="nothing is skipped"),
        pytest.param(lambda **kw: len(kw), {"score": 4}, id="all fields"),
        pytest.param(lambda latency_ms: latency_ms, {"score": 12.5}, id="further field"),
        pytest.param(
            lambda contexts: contexts[0] == "four", {"score": True}, id="key of the outputs"
        ),
        pytest.param(
            lambda outputs: {"key": "tone", "score": 1, "comment": "kind"},
            {"name": "tone", "score": 1, "explanation": "kind"},
            id="langsmith",
        ),
        pytest.param(
            lambda outputs: {"key": "tone", "value": "kind"},
            {"name": "tone", "label": "kind", "score": None},
            id="langsmith value",
        ),
        pytest.param(
            lambda outputs: (0.25, "why", {"a": 1}),
            {"score": 0.25, "explanation": "why", "metadata": {"a": 1}},
            id="openevals",
        ),
        pytest.param(_asynchronous, {"score": 1}, id="async"),
        pytest.param(lambda outputs: np.float32(0.5), {"score": 0.5}, id="number of NumPy"),
        pytest.param(
            lambda outputs: {"score": np.bool_(False)}, {"score": False}, id="truth of NumPy"
        ),
        pytest.param(
            lambda outputs: {"key": "tone", "score": None, "comment": "no text"},
            {"name": "tone", "status": "skipped", "explanation": "no text"},
            id="explicitly no score",
        ),
        pytest.param(lambda outputs: [], {"status": "skipped"}, id="no results"),
    ],
)
def test_what_functions_return_becomes_a_result(function: Any, expected: dict[str, Any]) -> None:
    result = FunctionEvaluator(function).evaluate(ROW)

    assert result.error is None
    assert {name: getattr(result, name) for name in expected} == expected


def test_a_function_may_judge_several_things() -> None:
    def both(outputs: Any) -> dict[str, Any]:
        return {"results": [{"key": "a", "score": 1}, {"key": "b", "score": 0}]}

    assert [(r.name, r.score) for r in as_evaluator(both).evaluate_all(ROW)] == [("a", 1), ("b", 0)]
    with pytest.raises(ValueError, match="'both' gave 2 results"):
        as_evaluator(both).evaluate(ROW)


@pytest.mark.parametrize(
    ("returned", "says"),
    [
        (math.nan, "is nan"),
        ([math.inf], "is inf"),
        (object(), "returned object"),
        ({}, "neither"),
        ({"score": "0.9"}, "the score of 'judge' is '0.9': give a number"),
        ([1, 0], "'judge' returned 2 results with 1 names"),
    ],
)
def test_what_is_no_verdict_is_an_error_and_never_a_score(returned: Any, says: str) -> None:
    def judge(outputs: Any) -> Any:
        return returned

    result = as_evaluator(judge).evaluate(ROW)

    assert (result.status, result.score) == ("error", None)
    assert result.error is not None
    assert says in result.error.message


def test_what_goes_wrong_before_and_after_the_verdict_is_an_error_too() -> None:
    class Half(Evaluator):
        name = "half"

        def judge(self, *, outputs: Any) -> Any:
            return 0.5

    unplaced = Half(mapping={"outputs": lambda row: row.outputs["nowhere"]}).evaluate(ROW)
    unmade = Half().evaluate(ROW)
    missing = Half().evaluate(outputs=math.nan)

    assert [r.error.message for r in (unplaced, unmade, missing) if r.error] == [
        "KeyError: 'nowhere'",
        "TypeError: Half gave float: return an EvaluationResult, or several",
        "evaluator 'half' needs 'outputs'",
    ]


def test_evaluators_are_known_by_name() -> None:
    assert as_evaluator("exact_match").evaluate(outputs="a", reference_outputs="a").score == 1
    with pytest.raises(ValueError, match="no evaluator 'exact_macth': did you mean 'exact_match'"):
        as_evaluator("exact_macth")
    with pytest.raises(TypeError, match="'pairwise_string_distance' compares answers"):
        as_evaluator("pairwise_string_distance")


def test_an_error_cannot_have_a_score() -> None:
    with pytest.raises(ValueError, match="'x' is error and cannot have a score"):
        EvaluationResult(name="x", status="error", score=0)


def test_usage_adds_up_and_unknown_stays_unknown() -> None:
    both = Usage(input_tokens=3, cost=0.5, calls=1) + Usage(input_tokens=4, calls=1)

    assert both == Usage(input_tokens=7, cost=0.5, calls=2)
    with pytest.raises(ValueError, match="cannot add EUR to USD"):
        Usage(cost=1.0) + Usage(cost=1.0, currency="EUR")
