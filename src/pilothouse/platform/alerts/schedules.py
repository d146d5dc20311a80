"""Times of maintenance: once, or each week at the same hour of some place."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pilothouse.platform.errors import BadRequest

log = logging.getLogger("pilothouse.alerts")

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_MINUTES: Final = 7 * 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """One span of time."""

    since: datetime
    until: datetime

    def holds(self, at: datetime) -> bool:
        return self.since <= at < self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly:
    """A time of some days of each week, by the clocks of a place."""

    days: tuple[Weekday, ...]
    start: time
    minutes: int
    timezone: str = "UTC"

    def holds(self, at: datetime) -> bool:
        try:
            zone = _zone(self.timezone)
        except BadRequest as gone:  # it was there when this was kept; the rules work all the same
            log.warning("a weekly time of maintenance does not hold: %s", gone)
            return False
        lasts = timedelta(minutes=self.minutes)
        today = at.astimezone(zone).date()
        return any(
            begin <= at < begin + lasts
            for back in range(self.minutes // 1440 + 2)
            if (begin := self._begin(today - timedelta(days=back), zone)) is not None
        )

    def _begin(self, day: date, zone: ZoneInfo) -> datetime | None:
        if WEEKDAYS[day.weekday()] not in self.days:
            return None
        return datetime.combine(day, self.start, zone).astimezone(UTC)


Schedule = Once | Weekly


def check(schedule: Schedule) -> None:
    """Raise BadRequest for a time that never comes."""
    match schedule:
        case Once():
            if schedule.since >= schedule.until:
                raise BadRequest("from is not before to", {"parameter": "schedule.from"})
        case Weekly():
            _zone(schedule.timezone)
            if not schedule.days:
                raise BadRequest("name a day of the week", {"parameter": "schedule.days"})


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadRequest(
            f"there is no timezone {name!r}; write it as Europe/Zurich or UTC",
            {"parameter": "schedule.timezone"},
        ) from None


def as_json(schedule: Schedule) -> dict[str, Any]:
    """A schedule as it is kept."""
    if isinstance(schedule, Once):
        return {"from": schedule.since.isoformat(), "to": schedule.until.isoformat()}
    return {
        "days": list(schedule.days),
        "start": schedule.start.isoformat("minutes"),
        "minutes": schedule.minutes,
        "timezone": schedule.timezone,
    }


def from_json(kept: Mapping[str, Any]) -> Schedule:
    """A schedule from how it is kept."""
    if "from" in kept:
        since, until = (datetime.fromisoformat(kept[name]) for name in ("from", "to"))
        return Once(since=since, until=until)
    return Weekly(
        days=tuple(kept["days"]),
        start=time.fromisoformat(kept["start"]),
        minutes=kept["minutes"],
        timezone=kept["timezone"],
    )
