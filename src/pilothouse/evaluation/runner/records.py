"""Answers and verdicts as the journal keeps them, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pilothouse.evaluation.errors import ModelError
from pilothouse.evaluation.results import EvaluationResult, Failure, Usage, Vote, failed
from pilothouse.evaluation.rows import Row
from pilothouse.evaluation.runner.errors import FailedElsewhere
from pilothouse.evaluation.runner.examples import Example


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What the target made of an example."""

    outputs: Any = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    error: Failure | None = None
    usage: Usage | None = None
    latency_ms: float | None = None
    earlier: bool = False
    """It was read from the journal, not paid for again."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call that another process made."""

    value: Any
    failure: Failure | None
    latency_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RowResult:
    """An example, what the target answered, and the verdicts on it."""

    row: Row
    error: Failure | None
    """Why the target gave no answer."""
    latency_ms: float | None
    usage: Usage | None
    results: Sequence[EvaluationResult]

    def flat(self) -> dict[str, Any]:
        """One level of keys, for a table."""
        return {
            "example_id": self.row.example_id,
            "repetition": self.row.repetition,
            "inputs": self.row.inputs,
            "outputs": self.row.outputs,
            "reference_outputs": self.row.reference_outputs,
            "error": None if self.error is None else self.error.message,
            "latency_ms": self.latency_ms,
            **{
                r.name: r.score if r.score is not None else r.label
                for r in self.results
                if r.status == "ok"
            },
        }


def failure_of(error: Exception) -> Failure:
    """What a target raised, as a row keeps it."""
    if isinstance(error, FailedElsewhere):
        return error.failure
    if isinstance(error, ModelError):
        return Failure(
            type=error.type,
            message=str(error),
            attempts=error.attempts,
            retryable=error.retryable,
        )
    name = type(error).__name__
    return Failure(type=name, message=f"{name}: {error}" if str(error) else name)


def target_record(
    example: Example, repetition: int, config: str, answered: Answered
) -> dict[str, Any]:
    """The record of a target's answer; with the example, so that a report needs no other file."""
    row = example.row
    record: dict[str, Any] = {
        "stage": "target",
        "example": example.id,
        "repetition": repetition,
        "config": config,
        "index": example.index,
        "digest": example.digest,
        "status": "ok" if answered.error is None else "error",
        "inputs": row.inputs,
        "outputs": answered.outputs,
        "latency_ms": answered.latency_ms,
    }
    if row.reference_outputs is not None:
        record["reference_outputs"] = row.reference_outputs
    if row.metadata:
        record["metadata"] = row.metadata
    if row.cluster is not None:
        record["cluster"] = row.cluster
    if answered.fields:
        record["fields"] = answered.fields
    if answered.error is not None:
        record["error"] = answered.error
    if answered.usage is not None:
        record["usage"] = answered.usage
    return record


def answered_of(record: Mapping[str, Any]) -> Answered:
    """The answer that a record keeps."""
    return Answered(
        outputs=record.get("outputs"),
        fields=record.get("fields") or {},
        error=_failure(record.get("error")),
        usage=_usage(record.get("usage")),
        latency_ms=record.get("latency_ms"),
        earlier=True,
    )


def judge_record(
    example: Example,
    repetition: int,
    evaluator: str,
    config: str,
    results: Sequence[EvaluationResult],
) -> dict[str, Any]:
    """The record of an evaluator's verdict."""
    return {
        "stage": "judge",
        "example": example.id,
        "repetition": repetition,
        "evaluator": evaluator,
        "config": config,
        "results": [result_document(result) for result in results],
    }


def result_document(result: EvaluationResult) -> dict[str, Any]:
    """A result without what it does not say."""
    document: dict[str, Any] = {"name": result.name, "status": result.status}
    if result.score is not None:
        document["score"] = result.score
    for name in ("label", "explanation", "threshold", "latency_ms"):
        if (value := getattr(result, name)) is not None:
            document[name] = value
    for name, usual in (("direction", "maximize"), ("kind", "code"), ("cached", False)):
        if (value := getattr(result, name)) != usual:
            document[name] = value
    for name in ("error", "usage", "votes"):
        if (value := getattr(result, name)) is not None:
            document[name] = value
    if result.metadata:
        document["metadata"] = result.metadata
    return document


def result_of(document: Mapping[str, Any]) -> EvaluationResult:
    """The result that a document keeps."""
    votes = document.get("votes")
    return EvaluationResult(
        **{
            **document,
            "error": _failure(document.get("error")),
            "usage": _usage(document.get("usage")),
            "votes": None if votes is None else [_vote(vote) for vote in votes],
            "metadata": document.get("metadata") or {},
        }
    )


def row_result_of(
    target: Mapping[str, Any],
    verdicts: Sequence[Mapping[str, Any]],
    evaluators: Mapping[str, Mapping[str, Any]],
) -> RowResult:
    """The row that these records keep, verdicts in the order of the evaluators.

    `evaluators` are those of the journal's head; where there was no answer they came to no verdict.
    """
    answered = answered_of(target)
    results = results_of(answered, verdicts, evaluators)
    return RowResult(
        row=Row(
            inputs=target.get("inputs"),
            outputs=answered.outputs,
            reference_outputs=target.get("reference_outputs"),
            metadata=target.get("metadata") or {},
            example_id=target["example"],
            cluster=target.get("cluster"),
            repetition=target["repetition"],
            fields=answered.fields,
        ),
        error=answered.error,
        latency_ms=answered.latency_ms,
        usage=answered.usage,
        results=[result for own in results.values() for result in own],
    )


def results_of(
    answered: Answered,
    verdicts: Sequence[Mapping[str, Any]],
    evaluators: Mapping[str, Mapping[str, Any]],
) -> dict[str, list[EvaluationResult]]:
    """What each evaluator said of an answer; of one that failed it could say nothing."""
    if answered.error is not None:
        why = f"the target failed: {answered.error.message}"
        return {
            name: [
                failed(
                    name,
                    "NoAnswer",
                    why,
                    direction=about.get("direction", "maximize"),
                    kind=about["kind"],
                )
            ]
            for name, about in evaluators.items()
        }
    said = {verdict["evaluator"]: verdict["results"] for verdict in verdicts}
    return {
        name: [result_of(document) for document in said[name]]
        for name in evaluators
        if name in said
    }


def _failure(document: Mapping[str, Any] | None) -> Failure | None:
    return None if document is None else Failure(**document)


def _usage(document: Mapping[str, Any] | None) -> Usage | None:
    return None if document is None else Usage(**document)


def _vote(document: Mapping[str, Any]) -> Vote:
    return Vote(**{**document, "error": _failure(document.get("error"))})
