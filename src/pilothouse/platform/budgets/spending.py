"""What was spent of budgets, by the compiler of measures."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from pilothouse.platform.budgets.models import LOOK_BACK, Budget, Spending, period_of
from pilothouse.platform.query.metrics import MetricQueries
from pilothouse.platform.query.sums_models import MetricsQuestion

_MEASURES: Final = ["sum(cost.total)", "unpriced_call_count"]


class SpendingQueries:
    """Reads what budgets have spent."""

    def __init__(self, metrics: MetricQueries) -> None:
        self._metrics = metrics

    async def of(self, budget: Budget, project: str, at: datetime) -> Spending:
        """How far a budget of a project is at a moment. Raises BadRequest."""
        start, end = period_of(budget.period, at)
        spent, missing = await self._ask(project, start, at, budget.filter)
        back = LOOK_BACK[budget.period]
        lately, _ = await self._ask(project, at - back, at, budget.filter)
        return Spending(
            period_from=start,
            period_to=end,
            spent=spent,
            unpriced_calls=int(missing),
            pace=lately / (back / timedelta(days=1)),
            at=at,
        )

    async def _ask(
        self, project: str, since: datetime, until: datetime, condition: str
    ) -> tuple[float, float]:
        """Dollars, and calls whose cost is unknown; nothing known is nothing spent."""
        if since >= until:
            return 0.0, 0.0
        question = {
            "project": project,
            "from": since,
            "to": until,
            "scope": "spans",
            "measures": _MEASURES,
            "filter": condition,
        }
        answer = await self._metrics.answer(MetricsQuestion.model_validate(question))
        points = [point for series in answer["series"] for point in series["points"]]
        dollars, calls = (sum(point[name] or 0.0 for point in points) for name in _MEASURES)
        return dollars, calls
