"""How the agent protocol writes runs and reads what is asked of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pilothouse.serving.langgraph.models import KeptRun


def is_its_own(body: Any) -> bool:
    """Whether a request is in its style: it names an agent, where LangGraph names an assistant."""
    return isinstance(body, Mapping) and "agent_id" in body and "assistant_id" not in body


def as_langgraph(body: Mapping[str, Any]) -> dict[str, Any]:
    """The same as LangGraph's clients would ask it."""
    asked = {k: v for k, v in body.items() if k not in ("agent_id", "messages")}
    asked["assistant_id"] = body["agent_id"]
    asked.setdefault("on_disconnect", "cancel")
    if body.get("messages") is not None:
        given = body.get("input")
        asked["input"] = {
            **(given if isinstance(given, dict) else {}),
            "messages": body["messages"],
        }
    if body.get("thread_id") is not None:
        asked.setdefault("if_not_exists", "create")
    return asked


def run_told(run: KeptRun) -> dict[str, Any]:
    """A run as the protocol has it."""
    told = run.told()
    del told["assistant_id"], told["kwargs"], told["multitask_strategy"]
    return {**told, "agent_id": run.assistant_id, "input": run.kwargs.get("input")}


def waited(run: KeptRun) -> dict[str, Any]:
    """The answer to who waits for one."""
    values = run.output
    answer: dict[str, Any] = {"run": run_told(run)}
    if isinstance(values, dict):
        answer["values"] = values
        if isinstance(values.get("messages"), list):
            answer["messages"] = values["messages"]
    return answer
