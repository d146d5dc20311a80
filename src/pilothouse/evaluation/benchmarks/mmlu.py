"""MMLU: exam questions of 57 subjects (Hendrycks et al. 2021), from its public rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pilothouse.evaluation.benchmarks.multiple_choice import Question

LETTERS: Final = "ABCD"


def question(row: Mapping[str, Any], shots: Sequence[Mapping[str, Any]] = ()) -> Question:
    """The question of a row after the first worked ones of its subject.

    Raises KeyError for a row that lacks a column, ValueError for an answer that is no option.
    """
    subject = str(row["subject"])
    header = (
        "The following are multiple choice questions (with answers) about "
        f"{subject.replace('_', ' ')}.\n\n"
    )
    worked = [f"{_asked(shot)} {LETTERS[answer(shot)]}\n\n" for shot in shots]
    letters = tuple(LETTERS[: len(row["choices"])])
    return Question(
        context="".join([header, *worked, _asked(row)]),
        continuations=tuple(f" {letter}" for letter in letters),
        choices=letters,
        gold=answer(row),
        group=subject,
    )


def answer(row: Mapping[str, Any]) -> int:
    """The place of the right option, which rows give as a number or as a letter."""
    given = row["answer"]
    place = LETTERS.find(given.strip().upper()) if isinstance(given, str) else int(given)
    if isinstance(given, str) and given.strip().isdecimal():
        place = int(given)
    if not 0 <= place < len(row["choices"]):
        raise ValueError(f"answer {given!r} is none of {len(row['choices'])} options")
    return place


def _asked(row: Mapping[str, Any]) -> str:
    options = (f"{letter}. {text}" for letter, text in zip(LETTERS, row["choices"], strict=False))
    return "\n".join([str(row["question"]).strip(), *options, "Answer:"])
