"""Rows of what verdicts add up to, and of how far raters agree."""

from __future__ import annotations

from typing import Any

from pilothouse.evaluation import agreement
from pilothouse.evaluation.judged import aggregation


def ragas_aggregation(row: dict[str, Any]) -> dict[str, Any]:
    match row["kind"]:
        case "verdicts":
            precision = aggregation.average_precision(row["verdicts"], empty_policy="ragas")
            return {
                "context_precision": precision,
                "faithfulness": aggregation.share(row["verdicts"]),
            }
        case "fbeta":
            counts = row["tp"], row["fp"], row["fn"]
            return {f"f{b}": aggregation.f_beta(*counts, beta=b) for b in (0.5, 1.0, 2.0)}
        case "noise_sensitivity":
            given = {
                "context_supports_reference": row["context_supports_reference_claim"],
                "context_supports_answer": row["context_supports_answer_claim"],
                "reference_supports_answer": row["reference_supports_answer_claim"],
            }
            return {
                "relevant": aggregation.noise_sensitivity(**given),
                "irrelevant": aggregation.noise_sensitivity(**given, mode="irrelevant"),
            }
        case "id_context":
            ids = row["retrieved_ids"], row["reference_ids"]
            return {
                "id_context_precision": aggregation.id_precision(*ids),
                "id_context_recall": aggregation.id_recall(*ids),
            }
        case "summary":
            found = aggregation.summary_score(
                answered=[answer == "1" for answer in row["answers"]],
                text_length=row["text_len"],
                summary_length=row["summary_len"],
            )
            return {
                "qa_score": found.answered,
                "conciseness": found.conciseness,
                "score": found.score(),
            }
    raise ValueError(f"unknown kind {row['kind']!r}")


def deepeval_aggregation(row: dict[str, Any]) -> dict[str, Any]:
    known = row["vocabulary"].split("/")
    verdicts = [verdict for verdict in row["verdicts"] if verdict in known]
    return {
        name: aggregation.deepeval(
            name.removesuffix("_strict"),
            verdicts,
            strict=name.endswith("_strict"),
            empty_policy="deepeval",
        )
        for name in row["expected"]
    }


def agreement_of_raters(row: dict[str, Any]) -> dict[str, Any]:
    items = list(zip(*row["ratings_by_rater"], strict=True))
    units = [[rating for rating in item if rating is not None] for item in items]
    answer: dict[str, Any] = {
        f"krippendorff_{level}": agreement.krippendorff_alpha(units, level)
        for level in agreement.LEVELS
    }
    if len({len(unit) for unit in units}) == 1:
        answer["fleiss_kappa"] = agreement.fleiss_kappa(units)
    return answer


KINDS: dict[str, tuple[Any, ...]] = {
    "ragas_aggregation": (ragas_aggregation, 1e-6),
    "deepeval_aggregation": (deepeval_aggregation,),
    "agreement": (agreement_of_raters, 1e-7),
}
