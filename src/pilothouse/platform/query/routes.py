"""The routes of traces and spans."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from pilothouse.platform.access.workspace import project_for
from pilothouse.platform.query import models
from pilothouse.platform.query.params import (
    Paging,
    ProjectParam,
    WindowParams,
    documented,
    json_answer,
)
from pilothouse.platform.query.scope import Projects, selection_of
from pilothouse.platform.query.spans import SpanQueries
from pilothouse.platform.query.traces import SpansWanted, TraceQueries
from pilothouse.platform.routing import ApiRouter


def router(projects: Projects, traces: TraceQueries, spans: SpanQueries) -> APIRouter:
    """Lists of traces and spans, and one of each."""
    api = ApiRouter()

    @api.get("/traces", tags=["traces"], **documented(models.TracePage, 404))
    async def list_traces(window: WindowParams, paging: Paging) -> Response:
        """Traces, the newest first unless `order_by` says otherwise."""
        return json_answer(await traces.page(window.selection(projects), paging.request()))

    @api.get("/traces/{trace_id}", tags=["traces"], **documented(models.TraceDetail, 404, 409))
    async def open_trace(
        trace_id: str,
        project: ProjectParam = None,
        payloads: Annotated[
            bool, Query(description="Whether spans come with inputs, outputs and attributes.")
        ] = True,
    ) -> Response:
        """A trace with its spans, in the order in which they started."""
        return json_answer(await traces.open(trace_id, project, payloads=payloads))

    @api.get(
        "/traces/{trace_id}/outline", tags=["traces"], **documented(models.TraceOutline, 404, 409)
    )
    async def outline_trace(trace_id: str, project: ProjectParam = None) -> Response:
        """A trace with its spans as columns, without payloads: for trees of very many spans."""
        return json_answer(await traces.outline(trace_id, project))

    @api.get(
        "/traces/{trace_id}/previews", tags=["traces"], **documented(models.TracePreviews, 404, 409)
    )
    async def preview_trace(trace_id: str, project: ProjectParam = None) -> Response:
        """The beginnings of the inputs and outputs left out of an outline of very many spans."""
        return json_answer(await traces.previews(trace_id, project))

    @api.get("/traces/{trace_id}/spans", tags=["traces"], **documented(models.SpanBatch, 404, 409))
    async def open_some_spans(
        trace_id: str,
        project: ProjectParam = None,
        span_id: Annotated[
            list[str] | None,
            Query(max_length=1000, description="These spans; unknown ones are left out."),
        ] = None,
        kind: Annotated[list[str] | None, Query(description="Spans of these kinds.")] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 50,
        cursor: Annotated[
            str | None, Query(description="`next_cursor` of the page before.")
        ] = None,
    ) -> Response:
        """All of some spans of a trace, in the order in which they started."""
        wanted = SpansWanted(span_ids=span_id or (), kinds=kind or (), limit=limit, cursor=cursor)
        return json_answer(await traces.some_spans(trace_id, project, wanted))

    @api.get(
        "/traces/{trace_id}/spans/{span_id}", tags=["traces"], **documented(models.Span, 404, 409)
    )
    async def open_span_of_trace(
        trace_id: str, span_id: str, project: ProjectParam = None
    ) -> Response:
        """All of one span."""
        return json_answer(await traces.span(trace_id, span_id, project))

    @api.get("/spans", tags=["spans"], **documented(models.SpanPage, 404))
    async def list_spans(window: WindowParams, paging: Paging) -> Response:
        """Spans, the newest first unless `order_by` says otherwise."""
        return json_answer(await spans.page(window.selection(projects), paging.request()))

    @api.get("/spans/{span_id}", tags=["spans"], **documented(models.Span, 404, 409))
    async def open_span(span_id: str, project: ProjectParam = None) -> Response:
        """All of a span of which only its own id is known."""
        return json_answer(await spans.open(span_id, project))

    @api.post("/spans/count", tags=["spans"], **documented(models.CountAnswer, 404))
    async def count_spans(question: models.CountQuestion, request: Request) -> models.CountAnswer:
        """How many spans there are."""
        selection = selection_of(
            projects,
            project=project_for(request, question.project),
            since=question.since,
            until=question.until,
            filter_text=question.filter,
            q=question.q,
        )
        return models.CountAnswer(count=await spans.count(selection))

    return api
