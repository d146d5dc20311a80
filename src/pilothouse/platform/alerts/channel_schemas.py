"""Channels and times of maintenance as the API takes and shows them."""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, Field, SecretStr, model_validator

from pilothouse.platform.alerts import schedules
from pilothouse.platform.alerts.models import Channel, ChannelKind, Maintenance
from pilothouse.platform.alerts.schedules import LONGEST_MINUTES, Once, Schedule, Weekday, Weekly
from pilothouse.platform.alerts.schemas import Name, Written


class ChannelOut(BaseModel):
    """A channel; where it leads is never told."""

    id: str
    name: str
    kind: ChannelKind
    hint: str
    """The begin of where it leads, to tell channels apart."""
    created_by: str | None
    created_at: datetime
    updated_at: datetime


class ChannelList(BaseModel):
    """Channels by name."""

    items: list[ChannelOut]
    next_cursor: str | None = None


class NewChannel(Written):
    """A channel to be made."""

    name: Name
    kind: ChannelKind
    url: SecretStr = Field(min_length=1, max_length=4_000)
    """Of a webhook its address, else a URL as apprise reads it: `slack://…`, `mailto://…`."""
    secret: SecretStr | None = Field(None, max_length=1_000)
    """Of a webhook: what bodies are signed with."""


class ChannelChange(Written):
    """What may change; what is absent or null stays."""

    name: Name | None = None
    url: SecretStr | None = Field(None, min_length=1, max_length=4_000)
    secret: SecretStr | None = Field(None, max_length=1_000)


class ChannelTested(BaseModel):
    """Whether a channel took a message."""

    ok: bool
    latency_ms: float
    error: str | None


class OnceBody(Written):
    """One span of time."""

    kind: Literal["once"]
    from_: AwareDatetime = Field(alias="from")
    to: AwareDatetime

    def schedule(self) -> Schedule:
        return Once(since=self.from_, until=self.to)


class WeeklyBody(Written):
    """A time of some days of each week."""

    kind: Literal["weekly"]
    days: list[Weekday] = Field(min_length=1, max_length=7)
    start: time
    """By the clocks of the timezone, as 02:00."""
    minutes: int = Field(ge=1, le=LONGEST_MINUTES)
    timezone: str = Field("UTC", max_length=100)

    @model_validator(mode="after")
    def _without_offset(self) -> Self:
        if self.start.tzinfo is not None:
            raise ValueError("start has no offset: it is by the clocks of the timezone")
        return self

    def schedule(self) -> Schedule:
        days = tuple(day for day in schedules.WEEKDAYS if day in self.days)
        return Weekly(days=days, start=self.start, minutes=self.minutes, timezone=self.timezone)


ScheduleBody = Annotated[OnceBody | WeeklyBody, Field(discriminator="kind")]


class MaintenanceChange(Written):
    """A time of maintenance, written anew."""

    name: Name
    schedule: ScheduleBody


class NewMaintenance(MaintenanceChange):
    """A time of maintenance of a project."""

    project: str


class MaintenanceOut(BaseModel):
    """A time in which nobody is told of a project's alerts."""

    id: str
    project: str
    name: str
    schedule: ScheduleBody
    active: bool
    """Whether it is now."""
    created_by: str | None
    created_at: datetime
    updated_at: datetime


class MaintenanceList(BaseModel):
    """Times of maintenance by name."""

    items: list[MaintenanceOut]
    next_cursor: str | None = None


def channel_out(channel: Channel) -> ChannelOut:
    """A channel's public side."""
    return ChannelOut(
        id=channel.id,
        name=channel.name,
        kind=channel.kind,
        hint=channel.hint,
        created_by=channel.created_by or None,
        created_at=channel.created_at,
        updated_at=channel.updated_at,
    )


def maintenance_out(found: Maintenance, project: str, now: datetime) -> MaintenanceOut:
    """A time of maintenance as the API shows it."""
    kind = "once" if isinstance(found.schedule, Once) else "weekly"
    body: Any = {"kind": kind, **schedules.as_json(found.schedule)}  # Any: pydantic reads it
    return MaintenanceOut(
        id=found.id,
        project=project,
        name=found.name,
        schedule=body,
        active=found.schedule.holds(now),
        created_by=found.created_by or None,
        created_at=found.created_at,
        updated_at=found.updated_at,
    )
