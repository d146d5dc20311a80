"""Budgets put together; what only a server with budgets needs is loaded by the first of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pilothouse.platform.budgets.worker import BudgetWorker, Spends
from pilothouse.platform.records import Records

if TYPE_CHECKING:
    from pilothouse.platform.query.reach import Directory
    from pilothouse.platform.store.engine import Store


def open_budgets(
    records: Records,
    store: Store,
    projects: Directory,
    *,
    posted: Callable[[], None],
    server_url: str,
) -> BudgetWorker:
    """What looks at budgets; `posted` is called when messages wait on channels of alerts."""

    def spends() -> Spends:
        from pilothouse.platform.budgets.spending import SpendingQueries
        from pilothouse.platform.query.metrics import MetricQueries

        return SpendingQueries(MetricQueries(store, projects))

    return BudgetWorker(records, projects, spends, posted=posted, server_url=server_url)
