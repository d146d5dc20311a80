"""The routes of sessions, users, facets and measures."""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request, Response

from pilothouse.filters import Scope, describe
from pilothouse.platform.access.workspace import project_for
from pilothouse.platform.query import sums_models
from pilothouse.platform.query.facets import FacetQueries
from pilothouse.platform.query.grouped import SessionQueries, UserQueries
from pilothouse.platform.query.metrics import MetricQueries
from pilothouse.platform.query.params import (
    Paging,
    ProjectParam,
    WindowParams,
    documented,
    json_answer,
)
from pilothouse.platform.query.scope import Projects
from pilothouse.platform.routing import ApiRouter


def router(
    projects: Projects,
    sessions: SessionQueries,
    users: UserQueries,
    facets: FacetQueries,
    metrics: MetricQueries,
) -> APIRouter:
    """Sums over traces and spans."""
    api = ApiRouter()

    @api.get("/sessions", tags=["sessions"], **documented(sums_models.SessionPage, 404))
    async def list_sessions(window: WindowParams, paging: Paging) -> Response:
        """Sessions with a trace in the window, each summed up whole."""
        return json_answer(await sessions.page(window.selection(projects), paging.request()))

    @api.get(
        "/sessions/{session_id:path}",
        tags=["sessions"],
        **documented(sums_models.SessionDetail, 404, 409),
    )
    async def open_session(
        session_id: str,
        project: ProjectParam = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 200,
        cursor: str | None = None,
    ) -> Response:
        """A session with its turns, the earliest first."""
        return json_answer(await sessions.open(session_id, project, limit=limit, cursor=cursor))

    @api.get("/users", tags=["users"], **documented(sums_models.UserPage, 404))
    async def list_users(window: WindowParams, paging: Paging) -> Response:
        """Users with sums over their traces of the selection."""
        return json_answer(await users.page(window.selection(projects), paging.request()))

    @api.get("/facets", tags=["traces"], **documented(sums_models.Facet | sums_models.Facets, 404))
    async def count_values(
        window: WindowParams,
        field: Annotated[
            list[str], Query(description="One field answers its facet, several a list of them.")
        ],
        scope: Scope = "traces",
        limit: Annotated[int, Query(ge=1, le=10_000)] = 50,
        search: Annotated[str, Query(description="Values that contain this.")] = "",
    ) -> Response:
        """The values of a field with their counts; of numbers a histogram.

        A facet that shall ignore its own choice is asked for with a filter without it.
        """
        found = await facets.of(
            scope, window.selection(projects), field, limit=limit, contains=search
        )
        return json_answer(orjson.dumps(found[0] if len(found) == 1 else {"items": found}))

    @api.post(
        "/metrics/query",
        tags=["metrics"],
        **documented(sums_models.MetricsAnswer | sums_models.BoardAnswer, 404),
    )
    async def query_metrics(question: sums_models.MetricsQuestion, request: Request) -> Response:
        """Measures by interval and group: `count`, `p99(duration_ms)`, `sum(cost.total) / count` …

        A board asks for all its `charts` at once; what they share is read once.
        """
        question.project = project_for(request, question.project)
        return json_answer(orjson.dumps(await metrics.answer(question)))

    @api.get("/filters/fields", tags=["traces"], **documented(sums_models.FilterLanguage))
    async def describe_filters(scope: Scope = "traces") -> Response:
        """The filter language as data: fields, operators, functions, suffixes."""
        return json_answer(orjson.dumps(describe(scope)))

    return api
