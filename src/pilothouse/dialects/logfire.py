"""Logfire: messages from templates, levels, log records that travel as spans, pending spans."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from pilothouse.dialects.view import View
from pilothouse.spans.model import Kind, Source
from pilothouse.spans.parsing import count

ERROR: Final = 17


def kind(view: View) -> Kind | None:
    """Row 14: a log record that travels as a span."""
    return "event" if view.text("logfire.span_type") == "log" else None


def name(view: View) -> str:
    """The filled-in message, where the span is called as its template."""
    template = view.text("logfire.msg_template")
    return view.text("logfire.msg") if template and template == view.source.name else ""


def is_error(view: View) -> bool:
    """Level error or fatal."""
    level = view.attributes.get("logfire.level_num")
    return isinstance(level, int | float) and level >= ERROR


def tags(view: View) -> list[Any]:
    """The instrumentation tags each call `LLM`, which says nothing."""
    found = view.js("logfire.tags")
    return [t for t in found if t != "LLM"] if type(found) is list else []


def request(view: View) -> Any:
    """`request_data`: the request, as versions before the conventions wrote it whole."""
    found = view.object("request_data")
    return found if found.get("messages") or found.get("prompt") or found.get("input") else None


def embedding_inputs(view: View) -> list[str]:
    """The texts in the request."""
    found = view.object("request_data").get("input")
    texts = found if type(found) is list else [found]
    return [text for text in texts if type(text) is str and text]


def response(view: View) -> Any:
    """`response_data`, as versions before the conventions wrote it; streams are put together."""
    found = view.object("response_data")
    for key in ("combined_chunk_content", "text"):
        if type(found.get(key)) is str:
            return [{"role": "assistant", "content": found[key]}]
    return found or None


def response_usage(view: View) -> dict[str, Any]:
    """`usage` in `response_data`."""
    found = view.object("response_data").get("usage")
    return provider_usage(found) if type(found) is dict else {}


def raw_usage(view: View) -> dict[str, Any]:
    """Family 6: the provider's own usage object."""
    return provider_usage(view.object("gen_ai.usage.raw"))


def provider_usage(raw: dict[str, Any]) -> dict[str, Any]:
    """A usage object of OpenAI (chat or responses) or Anthropic."""
    inside = raw.get("prompt_tokens_details") or raw.get("input_tokens_details")
    outside = raw.get("completion_tokens_details") or raw.get("output_tokens_details")
    inside = inside if type(inside) is dict else {}
    outside = outside if type(outside) is dict else {}
    found: dict[str, Any] = {
        "input": _either(raw, "prompt_tokens", "input_tokens"),
        "output": _either(raw, "completion_tokens", "output_tokens"),
        "total": count(raw.get("total_tokens")),
        "cached": _either(inside, "cached_tokens"),
        "cache_write": _either(inside, "cache_write_tokens"),
        "reasoning": _either(outside, "reasoning_tokens"),
        "input_audio": _either(inside, "audio_tokens"),
        "output_audio": _either(outside, "audio_tokens"),
        "input_image": _either(inside, "image_tokens"),
        "output_image": _either(outside, "image_tokens"),
    }
    if "cache_read_input_tokens" in raw or "cache_creation_input_tokens" in raw:
        found["cached"] = count(raw.get("cache_read_input_tokens"))
        found["cache_write"] = count(raw.get("cache_creation_input_tokens"))
        found["exclusive_input"] = count(raw.get("input_tokens"))
    return found


def _either(raw: dict[str, Any], *names: str) -> int | None:
    return next((n for name in names if (n := count(raw.get(name))) is not None), None)


def running(source: Source) -> Source | None:
    """The running span that a pending span announces, under its real id; None for other spans.

    A pending span is a copy under an id of its own, whose parent is the span itself. Stored under
    the real id it shows the span while it runs, and the final span replaces it.
    """
    a = source.attributes
    if a.get("logfire.span_type") != "pending_span" or not source.parent_span_id:
        return None
    parent = a.get("logfire.pending_parent_id")
    parent = parent.lower() if type(parent) is str else ""
    return replace(
        source,
        span_id=source.parent_span_id,
        parent_span_id="" if not parent.strip("0") else parent,
        end_ns=None,
        attributes={**a, "logfire.span_type": "span"},
    )
