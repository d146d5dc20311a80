"""The fields that a filter can name: one line each, with type, scopes and a sentence.

A field belongs to the scopes that keep it themselves; in the others it is looked for elsewhere: on
traces a field of spans means any span, on spans a field of traces means that of its trace.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

Scope = Literal["traces", "spans", "sessions"]
SCOPES: Final[tuple[Scope, ...]] = ("traces", "spans", "sessions")

FieldType = Literal[
    "text", "number", "duration", "money", "time", "boolean", "list", "open", "scores", "value"
]
"""`open` fields hold keys of the user's own: `metadata.customer.tier`; a `value` is what stands
under one of them."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the language."""

    name: str
    type: FieldType
    owners: frozenset[str]
    """"traces" and "spans": whose rows keep it."""
    sentence: str
    facets: bool = False
    """Whether its values are worth counting in a side panel."""
    values: tuple[str, ...] = ()
    """All values that it can have, where that is known."""


_KINDS: Final = (
    *("llm", "chain", "agent", "tool", "retriever", "reranker", "embedding"),
    *("guardrail", "evaluator", "prompt", "event", "span"),
)
_BOTH, _TRACE, _SPAN = frozenset({"traces", "spans"}), frozenset({"traces"}), frozenset({"spans"})


def _token_fields() -> Iterator[Field]:
    for name, what, owners in (
        ("input_tokens", "Tokens of the prompt, cached ones included", _BOTH),
        ("output_tokens", "Tokens of the answer, reasoning included", _BOTH),
        ("total_tokens", "Tokens in and out", _BOTH),
        ("cached_tokens", "Tokens of the prompt that were read from a cache", _BOTH),
        ("cache_write_tokens", "Tokens of the prompt that were written to a cache", _BOTH),
        ("cache_write_1h_tokens", "Of these, the ones kept for an hour", _SPAN),
        ("reasoning_tokens", "Tokens of the answer that were thoughts", _BOTH),
        ("audio_tokens", "Tokens of sound, in and out", _BOTH),
        ("input_audio_tokens", "Tokens of sound in the prompt", _SPAN),
        ("output_audio_tokens", "Tokens of sound in the answer", _SPAN),
        ("input_image_tokens", "Tokens of images in the prompt", _SPAN),
        ("output_image_tokens", "Tokens of images in the answer", _SPAN),
    ):
        yield Field(f"usage.{name}", "number", owners, what)


_TABLE: Final = (
    Field("name", "text", _BOTH, "Name of the trace or span", True),
    Field("kind", "text", _SPAN, "What the span does", True, _KINDS),
    Field("status", "text", _BOTH, "How it ended", True, ("ok", "error", "unset")),
    Field("status_message", "text", _BOTH, "What the error said"),
    Field("error_type", "text", _BOTH, "Class or code of the error", True),
    Field("model", "text", _SPAN, "Model that answered", True),
    Field("provider", "text", _SPAN, "Who runs the model", True),
    Field("duration_ms", "duration", _BOTH, "Time from start to end: 1500, 1.5s", True),
    Field("time_to_first_token_ms", "duration", _BOTH, "Time until the first token came", True),
    Field("start_time", "time", _BOTH, "When it began: now - 2h, 2026-11-21T09:00:00Z"),
    Field("end_time", "time", _BOTH, "When it ended"),
    Field("first_seen_at", "time", _TRACE, "When the server first heard of the trace"),
    Field("input", "text", _SPAN, "What went in, as text"),
    Field("output", "text", _SPAN, "What came out, as text"),
    Field("input_preview", "text", _BOTH, "The first 256 characters of the input"),
    Field("output_preview", "text", _BOTH, "The first 256 characters of the output"),
    *_token_fields(),
    Field("cost.total", "money", _BOTH, "US dollars", True),
    Field("cost.input", "money", _BOTH, "US dollars for the prompt"),
    Field("cost.output", "money", _BOTH, "US dollars for the answer"),
    Field("cost.source", "text", _SPAN, "Whose price it is", False, ("client", "list", "project")),
    Field("session_id", "text", _BOTH, "Conversation that it belongs to"),
    Field("user_id", "text", _BOTH, "User that it ran for", True),
    Field("tags", "list", _BOTH, 'Tags: tags has "beta"', True),
    Field("environment", "text", _BOTH, "Deployment environment", True),
    Field("release", "text", _BOTH, "Version of the application", True),
    Field("experiment_id", "text", _BOTH, "Experiment that it belongs to"),
    Field("example_id", "text", _BOTH, "Example of a dataset that it was run over"),
    Field("prompt.name", "text", _SPAN, "Prompt that was used", True),
    Field("prompt.version", "text", _SPAN, "Version of the prompt", True),
    Field("tool_name", "text", _SPAN, "Tool that was called", True),
    Field("streaming", "boolean", _SPAN, "Whether the answer was streamed", True),
    Field("first_token_time", "time", _SPAN, "When the first token came"),
    Field("trace_id", "text", _BOTH, "Id of the trace"),
    Field("run_id", "text", _SPAN, "UUID of the span in LangSmith's protocol"),
    Field("parent_run_id", "text", _SPAN, "UUID of the span above in LangSmith's protocol"),
    Field("span_id", "text", _SPAN, "Id of the span"),
    Field("parent_span_id", "text", _SPAN, "Id of the span above; unknown for a root"),
    Field(
        "root_span_id", "text", _TRACE, "Id of the root, or of the first span without its parent"
    ),
    Field("span_count", "number", _TRACE, "How many spans the trace has", True),
    Field("error_count", "number", _TRACE, "How many of them failed", True),
    Field("llm_call_count", "number", _TRACE, "How many of them are model calls", True),
    Field("models", "list", _TRACE, "Models of all spans"),
    Field("providers", "list", _TRACE, "Providers of all spans"),
    Field("kinds", "list", _TRACE, "Kinds of all spans"),
    Field("tools", "list", _TRACE, "Tools that were called"),
    Field("prompt_names", "list", _TRACE, "Prompts that were used"),
    Field("source", "text", _SPAN, "Protocol that it came by", True),
    Field("metadata", "open", _BOTH, "Metadata by key: metadata.customer.tier"),
    Field("attributes", "open", _SPAN, "Attributes as sent: attributes.http.route"),
    Field("resource", "open", _SPAN, "Attributes of the sender: resource.service.name"),
    Field("scores", "scores", _BOTH, "Scores by name: scores.correctness < 0.5", True),
)

