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


def kind(view: View) -> Kind | None:
    """Row 11: by the end of the component's class name; a pipeline is a chain."""
    component = view.text("haystack.component.type")
    for suffix, found in _SUFFIXES:
        if component.endswith(suffix):
            return found
    if component or view.keys("haystack.pipeline.") or view.source.name.startswith("haystack."):
        return "chain"
    return None


def _first_reply(view: View) -> dict[str, Any]:
    replies = view.object("haystack.component.output").get("replies")
    first = replies[0] if type(replies) is list and replies else None
    meta = first.get("meta", first.get("_meta")) if type(first) is dict else None
    if type(meta) is not dict:
        metas = view.object("haystack.component.output").get("meta")  # the non-chat generators
        meta = metas[0] if type(metas) is list and metas else None
    return meta if type(meta) is dict else {}


def model(view: View) -> str:
    """The model that answered, `meta.model` of a reply."""
    found = _first_reply(view).get("model")
    if type(found) is not str:
        meta = view.object("haystack.component.output").get("meta")
        found = meta.get("model") if type(meta) is dict else ""
    return found if type(found) is str else ""


def usage(view: View) -> dict[str, Any]:
    """Family 7: `replies[].meta.usage`; an embedder's `meta.usage`."""
    found = _first_reply(view).get("usage")
    if type(found) is not dict:
        meta = view.object("haystack.component.output").get("meta")
        found = meta.get("usage") if type(meta) is dict else None
    return provider_usage(found) if type(found) is dict else {}


def input_messages(view: View) -> Any:
    """Row 14: `messages` or `prompt` of a component's input."""
    found = view.object("haystack.component.input")
    return found.get("messages") or found.get("prompt")


def output_messages(view: View) -> Any:
    """Row 14: the replies; those of non-chat generators are plain texts."""
    found = view.object("haystack.component.output")
    return found.get("replies") or (found.get("messages") if view.kind == "agent" else None)


def documents(view: View) -> Any:
    """`documents` of a component's output."""
    found = view.object("haystack.component.output").get("documents")
    return found if type(found) is list else None
