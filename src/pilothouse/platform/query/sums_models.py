"""What the API answers of sums over traces: sessions, users, facets, measures."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pilothouse.platform.query.models import Page, Score, Status, Trace, TraceCost, Usage


class Session(BaseModel):
    """The traces that share a session id, summed up."""

    session_id: str
    project: str
    user_id: str | None = None
    start_time: datetime
    end_time: datetime | None = None
    duration_ms: float | None = None
    status: Status
    trace_count: int
    error_count: int
    span_count: int
    llm_call_count: int
    input_preview: str | None = None
    output_preview: str | None = None
    usage: Usage
    cost: TraceCost
    models: list[str]
    tags: list[str]
    environment: str | None = None
    release: str | None = None
    scores: list[Score] = []


class SessionPage(Page):
    items: list[Session]


class Turn(Trace):
    """A trace of a session with what was said."""

    input: Any = None
    output: Any = None


class SessionDetail(BaseModel):
    session: Session
    turns: list[Turn]
    next_cursor: str | None = None


class UserScore(BaseModel):
    """The mean of a user's scores of one name."""

    name: str
    value: float | None = None
    count: int


class User(BaseModel):
    """A user's traces, summed up."""

    user_id: str
    project: str
    trace_count: int
    session_count: int
    error_count: int
    usage: Usage
    cost: TraceCost
    scores: list[UserScore] = []
    first_seen_at: datetime
    last_seen_at: datetime


class UserPage(Page):
    items: list[User]


class FacetValue(BaseModel):
    value: str
    count: int
    mean: float | None = None
    """Of scores only."""


class Bucket(BaseModel):
    from_: float = Field(alias="from")
    to: float
    count: int
    model_config = ConfigDict(populate_by_name=True)


class Facet(BaseModel):
    """The values of a field with their counts; numbers in buckets."""

    field: str
    values: list[FacetValue] = []
    distinct: int | None = None
    buckets: list[Bucket] | None = None
    min: float | None = None
    max: float | None = None


class Facets(BaseModel):
    items: list[Facet]


class Measured(BaseModel):
    """What to measure, of what, by what."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    scope: Literal["traces", "spans", "sessions"] = "traces"
    measures: list[str] = Field(
        default=[], max_length=50, examples=[["count", "p50(duration_ms)", "sum(cost.total)"]]
    )
    interval: str | None = Field(default=None, examples=["1h", "5m", "1d"])
    group_by: list[str] = Field(
        default=[], max_length=5, examples=[["model"], ["metadata.tier"], ["trace.tags"]]
    )
    """Fields; over spans `trace.` before one means that of the trace."""
    filter: str | None = None
    q: str | None = None
    limit: int = Field(default=50, ge=1, le=1000)
    """Groups with the largest first measure."""
    other: bool = False
    """Whether all other groups come together as one more series."""
    compare: str | None = Field(default=None, examples=["previous", "1w"])
    """Measure also the period before, or the same time so much earlier."""


class Chart(Measured):
    """One chart of a board; what it does not say of `interval` and `compare` is as the board's."""

    measures: list[str] = Field(min_length=1, max_length=50)


class MetricsQuestion(Measured):
    """What to measure over what time: one chart, or the `charts` of a board."""

    project: str | None = None
    since: datetime | None = Field(default=None, alias="from")
    until: datetime | None = Field(default=None, alias="to")
    charts: list[Chart] = Field(default=[], max_length=60)
    """Those that share scope, filter and grouping share one query."""

    @model_validator(mode="after")
    def _one_or_several(self) -> Self:
        if bool(self.measures) == bool(self.charts):
            raise ValueError("say measures, or charts that have measures")
        return self


class MetricSeries(BaseModel):
    group: dict[str, str | None]
    other: bool = False
    """Whether it is all other groups together."""
    points: list[dict[str, Any]]
    """Each has `time`, the start of its interval, and the measures."""


class PreviousPeriod(BaseModel):
    """The same measures of the same groups in the time before."""

    from_: datetime = Field(alias="from")
    to: datetime
    series: list[MetricSeries]


class MetricsAnswer(BaseModel):
    interval: str | None = None
    series: list[MetricSeries]
    truncated: bool
    """Whether there are more groups than `limit`."""
    group_count: int | None = None
    """How many groups there are."""
    previous: PreviousPeriod | None = None


class BoardAnswer(BaseModel):
    charts: list[MetricsAnswer]
    """In the order of the question."""


class FilterLanguage(BaseModel):
    """The filter language as data, for completion."""

    scope: str
    fields: list[dict[str, Any]]
    operators: list[dict[str, str]]
    words: list[dict[str, str]]
    functions: list[dict[str, str]]
    suffixes: list[dict[str, str]]
