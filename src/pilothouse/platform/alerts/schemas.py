"""Alert rules as the API takes and shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from pilothouse.platform.alerts import conditions
from pilothouse.platform.alerts.models import (
    MOST_GROUPS,
    AlertRule,
    Delivery,
    Event,
    GroupState,
    Question,
    Scope,
)
from pilothouse.platform.alerts.states import Silence
from pilothouse.platform.records import moment

Name = Annotated[str, Field(min_length=1, max_length=200)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Window = Literal["1m", "5m", "10m", "15m", "30m", "1h", "2h", "3h", "4h", "6h", "12h", "1d"]
ForMinutes = Annotated[int, Field(ge=0, le=1440)]
RemindMinutes = Annotated[int, Field(ge=0, le=7 * 1440)]
ChannelIds = Annotated[list[str], Field(max_length=20)]
Kind = Literal["raised", "lowered", "recovered", "reminded", "lost", "ended", "error", "mended"]
MOST_SHOWN: Final = 100
"""Groups that stand in the answer about a rule, the worst ones."""


class Written(BaseModel):
    """What people write by hand: a name that nobody knows is a mistake."""

    model_config = ConfigDict(extra="forbid")


class BoundBody(Written):
    """Where a level begins, and where it ends."""

    bound: Number
    recover: Number | None = None
    """The level is left only beyond this; null: as soon as the bound is not met."""


class ConditionBody(Written):
    """When a value is wrong.

    What is compared with the bounds: of a `threshold` the value; of a `change` the percent above or
    below what was expected, or their ratio; of an `anomaly` how many usual spreads it lies off; of
    an `absence` the minutes without data.
    """

    kind: conditions.ConditionKind
    direction: conditions.Direction = "above"
    unit: conditions.Unit = "percent"
    """Of a change."""
    season: conditions.Season = "week"
    """Of a change and an anomaly: whether the same hour of earlier weeks or days is expected."""
    periods: int = Field(4, ge=1, le=28)
    """How many of them: up to 8 weeks or 28 days."""
    warn: BoundBody | None = None
    alert: BoundBody | None = None

    def condition(self) -> conditions.Condition:
        """What was said."""
        levels = {
            name: None if level is None else conditions.Bound(**level.model_dump())
            for name, level in (("warn", self.warn), ("alert", self.alert))
        }
        return conditions.Condition(**{**self.model_dump(), **levels})


class AskedRule(Written):
    """What a rule looks at, and when that is wrong."""

    scope: Scope = "traces"
    measure: str = Field("count", max_length=2_000, examples=["p95(duration_ms)"])
    """Of `hosts`: cpu, memory, disk, gpu or gpu_memory, each between 0 and 1, or count."""
    filter: str = Field("", max_length=20_000)
    """Of `hosts` names with `*`, divided by commas: `web-*, db-1`."""
    group_by: str | None = Field(None, max_length=500)
    """A field: each of its values is looked at for itself. Of `hosts` it is `host.name`."""
    limit: int = Field(10, ge=1, le=MOST_GROUPS)
    """How many groups, those with the most rows."""
    window: Window = "5m"
    condition: ConditionBody
    for_minutes: ForMinutes = 0
    """How long a bound has to be met without a break."""
    remind_minutes: RemindMinutes = 0
    """After how long an open episode is told again; 0 for never."""

    def question(self) -> Question:
        """What was asked."""
        return Question(
            scope=self.scope,
            measure=self.measure,
            filter=self.filter,
            group_by=self.group_by or "",
            limit=self.limit,
            window=self.window,
        )


class NewAlertRule(AskedRule):
    """A rule to be made."""

    project: str
    name: Name
    enabled: bool = True
    channels: ChannelIds = []
    """Ids of those that are told."""


class AlertRuleChange(Written):
    """What may change; what is absent or null stays. An open episode ends by some of it."""

    name: Name | None = None
    enabled: bool | None = None
    scope: Scope | None = None
    measure: str | None = Field(None, max_length=2_000)
    filter: str | None = Field(None, max_length=20_000)
    group_by: str | None = Field(None, max_length=500)
    """ "" for none."""
    limit: int | None = Field(None, ge=1, le=MOST_GROUPS)
    window: Window | None = None
    condition: ConditionBody | None = None
    for_minutes: ForMinutes | None = None
    remind_minutes: RemindMinutes | None = None
    channels: ChannelIds | None = None


class PreviewAsked(AskedRule):
    """A rule, whether it is kept or not, to be tried on what was recorded."""

    project: str
    days: int = Field(30, ge=1, le=30)


class GroupOut(BaseModel):
    """Where a rule stands for one group."""

    group: str | None
    """The value of `group_by`; null for none."""
    level: conditions.Level
    opened_at: datetime | None
    """Since when an episode is open."""
    value: float | None
    figure: float | None
    """What is compared with the bounds."""
    expected: float | None


class AlertRuleOut(BaseModel):
    """A rule as it stands."""

    id: str
    project: str
    name: str
    enabled: bool
    scope: Scope
    measure: str
    filter: str
    group_by: str | None
    limit: int
    window: str
    condition: ConditionBody
    for_minutes: int
    remind_minutes: int
    channels: list[str]
    muted_until: datetime | None
    state: Literal["off", "waiting", "error", "ok", "warn", "alert"]
    """The worst of its groups; `waiting` before the first look, `error` while it cannot be told."""
    in_maintenance: bool
    error: str | None
    error_at: datetime | None
    evaluated_at: datetime | None
    """The end of the window that was looked at last."""
    open_count: int
    """Groups whose episode is open."""
    last_notified_at: datetime | None
    """When a message about it was last sent, on any channel."""
    groups: list[GroupOut]
    """The worst ones, up to a hundred."""
    created_by: str | None
    created_at: datetime
    updated_at: datetime


class AlertRulePage(BaseModel):
    """Rules, the newest first."""

    items: list[AlertRuleOut]
    next_cursor: str | None = None


class Mute(Written):
    """Until when nobody is told."""

    until: AwareDatetime | None
    """null ends the silence."""


class DeliveryOut(BaseModel):
    """How far a message has come."""

    message_id: str
    channel: str
    status: Literal["waiting", "sent", "given_up"]
    attempts: int
    error: str | None
    at: datetime
    """When it was sent or given up, or is tried next."""


class AlertEventOut(BaseModel):
    """Something that happened to a rule."""

    id: str
    at: datetime
    kind: Kind
    level: conditions.Level
    before: conditions.Level
    group: str | None
    episode_id: str | None
    opened_at: datetime | None
    value: float | None
    figure: float | None
    expected: float | None
    silence: Silence
    """Why nobody was told: `muted`, `maintenance`, or `told` before in this episode."""
    detail: str | None
    deliveries: list[DeliveryOut]


class AlertEventPage(BaseModel):
    """What happened, the newest first."""

    items: list[AlertEventOut]
    next_cursor: str | None = None


class EpisodeOut(BaseModel):
    """A time that a rule would have called wrong."""

    group: str | None
    level: conditions.Severity
    """The worst that it reached."""
    opened_at: datetime
    ended_at: datetime | None
    """null while it is not over."""
    value: float | None
    """The worst."""
    notifications: int


class PreviewPoint(BaseModel):
    time: datetime
    """The end of a window."""
    value: float | None
    expected: float | None
    """By the same hour of earlier weeks or days, where the condition asks for it."""
    spread: float | None
    """How far values lie from what was expected: an anomaly's bounds are so many of it away."""
    level: conditions.Level


