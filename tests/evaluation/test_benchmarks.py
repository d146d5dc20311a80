"""Model benchmarks: rows in the forms they are published in, and scores that cannot be given."""

from __future__ import annotations

import pytest

from pilothouse.evaluation.benchmarks import hellaswag, mmlu
from pilothouse.evaluation.benchmarks.multiple_choice import accuracy, pooled, scored

EXAM = {"question": "2+2?", "choices": ["3", "4", "5", "6"], "subject": "elementary_mathematics"}
SCENE = {
    "activity_label": "Making tea",
    "ctx_a": "A woman fills a kettle.",
    "ctx_b": "she",
    "endings": ["boils it.", "leaves."],
    "label": "0",
}


@pytest.mark.parametrize("answer", [1, "1", "B", " b"])
def test_answers_of_exams_are_numbers_or_letters(answer: object) -> None:
    assert mmlu.question({**EXAM, "answer": answer}).gold == 1


def test_an_answer_that_is_no_option_is_refused() -> None:
    with pytest.raises(ValueError, match="answer 'E' is none of 4 options"):
        mmlu.question({**EXAM, "answer": "E"})


def test_worked_scenes_come_first_and_answers_may_be_held_back() -> None:
    asked = hellaswag.question({**SCENE, "label": ""}, [SCENE])

    assert asked.gold is None
    assert asked.context == (
        "Making tea: A woman fills a kettle. She boils it.\n\n"
        "Making tea: A woman fills a kettle. She"
    )


def test_what_cannot_be_scored_is_refused_and_what_cannot_be_right_is_said() -> None:
    with pytest.raises(ValueError, match="2 choices need as many likelihoods"):
        scored(["a", "b"], [-1.0], 0)
    with pytest.warns(UserWarning, match="option 7 of 2 cannot be right"):
        assert scored(["a", "b"], [-1.0, -2.0], 7).acc == 0
    with pytest.raises(ValueError, match="no questions"):
        accuracy([])
    with pytest.raises(ValueError, match="no groups"):
        pooled([])
    assert accuracy([1.0]).standard_error is None
