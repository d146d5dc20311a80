"""What an alert rule is, what was read for one, what happened, and who is told."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from pilothouse.platform.alerts.conditions import Condition, Level
from pilothouse.platform.alerts.schedules import Schedule
from pilothouse.platform.alerts.states import ChangeKind, Silence, State, Timing

WINDOWS: Final = {
    "1m": 60,
    "5m": 300,
    "10m": 600,
    "15m": 900,
    "30m": 1800,
    "1h": 3600,
    "2h": 7200,
    "3h": 10_800,
    "4h": 14_400,
    "6h": 21_600,
    "12h": 43_200,
    "1d": 86_400,
}
"""Seconds of each window that a rule may look at: a day is a whole number of each."""
MOST_GROUPS: Final = 100
Scope = Literal["traces", "spans", "sessions", "hosts"]
"""What a rule looks at: what was recorded, or the machines that send metrics of themselves."""
HOST: Final = "host.name"
"""What hosts are told apart by."""
Points = dict[int, dict[str, dict[str, float | None]]]
"""Figures by the begin of their window in seconds, group and measure."""
ChannelKind = Literal["webhook", "apprise"]
_NAMESPACE: Final = uuid.UUID("6f0f4d9e-8f0b-5a53-9c61-1f1d6f9a7c02")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a rule measures, over what."""

    scope: Scope = "traces"
    measure: str = "count"
    filter: str = ""
    """Of hosts names with `*`, divided by commas."""
    group_by: str = ""
    """A field: each of its values is looked at for itself; "" for none."""
    limit: int = 10
    """How many groups are looked at, those with the most rows."""
    window: str = "5m"

    @property
    def window_s(self) -> int:
        return WINDOWS[self.window]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """A rule as it stands."""

    id: str
    project_id: int
    name: str
    enabled: bool = True
    question: Question
    condition: Condition
    for_s: int = 0
    remind_s: int | None = None
    channels: tuple[str, ...] = ()
    """Ids of channels."""
    muted_until: datetime | None = None
    error: str = ""
    """Why it cannot be evaluated; "" while it can."""
    error_at: datetime | None = None
    """Since when it cannot."""
    error_told: bool = False
    """Whether somebody was told of that."""
    evaluated_at: int = 0
    """The end of the window that was looked at last, in microseconds since 1970."""
    created_by: str = ""
    created_at: datetime
    updated_at: datetime

    @property
    def timing(self) -> Timing:
        """How patient it is."""
        remind_us = None if self.remind_s is None else self.remind_s * 1_000_000
        return Timing(for_us=self.for_s * 1_000_000, remind_us=remind_us)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read of one group at one moment."""

    value: float | None = None
    figure: float | None = None
    """What is compared with the bounds."""
    expected: float | None = None
    """By the same hour of earlier weeks or days, where the condition asks for it."""
    spread: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupState:
    """Where a rule stands for one group; of a rule without groups for "" alone."""

    group: str = ""
    """The value of the field; "" is also where it has none."""
    state: State = field(default_factory=State)
    reading: Reading = field(default_factory=Reading)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An entry of a rule's history."""

    id: str
    rule_id: str
    group: str
    kind: ChangeKind | Literal["error", "mended"]
    """A change of state, or that the rule could not be evaluated and could again.

    Of the latter two, and of an end of what they are about, there is no `episode_id` here.
    """
    level: Level
    before: Level
    episode_id: str = ""
    opened_at: datetime | None = None
    silence: Silence = ""
    reading: Reading = field(default_factory=Reading)
    detail: str = ""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How far the message about an event has come on one channel."""

    event_id: str
    message_id: str
    channel: str
    status: Literal["waiting", "sent", "given_up"]
    attempts: int
    error: str
    at: datetime
    """When it ended, or is tried next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A way to tell people."""

    id: str
    name: str
    kind: ChannelKind
    hint: str
    """What is shown of where it leads."""
    sealed: str
    """Where it leads and with which secret, encrypted."""
    created_by: str = ""
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance:
    """A time in which nobody is told of a project's alerts."""

    id: str
    project_id: int
    name: str
    schedule: Schedule
    created_by: str = ""
    created_at: datetime
    updated_at: datetime


def episode_id(rule_id: str, group: str, opened_at: int) -> str:
    """The id of an episode, whoever finds it."""
    return str(uuid.uuid5(_NAMESPACE, f"{rule_id}:{opened_at}:{group}"))


def trouble_id(rule: AlertRule) -> str:
    """The id of the episode in which a rule cannot be evaluated."""
    return str(uuid.uuid5(_NAMESPACE, f"{rule.id}:error:{rule.error_at}"))


def new_event_id() -> str:
    """The id of one more event; ids of the same moment stand in the order of their events."""
    return f"{time.time_ns():016x}{uuid.uuid4().hex[:16]}"
