"""Budgets as the API takes and answers them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from pilothouse.platform.budgets.models import Budget, Spending, reached
from pilothouse.platform.costs.splits import Unit

Name = Annotated[str, Field(min_length=1, max_length=200)]
Filter = Annotated[str, Field(max_length=10_000)]
Thresholds = Annotated[list[int], Field(max_length=20)]
Channels = Annotated[list[str], Field(max_length=50)]


class NewBudget(BaseModel):
    """A budget to keep."""

    model_config = ConfigDict(extra="forbid")

    project: str
    name: Name
    amount: Decimal
    """US dollars."""
    period: Unit = "month"
    filter: Filter = ""
    """Over spans: `model = "gpt-5"`; of one user: `any(trace: user_id = "u-7")`."""
    thresholds: Thresholds = [50, 80, 100]
    """Percents at which the channels are told."""
    channels: Channels = []
    """Ids of channels of alerts."""


class BudgetChange(BaseModel):
    """What to change of a budget; its thresholds can then be told again."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    amount: Decimal | None = None
    period: Unit | None = None
    filter: Filter | None = None
    thresholds: Thresholds | None = None
    channels: Channels | None = None

    def given(self) -> dict[str, Any]:
        """What was said, and is not null."""
        said = {name: getattr(self, name) for name in self.model_fields_set}
        return {name: value for name, value in said.items() if value is not None}


class BudgetStatus(BaseModel):
    """How far a budget is in its present period."""

    period_from: datetime
    period_to: datetime
    spent: float
    """US dollars; at least, where calls have no price."""
    unpriced_calls: int
    part: float
    """Of the amount: 0.8 is 80 %."""
    reached: list[int]
    """The thresholds that are reached."""
    pace_per_day: float
    """US dollars a day, lately."""
    forecast: float
    """What will have been spent at the end of the period at this pace."""
    exhausted_at: datetime | None
    """When nothing is left at this pace; null where that is after the period, or already so."""


class BudgetOut(BaseModel):
    """A budget and how far it is."""

    id: str
    project: str
    name: str
    amount: float
    period: Unit
    filter: str
    thresholds: list[int]
    channels: list[str]
    created_by: str
    created_at: datetime
    updated_at: datetime
    status: BudgetStatus | None
    """Null where it cannot be told."""
    error: str | None = None
    """Why it cannot."""


class BudgetPage(BaseModel):
    """Budgets by name."""

    items: list[BudgetOut]
    next_cursor: str | None = None


def shown(
    budget: Budget, project: str, spending: Spending | None, error: str | None = None
) -> BudgetOut:
    """A budget as the API shows it; without its spending where there was an error."""
    return BudgetOut(
        id=budget.id,
        project=project,
        name=budget.name,
        amount=float(budget.amount),
        period=budget.period,
        filter=budget.filter,
        thresholds=list(budget.thresholds),
        channels=list(budget.channels),
        created_by=budget.created_by,
        created_at=budget.created_at,
        updated_at=budget.updated_at,
        status=None if spending is None else _status(budget, spending),
        error=error,
    )


def _status(budget: Budget, spending: Spending) -> BudgetStatus:
    return BudgetStatus(
        period_from=spending.period_from,
        period_to=spending.period_to,
        spent=spending.spent,
        unpriced_calls=spending.unpriced_calls,
        part=spending.spent / float(budget.amount),
        reached=reached(budget, spending.spent),
        pace_per_day=spending.pace,
        forecast=spending.forecast,
        exhausted_at=spending.exhausted_at(budget.amount),
    )
