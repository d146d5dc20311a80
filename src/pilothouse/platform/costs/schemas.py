"""What the API answers of costs."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field


class Window(BaseModel):
    """A time."""

    model_config = ConfigDict(populate_by_name=True)

    from_: datetime = Field(alias="from")
    to: datetime


class ReportCost(BaseModel):
    """US dollars; null is unknown."""

    total: float | None
    input: float | None
    output: float | None
    client: float | None
    """Of the total, what the senders reported themselves."""


class ReportUsage(BaseModel):
    """Tokens; counts are inclusive: cached ones are a part of the input."""

    input_tokens: float | None
    output_tokens: float | None
    total_tokens: float | None
    cached_tokens: float | None
    cache_write_tokens: float | None
    reasoning_tokens: float | None
    audio_tokens: float | None


class Before(BaseModel):
    """The same in the time before."""

    cost: float | None
    total_tokens: float | None


class ReportFigures(BaseModel):
    """What some calls cost."""

    cost: ReportCost
    usage: ReportUsage
    calls: int | None
    """Calls that report tokens or a cost, each once."""
    unpriced_calls: int | None
    """Of them, those whose cost is unknown: where there are any, the cost is `at least`."""
    calls_without_usage: int | None
    """Answers of models that reported neither tokens nor a cost; they are in no sum."""
    before: Before
    change: float | None
    """By what part the cost grew: 0.25 is a quarter more."""


class ReportTotal(ReportFigures):
    """All calls together."""

    users: int
    cost_per_user: float | None
    """Of the traces that name a user."""


class ReportRow(ReportFigures):
    """One group, one day, week or month, or both."""

    group: dict[str, str | None]
    other: bool
    """Whether it is all groups beyond the limit together."""
    from_: datetime = Field(alias="from")
    to: datetime
    partial: bool
    """Whether only a part of its day, week or month lies in the time of the report."""
    filter: str | None
    """Finds the traces behind the row, in its project and time."""
    share: float | None
    """Of the cost of all."""


class TokenType(BaseModel):
    """A type of token, none counted in two; `undivided` is cost of which no type is known."""

    type: str
    tokens: int | None
    cost: float | None
    share: float | None


class CostReport(BaseModel):
    """Cost and tokens, split and compared with the time before."""

    model_config = ConfigDict(populate_by_name=True)

    from_: datetime = Field(alias="from")
    to: datetime
    by: list[str]
    """The columns of `group` in rows."""
    previous: Window | None
    total: ReportTotal
    token_types: list[TokenType]
    rows: list[ReportRow]
    overlapping: bool
    """Whether a call can stand in several rows: a trace has several tags."""
    truncated: bool
    group_count: int | None
    """How many groups there are, those without a cost included; null without splits but by time."""


class Pair(BaseModel):
    """The provider's figure and ours; null is unknown."""

    theirs: float | None
    ours: float | None
    difference: float | None
    """Theirs less ours."""
    part: float | None
    """The difference as a part of theirs."""


class ComparedTokens(BaseModel):
    """Tokens by type; cached and written ones are parts of the input."""

    input: Pair
    cached: Pair
    cache_write: Pair
    output: Pair


class Reason(BaseModel):
    """Why a row differs."""

    code: str
    sentence: str
    amount: float | None
    """How many US dollars of the difference it explains, where that can be told."""


class Reconciled(BaseModel):
    """A model on a day."""

    day: date
    model: str
    recorded_as: str | None
    """The model's name here, where it is another."""
    kind: str
    tokens: ComparedTokens
    calls: Pair
    cost: Pair
    agrees: bool
    causes: list[Reason]
    sentence: str


class ReasonOfAll(BaseModel):
    """How much of the whole difference one kind of reason explains."""

    code: str
    what: str
    amount: float


class ReconciledTotal(BaseModel):
    """All rows together."""

    cost: Pair
    tokens: ComparedTokens
    rows: int
    agreeing_rows: int
    causes: list[ReasonOfAll]
    sentence: str


class Reconciliation(BaseModel):
    """A provider's bill held against what was recorded."""

    model_config = ConfigDict(populate_by_name=True)

    provider: str
    from_: date = Field(alias="from")
    to: date
    """The last day, included."""
    has_tokens: bool
    has_costs: bool
    truncated: bool
    """Whether more models were recorded than are compared."""
    total: ReconciledTotal
    rows: list[Reconciled]
