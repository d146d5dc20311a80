"""Examples as people and a judge see them, in one vocabulary."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass

from pilothouse.evaluation.results import EvaluationResult
from pilothouse.evaluation.rows import Row

Human = str | float | bool
"""What people said of an example: a label, a number, or whether it passes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """One example with both verdicts."""

    example: str
    row: Row
    human: str
    judge: str | None
    """None where the judge came to no verdict."""
    result: EvaluationResult
    comment: str | None = None
    """Why people said what they said."""

    @property
    def agreed(self) -> bool:
        """Whether both say the same."""
        return self.judge == self.human

    @property
    def source(self) -> Hashable:
        """Of what it is an example: its cluster, or itself."""
        return self.row.cluster or ("example", self.example)


def rated_of(
    results: Iterable[tuple[Row, EvaluationResult]],
    labels: Mapping[str, Human],
    *,
    comments: Mapping[str, str] | None = None,
) -> list[Rated]:
    """The verdicts on rows that people labelled, by example.

    Labels that are texts are compared with the judge's label. Truth values are compared with
    whether its score passes, where it has a threshold, and numbers with its score.
    """
    return [
        Rated(
            example=row.example_id,
            row=row,
            human=as_label(labels[row.example_id]),
            judge=_said(result, labels[row.example_id]),
            result=result,
            comment=(comments or {}).get(row.example_id),
        )
        for row, result in results
        if row.example_id is not None and row.example_id in labels
    ]


def as_label(value: Human) -> str:
    """A label as it is, a number as it is written; true is 1, as scores have it."""
    return value if isinstance(value, str) else f"{float(value):g}"


def _said(result: EvaluationResult, human: Human) -> str | None:
    if result.status != "ok":
        return None
    if isinstance(human, str):
        return result.label
    if isinstance(human, bool) and result.passed is not None:
        return as_label(result.passed)
    return None if result.score is None else as_label(result.score)
