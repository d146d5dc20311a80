"""Rows of JSON, of vectors, and of both as openevals compares them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from pilothouse.evaluation.evaluators import Evaluator
from pilothouse.evaluation.metrics.embeddings import METRICS, EmbeddingDistance
from pilothouse.evaluation.metrics.json_texts import (
    JsonEditDistance,
    JsonEquality,
    JsonSchema,
    JsonValidity,
)
from pilothouse.evaluation.results import EvaluationResult


def json_evaluators(row: dict[str, Any]) -> dict[str, Any]:
    validity = JsonValidity().evaluate(outputs=row["prediction"])
    return {
        "json_validity": _said(validity),
        "json_equality": _compared(JsonEquality(repair=True), row, row["reference"]),
        "json_edit_distance": _compared(JsonEditDistance(repair=True), row, row["reference"]),
    }


def json_schema(row: dict[str, Any]) -> dict[str, Any]:
    return _compared(JsonSchema(repair=True), row, row["schema"])


class Vectors:
    """Stands for a model that gives these vectors."""

    name = "given"

    def __init__(self, *vectors: Sequence[float]) -> None:
        self.vectors = vectors

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        return self.vectors


def embedding_distance(row: dict[str, Any]) -> dict[str, Any]:
    model = Vectors(row["prediction_vector"], row["reference_vector"])
    answer = {}
    for metric in METRICS:
        with warnings.catch_warnings(action="ignore"):  # of Hamming's distance
            evaluator = EmbeddingDistance(model, metric)
        found = evaluator.evaluate(outputs="a", reference_outputs="b")
        answer[metric] = {"error": found.error} if found.error else found.score
    return answer


def _compared(evaluator: Evaluator, row: dict[str, Any], reference: Any) -> dict[str, Any]:
    return _said(evaluator.evaluate(outputs=row["prediction"], reference_outputs=reference))


def _said(found: EvaluationResult) -> dict[str, Any]:
    """What was found; LangChain raises where an output cannot be read."""
    explained = found.explanation or ""
    if found.error or (found.name != "json_validity" and "is no JSON" in explained):
        return {"error": explained}
    return {
        "score": found.score,
        "score_type": type(found.score).__name__,
        "has_reasoning": found.explanation is not None,
    }


KINDS: dict[str, tuple[Any, ...]] = {
    "json_evaluators": (json_evaluators,),
    "json_schema": (json_schema,),
    "embedding_distance": (embedding_distance,),
}
