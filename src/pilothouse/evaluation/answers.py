"""What a system answered, by example, from rows or from an experiment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from pilothouse.evaluation.rows import Row

Answers = Iterable[Row] | Any
"""Rows with answers, or an experiment."""
Key = tuple[str, int]
"""An example's id and a repetition."""


def answers_of(given: Answers) -> dict[Key, Row]:
    """Rows with an answer, by example and repetition; those without an id have their place for it.

    Raises ValueError for one that is given twice.
    """
    found: dict[Key, Row] = {}
    for place, row in enumerate(_rows(given)):
        key = (f"#{place}" if row.example_id is None else row.example_id, row.repetition)
        if key in found:
            raise ValueError(f"example {key[0]!r} has two answers in repetition {key[1]}")
        found[key] = replace(row, example_id=key[0])
    return {key: row for key, row in found.items() if row.outputs is not None}


def _rows(given: Answers) -> Iterable[Row]:
    if hasattr(given, "rows"):  # an experiment; its package is not needed to read it
        return (one.row for one in given.rows())
    rows: Iterable[Row] = given
    return rows
