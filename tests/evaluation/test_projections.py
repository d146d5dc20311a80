"""Results in the shapes of other libraries, and verdicts as those libraries add them up."""

from __future__ import annotations

import json

import pytest

from pilothouse.evaluation.judged.aggregation import average_precision, deepeval, summary_score
from pilothouse.evaluation.metrics.inspect_metrics import accuracy, interval
from pilothouse.evaluation.metrics.inspect_scorers import InspectScorer
from pilothouse.evaluation.metrics.number_words import number
from pilothouse.evaluation.projections import (
    as_inspect,
    as_langchain,
    as_langsmith,
    as_phoenix,
)
from pilothouse.evaluation.results import EvaluationResult, failed

GOOD = EvaluationResult(
    name="tone",
    score=True,
    label="kind",
    explanation="It thanks.",
    threshold=1,
    kind="llm",
    metadata={"answer": "Thanks!"},
)
FAILED = failed("tone", "Timeout", "the judge took too long", raw_output="Hm")


def test_a_verdict_keeps_its_meaning_in_each_shape() -> None:
    assert as_langchain(GOOD) == {"score": True, "value": "kind", "reasoning": "It thanks."}
    assert as_langsmith(GOOD) == {
        "key": "tone",
        "score": True,
        "value": "kind",
        "comment": "It thanks.",
        "metadata": {"answer": "Thanks!", "passed": True},
    }
    assert as_phoenix(GOOD)["direction"] == "maximize"
    assert as_phoenix(GOOD)["kind"] == "llm"
    assert as_inspect(GOOD) == {
        "value": "C",
        "answer": "Thanks!",
        "explanation": "It thanks.",
        "metadata": {"passed": True},
    }


@pytest.mark.parametrize("project", [as_langchain, as_langsmith, as_phoenix, as_inspect])
def test_a_failure_has_no_score_in_any_shape_and_says_why(project: object) -> None:
    assert callable(project)
    shape = project(FAILED)

    assert shape.get("score") is None
    assert shape.get("value") is None
    assert "the judge took too long" in json.dumps(shape)
    assert "Timeout" in json.dumps(shape)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e3", 1000),
        ("\u22122", -2),
        ("2½", 2.5),
        ("3²", 9),
        ("(2)", None),
        ("Ⅻ", 12),
        ("二十三", 23),
        ("三万五千", 35_000),
        ("\uff11\uff12", 12),
        ("12 500", 12_500),
        ("60%", None),
        ("nan", None),
        ("5 apples", None),
        ("", None),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, value: float | None) -> None:
    assert number(text) == value


def test_a_scorer_gives_the_grade_the_score_and_what_it_took_for_the_answer() -> None:
    result = InspectScorer("match", numeric=True).evaluate(
        outputs="So it is $1,200.50.", reference_outputs=["1200.5"]
    )

    assert (result.score, result.label, result.metadata) == (1, "C", {"answer": "1200.5"})
    with pytest.raises(ValueError, match="no scorer 'matches': choose from match, includes"):
        InspectScorer("matches")


def test_grades_are_counted_and_unknown_ones_refused() -> None:
    assert accuracy(["C", "P", "I", "N"]) == 0.375
    assert interval([]) is None
    with pytest.raises(ValueError, match="no grade 'X'"):
        accuracy(["X"])


def test_nothing_to_judge_has_no_score_unless_another_library_s_is_asked_for() -> None:
    assert deepeval("faithfulness", []) is None
    assert deepeval("faithfulness", [], empty_policy="deepeval") == 1
    assert average_precision([]) is None
    assert average_precision([], empty_policy="ragas") == 0
    assert summary_score(answered=[], text_length=10, summary_length=5).score() is None
    with pytest.raises(ValueError, match="no metric 'faith'"):
        deepeval("faith", ["yes"])
