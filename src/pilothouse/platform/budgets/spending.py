"""What was spent of budgets, by the compiler of measures."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from pilothouse.platform.budgets.models import LOOK_BACK, Budget, Spending, period_of
from pilothouse.platform.costs.splits import UNPRICED
from pilothouse.platform.query.metrics import MetricQueries
from pilothouse.platform.query.sums_models import MetricsQuestion

_COST = "sum(cost.total)"


class SpendingQueries:
    """Reads what budgets have spent."""

    def __init__(self, metrics: MetricQueries) -> None:
        self._metrics = metrics

    async def of(self, budget: Budget, project: str, at: datetime) -> Spending:
        """How far a budget of a project is at a moment. Raises BadRequest."""
        start, end = period_of(budget.period, at)
        own = f"({budget.filter}) and " if budget.filter else ""
        so_far = [
            _chart(_COST, budget.filter),
            _chart("call_count", f"{own}{UNPRICED}"),
        ]
        spent, missing = await self._ask(project, start, at, so_far)
        back = LOOK_BACK[budget.period]
        (lately,) = await self._ask(project, at - back, at, [_chart(_COST, budget.filter)])
        return Spending(
            period_from=start,
            period_to=end,
            spent=spent,
            unpriced_calls=int(missing),
            pace=lately / (back / timedelta(days=1)),
            at=at,
        )

    async def _ask(
        self, project: str, since: datetime, until: datetime, charts: list[dict[str, Any]]
    ) -> list[float]:
        """The figures of charts; nothing known is nothing spent."""
        if since >= until:
            return [0.0 for _ in charts]
        question = {"project": project, "from": since, "to": until, "charts": charts}
        answer = await self._metrics.answer(MetricsQuestion.model_validate(question))
        return [
            sum(
                point[chart["measures"][0]] or 0.0
                for series in found["series"]
                for point in series["points"]
            )
            for chart, found in zip(charts, answer["charts"], strict=True)
        ]


def _chart(measure: str, condition: str) -> dict[str, Any]:
    return {"scope": "spans", "measures": [measure], "filter": condition}
