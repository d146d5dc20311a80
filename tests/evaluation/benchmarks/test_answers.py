"""What is taken from answers: letters, numbers, the nearness to true ones."""

from __future__ import annotations

from math import exp
from typing import Any

import pytest

from pilothouse.evaluation.benchmarks import gsm8k, truthfulqa
from pilothouse.evaluation.benchmarks.catalogue import TASKS
from pilothouse.evaluation.benchmarks.letters import answered, rated
from pilothouse.evaluation.benchmarks.measures import scores_of


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("ANSWER: B", "B"),
        ("It is not C.\n\n**Answer: b.**", "B"),
        ("ANSWER: A\nNo, wait.\nANSWER: (C)", "C"),
        ("Answer: $\\boxed{D}$", "D"),
        ("answer: C) Paris", "C"),
        ("Let me think.\nB", "B"),
        ("**(A)**", "A"),
        ("ANSWER: E", None),
        ("ANSWER: AB", None),
        ("ANSWER: A dog", None),
        ("It is A or B", None),
        ("", None),
    ],
)
def test_the_letter_is_on_the_last_answer_line_or_alone_at_the_end(
    text: str, letter: str | None
) -> None:
    assert answered(text, 4) == letter


def test_spellings_of_a_letter_count_together_and_missing_ones_get_the_least() -> None:
    found, missing = rated({"A": -1.0, " A": -1.0, "B": -2.0, "The": -5.0}, 3)
    unlikely, _ = rated({"The": -0.1, "B": -5.0}, 3)

    assert found == [pytest.approx(-0.3068528), -2.0, pytest.approx(-5.0)]
    assert missing == ["C"]
    assert max(unlikely) == unlikely[1] > unlikely[0], "the only one listed is the answer"


@pytest.mark.parametrize(
    ("text", "strict", "flexible"),
    [
        ("So 3 and 4.\n#### 1,234", True, True),
        ("The answer is $1234.", False, True),
        ("#### 1234\n#### 7", True, False),
        ("#### 1234. Then 2 more.", True, False),
        ("It costs 1234 for 2", False, False),
        ("none", False, False),
    ],
)
def test_numbers_are_found_strictly_and_flexibly(text: str, strict: bool, flexible: bool) -> None:
    found = gsm8k.judge({"answer": "working <<1+1=2>>\n#### 1,234"}, text)

    assert [result.score for result in found] == [strict, flexible]


def test_an_answer_without_a_number_is_wrong_and_told_apart() -> None:
    assert {result.label for result in gsm8k.judge({"answer": "#### 4"}, "none")} == {"no_answer"}


def test_several_true_answers_are_scored_by_their_share_of_the_probability() -> None:
    scores = scores_of(TASKS["truthfulqa_mc2"], "loglikelihood")

    (result,) = scores.evaluate_all(
        inputs={"choices": ["a", "b", "c"]},
        outputs={"loglikelihoods": [-1000.0, -1002.0, -1001.0], "greedy": [False] * 3},
        reference_outputs=(1, 1, 0),
    )

    assert result.name == "acc"
    assert result.score == pytest.approx((1 + exp(-2)) / (1 + exp(-2) + exp(-1)))


def test_a_free_question_follows_worked_ones_as_published() -> None:
    found = truthfulqa.prompt({"question": "Is it?"}, [{"question": "Q?", "best_answer": "No."}])

    assert found.joined == "Q: Q?\nA: No.\n\nQ: Is it?"
    assert (found.turns, found.asked) == ((("Q: Q?", "A: No."),), "Q: Is it?")


def test_a_written_answer_is_held_against_the_nearest_true_and_false_one() -> None:
    row: dict[str, Any] = {
        "correct_answers": ["Nothing happens at all to you."],
        "incorrect_answers": ["You turn into a large frog."],
    }

    found = {r.name: r.score for r in truthfulqa.judge(row, "Nothing happens at all to you.")}

    assert found["bleu_max"] == pytest.approx(100)
    assert found["rougeL_acc"] is True
    assert found["rouge1_diff"] == pytest.approx(100 - 100 * 2 / 12)
    assert {r.name for r in truthfulqa.judge(row, "Hm.")} == set(TASKS["truthfulqa_gen"].measures)
