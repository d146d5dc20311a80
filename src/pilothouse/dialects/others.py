"""Genkit, LiveKit and Laminar: little of their own beside the conventions."""

from __future__ import annotations

from typing import Any, Final

from pilothouse.dialects.view import View
from pilothouse.spans.model import Kind
from pilothouse.spans.parsing import amount, count

LAMINAR: Final[dict[str, Kind]] = {
    "LLM": "llm",
    "TOOL": "tool",
    "EXECUTOR": "chain",
    "EVALUATOR": "evaluator",
    "HUMAN_EVALUATOR": "evaluator",
    "EVALUATION": "chain",
    "PIPELINE": "chain",
    "EVENT": "event",
}
GENKIT: Final[dict[str, Kind]] = {
    "model": "llm",
    "background-model": "llm",
    "embedder": "embedding",
    "retriever": "retriever",
    "reranker": "reranker",
    "tool": "tool",
    "tool.v2": "tool",
    "prompt": "prompt",
    "executable-prompt": "prompt",
    "evaluator": "evaluator",
    "flow": "chain",
    "flowstep": "chain",
    "util": "chain",
    "agent": "agent",
}
LIVEKIT: Final[dict[str, Kind]] = {
    "llm_node": "llm",
    "llm_request": "llm",
    "llm_request_run": "chain",
    "function_tool": "tool",
    "agent_session": "agent",
    "agent_turn": "agent",
    "user_turn": "chain",
    "tts_node": "span",
    "stt_node": "span",
}


def laminar_kind(view: View) -> Kind | None:
    """Row 12."""
    return LAMINAR.get(view.text("lmnr.span.type").upper())


def genkit_kind(view: View) -> Kind | None:
    """Row 12."""
    found = view.text("genkit:metadata:subtype") or view.text("genkit:type")
    return GENKIT.get(found.lower())


def livekit_kind(view: View) -> Kind | None:
    """Row 12."""
    return LIVEKIT.get(view.source.name)


def genkit_model(view: View) -> str:
    """A model span is called as its model: `googleai/gemini-2.5-flash`."""
    return view.text("genkit:name") if genkit_kind(view) == "llm" else ""


def genkit_input(view: View) -> Any:
    """`genkit:input`: `{messages: [{role, content: [{text}]}]}`."""
    return view.js("genkit:input")


def genkit_output(view: View) -> Any:
    """`genkit:output`: `{message: {role, content}}`, or candidates of them."""
    found = view.js("genkit:output")
    if type(found) is dict and type(found.get("candidates")) is list:
        return found["candidates"]
    return found


def genkit_usage(view: View) -> dict[str, Any] | None:
    """`usage` of a model's answer."""
    found = view.object("genkit:output").get("usage")
    if type(found) is not dict:
        return None
    from_js = {
        "input": found.get("inputTokens"),
        "output": found.get("outputTokens"),
        "total": found.get("totalTokens"),
        "cached": found.get("cachedContentTokens"),
        "reasoning": found.get("thoughtsTokens"),
    }
    return {name: count(value) for name, value in from_js.items()}


def livekit_output(view: View) -> Any:
    """The text that an agent said."""
    return view.text("lk.response.text") or None


def livekit_input(view: View) -> Any:
    """The chat context of a model call, or what a user said."""
    return view.js("lk.chat_ctx") or view.text("lk.user_transcript") or view.text("lk.user_input")


def livekit_first_token(view: View) -> int | None:
    """Seconds from the start to the first token."""
    found = amount(view.attributes["lk.response.ttft"])
    if found is None or not 0 <= found < 1e6:
        return None
    return view.source.start_ns + int(found * 1e9)
