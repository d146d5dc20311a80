"""What is said when a budget reaches a threshold, in the shape of an alert's message."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from pilothouse.platform.alerts.messages import body_of
from pilothouse.platform.budgets.models import Budget, Spending, is_exhausted
from pilothouse.platform.records import micros_of


def message(
    budget: Budget, project: str, spending: Spending, threshold: int, server_url: str
) -> str:
    """The body of the message about a threshold."""
    episode = f"{budget.id}:{micros_of(spending.period_from)}"
    event: dict[str, Any] = {
        "id": f"{episode}:{threshold}",
        "kind": "budget",
        "level": "alert" if is_exhausted(threshold) else "warn",
        "before": "ok",
        "episode_id": episode,
        "opened_at": _time(spending.period_from),
        "at": _time(spending.at),
        "window_from": _time(spending.period_from),
        "rule": {"id": budget.id, "name": budget.name, "condition": "budget"},
        "project": project,
        "scope": "spans",
        "measure": "sum(cost.total)",
        "filter": budget.filter,
        "window": budget.period,
        "group": None,
        "value": spending.spent,
        "figure": 100 * spending.spent / float(budget.amount),
        "expected": None,
        "text": sentence(budget, project, spending, threshold),
        "url": f"{server_url}/p/{quote(project, safe='')}/usage?view=budgets",
    }
    return body_of([event])


def sentence(budget: Budget, project: str, spending: Spending, threshold: int) -> str:
    """What happened, in a sentence or two."""
    least = "at least " if spending.unpriced_calls else ""
    part = 100 * spending.spent / float(budget.amount)
    said = (
        f"{project} has spent {least}${spending.spent:,.2f} of ${budget.amount:,.2f} this"
        f" {budget.period}: {part:,.0f} %, the threshold is {threshold} %."
    )
    if spending.forecast > float(budget.amount) > spending.spent:
        said += f" At this pace it will be ${spending.forecast:,.2f} by its end."
    return said


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
