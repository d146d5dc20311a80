"""What a budget is, and what was spent of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from pilothouse.platform.costs.splits import Unit, after, start_of

LOOK_BACK: Final[dict[Unit, timedelta]] = {
    "day": timedelta(hours=6),
    "week": timedelta(days=2),
    "month": timedelta(days=7),
}
"""The pace of so much time before now is taken to go on."""
_EXHAUSTED: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """US dollars that a project, or some of its calls, may cost in a period."""

    id: str
    project_id: int
    name: str
    amount: Decimal
    period: Unit
    filter: str = ""
    """Over spans: the calls that count; "" for all."""
    thresholds: tuple[int, ...]
    """Percents of the amount at which people are told, rising."""
    channels: tuple[str, ...] = ()
    """Ids of the channels of alerts."""
    created_by: str = ""
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """How far a budget is in the period of a moment."""

    period_from: datetime
    period_to: datetime
    spent: float
    """What is known of it: at least this where calls have no price."""
    unpriced_calls: int
    pace: float
    """US dollars a day, lately."""
    at: datetime

    @property
    def forecast(self) -> float:
        """What will have been spent at the end if the pace goes on."""
        left = max(self.period_to - self.at, timedelta())
        return self.spent + self.pace * (left / timedelta(days=1))

    def exhausted_at(self, amount: Decimal) -> datetime | None:
        """When nothing is left at this pace; None where that is not before the end."""
        left = float(amount) - self.spent
        if left <= 0 or self.pace <= 0 or self.forecast < float(amount):
            return None
        return self.at + timedelta(days=left / self.pace)


def period_of(unit: Unit, moment: datetime) -> tuple[datetime, datetime]:
    """The day, week or month in UTC that holds a moment."""
    start = start_of(unit, moment)
    return start, after(unit, start)


def reached(budget: Budget, spent: float) -> list[int]:
    """The thresholds that are reached, rising."""
    part = Decimal(repr(spent)) * _EXHAUSTED / budget.amount
    return [threshold for threshold in budget.thresholds if part >= threshold]


def is_exhausted(threshold: int) -> bool:
    return threshold >= _EXHAUSTED
