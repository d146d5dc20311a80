"""What is said of all rows of an experiment together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from pilothouse.evaluation.evaluators import Evaluator
from pilothouse.evaluation.functions import as_evaluator
from pilothouse.evaluation.results import EvaluationResult
from pilothouse.evaluation.rows import Row
from pilothouse.evaluation.runner.records import RowResult


def summary_results(
    evaluators: Sequence[Evaluator | Callable[..., Any] | str],
    rows: Callable[[], Iterator[RowResult]],
) -> tuple[EvaluationResult, ...]:
    """The verdicts of evaluators that read lists: one entry a row, in the order of the data.

    They may ask for `inputs`, `outputs`, `reference_outputs`, `results` (the rows with their
    verdicts), and as in LangSmith for `runs` and `examples`. Only they make rows stay in memory.
    """
    if not evaluators:
        return ()
    every = list(rows())
    row = Row(
        inputs=[each.row.inputs for each in every],
        outputs=[each.row.outputs for each in every],
        reference_outputs=[each.row.reference_outputs for each in every],
        fields={
            "results": every,
            "runs": [
                SimpleNamespace(inputs=each.row.inputs, outputs=each.row.outputs) for each in every
            ],
            "examples": [
                SimpleNamespace(
                    id=each.row.example_id,
                    inputs=each.row.inputs,
                    outputs=each.row.reference_outputs,
                    metadata=each.row.metadata,
                )
                for each in every
            ],
        },
    )
    return tuple(r for given in evaluators for r in as_evaluator(given).evaluate_all(row))


def passing(rows: Iterable[RowResult], metric: str) -> Mapping[str, bool]:
    """Of each example whether it passes a metric, in all its repetitions."""
    passes: dict[str, bool] = {}
    for row in rows:
        for result in row.results:
            if result.name != metric:
                continue
            passed = result.passed
            if passed is None and isinstance(result.score, bool):
                passed = result.score
            example = row.row.example_id or ""
            passes[example] = passes.get(example, True) and passed is True
    return passes
