"""What a span is: as it came off the wire, and what was read out of it (`Fields`, `Content`).

The store keeps the source untouched beside the fields that lists filter, sort and sum by. Content
(messages, documents, tools …) is read out of the source when somebody opens the span, so a better
dialect also improves what was recorded last month.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal

Kind = Literal[
    "llm",
    "chain",
    "agent",
    "tool",
    "retriever",
    "reranker",
    "embedding",
    "guardrail",
    "evaluator",
    "prompt",
    "event",
    "span",
]
KINDS: tuple[Kind, ...] = (
    "llm",
    "chain",
    "agent",
    "tool",
    "retriever",
    "reranker",
    "embedding",
    "guardrail",
    "evaluator",
    "prompt",
    "event",
    "span",
)
Status = Literal["ok", "error", "unset"]
Attributes = dict[str, Any]  # values are JSON-like: str, bool, int, float, list, dict, None, bytes


@dataclass(slots=True, kw_only=True)
class Event:
    """Something that happened at a moment of a span, an exception for instance."""

    name: str
    time_ns: int
    attributes: Attributes = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Link:
    """A pointer to a span of this or another trace."""

    trace_id: str
    span_id: str
    attributes: Attributes = field(default_factory=dict)


LOG_ID: Final = "pilothouse.log.id"
"""The attribute in which an exported log record tells its id: read back twice, it stays one."""


@dataclass(slots=True, kw_only=True)
class LogRecord:
    """An OpenTelemetry log record: message content, evaluation results and the like travel so."""

    project: str
    time_ns: int
    trace_id: str = ""
    """32 lower-case hex digits, or "" when the record belongs to no trace."""
    span_id: str = ""
    event_name: str = ""
    """Field `event_name`, else attribute `event.name`."""
    severity: int = 0
    body: Any = None
    attributes: Attributes = field(default_factory=dict)
    resource: Attributes = field(default_factory=dict)
    scope_name: str = ""
    position: int = 0
    """Place within its request; orders records whose times tie."""
    id: str = ""
    """What it was stored as where it was exported; "" for one that comes from its sender."""


@dataclass(slots=True, kw_only=True)
class Source:
    """One span as its sender sent it, after decoding and nothing else."""

    project: str
    trace_id: str
    """32 lower-case hex digits (ids of other protocols keep their own spelling)."""
    span_id: str
    parent_span_id: str = ""
    """"" for a root."""
    name: str = ""
    start_ns: int = 0
    """Nanoseconds since 1970, UTC."""
    end_ns: int | None = None
    """None while unfinished; never before start."""
    otel_kind: int = 0
    status_code: int = 0
    """0 unset, 1 ok, 2 error, as in OpenTelemetry."""
    status_message: str = ""
    attributes: Attributes = field(default_factory=dict)
    resource: Attributes = field(default_factory=dict)
    scope_name: str = ""
    scope_version: str = ""
    scope_attributes: Attributes = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    logs: list[LogRecord] = field(default_factory=list)
    """Records that name this span, in order of time; they may arrive before or after it."""
    known: Fields | None = None
    """What its fields are, where who made it can say; nothing of it is masked then."""
    wire: str = "otlp"
    """The protocol it came by: otlp, langsmith, langfuse, sdk …"""
    version: int = 0
    """Which state of a span that is told of in several halves this is; 0 where it comes whole."""


@dataclass(slots=True, kw_only=True)
class Usage:
    """Token counts of one model call; None is unknown.

    Counts are inclusive: cached, cache write, audio and images read are parts of input; reasoning,
    audio and images made are parts of output; `cache_write_1h_tokens` is a part of
    `cache_write_tokens`.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    cache_write_1h_tokens: int | None = None
    reasoning_tokens: int | None = None
    audio_tokens: int | None = None
    input_audio_tokens: int | None = None
    output_audio_tokens: int | None = None
    input_image_tokens: int | None = None
    output_image_tokens: int | None = None