class PreviewSeries(BaseModel):
    group: str | None
    points: list[PreviewPoint]


class PreviewOut(BaseModel):
    """What a rule would have done."""

    from_: datetime = Field(serialization_alias="from")
    to: datetime
    step: str
    """The rule is tried each time that a window is over; at work it looks each minute."""
    groups: int
    """How many were tried: fewer than asked for where there are very many windows."""
    evaluations: int
    notifications: int
    episodes: list[EpisodeOut]
    """The newest first, up to a thousand."""
    episode_count: int
    series: list[PreviewSeries]
    """Of the ten largest groups; the worst point of each stretch where there are very many."""


def rule_out(
    rule: AlertRule,
    project: str,
    states: Sequence[GroupState],
    *,
    in_maintenance: bool,
    last_notified_at: datetime | None,
) -> AlertRuleOut:
    """A rule as the API shows it."""
    question = rule.question
    worst = states[0].state.level if states else "ok"
    state: Any = "error" if rule.error else worst if rule.evaluated_at else "waiting"
    return AlertRuleOut(
        id=rule.id,
        project=project,
        name=rule.name,
        enabled=rule.enabled,
        scope=question.scope,
        measure=question.measure,
        filter=question.filter,
        group_by=question.group_by or None,
        limit=question.limit,
        window=question.window,
        condition=_condition_out(rule.condition),
        for_minutes=rule.for_s // 60,
        remind_minutes=(rule.remind_s or 0) // 60,
        channels=list(rule.channels),
        muted_until=rule.muted_until,
        state=state if rule.enabled else "off",
        in_maintenance=in_maintenance,
        error=rule.error or None,
        error_at=rule.error_at,
        evaluated_at=_moment(rule.evaluated_at),
        open_count=sum(one.state.opened_at is not None for one in states),
        last_notified_at=last_notified_at,
        groups=[_group_out(rule, one) for one in states[:MOST_SHOWN]],
        created_by=rule.created_by or None,
        created_at=rule.created_at,
        updated_at=rule.updated_at,
    )


def _condition_out(condition: conditions.Condition) -> ConditionBody:
    levels = {
        name: None if level is None else BoundBody(bound=level.bound, recover=level.recover)
        for name, level in (("warn", condition.warn), ("alert", condition.alert))
    }
    return ConditionBody(
        kind=condition.kind,
        direction=condition.direction,
        unit=condition.unit,
        season=condition.season,
        periods=condition.periods,
        **levels,
    )


def _group_out(rule: AlertRule, one: GroupState) -> GroupOut:
    reading = one.reading
    return GroupOut(
        group=shown_group(rule.question, one.group),
        level=one.state.level,
        opened_at=_moment(one.state.opened_at),
        value=reading.value,
        figure=reading.figure,
        expected=reading.expected,
    )


def shown_group(question: Question, group: str) -> str | None:
    """A group as the API shows it: null where there is no value, or none is asked for."""
    return group or None if question.group_by else None


def event_out(rule: AlertRule, event: Event, deliveries: Sequence[Delivery]) -> AlertEventOut:
    """An entry of the history as the API shows it."""
    reading = event.reading
    return AlertEventOut(
        id=event.id,
        at=event.at,
        kind=event.kind,
        level=event.level,
        before=event.before,
        group=shown_group(rule.question, event.group),
        episode_id=event.episode_id or None,
        opened_at=event.opened_at,
        value=reading.value,
        figure=reading.figure,
        expected=reading.expected,
        silence=event.silence,
        detail=event.detail or None,
        deliveries=[
            DeliveryOut(
                message_id=one.message_id,
                channel=one.channel,
                status=one.status,
                attempts=one.attempts,
                error=one.error or None,
                at=one.at,
            )
            for one in deliveries
        ],
    )


def _moment(micros: int | None) -> datetime | None:
    return moment(micros) if micros else None
