"""An experiment as one JSON document: everything but the rows, which its journal has."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import orjson

from pilothouse.evaluation.runner.experiment import Experiment


def as_json(experiment: Experiment) -> str:
    """The document, indented."""
    document = document_of(experiment)
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def document_of(experiment: Experiment) -> dict[str, Any]:
    """The document as plain values."""
    head = {k: v for k, v in experiment.head.items() if k not in ("stage", "format")}
    comparison = experiment.comparison
    return {
        **head,
        "journal": str(experiment.path),
        "wall_s": experiment.wall_s,
        "rows_from_earlier_run": experiment.earlier,
        "passed": experiment.passed,
        "summary": asdict(experiment.summary),
        "summary_results": [asdict(result) for result in experiment.summary_results],
        "gates": [asdict(outcome) for outcome in experiment.gates],
        "comparison": None
        if comparison is None
        else {
            "baseline": comparison.baseline,
            "sentence": comparison.sentence,
            "correction": comparison.correction,
            "alpha": comparison.alpha,
            "metrics": comparison.table(),
            "left_out": comparison.left_out,
            "changes": {
                metric.metric: {
                    "improved": metric.improved,
                    "regressed": metric.regressed,
                    "added": metric.only_candidate,
                    "removed": metric.only_baseline,
                }
                for metric in comparison.metrics
            },
        },
    }
