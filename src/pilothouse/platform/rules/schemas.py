"""Rules as the API takes and shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from pilothouse.platform.rules.models import SKIPS, Activity, Budget, Outcome, Rule, Stats
from pilothouse.platform.store.online import Unit

Name = Annotated[str, Field(min_length=1, max_length=200)]
Filter = Annotated[str, Field(max_length=20_000)]
Rate = Annotated[float, Field(ge=0, le=1)]
Minutes = Annotated[float, Field(gt=0, le=7 * 24 * 60)]
Mapping = Annotated[dict[str, str], Field(max_length=50)]


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid")


class BudgetBody(_Written):
    """What a rule may take; null for as much as comes."""

    usd_per_day: Annotated[float, Field(ge=0, le=1e6)] | None = None
    """Dollars on a day in UTC. Calls without a known price take nothing of it."""
    calls_per_hour: Annotated[int, Field(ge=0, le=10**9)] | None = None

    def budget(self) -> Budget:
        """What was said."""
        return Budget(usd_per_day=self.usd_per_day, calls_per_hour=self.calls_per_hour)


class NewRule(_Written):
    """A rule to be made; it judges what comes in from then on."""

    project: str
    name: Name
    evaluator_id: str
    enabled: bool = True
    unit: Unit = "trace"
    filter: Filter = ""
    sampling_rate: Rate = 1.0
    mapping: Mapping = {}
    """Parameters of the evaluator with the paths of what they read: `outputs.answer`."""
    budget: BudgetBody = BudgetBody()
    idle_minutes: Minutes = 5.0
    """How long a session has to be quiet."""


class RuleChange(_Written):
    """What may change; what is absent or null stays."""

    name: Name | None = None
    evaluator_id: str | None = None
    enabled: bool | None = None
    unit: Unit | None = None
    filter: Filter | None = None
    sampling_rate: Rate | None = None
    mapping: Mapping | None = None
    budget: BudgetBody | None = None
    idle_minutes: Minutes | None = None


class Skipped(BaseModel):
    """How many were not judged, by why."""

    sampling: int = 0
    budget: int = 0
    not_applicable: int = 0
    missing: int = 0
    dropped: int = 0


class RuleStats(BaseModel):
    """What a rule did so far."""

    scored: int
    failed: int
    skipped: Skipped
    waiting: int
    cost: float | None
    """US dollars, as far as prices are known; null where no price is."""
    lag_s: float | None
    """How long the oldest that may be judged has waited; null while nothing does."""
    last_at: datetime | None


class RuleOut(BaseModel):
    """A rule as it stands."""

    id: str
    project: str
    name: str
    evaluator_id: str
    enabled: bool
    unit: Unit
    filter: str
    sampling_rate: float
    mapping: dict[str, str]
    budget: BudgetBody
    idle_minutes: float
    version: int
    state: Literal["off", "running", "budget"]
    """`budget` while it is used up."""
    state_at: datetime | None
    created_by: str | None
    created_at: datetime
    updated_at: datetime
    stats: RuleStats


class RulePage(BaseModel):
    """Rules, the newest first."""

    items: list[RuleOut]
    next_cursor: str | None = None


class ActivityOut(BaseModel):
    """What came of one entity."""

    at: datetime
    trace_id: str | None
    span_id: str | None
    session_id: str | None
    outcome: Outcome
    reason: str | None
    detail: str | None
    attempts: int
    value: float | None
    label: str | None
    cost: float | None
    rule_version: int


class ActivityPage(BaseModel):
    """The log of a rule, the newest entry first."""

    items: list[ActivityOut]
    next_cursor: str | None = None


class Which(_Written):
    """A trace, or one of its spans."""

    trace_id: str
    span_id: str = ""


class Why(BaseModel):
    """What came of it, and why."""

    outcome: Literal["scored", "failed", "skipped", "waiting"]
    reason: str


class BackfillBody(_Written):
    """A span of time to be judged; with `dry_run` only what it would take."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    since: AwareDatetime = Field(alias="from")
    until: AwareDatetime = Field(alias="to")
    dry_run: bool = True


class BackfillOut(BaseModel):
    """What a back-fill does, or would."""

    matching: int
    sampled: int
    """Those that are judged: sampled, and not judged by this version of the rule before."""
    estimated_cost: float | None
    """US dollars; null where it is not known what a verdict costs."""
    exact: bool
    """Whether all was looked at: of very much the first part is, and the rest taken to be alike."""
    job_id: str | None


def rule_out(rule: Rule, project: str, stats: Stats) -> RuleOut:
    """A rule's public side."""
    budget = rule.budget
    state: Literal["off", "running", "budget"] = "budget" if rule.state == "budget" else "running"
    return RuleOut(
        id=rule.id,
        project=project,
        name=rule.name,
        evaluator_id=rule.evaluator_id,
        enabled=rule.enabled,
        unit=rule.unit,
        filter=rule.filter,
        sampling_rate=rule.sampling_rate,
        mapping=dict(rule.mapping),
        budget=BudgetBody(usd_per_day=budget.usd_per_day, calls_per_hour=budget.calls_per_hour),
        idle_minutes=rule.idle_minutes,
        version=rule.version,
        state=state if rule.enabled else "off",
        state_at=rule.state_at,
        created_by=rule.created_by or None,
        created_at=rule.created_at,
        updated_at=rule.updated_at,
        stats=RuleStats(
            scored=stats.scored,
            failed=stats.failed,
            skipped=Skipped(**{reason: stats.skipped.get(reason, 0) for reason in SKIPS}),
            waiting=stats.waiting,
            cost=rule.cost(stats.unpriced),
            lag_s=stats.lag_s,
            last_at=rule.last_at,
        ),
    )


def activity_out(found: Activity) -> ActivityOut:
    """An entry of the log as the API shows it."""
    return ActivityOut(
        at=found.at,
        trace_id=found.entity.trace_id or None,
        span_id=found.entity.span_id or None,
        session_id=found.entity.session_id or None,
        outcome=found.outcome,
        reason=found.reason or None,
        detail=found.detail or None,
        attempts=found.attempts,
        value=found.value,
        label=found.label or None,
        cost=found.cost,
        rule_version=found.rule_version,
    )