@dataclass(slots=True, kw_only=True)
class ReportedCost:
    """What the sender says a span cost, in US dollars; it wins over any price table."""

    input: float | None = None
    output: float | None = None
    total: float | None = None


@dataclass(slots=True, kw_only=True)
class Fields:
    """What lists show, filter, sort and sum by. "" and None mean unknown."""

    name: str
    kind: Kind = "span"
    status: Status = "unset"
    status_message: str = ""
    error_type: str = ""
    trace_name: str = ""
    """A name the source gives the whole trace; else the trace is called as its root."""
    model: str = ""
    provider: str = ""
    response_id: str = ""
    """The provider's id of the answer: two instrumentations of one call share it."""
    usage: Usage | None = None
    cost: ReportedCost | None = None
    streaming: bool | None = None
    first_token_ns: int | None = None
    """Nanoseconds since 1970."""
    session_id: str = ""
    session_explicit: bool = False
    """False for a conversation or thread id: a real session id anywhere in the trace wins."""
    user_id: str = ""
    tags: list[str] = field(default_factory=list)
    metadata: dict[str, str] = field(default_factory=dict)
    """Flattened with dots; values that are not strings as JSON text."""
    environment: str = ""
    release: str = ""
    tool_name: str = ""
    prompt_name: str = ""
    prompt_version: str = ""
    experiment_id: str = ""
    example_id: str = ""
    """The example of a dataset that the span was run over."""
    repetition: int | None = None
    """Which run over the same example, from 1 on."""
    input: str = ""
    """Input as text for display and search: the string as received, or JSON."""
    output: str = ""
    input_key: str = ""
    """The attribute that `input` is a copy of, letter by letter; "" when it was put together."""
    output_key: str = ""
    input_mime_type: str = ""
    output_mime_type: str = ""
    input_preview: str = ""
    """At most 256 characters of what a person calls the input: a model call's last user text."""
    output_preview: str = ""


@dataclass(slots=True, kw_only=True)
class Content:
    """What the page of one span shows. Shapes of the entries: `docs/reference/span.md`."""

    messages_in: list[dict[str, Any]] = field(default_factory=list)
    messages_out: list[dict[str, Any]] = field(default_factory=list)
    parameters: dict[str, Any] = field(default_factory=dict)
    tools: list[dict[str, Any]] = field(default_factory=list)
    """Definitions offered to the model: {"name", "description"?, "parameters"?}."""
    tool_calls: list[dict[str, Any]] = field(default_factory=list)
    """Calls that the model asked for: {"id", "name", "arguments"}."""
    tool_call_id: str = ""
    documents: list[dict[str, Any]] = field(default_factory=list)
    embedding_inputs: list[str] = field(default_factory=list)
    prompt_template: str = ""
    prompt_variables: dict[str, Any] = field(default_factory=dict)
    exceptions: list[dict[str, Any]] = field(default_factory=list)
    """[{"type", "message", "stacktrace"}]."""
    attachments: list[dict[str, Any]] = field(default_factory=list)
    input: Any = None
    """Parsed JSON where the input is JSON, else the text."""
    output: Any = None


@dataclass(slots=True, kw_only=True)
class Score:
    """A named verdict on a span, a trace, a session or an experiment row."""

    id: str
    """Stable: the same verdict sent again has the same id and replaces itself."""
    project: str
    name: str
    value: float | None = None
    label: str = ""
    comment: str = ""
    source: Literal["human", "judge", "code", "end_user"] = "code"
    identifier: str = ""
    evaluator_version: str = ""
    trace_id: str = ""
    span_id: str = ""
    session_id: str = ""
    response_id: str = ""
    """Set while the span is known only by its provider's response id."""
    status: Literal["ok", "error", "skipped"] = "ok"
    error: str = ""
    created_at_ns: int = 0
    metadata: dict[str, Any] = field(default_factory=dict)
