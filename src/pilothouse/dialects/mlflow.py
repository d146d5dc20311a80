"""MLflow tracing, where each attribute is the JSON text of a value."""

from __future__ import annotations

from typing import Any, Final

from pilothouse.dialects.view import View
from pilothouse.spans.model import Kind, ReportedCost
from pilothouse.spans.parsing import amount, count, js

KINDS: Final[dict[str, Kind]] = {
    "LLM": "llm",
    "CHAT_MODEL": "llm",
    "CHAIN": "chain",
    "PARSER": "chain",
    "WORKFLOW": "chain",
    "TASK": "chain",
    "AGENT": "agent",
    "TOOL": "tool",
    "RETRIEVER": "retriever",
    "EMBEDDING": "embedding",
    "RERANKER": "reranker",
    "GUARDRAIL": "guardrail",
    "EVALUATOR": "evaluator",
    "MEMORY": "span",
    "UNKNOWN": "span",
}
PARAMETERS: Final = ("temperature", "max_tokens", "top_p", "top_k", "seed", "stop", "n", "stream")


def kind(view: View) -> Kind | None:
    """Row 3."""
    found = view.js("mlflow.spanType")
    return KINDS.get(found.upper()) if type(found) is str else None


def usage(view: View) -> dict[str, Any] | None:
    """Family 2."""
    found = view.object("mlflow.chat.tokenUsage")
    return {
        "input": count(found.get("input_tokens")),
        "output": count(found.get("output_tokens")),
        "total": count(found.get("total_tokens")),
        "cached": count(found.get("cache_read_input_tokens")),
        "cache_write": count(found.get("cache_creation_input_tokens")),
    }


def cost(view: View) -> ReportedCost | None:
    """`mlflow.llm.cost`."""
    found = view.object("mlflow.llm.cost")
    sides = [
        next((n for k in keys if (n := amount(found.get(k))) is not None), None)
        for keys in (
            ("input_cost", "input"),
            ("output_cost", "output"),
            ("total_cost", "total"),
        )
    ]
    if sides == [None, None, None]:
        return None
    return ReportedCost(input=sides[0], output=sides[1], total=sides[2])


def text(key: str) -> Any:
    """Reads a string from its JSON text."""

    def read(view: View) -> str:
        found = view.js(key)
        return found if type(found) is str else ""

    return read


def parameters(view: View) -> dict[str, Any]:
    """Bare attributes: `temperature = "0.2"`."""
    a = view.attributes
    return {name: js(a[name]) for name in PARAMETERS if name in a}


def tools(view: View) -> Any:
    """`mlflow.chat.tools`."""
    found = view.js("mlflow.chat.tools")
    return found if type(found) is list else None
