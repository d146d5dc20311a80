"""Releases as the API takes and answers them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pilothouse.platform.releases.models import Action, Config, Event, Kind, Name, Release, Status

Reason = Annotated[str, Field(max_length=2000, pattern=r"^[^\x00]*$")]
Verb = Literal["advance", "promote", "rollback", "pause", "resume", "stop"]
ACTIONS: dict[Verb, Action] = {
    "advance": "advanced",
    "promote": "promoted",
    "rollback": "rolled_back",
    "pause": "paused",
    "resume": "resumed",
    "stop": "stopped",
}


class NewRelease(Config):
    """A release to begin."""

    name: Name
    kind: Kind = "staged"
    reason: Reason = ""

    def config(self) -> Config:
        """What is set of it."""
        return Config.model_validate({field: getattr(self, field) for field in Config.model_fields})


class ReleaseChange(BaseModel):
    """What to change of a release at work; its arms, stages and units stay."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason = ""
    weights: dict[str, Annotated[float, Field(ge=0, le=1_000_000)]] | None = None
    """By arm, of an A/B split."""
    criteria: list[dict[str, Any]] | None = None
    minimum: dict[str, Any] | None = None
    guard: dict[str, Any] | None = None
    exclude: list[str] | None = None
    holdout: float | None = None
    automatic: bool | None = None
    rescue: bool | None = None
    channels: list[str] | None = None
    shadow: dict[str, Any] | None = None
    """Of a shadow that stands."""
    ends_at: datetime | None = None

    def given(self, before: Release) -> dict[str, Any]:
        """What was said, as settings of a release."""
        said = {
            name: getattr(self, name)
            for name in self.model_fields_set - {"reason", "weights"}
            if getattr(self, name) is not None
        }
        if self.weights is not None:
            arms = [arm.model_dump() for arm in before.config.arms]
            for arm in arms:
                arm["weight"] = self.weights.get(arm["name"], arm["weight"])
            said["arms"] = arms
        return said


class Act(BaseModel):
    """Why something is done."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason = ""
    arm: Annotated[str, Field(max_length=100)] = ""
    """Which arm of an A/B split is promoted."""


class ArmEstimate(BaseModel):
    """A figure and between which values it lies (95 %)."""

    estimate: float
    low: float | None
    high: float | None
    n: int


class Percentiles(BaseModel):
    """Of milliseconds."""

    p50: ArmEstimate | None
    p95: ArmEstimate | None


class ArmFigures(BaseModel):
    """What calls of an arm were like."""

    arm: str
    calls: int
    units: int
    errors: int
    error_rate: ArmEstimate | None
    latency_ms: Percentiles
    first_token_ms: Percentiles
    cost_usd: ArmEstimate | None
    tokens: ArmEstimate | None
    scores: dict[str, ArmEstimate | None]


class DifferenceOut(BaseModel):
    """An arm against the first one, with an interval that holds however often one looks."""

    arm: str
    metric: str
    is_ratio: bool
    """0.1 is 10 % more of what the first arm has."""
    estimate: float
    low: float
    high: float
    p: float
    margin: float
    goal: str
    is_small_good: bool
    units: tuple[int, int]
    verdict: Literal["better", "worse", "not_worse", "harmful", "unknown", "few"]
    text: str


class MismatchOut(BaseModel):
    """Whether units came to the arms by their shares."""

    p: float
    seen: dict[str, int]
    expected: dict[str, float]
    is_suspect: bool


class ReleaseFigures(BaseModel):
    """What a look found."""

    at: datetime
    sentence: str
    arms: list[ArmFigures]
    differences: list[DifferenceOut]
    mismatch: MismatchOut | None
    waits_for: list[str]
    """What is missing before the present stage can end."""
    is_ready: bool
    """Whether everything speaks for a promotion."""


class ReleaseOut(Config):
    """A release as it stands."""

    name: str
    kind: Kind
    id: str
    status: Status
    stage: int
    stages: list[float | None]
    """The challenger's share at each, null for a shadow."""
    share: float
    """Of the units, that get another arm than the first one now."""
    is_shadow: bool
    figures: ReleaseFigures | None
    looked_at: datetime | None
    promoted_arm: str | None
    note: str | None
    """What could not be written down or put back."""
    created_by: str
    created_at: datetime
    updated_at: datetime
    stage_since: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, release: Release) -> ReleaseOut:
        """A release."""
        before = release.before or {}
        return cls.model_validate(
            {
                **release.config.model_dump(),
                "name": release.name,
                "kind": release.kind,
                "id": release.id,
                "status": release.status,
                "stage": release.stage,
                "stages": list(release.stages),
                "share": release.share,
                "is_shadow": release.is_shadow,
                "figures": release.figures,
                "looked_at": release.looked_at,
                "promoted_arm": before.get("arm") if release.status == "promoted" else None,
                "note": before.get("error"),
                "created_by": release.created_by,
                "created_at": release.created_at,
                "updated_at": release.updated_at,
                "stage_since": release.step_since,
                "ended_at": release.ended_at,
            }
        )


class ReleaseList(BaseModel):
    """Releases, the newest first."""

    items: list[ReleaseOut]
    next_cursor: str | None = None


class EventOut(BaseModel):
    """A line of the audit trail."""

    id: int
    at: datetime
    actor: str
    action: Action
    reason: str
    status: Status
    stage: int
    share: float
    figures: ReleaseFigures | None

    @classmethod
    def of(cls, event: Event) -> EventOut:
        """An event."""
        return cls.model_validate(event, from_attributes=True)


class EventList(BaseModel):
    """An audit trail, the newest first."""

    items: list[EventOut]
    next_cursor: str | None = None


class PairOut(BaseModel):
    """A shadow's answer and where the call stands that it is beside."""

    project: str
    trace_id: str
    span_id: str
    at: datetime
    status: str
    status_message: str
    duration_ms: float | None
    cost_usd: float | None
    input_preview: str
    output_preview: str
    primary_project: str
    primary_trace_id: str
    primary_span_id: str

    @classmethod
    def of(cls, row: dict[str, Any], project: str) -> PairOut:
        """A row of the store."""
        took = row["duration_us"]
        return cls(
            project=project,
            trace_id=row["trace_id"],
            span_id=row["span_id"],
            at=datetime.fromtimestamp(row["start_us"] / 1e6, UTC),
            status=row["status"],
            status_message=row["status_message"],
            duration_ms=None if took is None else took / 1000,
            cost_usd=row["cost_total"],
            input_preview=row["input_preview"],
            output_preview=row["output_preview"],
            primary_project=row["primary_project"],
            primary_trace_id=row["primary_trace_id"],
            primary_span_id=row["primary_span_id"],
        )


class PairList(BaseModel):
    """Answers of a shadow, the newest first, and what this server did since it began."""

    items: list[PairOut]
    sent: int
    dropped: int
    """Calls that were not mirrored, because too many were or the budget is spent."""
    spent_usd: float
    """Today (UTC), by all servers and with the judge."""
    next_cursor: str | None = None


class Assignment(BaseModel):
    """The arm of a unit."""

    release: str
    arm: str | None
    """Null for a unit that stays outside, and while nothing is split."""
    model: str | None = None
    prompt: dict[str, str] | None = None
    """Name and version, where the arm has one."""
