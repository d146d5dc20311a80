"""Rows of Inspect's scorers, metrics and reducers."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pilothouse.evaluation.metrics import inspect_metrics as metrics
from pilothouse.evaluation.metrics.inspect_scorers import InspectScorer


def inspect_scorers(row: dict[str, Any]) -> dict[str, Any]:
    found = InspectScorer(row["scorer"], **row["options"]).evaluate(
        outputs=row["output"], reference_outputs=row["target"]
    )
    return {"value": found.label or found.score, "answer": found.metadata["answer"]}


def inspect_metrics(row: dict[str, Any]) -> dict[str, Any]:
    values, clusters = row["values"], row["clusters"]
    by_rows, by_clusters = metrics.interval(values), metrics.interval(values, clusters)
    return {
        "accuracy": metrics.accuracy(values),
        "stderr": metrics.stderr(values),
        "std": metrics.std(values),
        "var": metrics.var(values),
        "stderr_cluster_g": metrics.clustered_stderr(values, clusters),
        "ci_t_95": by_rows and asdict(by_rows),
        "ci_t_95_cluster_g": by_clusters and asdict(by_clusters),
    }


def inspect_reducers(row: dict[str, Any]) -> dict[str, Any]:
    values = row["values"]
    return {
        **{name: reduce(values) for name, reduce in metrics.REDUCERS.items()},
        "at_least_2": metrics.at_least(values, 2),
        "pass_at_1": metrics.pass_at(values, 1),
        "pass_at_2": metrics.pass_at(values, 2),
        "pass_k_2": metrics.pass_all(values, 2),
    }


KINDS: dict[str, tuple[Any, ...]] = {
    "inspect_scorers": (inspect_scorers,),
    "inspect_metrics": (inspect_metrics,),
    "inspect_reducers": (inspect_reducers,),
}
