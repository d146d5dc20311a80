"""Rows of model benchmarks: prompts, accuracies, groups."""

from __future__ import annotations

import warnings
from typing import Any

from pilothouse.evaluation.benchmarks import hellaswag, mmlu
from pilothouse.evaluation.benchmarks.multiple_choice import Accuracy, macro, pooled, scored


def loglikelihoods(row: dict[str, Any]) -> dict[str, Any]:
    with warnings.catch_warnings(action="ignore"):  # of options that cannot be right
        found = scored(
            row["choices"],
            row["loglikelihoods"],
            row["gold"],
            greedy=row["is_greedy"],
            unconditional=row["unconditional_loglikelihoods"],
        )
    return {
        "acc": found.acc,
        "acc_norm": found.acc_norm,
        "acc_bytes": found.acc_bytes,
        "exact_match": found.exact_match,
        "acc_mutual_info": found.acc_mutual_info,
    }


def hellaswag_rendering(row: dict[str, Any]) -> dict[str, Any]:
    asked = hellaswag.question(row["doc"])
    return {
        "query": asked.context,
        "choices": list(asked.choices),
        "gold": asked.gold,
        "continuations": list(asked.continuations),
    }


def mmlu_rendering(row: dict[str, Any]) -> dict[str, Any]:
    asked = mmlu.question(row["doc"], row["fewshot"][: row["num_fewshot"]])
    return {
        "prompt": asked.context,
        "continuations": list(asked.continuations),
        "gold": asked.gold,
    }


def group_aggregation(row: dict[str, Any]) -> dict[str, Any]:
    groups = [
        Accuracy(mean=mean, standard_error=error, n=n)
        for n, mean, error in zip(
            row["group_sizes"], row["group_acc"], row["group_stderr"], strict=True
        )
    ]
    whole = pooled(groups)
    return {
        "acc_weighted_by_size": whole.mean,
        "acc_macro": macro(groups),
        "pooled_stderr": whole.standard_error,
    }


KINDS: dict[str, tuple[Any, ...]] = {
    "multiple_choice_loglikelihood": (loglikelihoods,),
    "hellaswag_rendering": (hellaswag_rendering,),
    "mmlu_rendering": (mmlu_rendering,),
    "group_aggregation": (group_aggregation,),
}
