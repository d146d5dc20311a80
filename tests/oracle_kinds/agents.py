"""Rows of agents: trajectories and tool calls."""

from __future__ import annotations

from typing import Any

from pilothouse.evaluation.metrics import tool_calls
from pilothouse.evaluation.metrics.messages import ToolCall
from pilothouse.evaluation.metrics.trajectories import GraphTrajectory, TrajectoryMatch


def trajectory_match(row: dict[str, Any]) -> dict[str, Any]:
    found = TrajectoryMatch(
        row["trajectory_match_mode"],
        arguments=row["tool_args_match_mode"],
        overrides=row["tool_args_match_overrides"],
    ).evaluate(outputs=row["outputs"], reference_outputs=row["reference_outputs"])
    return {"score": found.score} if found.error is None else {"error": found.error.message}


def graph_trajectory(row: dict[str, Any]) -> dict[str, Any]:
    found = GraphTrajectory().evaluate(
        outputs=row["outputs"], reference_outputs=row["reference_outputs"]
    )
    return {"score": found.score}


def ragas_tool_calls(row: dict[str, Any]) -> dict[str, Any]:
    made = [ToolCall(name=c["name"], arguments=c["args"]) for c in row["tool_calls"]]
    expected = [ToolCall(name=c["name"], arguments=c["args"]) for c in row["reference_tool_calls"]]

    def accuracy(*, strict: bool) -> Any:
        metric = tool_calls.RagasToolCallAccuracy(strict=strict)
        return metric.evaluate(outputs=made, reference_outputs=expected).score

    return {
        "tool_call_accuracy_strict": accuracy(strict=True),
        "tool_call_accuracy_flexible": accuracy(strict=False),
        "tool_call_f1": round(tool_calls.call_set_f1(made, expected), 4),
    }


def deepeval_tool_correctness(row: dict[str, Any]) -> dict[str, Any]:
    made, expected = (
        [ToolCall(name=c["name"], arguments=c["input_parameters"] or {}) for c in row[name]]
        for name in ("tools_called", "expected_tools")
    )
    orders: dict[str, tool_calls.Order] = {
        "default": "any",
        "ordered": "in_order",
        "exact": "exact",
    }
    answer = {}
    for name, order in orders.items():
        answer[name] = tool_calls.deepeval_correctness(made, expected, order=order)
        with_args = "args" if name == "default" else f"args_{name}"
        answer[with_args] = tool_calls.deepeval_correctness(
            made, expected, order=order, arguments=True
        )
    return answer


KINDS: dict[str, tuple[Any, ...]] = {
    "trajectory_match": (trajectory_match, 1e-9, lambda row: row["recommended"]),
    "graph_trajectory": (graph_trajectory,),
    "ragas_tool_calls": (ragas_tool_calls,),
    "deepeval_tool_correctness": (deepeval_tool_correctness,),
}
