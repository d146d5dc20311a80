"""Spans to read: `span(…)` with sensible defaults, and what hostile ones are made of."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from hypothesis import strategies as st

from pilothouse.dialects import content, derive, scores_of
from pilothouse.dialects.table import INPUT, OUTPUT, TABLE
from pilothouse.spans import Content, Event, Fields, LogRecord, Source
from pilothouse.spans.messages import message_text

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
START = 1_795_000_000_000_000_000
LLM = {"openinference.span.kind": "LLM"}
CHAT = {"gen_ai.operation.name": "chat"}


def span(attributes: dict[str, Any] | None = None, **given: Any) -> Source:  # Any: Source checks
    """A finished span of one second."""
    defaults: dict[str, Any] = {
        "project": "p",
        "trace_id": TRACE,
        "span_id": SPAN,
        "name": "work",
        "start_ns": START,
        "end_ns": START + 1_000_000_000,
        "attributes": attributes or {},
    }
    return Source(**{**defaults, **given})


def event(name: str, after_ms: float = 0, /, **attributes: Any) -> Event:
    """An event of a span; dots in attribute names are written as two underscores."""
    named = {key.replace("__", "."): value for key, value in attributes.items()}
    return Event(name=name, time_ns=START + int(after_ms * 1e6), attributes=named)


def record(name: str, body: Any = None, /, position: int = 0, **attributes: Any) -> LogRecord:
    """A log record of the span."""
    return LogRecord(
        project="p",
        time_ns=START,
        trace_id=TRACE,
        span_id=SPAN,
        event_name=name,
        body=body,
        position=position,
        attributes={key.replace("__", "."): value for key, value in attributes.items()},
    )


def read(source: Source) -> tuple[Fields, Content]:
    """Fields and content together."""
    fields = derive(source)
    return fields, content(source, fields)


def texts(messages: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Who said what in some messages."""
    return [(m["role"], message_text(m)) for m in messages]


def shown(source: Source, wanted: Iterable[str]) -> dict[str, Any]:
    """The wanted of the things that a span says, by their short names in tables of scenarios."""
    fields, found = read(source)
    usage = fields.usage
    last = found.messages_out[-1] if found.messages_out else {}
    things = {
        **{name: getattr(fields, name) for name in ("kind", "name", "model", "provider", "status")},
        **{name: getattr(fields, name) for name in ("error_type", "tags", "metadata", "streaming")},
        "message": fields.status_message,
        "session": fields.session_id,
        "user": fields.user_id,
        "tool": (fields.tool_name, found.tool_call_id),
        "prompt": (fields.prompt_name, fields.prompt_version),
        "asked": fields.input_preview,
        "answered": fields.output_preview,
        "tokens": usage and (usage.input_tokens, usage.output_tokens, usage.total_tokens),
        "parts": usage and (usage.cached_tokens, usage.cache_write_tokens, usage.reasoning_tokens),
        "audio": usage and (usage.input_audio_tokens, usage.output_audio_tokens),
        "cost": fields.cost and fields.cost.total,
        "first_token_ms": fields.first_token_ns and (fields.first_token_ns - source.start_ns) / 1e6,
        "in": texts(found.messages_in),
        "out": texts(found.messages_out),
        "said": last.get("parts"),
        "finish": last.get("finish_reason"),
        "calls": [(c["id"], c["name"], c["arguments"]) for c in found.tool_calls],
        "tools": [tool["name"] for tool in found.tools],
        "documents": [(d["id"], d["content"], d["score"]) for d in found.documents],
        "embedded": found.embedding_inputs,
        "parameters": found.parameters,
        "template": (found.prompt_template, found.prompt_variables),
        "thrown": [(e["type"], e["message"]) for e in found.exceptions],
        "scores": [(s.name, s.value, s.label, s.source) for s in scores_of(source, fields)],
    }
    return {name: things[name] for name in wanted}


Scenarios = dict[str, tuple[Source, dict[str, Any]]]
"""By name: a span, and the things that `shown` must say of it."""


def fields_of(attributes: dict[str, Any], **given: Any) -> Fields:
    return derive(span(attributes, **given))


def content_of(attributes: dict[str, Any], **given: Any) -> Content:
    return read(span(attributes, **given))[1]


# ------------------------------------------------------------------------------- hostile values

