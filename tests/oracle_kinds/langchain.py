"""Rows of LangChain's evaluators that ask a model, with a model that says what the row says."""

from __future__ import annotations

import warnings
from typing import Any

from pilothouse.evaluation.langchain import ConstitutionalPrinciple, load_evaluator


def llm_evaluators(row: dict[str, Any]) -> dict[str, Any]:
    try:
        evaluator = load_evaluator(
            row["evaluator"],
            llm=lambda _: row["judge_reply"],
            langchain_compat=True,
            **_constructor(row["constructor"]),
        )
    except Exception as e:  # noqa: BLE001 # the row may say that it raises
        return {"constructor_error": _kind(e)}
    names = {
        name: getattr(evaluator, name)
        for name in ("requires_input", "requires_reference", "evaluation_name")
    }
    if "agent_trajectory" in row["call"]:
        judge, given = evaluator.evaluate_agent_trajectory, _steps(row["call"])
    elif "prediction_b" in row["call"]:
        judge, given = evaluator.evaluate_string_pairs, row["call"]
    else:
        judge, given = evaluator.evaluate_strings, row["call"]
    with warnings.catch_warnings(record=True, action="always") as caught:
        try:
            said = judge(**given)
        except Exception as e:  # noqa: BLE001 # the row may say that it raises
            return {**names, "call_error": _kind(e), "warns_ignored": []}
    return {
        **names,
        **said,
        "result_keys": sorted(said),
        "score_type": type(said["score"]).__name__,
        "warns_ignored": [str(w.message).split()[1] for w in caught],
    }


def wanted(row: dict[str, Any]) -> dict[str, Any]:
    """What the call does, and what the evaluator says of itself."""
    told = ("requires_input", "requires_reference", "evaluation_name")
    return {**{k: row[k] for k in told if row.get(k) is not None}, **row["expected"]}


def _kind(error: Exception) -> str:
    return type(error).__name__


def _constructor(given: dict[str, Any]) -> dict[str, Any]:
    criteria = given.get("criteria")
    if isinstance(criteria, dict) and "__constitutional__" in criteria:
        principle = ConstitutionalPrinciple(**criteria["__constitutional__"])
        return {**given, "criteria": principle}
    return given


def _steps(call: dict[str, Any]) -> dict[str, Any]:
    steps = [
        ({"tool": tool, "tool_input": given}, returned)
        for tool, given, returned in call["agent_trajectory"]
    ]
    return {**call, "agent_trajectory": steps}


KINDS: dict[str, tuple[Any, ...]] = {"llm_evaluators": (llm_evaluators, 1e-9, wanted)}
