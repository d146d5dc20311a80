"""The read side put together: a store and the projects in, one router out."""

from __future__ import annotations

from fastapi import APIRouter

from pilothouse.platform.query import routes
from pilothouse.platform.query.detail import CostDetails
from pilothouse.platform.query.scope import Projects
from pilothouse.platform.query.spans import SpanQueries
from pilothouse.platform.query.traces import TraceQueries
from pilothouse.platform.store.engine import Store


def query_router(
    store: Store, projects: Projects, cost_details: CostDetails | None = None
) -> APIRouter:
    """All routes of the read side."""
    traces = TraceQueries(store, projects, cost_details)
    spans = SpanQueries(store, projects, traces)
    api = APIRouter()
    api.include_router(routes.router(projects, traces, spans))
    return api
