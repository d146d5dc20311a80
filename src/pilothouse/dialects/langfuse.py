"""Langfuse's SDK: `langfuse.observation.*` about the span, `langfuse.trace.*` about its trace."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Final

from pilothouse.dialects.view import View
from pilothouse.spans.model import Kind, ReportedCost
from pilothouse.spans.parsing import amount, count, js

KINDS: Final[dict[str, Kind]] = {
    "generation": "llm",
    "embedding": "embedding",
    "agent": "agent",
    "tool": "tool",
    "chain": "chain",
    "retriever": "retriever",
    "guardrail": "guardrail",
    "evaluator": "evaluator",
    "event": "event",
    "span": "span",
}
_OLD: Final = re.compile(r"3\.([0-2]\.|3\.0$)")
_RAW_INPUT: Final = ("prompt_tokens", "input_tokens", "promptTokens", "inputTokens")
_RAW_OUTPUT: Final = ("completion_tokens", "output_tokens", "completionTokens", "outputTokens")
_CACHED: Final = (
    "input_cached_tokens",
    "cache_read_input_tokens",
    "input_cache_read",
    "input_cache_read_tokens",
)
_WRITTEN: Final = ("input_cache_creation", "cache_creation_input_tokens", "input_cache_write")
_REASONING: Final = ("output_reasoning_tokens", "output_reasoning")
_ROOTS: Final = ("langfuse.internal.as_root", "langfuse.internal.is_app_root")
_TOTAL: Final = ("total", "total_tokens", "totalTokens")


def kind(view: View) -> Kind | None:
    """Row 1; SDKs up to 3.3.0 called a generation a span."""
    found = KINDS.get(view.text("langfuse.observation.type").lower())
    if found == "span" and _OLD.match(view.source.scope_version):
        model = view.text("langfuse.observation.model.name")
        if model or "langfuse.observation.usage_details" in view.attributes:
            return "llm"
    return found


def stands_for_trace(view: View) -> bool:
    """Whether what is said of the trace is this span's: it has no parent, or one elsewhere."""
    return not view.source.parent_span_id or any(view.js(key) is True for key in _ROOTS)


def usage(view: View) -> dict[str, Any] | None:
    """Family 1: Langfuse's own buckets lie beside each other, a provider's counts include."""
    found = view.object("langfuse.observation.usage_details")
    if "input" in found or "output" in found:
        return _buckets(found)
    raw_in = _detail(found, "prompt_tokens_details", "input_tokens_details")
    raw_out = _detail(found, "completion_tokens_details", "output_tokens_details")
    cached = _first(found, _CACHED)
    reasoning = _first(found, _REASONING)
    return {
        "input": _first(found, _RAW_INPUT),
        "output": _first(found, _RAW_OUTPUT),
        "total": _first(found, _TOTAL),
        "cached": count(raw_in.get("cached_tokens")) if cached is None else cached,
        "cache_write": _first(found, _WRITTEN),
        "reasoning": count(raw_out.get("reasoning_tokens")) if reasoning is None else reasoning,
        "input_audio": count(raw_in.get("audio_tokens")),
        "output_audio": count(raw_out.get("audio_tokens")),
        "input_image": count(raw_in.get("image_tokens")),
        "output_image": count(raw_out.get("image_tokens")),
    }


def _buckets(found: dict[str, Any]) -> dict[str, Any]:
    counts = {k: n for k, v in found.items() if (n := count(v)) is not None}
    read, written = _first(counts, _CACHED), _first(counts, _WRITTEN)
    inside = [n for k, n in counts.items() if k.startswith("input_") or k in _CACHED + _WRITTEN]
    outside = [n for k, n in counts.items() if k.startswith("output_")]
    return {
        "input": counts["input"] + sum(inside) if "input" in counts else sum(inside) or None,
        "output": counts["output"] + sum(outside) if "output" in counts else sum(outside) or None,
        "total": _first(counts, _TOTAL),
        "cached": read,
        "cache_write": written,
        "reasoning": _first(counts, _REASONING),
        "input_audio": _first(counts, ("input_audio_tokens", "input_audio")),
        "output_audio": _first(counts, ("output_audio_tokens", "output_audio")),
        "input_image": _first(counts, ("input_image_tokens", "input_image")),
        "output_image": _first(counts, ("output_image_tokens", "output_image")),
    }


def _detail(found: dict[str, Any], *names: str) -> dict[str, Any]:
    for name in names:
        if type(found.get(name)) is dict:
            return dict(found[name])
    return {}


def _first(found: dict[str, Any], names: tuple[str, ...]) -> int | None:
    return next((n for name in names if (n := count(found.get(name))) is not None), None)


def cost(view: View) -> ReportedCost | None:
    """`cost_details`: buckets as for usage, each in dollars."""
    found = view.object("langfuse.observation.cost_details")
    money = {k: n for k, v in found.items() if (n := amount(v)) is not None and n >= 0}
    if not money:
        return None
    spent = [n for k, n in money.items() if k.startswith("input")]
    earned = [n for k, n in money.items() if k.startswith("output")]
    total = money.get("total")
    if total is None:
        total = sum(money.values())
    return ReportedCost(
        input=sum(spent) if spent else None, output=sum(earned) if earned else None, total=total
    )


def input_messages(view: View) -> Any:
    """Row 1; LangChain's callback tells the tools as messages of a tool."""
    found = view.js("langfuse.observation.input")
    if type(found) is not list or not any(map(_offered, found)):
        return found
    return [message for message in found if not _offered(message)]


def tools(view: View) -> Any:
    """Those among the messages, or beside them as OpenAI's wrapper writes them."""
    found = view.js("langfuse.observation.input")
    if type(found) is dict:
        beside = found.get("tools")
        return beside if type(beside) is list else None
    if type(found) is not list:
        return None
    return [message["content"] for message in found if _offered(message)] or None


def _offered(message: Any) -> bool:
    """Whether a message is the definition of a tool."""
    if type(message) is not dict or message.get("role") != "tool":
        return False
    content = message.get("content")
    return type(content) is dict and type(content.get("function")) is dict


def experiment_id(view: View) -> str:
    """The experiment, on the span that stands for the run of an item; its children repeat it."""
    return view.id("langfuse.experiment.id") if _is_item_run(view) else ""


def example_id(view: View) -> str:
    """The item that was run."""
    return view.id("langfuse.experiment.item.id") if _is_item_run(view) else ""


def _is_item_run(view: View) -> bool:
    return view.text("langfuse.experiment.item.root_observation_id") == view.source.span_id


def parameters(view: View) -> dict[str, Any]:
    """`model.parameters`; the text "Infinity" stands for no limit."""
    return view.object("langfuse.observation.model.parameters")


def first_token(view: View) -> int | None:
    """An ISO time, often as JSON text inside the string."""
    found = js(view.attributes.get("langfuse.observation.completion_start_time"))
    return iso_ns(js(found))


def iso_ns(value: Any) -> int | None:
    """Nanoseconds since 1970 of an ISO 8601 time; without a zone it is UTC."""
    if type(value) is not str or not 10 <= len(value) <= 40:
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    try:
        whole = at.timestamp()
    except (OverflowError, ValueError):
        return None
    return int(whole // 1) * 1_000_000_000 + at.microsecond * 1000


def is_error(view: View) -> bool:
    """`level` is ERROR."""
    return view.text("langfuse.observation.level").upper() in ("ERROR", "FATAL", "CRITICAL")


def trace_tags(view: View) -> Any:
    """A list, or its JSON text, or names with commas between."""
    found = view.js("langfuse.trace.tags")
    return found.split(",") if type(found) is str else found
