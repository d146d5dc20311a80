"""ARC: questions of school science, easy and challenging (Clark et al. 2018), from its rows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from pilothouse.evaluation.benchmarks.columns import Columns, Misfit, written
from pilothouse.evaluation.benchmarks.multiple_choice import Question
from pilothouse.evaluation.benchmarks.tasks import Posed, Row, Task

_OPTION: Final = re.compile(r"\s*\(([A-E1-5])\)\s+")


def read(columns: Columns) -> Row:
    """The row, whether options stand beside the question or within it, or each in a column."""
    stem = columns.value("question")
    if isinstance(stem, Mapping):
        within = Columns(stem)
        stem, listed = within.text("stem"), within.list("choices")
    elif columns.has("choices"):
        listed = written(columns.value("choices"))
    else:
        letters = [letter for letter in "ABCDE" if columns.has(letter)]
        listed = [{"label": letter, "text": columns.text(letter)} for letter in letters]
        if not letters:
            stem, listed = _within(str(stem))
        if not listed:
            columns.value("choices")
    labels, texts = _options(listed)
    answer = columns.text("answerKey", "answer", default="").strip()
    if answer and answer not in labels:
        raise Misfit(f"answerKey {answer!r} is none of {', '.join(labels)}")
    return {
        "question": str(stem),
        "choices": {"label": labels, "text": texts},
        "answerKey": answer,
    }


def question(row: Row, shots: Sequence[Row] = ()) -> Question:
    """The question of a row after worked ones."""
    worked = [f"{_asked(shot)} {shot['choices']['text'][_gold(shot) or 0]}" for shot in shots]
    choices = row["choices"]["text"]
    return Question(
        context="\n\n".join([*worked, _asked(row)]),
        continuations=tuple(f" {choice}" for choice in choices),
        choices=choices,
        gold=_gold(row),
    )


def posed(row: Row) -> Posed:
    """The question as a chat is asked it."""
    return Posed(stem=row["question"], options=row["choices"]["text"], gold=_gold(row))


def _asked(row: Row) -> str:
    return f"Question: {row['question']}\nAnswer:"


def _gold(row: Row) -> int | None:
    answer = row["answerKey"]
    return row["choices"]["label"].index(answer) if answer else None


def _within(text: str) -> tuple[str, list[dict[str, str]]]:
    """A question and the options after it, as the original CSV has both in one cell."""
    stem, *parts = _OPTION.split(text)
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return stem, [{"label": label, "text": option.strip()} for label, option in pairs]


def _options(listed: object) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Labels and texts, which exports give as two lists or as a list of pairs."""
    if isinstance(listed, Mapping):
        pairs = Columns(listed)
        labels, texts = pairs.texts("label"), pairs.texts("text")
    else:
        each = [Columns(one) for one in Columns({"choices": listed}).list("choices")]
        labels = tuple(one.text("label") for one in each)
        texts = tuple(one.text("text") for one in each)
    if not labels or len(labels) != len(texts):
        raise Misfit(f"'choices' has {len(labels)} labels for {len(texts)} texts")
    return labels, texts


EASY: Final = Task(
    name="arc_easy",
    title="ARC (easy)",
    read=read,
    described="'Question: … Answer:', options as continuations",
    sizes={2_251: "train", 570: "validation", 2_376: "test"},
    question=question,
    posed=posed,
)
CHALLENGE: Final = replace(
    EASY,
    name="arc_challenge",
    title="ARC (challenge)",
    sizes={1_119: "train", 299: "validation", 1_172: "test"},
)
