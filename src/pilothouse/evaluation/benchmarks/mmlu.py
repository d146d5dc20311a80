"""MMLU: exam questions of 57 subjects (Hendrycks et al. 2021), from its public rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pilothouse.evaluation.benchmarks.columns import Columns, Misfit
from pilothouse.evaluation.benchmarks.multiple_choice import Question
from pilothouse.evaluation.benchmarks.subjects import FIELD_OF
from pilothouse.evaluation.benchmarks.tasks import Posed, Row, Task

LETTERS: Final = "ABCD"
HEADLESS: Final = ("question", *LETTERS, "answer")
"""The columns of the original files, which do not name them."""


def read(columns: Columns) -> Row:
    """The row: options in one list, or each in a column of its letter."""
    if columns.has("choices"):
        choices = columns.texts("choices", count=len(LETTERS))
    elif columns.has(*LETTERS):
        choices = tuple(columns.text(letter) for letter in LETTERS)
    else:
        columns.value("choices", "A")
        raise Misfit("the options have to stand in 'choices', or in 'A', 'B', 'C' and 'D'")
    row = {
        "question": columns.text("question"),
        "choices": choices,
        "answer": columns.value("answer"),
        "subject": columns.text("subject").strip().replace(" ", "_"),
    }
    if not isinstance(row["answer"], str | int) or isinstance(row["answer"], bool):
        raise Misfit(f"answer {row['answer']!r} is neither a number nor a letter")
    return {**row, "answer": answer(row)}


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
    said = str(given).strip().upper()
    place = [*LETTERS].index(said) if said in [*LETTERS] else int(said) if said.isdecimal() else -1
    if not 0 <= place < len(row["choices"]):
        raise ValueError(f"answer {given!r} is none of {len(row['choices'])} options")
    return place


def _asked(row: Mapping[str, Any]) -> str:
    options = (f"{letter}. {text}" for letter, text in zip(LETTERS, row["choices"], strict=False))
    return "\n".join([str(row["question"]).strip(), *options, "Answer:"])


def posed(row: Row) -> Posed:
    """The question as a chat is asked it."""
    return Posed(stem=str(row["question"]).strip(), options=row["choices"], gold=answer(row))


TASK: Final = Task(
    name="mmlu",
    title="MMLU",
    read=read,
    described="subject header, question, lettered options, 'Answer:'; letters as continuations",
    measures=("acc",),
    shots=5,
    sizes={285: "dev", 1_531: "validation", 14_042: "test", 99_842: "auxiliary_train"},
    question=question,
    posed=posed,
    group=lambda row: row["subject"],
    categories=FIELD_OF,
    per_group=True,
)
