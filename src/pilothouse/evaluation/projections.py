"""Results in the shapes of other libraries, for code that reads theirs."""

from __future__ import annotations

from typing import Any, Final

from pilothouse.evaluation.results import EvaluationResult

Shape = dict[str, Any]
_INSPECT: Final = {True: "C", False: "I"}


def as_langchain(result: EvaluationResult) -> Shape:
    """`score`, and where there are any `value`, `reasoning` and `error`."""
    shape: Shape = {"score": result.score}
    if result.label is not None:
        shape["value"] = result.label
    if result.explanation is not None:
        shape["reasoning"] = result.explanation
    if result.error is not None:
        shape["error"] = {"type": result.error.type, "message": result.error.message}
        if result.error.raw_output is not None:
            shape.setdefault("reasoning", result.error.raw_output)
    return shape


def as_langsmith(result: EvaluationResult) -> Shape:
    """`key`, `score`, `comment` and `metadata`, as LangSmith and openevals have it.

    A label goes under `value`; why there is no score is the comment.
    """
    shape: Shape = {
        "key": result.name,
        "score": result.score,
        "comment": _explained(result),
        "metadata": _metadata(result),
    }
    if result.label is not None:
        shape["value"] = result.label
    return shape


def as_phoenix(result: EvaluationResult) -> Shape:
    """`name`, `score`, `label`, `explanation`, `direction`, `kind` and `metadata`."""
    return {
        "name": result.name,
        "score": result.score,
        "label": result.label,
        "explanation": _explained(result),
        "direction": result.direction,
        "kind": result.kind,
        "metadata": _metadata(result),
    }


def as_inspect(result: EvaluationResult) -> Shape:
    """`value`, `answer`, `explanation` and `metadata`; the value of what has no score is None.

    A truth value is C or I, as is a label that is one of Inspect's grades.
    """
    value: Any = result.score
    if isinstance(value, bool):
        value = _INSPECT[value]
    elif result.label in ("C", "P", "I", "N") or (value is None and result.status == "ok"):
        value = result.label
    metadata = _metadata(result)
    return {
        "value": value,
        "answer": metadata.pop("answer", None),
        "explanation": _explained(result),
        "metadata": metadata,
    }


def _explained(result: EvaluationResult) -> str | None:
    return result.error.message if result.error is not None else result.explanation


def _metadata(result: EvaluationResult) -> Shape:
    """The metadata with what the other shapes have no field for."""
    metadata = dict(result.metadata)
    if result.status != "ok":
        metadata["status"] = result.status
    if result.error is not None:
        metadata["error"] = result.error.type
    if result.threshold is not None:
        metadata["passed"] = result.passed
    return metadata
