"""The read side put together: a store and the projects in, one router out."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter

from pilothouse.platform.query import (
    first_seen_routes,
    routes,
    score_routes,
    stream_routes,
    sums_routes,
)
from pilothouse.platform.query.detail import CostDetails
from pilothouse.platform.query.export import Export
from pilothouse.platform.query.facets import FacetQueries
from pilothouse.platform.query.grouped import SessionQueries, UserQueries
from pilothouse.platform.query.metrics import MetricQueries
from pilothouse.platform.query.scope import Projects
from pilothouse.platform.query.scores import MaskerOf, ScoreService
from pilothouse.platform.query.spans import SpanQueries
from pilothouse.platform.query.tail import Tail
from pilothouse.platform.query.traces import TraceQueries
from pilothouse.platform.routing import ApiRouter, join
from pilothouse.platform.store.engine import Store


def query_router(
    store: Store,
    projects: Projects,
    *,
    cost_details: CostDetails | None = None,
    stopping: asyncio.Event | None = None,
    masker_of: MaskerOf = lambda _: None,
) -> APIRouter:
    """All routes of the read side, to be mounted under /api/v1.

    `stopping` is set when the server ends, so that live tails end too; `masker_of` gives the masker
    of a project by name, for scores.
    """
    traces = TraceQueries(store, projects, cost_details)
    spans = SpanQueries(store, projects, traces)
    sums = sums_routes.router(
        projects,
        SessionQueries(store, projects),
        UserQueries(store),
        FacetQueries(store),
        MetricQueries(store, projects),
    )
    streams = stream_routes.router(
        store, projects, Tail(store, stopping), Export(store, cost_details)
    )
    api = ApiRouter()
    reading = routes.router(projects, traces, spans)
    scores = score_routes.router(ScoreService(store, projects, masker_of))
    news = first_seen_routes.router(store, projects)
    join(api, [streams, reading, sums, news, scores])  # streams first: /traces/tail is no trace id
    return api
