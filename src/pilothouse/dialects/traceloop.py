"""OpenLLMetry (Traceloop): decorators and instrumentations, in their new and old dialects."""

from __future__ import annotations

from typing import Any, Final

from pilothouse.dialects.events import blocks
from pilothouse.dialects.view import View
from pilothouse.spans.model import Kind
from pilothouse.spans.parsing import count, js

KINDS: Final[dict[str, Kind]] = {"workflow": "chain", "agent": "agent", "tool": "tool"}
REQUEST_TYPES: Final[dict[str, Kind]] = {
    "chat": "llm",
    "completion": "llm",
    "embedding": "embedding",
    "rerank": "reranker",
}
PARAMETERS: Final = ("frequency_penalty", "presence_penalty", "top_k", "top_p", "temperature")
PROMPT: Final = "gen_ai.prompt.#"
COMPLETION: Final = "gen_ai.completion.#"


def kind(view: View) -> Kind | None:
    """Row 5; before the operation name, which calls plain chains agents."""
    return KINDS.get(view.text("traceloop.span.kind").lower())


def task(view: View) -> Kind | None:
    """Row 7: a task is only a fallback."""
    return "chain" if view.text("traceloop.span.kind").lower() == "task" else None


def request_type(view: View) -> Kind | None:
    """Row 10: the old dialect."""
    return REQUEST_TYPES.get(view.text("llm.request.type").lower())


def input_messages(view: View) -> Any:
    """Row 6 of the messages: `gen_ai.prompt.N.*`."""
    return _indexed(view, PROMPT, "user")


def output_messages(view: View) -> Any:
    """Row 6 of the messages: `gen_ai.completion.N.*`."""
    return _indexed(view, COMPLETION, "assistant")


def _indexed(view: View, prefix: str, role: str) -> Any:
    a = view.attributes
    found = []
    for _, keys in view.indexed(prefix):
        message: dict[str, Any] = {}
        calls: dict[int, dict[str, Any]] = {}
        for rest, key in keys.items():
            name = rest.removeprefix("message.")
            if name.startswith("tool_calls."):
                number, _, field = name[len("tool_calls.") :].partition(".")
                if number.isascii() and number.isdigit() and len(number) <= 18:
                    calls.setdefault(int(number), {})[field.removeprefix("function.")] = a[key]
            elif name == "content":
                message["content"] = blocks(a[key])
            elif name in ("role", "tool_call_id", "finish_reason", "name", "reasoning_content"):
                message[name] = a[key]
        if calls:
            message["tool_calls"] = [call for _, call in sorted(calls.items())]
        if message:
            found.append({"role": role, **message})
    return found or None


def totals(view: View) -> dict[str, Any]:
    """`llm.usage.*`: a total beside family 4, or everything in the oldest versions."""
    a = view.attributes
    return {
        "input": count(a.get("llm.usage.prompt_tokens")),
        "output": count(a.get("llm.usage.completion_tokens")),
        "total": count(a.get("llm.usage.total_tokens")),
        "reasoning": count(a.get("llm.usage.reasoning_tokens")),
    }


def tools(view: View) -> Any:
    """idx(`llm.request.functions`)."""
    found = []
    for _, keys in view.indexed("llm.request.functions.#"):
        a = view.attributes
        found.append(
            {
                "name": a.get(keys.get("name", "")),
                "description": a.get(keys.get("description", "")),
                "parameters": js(a.get(keys.get("parameters", ""))),
            }
        )
    return found or None


def prompt_variables(view: View) -> dict[str, Any]:
    """`traceloop.prompt.template_variables.<key>`."""
    prefix = "traceloop.prompt.template_variables."
    return {key[len(prefix) :]: view.attributes[key] for key in view.keys(prefix)}


def parameters(view: View) -> dict[str, Any]:
    """What the old dialect kept under `llm.`."""
    return {
        name: view.attributes["llm." + name]
        for name in PARAMETERS
        if "llm." + name in view.attributes
    }