FIELDS: Final[dict[str, Field]] = {field.name: field for field in _TABLE}

_PAIR: Final = (
    Field("key", "text", frozenset(), "Path with dots; places in lists may be left out"),
    Field("value", "value", frozenset(), "What stands there, as text; null is unknown"),
)
_VERDICT: Final = (
    Field("name", "text", frozenset(), "What was judged"),
    Field("value", "value", frozenset(), "The number, or the label"),
    Field("label", "text", frozenset(), "The label"),
    Field("source", "list", frozenset(), "Who judged: human, judge, code, end_user, api …"),
    Field("comment", "text", frozenset(), "What was remarked"),
)
ENTRY_FIELDS: Final[dict[str, dict[str, Field]]] = {
    **{of: {field.name: field for field in _PAIR} for of in ("metadata", "input", "output")},
    "score": {field.name: field for field in _VERDICT},
}
"""What `any(metadata: …)` and the like can name inside."""

_MEANT: Final = {
    "latency": "duration_ms",
    "duration": "duration_ms",
    "latency_ms": "duration_ms",
    "ttft": "time_to_first_token_ms",
    "tokens": "usage.total_tokens",
    "usage": "usage.total_tokens",
    "total_tokens": "usage.total_tokens",
    "input_tokens": "usage.input_tokens",
    "output_tokens": "usage.output_tokens",
    "cost": "cost.total",
    "price": "cost.total",
    "user": "user_id",
    "session": "session_id",
    "conversation": "session_id",
    "tag": "tags",
    "score": "scores",
    "feedback": "scores",
    "error": "status",
    "level": "status",
    "type": "kind",
    "tool": "tool_name",
    "prompt": "prompt.name",
    "version": "release",
    "env": "environment",
    "time": "start_time",
    "timestamp": "start_time",
    "id": "trace_id",
    "meta": "metadata",
    "attribute": "attributes",
}
"""What people of other tools write, and what it is called here; only ever suggested."""


def nearest(word: str) -> str | None:
    """The field that a misspelt one was likely meant to be."""
    head, dot, rest = word.partition(".")
    lower = word.lower()
    if lower in FIELDS:
        return lower
    if lower in _MEANT:
        return _MEANT[lower]
    if dot:
        open_names = [name for name, field in FIELDS.items() if field.type in ("open", "scores")]
        heads = difflib.get_close_matches(head.lower(), open_names, 1, 0.6)
        if heads:
            return f"{heads[0]}.{rest}"
    close = difflib.get_close_matches(lower, FIELDS, 1, 0.6)
    return close[0] if close else None
