"""Rules as the API takes and shows them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from pilothouse.platform.rules.budgets import Budget
from pilothouse.platform.rules.models import (
    ANSWERS,
    SKIPS,
    Activity,
    Guard,
    Outcome,
    Rule,
    Stats,
)
from pilothouse.platform.rules.sampling import Sampling, Stratum
from pilothouse.platform.store.online import Unit

Name = Annotated[str, Field(min_length=1, max_length=200)]
Filter = Annotated[str, Field(max_length=20_000)]
Rate = Annotated[float, Field(ge=0, le=1)]
Minutes = Annotated[float, Field(gt=0, le=7 * 24 * 60)]
Mapping = Annotated[dict[str, str], Field(max_length=50)]


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid")


Dollars = Annotated[float, Field(ge=0, le=1e6)]
Amount = Annotated[int, Field(ge=0, le=10**12)]


class BudgetBody(_Written):
    """What may be taken; null for as much as comes. Hours and days are those of UTC."""

    usd_per_hour: Dollars | None = None
    usd_per_day: Dollars | None = None
    """Calls without a known price take nothing of it."""
    calls_per_hour: Amount | None = None
    calls_per_day: Amount | None = None
    tokens_per_hour: Amount | None = None
    tokens_per_day: Amount | None = None
    """Read and written together."""

    def budget(self) -> Budget:
        """What was said."""
        return Budget(**self.model_dump())


class StratumBody(_Written):
    """Some of what the filter holds for, of which another share is judged."""

    filter: Annotated[str, Field(min_length=1, max_length=20_000)]
    rate: Rate = 1.0


class SamplingBody(_Written):
    """How a rule chooses beside its rate."""

    dense: bool = False
    """Draw by the entity alone: what a rule of a lower rate judges, one of a higher does too."""
    strata: Annotated[list[StratumBody], Field(max_length=10)] = []
    """The first whose filter holds says the rate."""
    new_prompts_h: Annotated[float, Field(gt=0, le=30 * 24)] | None = None
    """All that use a version of a prompt which first came up in so many hours are judged."""
    per_hour: Annotated[int, Field(gt=0, le=5_000)] | None = None
    """At most so many of an hour, drawn when it is over; strata come on top."""

    def sampling(self) -> Sampling:
        """What was said."""
        strata = tuple(Stratum(filter=one.filter, rate=one.rate) for one in self.strata)
        return Sampling(
            dense=self.dense,
            strata=strata,
            new_prompts_h=self.new_prompts_h,
            per_hour=self.per_hour,
        )


class GuardBody(_Written):
    """That a rule judges what an application asks of it, while the application waits."""

    on_failure: Literal["open", "closed"]
    """Whether what got no verdict in time passes (open) or is blocked (closed)."""
    latency_ms: Annotated[float, Field(ge=1, le=60_000)] = 300.0
    """How long the application waits at most."""
    threshold: Annotated[float, Field(allow_inf_nan=False)] = 0.5
    blocks: Literal["below", "above"] | None = None
    """On which side of the threshold a score blocks; null: on the evaluator's worse one."""

    def guard(self) -> Guard:
        """What was said."""
        return Guard(**self.model_dump())


class NewRule(_Written):
    """A rule to be made; it judges what comes in from then on."""

    project: str
    name: Name
    evaluator_id: str
    enabled: bool = True
    unit: Unit = "trace"
    filter: Filter = ""
    sampling_rate: Rate = 1.0
    sampling: SamplingBody = SamplingBody()
    guard: GuardBody | None = None
    """With it the rule judges what `POST /rules/check` asks, and nothing that is recorded."""
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
    sampling: SamplingBody | None = None
    guard: GuardBody | None = None
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


class Answers(BaseModel):
    """What a guard answered."""

    passed: int = 0
    blocked: int = 0
    timed_out: int = 0
    """No verdict in time."""
    failed: int = 0
    """The evaluator came to none."""
    skipped: int = 0
    """It was not asked: something was missing, or the budget was used up."""


class RuleStats(BaseModel):
    """What a rule did so far."""

    scored: int
    failed: int
    failures: dict[str, int]
    """How many of those failed by the type of the error, `Unparsable` say; as far as noted."""
    answers: Answers
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
    sampling: SamplingBody
    guard: GuardBody | None
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
    share: float | None
    """Of how many like it one is judged; null where that was not noted."""


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


class SessionEnd(_Written):
    """That a session is over."""

    project: str
    session_id: Annotated[str, Field(min_length=1, max_length=1_000)]
    at: AwareDatetime | None = None
    """When; now, unless it was earlier. Turns that began before belong to it, later ones do not."""


class ProjectBudget(_Written):
    """What all rules of a project may take together."""

    project: str
    budget: BudgetBody


class SampleOut(BaseModel):
    """What the verdicts of a rule's version say of all that it looked at."""

    n: int
    """Verdicts."""
    failed: int
    """Entities that got none: they count for nothing."""
    population: float
    """How many entities the verdicts stand for."""
    mean: float | None
    """Each verdict weighed by one over its share (Horvitz and Thompson)."""
    se: float | None
    """The standard error; null for fewer than two."""
    low: float | None
    high: float | None
    """The interval of 95 %."""


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
    guard = rule.guard
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
        sampling=SamplingBody.model_validate(asdict(rule.sampling)),
        guard=None if guard is None else GuardBody.model_validate(asdict(guard)),
        mapping=dict(rule.mapping),
        budget=BudgetBody.model_validate(asdict(rule.budget)),
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
            failures=dict(stats.failures),
            answers=Answers(**{answer: stats.answers.get(answer, 0) for answer in ANSWERS}),
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
        share=found.share,
    )
