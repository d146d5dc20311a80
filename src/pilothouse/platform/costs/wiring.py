"""Costs put together: a store, the projects and prices in, one router out."""

from __future__ import annotations

from fastapi import APIRouter

from pilothouse.platform.costs import routes
from pilothouse.platform.costs.reconcile import Reconciling
from pilothouse.platform.costs.recorded import Recordings
from pilothouse.platform.costs.report import CostReports
from pilothouse.platform.costs.token_types import Quoting, TypeSums
from pilothouse.platform.query.metrics import MetricQueries
from pilothouse.platform.query.scope import Projects
from pilothouse.platform.store.engine import Store


def costs_router(store: Store, projects: Projects, prices: Quoting) -> APIRouter:
    """All routes of costs, under /api/v1."""
    metrics = MetricQueries(store, projects)
    return routes.router(
        CostReports(metrics, TypeSums(metrics, projects, prices)),
        Reconciling(Recordings(metrics, projects, prices)),
    )