KEYS = sorted(
    {key for rows in TABLE.values() for row in rows for key in row.keys} | {*INPUT, *OUTPUT}
)
PREFIXES = sorted({prefix for rows in TABLE.values() for row in rows for prefix in row.prefixes})
_WORDS = sorted(
    {
        *("role", "content", "parts", "type", "text", "messages", "tool_calls", "function", "name"),
        *("arguments", "id", "lc", "kwargs", "constructor", "human", "ai", "data", "choices"),
        *("message", "generations", "output", "input", "inputs", "outputs", "args", "replies"),
        *("meta", "usage", "documents", "metadata", "page_content", "image_url", "source", "file"),
        *("toolUse", "toolResult", "function_call", "function_response", "reasoningContent"),
        *("tool", "user", "assistant", "system", "tool_result", "tool_use", "image", "blob", "uri"),
        *("anthropic", "input_tokens", "cache_read_input_tokens", "prompt_tokens", "total"),
        *("session_id", "thread_id", "$blob", "preview", "config", "contents", "usage_metadata"),
    }
)


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    names = st.sampled_from(_WORDS) | st.text(max_size=4)
    return st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=5)


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.sampled_from(_WORDS)
    | st.text(st.characters(), max_size=12)
    | st.text(st.characters(categories=["Cs"]), max_size=2)
    | st.sampled_from(["", "{", "[[", "{'a': 1}", '"x"', "NaN", "__REDACTED__", "1e999", "0"])
)
JSON = st.recursive(SCALARS, _nested, max_leaves=12)


def _as_text(value: Any) -> Any:
    return json.dumps(value)


VALUES = JSON | JSON.map(_as_text) | JSON.map(repr) | st.binary(max_size=6)
_NUMBERS = st.sampled_from(["0", "1", "10", "99999999999", "9" * 30, "-1", "²", "x"])
_RESTS = st.sampled_from(
    [
        *("message.role", "message.content", "message.contents.0.message_content.text"),
        *("message.tool_calls.0.tool_call.function.name", "role", "content", "tool_calls.0.name"),
        *("message.contents.1.message_content.type", "document.content", "tool.json_schema"),
        *("annotation.name", "annotation.score", "evaluation.name", "embedding.text", "", "a.b"),
    ]
)
KEY_NAMES = (
    st.sampled_from(KEYS)
    | st.tuples(st.sampled_from(PREFIXES), _NUMBERS, _RESTS).map(
        lambda t: f"{t[0].rstrip('#')}{t[1]}.{t[2]}"
    )
    | st.text(max_size=6)
    | st.just("__proto__")
)
ATTRIBUTES = st.dictionaries(KEY_NAMES, VALUES, max_size=12)
SCOPES = st.sampled_from(
    ["", "ai", "langsmith", "haystack", "gcp.vertex.agent", "pydantic-evals", "livekit-agents"]
)
EVENT_NAMES = st.sampled_from(
    [
        *("exception", "gen_ai.choice", "gen_ai.user.message", "gen_ai.tool.message"),
        *("gen_ai.client.inference.operation.details", "gen_ai.evaluation.result"),
        *("gen_ai.content.prompt", "gen_ai.client.operation.exception", "gen_ai.system.message"),
    ]
)
EVENT_KEYS = st.sampled_from(
    [
        *("content", "message", "role", "id", "finish_reason", "gen_ai.input.messages"),
        *("gen_ai.output.messages", "gen_ai.system_instructions", "exception.type"),
        *("exception.message", "gen_ai.evaluation.name", "gen_ai.evaluation.score.value"),
        *("gen_ai.event.content", "tool_calls", "gen_ai.prompt", "error.type", "event.name"),
    ]
)
EVENTS = st.builds(
    Event,
    name=EVENT_NAMES,
    time_ns=st.integers(0, 2**63 - 1),
    attributes=st.dictionaries(EVENT_KEYS, VALUES, max_size=4),
)
LOGS = st.builds(
    LogRecord,
    project=st.just("p"),
    time_ns=st.integers(0, 2**63 - 1),
    trace_id=st.just(TRACE),
    span_id=st.just(SPAN),
    event_name=EVENT_NAMES | st.just(""),
    body=VALUES,
    attributes=st.dictionaries(EVENT_KEYS | KEY_NAMES, VALUES, max_size=4),
)
SOURCES = st.builds(
    Source,
    project=st.just("p"),
    trace_id=st.just(TRACE),
    span_id=st.just(SPAN),
    name=st.sampled_from(["", "call_llm", "agent_run [x]", "invocation", "chat"]),
    start_ns=st.integers(0, 2**62),
    status_code=st.integers(0, 9),
    scope_name=SCOPES,
    attributes=ATTRIBUTES,
    resource=st.dictionaries(KEY_NAMES, VALUES, max_size=2),
    events=st.lists(EVENTS, max_size=3),
    logs=st.lists(LOGS, max_size=3),
)
