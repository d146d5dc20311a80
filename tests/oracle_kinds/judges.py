"""Rows of judges: how their texts are read."""

from __future__ import annotations

from typing import Any

from pilothouse.evaluation.judges import grammars

UNPARSABLE = {"error": "unparsable"}


def judge_parsers(row: dict[str, Any]) -> Any:
    text = row["judge_output"]
    match row["evaluator"]:
        case "criteria":
            value = grammars.yes_or_no(text)
            return {"value": value, "score": None if value is None else int(value == "Y")}
        case "qa":
            grade = grammars.correctness(text)
            return {"value": grade, "score": None if grade is None else int(grade == "CORRECT")}
        case "pairwise_string":
            chosen = grammars.preference(text)
            if chosen is None:
                return UNPARSABLE
            return {
                "value": None if chosen == "C" else chosen,
                "score": {"A": 1, "B": 0, "C": 0.5}[chosen],
            }
        case "score_string":
            rating = grammars.rating(text)
            return UNPARSABLE if rating is None else {"score": rating}
        case "trajectory":
            score = grammars.trajectory_score(text)
            return UNPARSABLE if score is None else {"score": (score - 1) / 4}
    raise ValueError(f"unknown evaluator {row['evaluator']!r}")


KINDS: dict[str, tuple[Any, ...]] = {
    "judge_parsers": (judge_parsers, 1e-9, lambda row: row["recommended"]),
}
