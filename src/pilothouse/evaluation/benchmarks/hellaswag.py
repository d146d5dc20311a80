"""HellaSwag: how a described scene goes on (Zellers et al. 2019), from its public rows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pilothouse.evaluation.benchmarks.columns import Columns, Misfit
from pilothouse.evaluation.benchmarks.multiple_choice import Question
from pilothouse.evaluation.benchmarks.tasks import Posed, Row, Task

_MARK: Final = re.compile(r"\[.*?\]")
_OPTIONS: Final = 4


def read(columns: Columns) -> Row:
    """The row. Its label is empty where answers are held back.

    Exports have it as text, as a number, and as 1.0 where a column also has nulls.
    """
    label = columns.text("label", default="").strip().removesuffix(".0")
    if label and not label.lstrip("-").isdecimal():
        raise Misfit(f"label {label!r} is no whole number")
    return {
        "activity_label": columns.text("activity_label"),
        "ctx_a": columns.text("ctx_a"),
        "ctx_b": columns.text("ctx_b", default=""),
        "endings": columns.texts("endings", count=_OPTIONS),
        "label": label,
        "split_type": columns.text("split_type", default="") or None,
    }


def question(row: Mapping[str, Any], shots: Sequence[Mapping[str, Any]] = ()) -> Question:
    """The question of a row, after worked ones. Rows of the test split have no answer.

    Raises KeyError for a row that lacks a column.
    """
    asked = _asked(row)
    worked = [f"{_asked(shot)} {_endings(shot)[_gold(shot) or 0]}" for shot in shots]
    endings = _endings(row)
    return Question(
        context="\n\n".join([*worked, asked]),
        continuations=tuple(f" {ending}" for ending in endings),
        choices=endings,
        gold=_gold(row),
        group=row.get("split_type"),
    )


def posed(row: Row) -> Posed:
    """The question as a chat is asked it."""
    stem = f"Which of these goes on best with the text?\n\n{_asked(row)}"
    return Posed(stem=stem, options=_endings(row), gold=_gold(row))


def _asked(row: Mapping[str, Any]) -> str:
    return _clean(f"{row['activity_label']}: {row['ctx_a']} {row['ctx_b'].capitalize()}")


def _endings(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(_clean(ending) for ending in row["endings"])


def _gold(row: Mapping[str, Any]) -> int | None:
    """Labels are texts, empty where they are held back."""
    label = str(row["label"])
    return int(label) if label else None


def _clean(text: str) -> str:
    """Without the marks of the articles that the scenes were taken from."""
    text = text.strip().replace(" [title]", ". ")
    return _MARK.sub("", text).replace("  ", " ")


TASK: Final = Task(
    name="hellaswag",
    title="HellaSwag",
    read=read,
    described="'activity: context', endings as continuations",
    sizes={39_905: "train", 10_042: "validation", 10_003: "test"},
    question=question,
    posed=posed,
    group=lambda row: row["split_type"],
)
