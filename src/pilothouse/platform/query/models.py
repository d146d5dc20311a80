"""What the API answers of traces, spans and scores, for its documentation.

The engine writes most of it itself.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pilothouse.platform.half_characters import mended

Status = Literal["ok", "error", "unset"]


class ErrorBody(BaseModel):
    code: str
    message: str
    details: Any = None


class ErrorAnswer(BaseModel):
    """What every failure looks like."""

    error: ErrorBody


class Usage(BaseModel):
    """Tokens; counts are inclusive, null is unknown."""

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


class CostLine(BaseModel):
    """One line of a bill: tokens of a type times their price."""

    type: str
    tokens: int | None = None
    price: float | None = None
    cost: float | None = None


class TraceCost(BaseModel):
    """US dollars."""

    input: float | None = None
    output: float | None = None
    total: float | None = None


class Cost(TraceCost):
    """US dollars, with where the price comes from."""

    source: Literal["client", "list", "project"] | None = None
    price_date: str | None = None
    details: list[CostLine] = []


class Score(BaseModel):
    """A named verdict."""

    id: str
    project: str | None = None
    name: str
    value: float | None = None
    label: str | None = None
    comment: str | None = None
    source: Literal["human", "judge", "code", "end_user"] = "code"
    identifier: str | None = None
    evaluator_version: str | None = None
    trace_id: str | None = None
    span_id: str | None = None
    session_id: str | None = None
    status: Literal["ok", "error", "skipped"] = "ok"
    error: str | None = None
    created_at: datetime
    metadata: dict[str, Any] = {}


class Trace(BaseModel):
    """The spans that share an id, summed up."""

    trace_id: str
    root_span_id: str | None = None
    project: str
    name: str
    start_time: datetime
    end_time: datetime | None = None
    first_seen_at: datetime
    duration_ms: float | None = None
    status: Status
    status_message: str | None = None
    error_type: str | None = None
    error_count: int
    span_count: int
    llm_call_count: int
    input_preview: str | None = None
    output_preview: str | None = None
    usage: Usage
    cost: TraceCost
    time_to_first_token_ms: float | None = None
    models: list[str]
    providers: list[str]
    kinds: list[str]
    tools: list[str]
    prompt_names: list[str]
    environment: str | None = None
    release: str | None = None
    session_id: str | None = None
    user_id: str | None = None
    tags: list[str]
    metadata: dict[str, str]
    scores: list[Score] = []


class Prompt(BaseModel):
    name: str | None = None
    version: str | None = None
    template: str | None = None
    variables: dict[str, Any] = {}


class SpanOutline(BaseModel):
    """A span without anything large."""

    trace_id: str
    span_id: str
    parent_span_id: str | None = None
    project: str
    name: str
    kind: str
    start_time: datetime
    end_time: datetime | None = None
    duration_ms: float | None = None
    first_token_time: datetime | None = None
    time_to_first_token_ms: float | None = None
    streaming: bool | None = None
    status: Status
    status_message: str | None = None
    error_type: str | None = None
    input_mime_type: str | None = None
    output_mime_type: str | None = None
    model: str | None = None
    provider: str | None = None
    usage: Usage
    usage_counted: bool
    cost: Cost
    tool_name: str | None = None
    prompt: Prompt
    session_id: str | None = None
    user_id: str | None = None
    tags: list[str]
    metadata: dict[str, str]
    environment: str | None = None
    release: str | None = None
    source: str
    scores: list[Score] = []


class SpanRow(SpanOutline):
    """A span in a list."""

    input_preview: str | None = None
    output_preview: str | None = None


class SpanNarrow(SpanRow):
    """A span of a trace without its payloads."""

    tool_call_id: str | None = None


class ToolCall(BaseModel):
    id: str | None = None
    name: str
    arguments: Any = None


class Message(BaseModel):
    role: str
    parts: list[dict[str, Any]]
    name: str | None = None
    finish_reason: str | None = None


class Document(BaseModel):
    id: str | None = None
    content: Any = None
    score: float | None = None
    metadata: dict[str, Any] | None = None


class SpanException(BaseModel):
    type: str | None = None
    message: str | None = None
    stacktrace: str | None = None


class SpanEvent(BaseModel):
    name: str
    time: datetime | None = None
    attributes: dict[str, Any] = {}


class SpanLink(BaseModel):
    trace_id: str
    span_id: str
    attributes: dict[str, Any] = {}


class SpanLog(BaseModel):
    """A log record that belongs to the span."""

    event_name: str
    time: datetime
    body: Any = None
    attributes: dict[str, Any] = {}


class Instrumentation(BaseModel):
    name: str | None = None
    version: str | None = None
    attributes: dict[str, Any] = {}


class Span(SpanOutline):
    """All of a span. A value above 256 kB comes as {"$blob", "bytes", "mime_type", "preview"}."""

    input: Any = None
    output: Any = None
    messages_in: list[Message] = []
    messages_out: list[Message] = []
    parameters: dict[str, Any] = {}
    tools: list[dict[str, Any]] = []
    tool_calls: list[ToolCall] = []
    tool_call_id: str | None = None
    documents: list[Document] = []
    embedding_inputs: list[str] = []
    exceptions: list[SpanException] = []
    attachments: list[dict[str, Any]] = []
    events: list[SpanEvent] = []
    links: list[SpanLink] = []
    logs: list[SpanLog] = []
    attributes: dict[str, Any] = {}
    resource: dict[str, Any] = {}
    instrumentation: Instrumentation
    experiment_id: str | None = None
    example_id: str | None = None
    repetition: Any = None


class Totals(BaseModel):
    """Sums over a whole result."""

    count: int
    error_count: int
    p50_duration_ms: float | None = None
    p99_duration_ms: float | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    total_cost: float | None = None


class Page(BaseModel):
    next_cursor: str | None = None
    totals: Totals | None = None
    """Only with `totals=true`."""


class _SearchedPage(Page):
    searched_until: datetime | None = None
    """Only with `q`: earlier texts were searched for whole words, not yet for parts of words."""


class TracePage(_SearchedPage):
    items: list[Trace]


class SpanPage(_SearchedPage):
    items: list[SpanRow]


class TraceDetail(BaseModel):
    """A trace with its spans, which lack their payloads with `payloads=false`."""

    trace: Trace
    spans: list[Span | SpanNarrow]


class FewTexts(BaseModel):
    """What few spans have: their places, and what it is there."""

    spans: list[int]
    values: list[str]


class FewNumbers(BaseModel):
    """What few spans have: their places, and what it is there."""

    spans: list[int]
    values: list[float]


class OutlineColumns(BaseModel):
    """Spans by columns, in the order in which they started; a place counts from 0."""

    span_id: list[str]
    outside: list[str]
    """Parents that are no spans of the trace, and "" for none."""
    parent: list[int]
    """The place of each parent in `span_id`, or beyond its end in `outside`."""
    names: list[str]
    name: list[int]
    """The place of each name in `names`."""
    kinds: list[str]
    kind: list[int]
    statuses: list[str]
    status: list[int]
    start_time: datetime
    """When the first span started."""
    start_us: list[int]
    """How much later each started, in microseconds."""
    duration_us: list[int]
    running: list[int]
    """The places of the spans that have not ended."""
    repeated: list[int]
    """The places of the spans whose tokens and costs are counted at others."""
    status_message: FewTexts
    error_type: FewTexts
    model: FewTexts
    tool_name: FewTexts
    tool_call_id: FewTexts
    user_id: FewTexts
    first_token_us: FewNumbers
    input_tokens: FewNumbers
    output_tokens: FewNumbers
    total_tokens: FewNumbers
    cost_total: FewNumbers
    input_preview: FewTexts | None = None
    """Left out like the next where spans are very many: see `/traces/{trace_id}/previews`."""
    output_preview: FewTexts | None = None


class TraceOutline(BaseModel):
    """A trace with its spans as columns; scores stand at the trace."""

    trace: Trace
    columns: OutlineColumns


class TracePreviews(BaseModel):
    """Beginnings of inputs and outputs, as columns of the same length; "" where there is none."""

    span_id: list[str]
    input_preview: list[str]
    output_preview: list[str]


class SpanBatch(BaseModel):
    """Some spans of a trace with all that is in them, in the order in which they started."""

    items: list[Span]
    next_cursor: str | None = None


class CountQuestion(BaseModel):
    """Which spans to count; all without a project."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    project: str | None = None
    since: str | None = Field(default=None, alias="from")
    until: str | None = Field(default=None, alias="to")
    filter: str | None = None
    q: str | None = None


class CountAnswer(BaseModel):
    count: int


class ScoreGiven(BaseModel):
    """A score to keep. The same target, name, source and identifier again replaces it."""

    model_config = ConfigDict(extra="forbid")

    id: str | None = Field(default=None, max_length=200)
    project: str | None = None
    name: str = Field(min_length=1, max_length=200)
    value: float | bool | None = None
    label: str | None = None
    comment: str | None = None
    source: Literal["human", "judge", "code", "end_user"] = "code"
    identifier: str | None = None
    evaluator_version: str | None = None
    trace_id: str | None = None
    span_id: str | None = None
    session_id: str | None = None
    status: Literal["ok", "error", "skipped"] = "ok"
    error: str | None = None
    created_at: datetime | None = None
    metadata: dict[str, Any] = {}

    @model_validator(mode="before")
    @classmethod
    def _mend(cls, said: Any) -> Any:  # Any: not checked yet
        return mended(said)


class ScorePage(BaseModel):
    items: list[Score]
    next_cursor: str | None = None


class ScoresKept(BaseModel):
    items: list[Score]
