"""Pydantic AI and pydantic-evals."""

from __future__ import annotations

from typing import Any, Final

from pilothouse.dialects.view import View
from pilothouse.spans.messages import role_of
from pilothouse.spans.model import Kind, ReportedCost
from pilothouse.spans.parsing import amount, text_of

_LISTS: Final = ("events", "pydantic_ai.all_messages", "all_messages_events")
_AGENT: Final = ("final_result", "all_messages_events", "pydantic_ai.all_messages")


def kind(view: View) -> Kind | None:
    """Row 12: the agent spans of the old formats, and evaluators."""
    a = view.attributes
    if view.text("agent_name") and any(key in a for key in _AGENT):
        return "agent"
    if view.text("evaluator_name") and view.source.scope_name.startswith("pydantic-evals"):
        return "evaluator"
    return None


def _all(view: View) -> list[Any]:
    for key in _LISTS:
        found = view.js(key)
        if type(found) is list and any(type(m) is dict for m in found):
            return found
    return []


def _is_answer(raw: Any) -> bool:
    if type(raw) is not dict:
        return False
    if raw.get("event.name") == "gen_ai.choice" or type(raw.get("message")) is dict:
        return True
    return role_of(raw.get("role"), "") == "assistant"


def input_messages(view: View) -> Any:
    """Row 12: the list up to the answer that ends it."""
    found = _all(view)
    return found[: len(found) - len(_trailing(found))] or None


def output_messages(view: View) -> Any:
    """Row 12: the answers at the end of the list."""
    return _trailing(_all(view)) or None


def _trailing(found: list[Any]) -> list[Any]:
    start = len(found)
    while start and _is_answer(found[start - 1]):
        start -= 1
    return found[start:]


def final_result(view: View) -> Any:
    """What an agent returned, as its answer where no message says it."""
    found = view.attributes.get("final_result")
    return [{"role": "assistant", "content": text_of(found)}] if found else None


def cost(view: View) -> ReportedCost | None:
    """`operation.cost` in dollars, also of Logfire."""
    total = amount(view.attributes.get("operation.cost"))
    return None if total is None else ReportedCost(total=total)


def tools(view: View) -> Any:
    """`model_request_parameters.function_tools`."""
    found = view.object("model_request_parameters").get("function_tools")
    return found if type(found) is list else None
