"""Haystack: everything is in the input and output of pipelines and components."""

from __future__ import annotations

from typing import Any, Final

from pilothouse.dialects.logfire import provider_usage
from pilothouse.dialects.view import View
from pilothouse.spans.model import Kind

_SUFFIXES: Final[tuple[tuple[str, Kind], ...]] = (
    ("Retriever", "retriever"),
    ("Generator", "llm"),
    ("Embedder", "embedding"),
    ("Ranker", "reranker"),
    ("ToolInvoker", "tool"),
    ("Agent", "agent"),
    ("PromptBuilder", "prompt"),
)
_STEPS: Final[dict[str, Kind]] = {
    "haystack.agent.run": "agent",
    "haystack.agent.step.llm": "llm",
    "haystack.agent.step.tool": "tool",
}
"""What an agent does below its component, by the name of the span."""
STEP_INPUT: Final = "haystack.agent.step.llm.input"
INPUTS: Final = ("haystack.component.input", STEP_INPUT, "haystack.agent.input")
OUTPUTS: Final = (
    "haystack.component.output",
    "haystack.agent.step.llm.output",
    "haystack.agent.output",
)


def _given(view: View) -> dict[str, Any]:
    return next((found for key in INPUTS if (found := view.object(key))), {})


def _made(view: View) -> dict[str, Any]:
    return next((found for key in OUTPUTS if (found := view.object(key))), {})


def kind(view: View) -> Kind | None:
    """Row 11: by the end of the component's class name; a pipeline is a chain."""
    step = _STEPS.get(view.source.name)
    if step is not None:
        return step
    component = view.text("haystack.component.type")
    for suffix, found in _SUFFIXES:
        if component.endswith(suffix):
            return found
    if component or view.keys("haystack.pipeline.") or view.source.name.startswith("haystack."):
        return "chain"
    return None


def _first_reply(view: View) -> dict[str, Any]:
    made = _made(view)
    replies = made.get("replies")
    first = replies[0] if type(replies) is list and replies else None
    meta = first.get("meta", first.get("_meta")) if type(first) is dict else None
    if type(meta) is not dict:
        metas = made.get("meta")  # the non-chat generators
        meta = metas[0] if type(metas) is list and metas else None
    return meta if type(meta) is dict else {}


def model(view: View) -> str:
    """The model that answered, `meta.model` of a reply."""
    found = _first_reply(view).get("model")
    if type(found) is not str:
        meta = _made(view).get("meta")
        found = meta.get("model") if type(meta) is dict else ""
    return found if type(found) is str else ""


def usage(view: View) -> dict[str, Any]:
    """Family 7: `replies[].meta.usage`; an embedder's `meta.usage`."""
    found = _first_reply(view).get("usage")
    if type(found) is not dict:
        meta = _made(view).get("meta")
        found = meta.get("usage") if type(meta) is dict else None
    return provider_usage(found) if type(found) is dict else {}


def input_messages(view: View) -> Any:
    """Row 14: `messages` or `prompt` of a component's input."""
    found = _given(view)
    return found.get("messages") or found.get("prompt")


def output_messages(view: View) -> Any:
    """Row 14: the replies; those of non-chat generators are plain texts."""
    found = _made(view)
    return found.get("replies") or (found.get("messages") if view.kind == "agent" else None)


def tools(view: View) -> Any:
    """Those of an agent."""
    found = view.js("haystack.agent.tools")
    return found if type(found) is list else None


def documents(view: View) -> Any:
    """`documents` of a component's output."""
    found = view.object("haystack.component.output").get("documents")
    return found if type(found) is list else None
