"""Weeks of traffic of an application, window by window, with incidents where a test plants them."""

from __future__ import annotations

import functools
import math
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pilothouse.platform.alerts.conditions import Bound, Condition
from pilothouse.platform.alerts.models import AlertRule, Question
from pilothouse.platform.alerts.preview import Preview, Simulation

MONDAY = int(datetime(2026, 9, 7, tzinfo=UTC).timestamp())
WINDOW_S = 300
HOUR_S, DAY_S, WEEK_S = 3_600, 86_400, 604_800
WEEKS = 6
END = MONDAY + WEEKS * WEEK_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A time in which the application was not itself."""

    begin_s: int
    lasts_s: int
    traffic: float = 1.0
    """By how much there is more."""
    errors: float | None = None
    """The share of traces that fail."""
    slower: float = 1.0

    def holds(self, at_s: int) -> bool:
        return self.begin_s <= at_s < self.begin_s + self.lasts_s


def at(week: int, day: int, hour: float) -> int:
    """A time, in seconds: weeks and days count from 0, days from Monday."""
    return MONDAY + week * WEEK_S + day * DAY_S + int(hour * HOUR_S)


@functools.cache
def traffic(*incidents: Incident) -> dict[int, dict[str, dict[str, Any]]]:
    """What each window holds: busy at noon, quiet at night, half as much at weekends."""
    drawn = random.Random(20)
    points = {}
    for start_s in range(MONDAY, END, WINDOW_S):
        hour = start_s % DAY_S / HOUR_S
        busy = 200 * (0.15 + math.sin(math.pi * hour / 24) ** 2)
        if (start_s - MONDAY) // DAY_S % 7 >= 5:
            busy /= 2
        count = max(0, round(drawn.gauss(busy, math.sqrt(busy))))
        errors, latency = abs(drawn.gauss(0.01, 0.004)), drawn.gauss(800 + busy, 30)
        for incident in incidents:
            if incident.holds(start_s):
                count = round(count * incident.traffic)
                errors = errors if incident.errors is None else incident.errors
                latency *= incident.slower
        figures = {"count": count, "error_rate": errors, "p95(duration_ms)": latency}
        points[start_s] = {"": figures} if count else {}
    return points


def rule(
    measure: str = "count", *, for_minutes: int = 0, remind_minutes: int = 0, **condition: Any
) -> AlertRule:
    """A rule over windows of five minutes; bounds are numbers, or (bound, recover)."""
    bounds = {
        name: Bound(bound=given[0], recover=given[1])
        if isinstance(given, tuple)
        else Bound(bound=given)
        for name in ("warn", "alert")
        if (given := condition.pop(name, None)) is not None
    }
    now = datetime(2026, 10, 1, tzinfo=UTC)
    return AlertRule(
        id="7a9e1ad4-0000-4000-8000-000000000001",
        project_id=1,
        name="watch",
        question=Question(measure=measure),
        condition=Condition(**condition, **bounds),
        for_s=for_minutes * 60,
        remind_s=remind_minutes * 60 or None,
        created_at=now,
        updated_at=now,
    )


def watched(
    by: AlertRule, *incidents: Incident, since_s: int = MONDAY + 4 * WEEK_S, until_s: int = END
) -> Preview:
    """What a rule makes of the last weeks of the traffic; the weeks before are what it knows."""
    return Simulation(by, traffic(*incidents), since_s, until_s, MONDAY).run([""])
