"""Calls of tools, judged: which, with what, and whether one was in vain."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from pilothouse.evaluation.judged import ArgumentCorrectness, ToolCallEfficiency, ToolCorrectness
from pilothouse.evaluation.metrics.tool_schemas import ToolSchemas
from pilothouse.evaluation.models import FunctionModel

WEATHER = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["city"],
    "additionalProperties": False,
}
TOOLS = [
    {"type": "function", "function": {"name": "weather", "parameters": WEATHER}},
    {"name": "clock", "input_schema": {"type": "object"}},
    {"name": "send"},
]
CALLS = [
    {"name": "weather", "arguments": {"city": "Oslo"}},
    {"name": "weather", "arguments": '{"city": "Oslo"}'},
    {"name": "clock", "args": {"zone": "Mars"}},
]
ROW: dict[str, Any] = {"inputs": "What is the weather in Oslo?", "outputs": CALLS, "tools": TOOLS}


def labels(*given: str) -> FunctionModel:
    """A model that gives these labels to the items, in their order."""

    def answer(prompt: str) -> str:
        assert '"i1": "weather {\\"city\\": \\"Oslo\\"}"' in prompt
        verdicts = [
            {"item": f"i{place}", "explanation": f"why {label}", "label": label}
            for place, label in enumerate(given, 1)
        ]
        return json.dumps({"verdicts": verdicts})

    return FunctionModel(answer, blocking=False)


def test_each_call_is_judged_by_the_request_and_the_tools() -> None:
    metric = ArgumentCorrectness(labels("correct", "correct", "incorrect"))

    result = metric.evaluate(**ROW)

    assert result.score == pytest.approx(2 / 3)
    assert result.explanation == "incorrect: why incorrect"
    assert [one["label"] for one in result.metadata["calls"]] == ["correct", "correct", "incorrect"]


def test_calls_in_vain_lower_the_efficiency() -> None:
    metric = ToolCallEfficiency(labels("needed", "redundant", "redundant"))

    assert metric.evaluate(inputs="?", outputs=CALLS).score == pytest.approx(1 / 3)


def test_without_a_call_there_is_nothing_to_judge_unless_deepeval_is_asked_for() -> None:
    model = labels()

    assert ArgumentCorrectness(model).evaluate(**ROW | {"outputs": []}).status == "not_applicable"
    as_there = ArgumentCorrectness(model, empty_policy="deepeval")
    assert as_there.evaluate(**ROW | {"outputs": []}).score == 1


@pytest.mark.parametrize(
    ("expected", "rating", "score", "called", "selection"),
    [
        (["weather", "clock"], 2, 0.5, 1, 0.5),
        (["weather", "send"], 4, 0.5, 0.5, 1),
        (["send"], 4, 0, 0, 1),
    ],
)
def test_the_worse_of_calling_and_choosing_counts(
    expected: list[str], rating: int, score: float, called: float, selection: float
) -> None:
    model = FunctionModel(lambda prompt: f"Fine.\nVerdict: {rating}", blocking=False)

    result = ToolCorrectness(model).evaluate(
        **ROW, reference_outputs=[{"name": name} for name in expected]
    )

    assert (result.error, result.score) == (None, score)
    assert (result.metadata["called"], result.metadata["selection"]) == (called, selection)


def test_arguments_keep_to_the_schema_of_a_tool_that_there_is() -> None:
    wrong = [
        {"name": "weather", "arguments": {"city": "Oslo", "days": "two"}},
        {"name": "weather", "arguments": {}},
        {"name": "wether", "arguments": {}},
        {"name": "send", "arguments": {"anything": 1}},
    ]

    result = ToolSchemas().evaluate(outputs=[*CALLS, *wrong], tools=TOOLS)

    assert result.score == pytest.approx(4 / 7)
    assert [(one["call"], one["tool"]) for one in result.metadata["faults"]] == [
        (3, "weather"),
        (4, "weather"),
        (5, "wether"),
    ]
    assert re.search(r"\$\.days: 'two' is not of type 'integer'", result.explanation or "")


def test_schemas_may_be_given_by_name_and_no_call_is_nothing_to_judge() -> None:
    assert ToolSchemas().evaluate(outputs=CALLS[:1], tools={"weather": WEATHER}).score == 1
    assert ToolSchemas().evaluate(outputs=[], tools=TOOLS).status == "not_applicable"
