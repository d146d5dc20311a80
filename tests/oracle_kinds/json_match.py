"""Rows of structured outputs, as openevals compares them."""

from __future__ import annotations

from typing import Any

from pilothouse.evaluation.metrics.json_match import (
    JsonExactMatch,
    JsonMatch,
    LevenshteinSimilarity,
)


def exact_levenshtein(row: dict[str, Any]) -> dict[str, Any]:
    given = {"outputs": row["outputs"], "reference_outputs": row["reference_outputs"]}
    answer = {}
    for evaluator in (JsonExactMatch(), LevenshteinSimilarity()):
        found = evaluator.evaluate(**given)
        answer[evaluator.name] = {"error": found.error} if found.error else found.score
    return answer


def json_match(row: dict[str, Any]) -> dict[str, Any]:
    found = JsonMatch(**row["options"], greedy=True).evaluate_all(
        outputs=row["outputs"], reference_outputs=row["reference_outputs"]
    )
    return {"scores": {result.name: result.score for result in found}}


KINDS: dict[str, tuple[Any, ...]] = {
    "openevals_exact_levenshtein": (exact_levenshtein,),
    "openevals_json_match": (json_match,),
}
