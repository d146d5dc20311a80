"""What `expected.json` says of a span, compared with a span as the REST API shows it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pilothouse.spans.messages import last_user_text, message_text

USAGE = {
    "input": "input_tokens",
    "output": "output_tokens",
    "total": "total_tokens",
    "cached": "cached_tokens",
    "cache_write": "cache_write_tokens",
    "reasoning": "reasoning_tokens",
    "audio": "audio_tokens",
}
Shown = dict[str, Any]
"""A span in the names and shapes of the REST API."""
Deviation = tuple[str, Any, Any]


def deviations(want: dict[str, Any], span: Shown) -> Iterator[Deviation]:
    """Yield (field, wanted, got)."""
    yield from _scalars(want, span)
    yield from _usage(want, span)
    said_in, said_out = span["messages_in"] or [], span["messages_out"] or []
    got_texts = {
        "last_user_text": last_user_text(reversed(said_in)) or None,
        "output_text": (message_text(said_out[-1]) or None) if said_out else None,
        "system_text": _spoken(said_in, "system"),
    }
    for key, got in got_texts.items():
        if key in want and ((want[key] or "").strip() != (got or "").strip()):
            yield key, want[key], got
    for key, value, said in (
        ("input", span["input"], said_in),
        ("output", span["output"], said_out),
    ):
        wanted = want.get(f"{key}_contains")
        if wanted is not None and wanted not in _flat(value) + _flat(said):
            yield key, wanted, _flat(value)[:120]
    wanted = want.get("error_message_contains")
    shown = (span["status_message"] or "") + " ".join(_flat(e) for e in span["exceptions"] or [])
    if wanted is not None and wanted not in shown:
        yield "status_message", wanted, shown[:120]
    yield from _lists(want, span)
    if "ttft_seconds_approx" in want:
        expected = want["ttft_seconds_approx"]
        got_ms = span["time_to_first_token_ms"]
        if got_ms is None or abs(got_ms / 1e3 - expected) > max(0.02, 0.1 * expected):
            yield "time_to_first_token_ms", expected * 1e3, got_ms


def near(got: Any, want: float) -> bool:
    """Whether two numbers are the same but for rounding."""
    return got is not None and abs(got - want) <= 1e-6 * max(1, abs(want))


def _flat(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _spoken(messages: list[dict[str, Any]], role: str) -> str | None:
    texts = [message_text(m) for m in messages if m["role"] == role]
    return "\n\n".join(t for t in texts if t) or None


def _scalars(want: dict[str, Any], span: Shown) -> Iterator[Deviation]:
    if want["kind"] not in ("event", span["kind"]):  # a log record kept as a span: its kind is free
        yield "kind", want["kind"], span["kind"]
    for key in (
        "parent_span_id",
        "model",
        "provider",
        "session_id",
        "user_id",
        "tool_name",
        "error_type",
    ):
        if key in want and want[key] != (span[key] or None):
            yield key, want[key], span[key]
    if "model_any" in want and span["model"] not in want["model_any"]:
        yield "model", want["model_any"], span["model"]
    if "tags" in want and sorted(want["tags"]) != sorted(span["tags"] or []):
        yield "tags", want["tags"], span["tags"]
    if "error" in want and want["error"] != (span["status"] == "error"):
        yield "status is error", want["error"], span["status"]


def _usage(want: dict[str, Any], span: Shown) -> Iterator[Deviation]:
    if "usage" not in want:
        return
    got = span["usage"] or {}
    if want["usage"] is None:
        if any(count is not None for count in got.values()):
            yield "usage", None, got
        return
    for key, value in want["usage"].items():
        if got.get(USAGE[key]) != value:
            yield f"usage.{USAGE[key]}", value, got.get(USAGE[key])


def _lists(want: dict[str, Any], span: Shown) -> Iterator[Deviation]:
    if "tool_calls" in want:
        got = [{"name": t["name"], "arguments": t["arguments"]} for t in span["tool_calls"] or []]
        calls = [{"name": t["name"], "arguments": t["arguments"]} for t in want["tool_calls"]]
        if got != calls:
            yield "tool_calls", calls, got
    if "documents" in want:
        documents = span["documents"] or []
        if len(documents) != len(want["documents"]):
            yield "documents", want["documents"], documents
        for index, (wanted, document) in enumerate(zip(want["documents"], documents, strict=False)):
            for key, value in wanted.items():
                found = document.get(key)
                if not (near(found, value) if isinstance(value, float) else found == value):
                    yield f"documents[{index}].{key}", value, found
    if "embedding_inputs" in want and want["embedding_inputs"] != span.get("embedding_inputs"):
        yield "embedding_inputs", want["embedding_inputs"], span.get("embedding_inputs")
