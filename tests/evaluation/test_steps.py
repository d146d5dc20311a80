"""What can be said of an agent's steps and an answer's quotations without a judge."""

from __future__ import annotations

from typing import Any

import pytest

from pilothouse.evaluation.metrics.quotes import QuotedSpans
from pilothouse.evaluation.metrics.steps import LoopDetection, PlanOverlap


def call(name: str, **arguments: Any) -> dict[str, Any]:
    return {"name": name, "args": arguments}


@pytest.mark.parametrize(
    ("made", "score", "worst"),
    [
        ([call("a"), call("b"), call("a")], 1.0, {"same_call": 2, "cycle": 0}),
        ([call("a", x=1), call("a", x=2), call("a", x=3)], 1.0, {"same_call": 1}),
        ([call("a"), call("a"), call("a")], 0.5, {"same_call": 3}),
        ([call("a")] * 6, 0.0, {"same_call": 6}),
        ([call("a"), call("b")] * 3, 0.5, {"same_call": 3, "cycle": 3}),
        ([{"role": "assistant", "content": "Wait."}] * 4, 0.5, {"same_text": 4}),
    ],
)
def test_an_agent_that_goes_round_in_circles_is_found(
    made: Any, score: float, worst: dict[str, int]
) -> None:
    result = LoopDetection().evaluate(outputs=made)

    assert result.score == score
    assert {name: result.metadata[name] for name in worst} == worst
    assert LoopDetection().evaluate(outputs=[]).status == "not_applicable"


def test_a_plan_is_kept_to_in_part() -> None:
    made = [call("find"), call("find"), call("buy"), call("tell")]

    result = PlanOverlap().evaluate(outputs=made, plan=["find", "check", "buy", "pay"])

    assert result.score == 0.5
    assert result.metadata == {
        "order": 0.5,
        "missing": ["check", "pay"],
        "unplanned": ["find", "tell"],
        "redundant": 1,
    }


def test_what_is_quoted_must_stand_in_the_sources() -> None:
    answer = 'It says \u201cbuilt in  1889\u201d, "painted green all over" and "blue".'

    result = QuotedSpans().evaluate(outputs=answer, contexts=["Was Built in 1889."])

    assert (result.score, result.metadata["absent"]) == (0.5, ["painted green all over"])
    assert QuotedSpans().evaluate(outputs="x", contexts=[]).status == "not_applicable"
