"""HellaSwag: how a described scene goes on (Zellers et al. 2019), from its public rows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pilothouse.evaluation.benchmarks.multiple_choice import Question

_MARK: Final = re.compile(r"\[.*?\]")


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
