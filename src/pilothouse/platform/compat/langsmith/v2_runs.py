"""Runs and traces of the protocol's second version."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from pilothouse.filters import Expression, Membership, Path, Text, both
from pilothouse.platform.access.asked import principal_of
from pilothouse.platform.compat.langsmith.absent import absent
from pilothouse.platform.compat.langsmith.bodies import Body, answer, link_base
from pilothouse.platform.compat.langsmith.filter_fields import IS_ROOT
from pilothouse.platform.compat.langsmith.filters import filter_of
from pilothouse.platform.compat.langsmith.run import Reader
from pilothouse.platform.compat.langsmith.run_queries import Asked, RunQueries
from pilothouse.platform.compat.langsmith.run_v2 import SELECTS, fields_v1, run_v2
from pilothouse.platform.compat.langsmith.runs_out import RunQuery, around, expression_of, moment
from pilothouse.platform.compat.langsmith.services import Services
from pilothouse.platform.compat.langsmith.v2_pages import page
from pilothouse.platform.errors import BadRequest, NotFound
from pilothouse.platform.store.runs import RunKey

DAY: Final = timedelta(days=1)
_AGGREGATES: Final = ("total_tokens", "total_cost", "first_token_time")
_AT_ONCE: Final = 100
Selects = Annotated[list[str] | None, Query()]


class RunQueryV2(Body):
    """What /v2/runs/query is asked."""

    project_ids: list[UUID] | None = None
    reference_dataset_id: UUID | None = None
    ids: list[UUID] | None = None
    trace_id: UUID | None = None
    is_root: bool | None = None
    has_error: bool | None = None
    run_type: str | None = None
    reference_examples: list[UUID] | None = None
    filter: str | None = None
    trace_filter: str | None = None
    tree_filter: str | None = None
    min_start_time: datetime | None = None
    max_start_time: datetime | None = None
    selects: list[str] | None = None
    page_size: int = Field(100, ge=1, le=1000)
    cursor: str | None = None
    include_subtree_usage: bool = False
    min_feedback_modified_at: datetime | None = None
    max_feedback_modified_at: datetime | None = None
    ai_search: str | None = None
    sem_filter: str | None = None


class TraceQueryV2(Body):
    """What /v2/traces/query is asked."""

    project_id: UUID | None = None
    trace_ids: list[UUID] | None = None
    trace_filter: str | None = None
    tree_filter: str | None = None
    min_start_time: datetime | None = None
    max_start_time: datetime | None = None
    selects: list[str] | None = None
    page_size: int = Field(100, ge=1, le=1000)
    cursor: str | None = None
    min_feedback_modified_at: datetime | None = None
    max_feedback_modified_at: datetime | None = None
    ai_search: str | None = None
    sem_filter: str | None = None


def router(services: Services) -> APIRouter:
    """The routes below /v2/runs and /v2/traces."""
    routes = APIRouter(prefix="/v2")
    queries = RunQueries(services)
    _add_runs(routes, services, queries)
    _add_traces(routes, queries)
    return routes


def _add_runs(routes: APIRouter, services: Services, queries: RunQueries) -> None:
    @routes.post("/runs/query")
    async def query_runs(body: RunQueryV2, request: Request) -> Response:
        refuse_unsupported(body)
        if (body.project_ids is None) == (body.reference_dataset_id is None):
            raise BadRequest("give either project_ids or reference_dataset_id")
        uuids = [str(one) for one in body.project_ids or ()]
        if body.reference_dataset_id is not None:
            uuids = await asyncio.to_thread(_experiments, services, str(body.reference_dataset_id))
        older = RunQuery(
            trace=body.trace_id,
            run_type=None if body.run_type is None else body.run_type.lower(),
            reference_example=body.reference_examples,
            is_root=body.is_root,
            error=body.has_error,
            filter=body.filter,
            trace_filter=body.trace_filter,
            tree_filter=body.tree_filter,
        )
        since = moment(body.min_start_time)
        if since is None and body.reference_dataset_id is None and not (body.ids or body.trace_id):
            since = datetime.now(UTC) - DAY
        asked = Asked(
            names=queries.names(principal_of(request), uuids),
            filter=expression_of(older),
            since=since,
            until=moment(body.max_start_time),
            ids=None if body.ids is None else [str(one) for one in body.ids],
            trace=None if body.trace_id is None else str(body.trace_id),
            limit=body.page_size,
            cursor=body.cursor,
        )
        keys, cursor = await queries.page(asked)
        items = await runs_v2(
            queries,
            asked,
            keys,
            chosen(body.selects),
            links=link_base(request),
            rolled_up=body.include_subtree_usage,
        )
        return page(request, items, cursor)

    @routes.get("/runs/{run_id}")
    async def read_run(
        run_id: UUID, request: Request, project_id: UUID | None = None, selects: Selects = None
    ) -> Response:
        uuids = None if project_id is None else [str(project_id)]
        asked = Asked(names=queries.names(principal_of(request), uuids))
        key = await queries.key(asked.names, str(run_id))
        links = link_base(request)
        [run] = await runs_v2(queries, asked, [key], chosen(selects), links=links)
        return answer(run)

    @routes.get("/runs/{run_id}/url")
    async def run_url(run_id: UUID, request: Request, project_id: UUID | None = None) -> Response:
        uuids = None if project_id is None else [str(project_id)]
        asked = Asked(names=queries.names(principal_of(request), uuids))
        key = await queries.key(asked.names, str(run_id))
        [run] = await runs_v2(queries, asked, [key], {"app_path"}, links="")
        return answer({"url": services.settings.url + run["app_path"]})


def _add_traces(routes: APIRouter, queries: RunQueries) -> None:
    @routes.post("/traces/query")
    async def query_traces(body: TraceQueryV2, request: Request) -> Response:
        refuse_unsupported(body)
        if body.project_id is None and not body.trace_ids:
            raise BadRequest("give project_id, or trace_ids")
        since = moment(body.min_start_time)
        if since is None and not body.trace_ids:
            since = datetime.now(UTC) - DAY
        uuids = None if body.project_id is None else [str(body.project_id)]
        root = filter_of(body.trace_filter, "trace_filter")
        asked = Asked(
            names=queries.names(principal_of(request), uuids),
            filter=both(IS_ROOT, root, *around(None, body.tree_filter), in_traces(body.trace_ids)),
            since=since,
            until=moment(body.max_start_time),
            limit=body.page_size,
            cursor=body.cursor,
        )
        keys, cursor = await queries.page(asked)
        selects = chosen(body.selects)
        # Everything about the whole trace is its root's, those below it counted in.
        wanted, links = {*selects, *_AGGREGATES}, link_base(request)
        runs = await runs_v2(queries, asked, keys, wanted, links=links, rolled_up=True)
        items = [
            {
                "root_run": {k: v for k, v in run.items() if k in selects},
                "trace_aggregates": {
                    name: run.get(name) for name in _AGGREGATES if wants(body.selects, name)
                },
            }
            for run in runs
        ]
        return page(request, items, cursor)

    @routes.get("/traces/{trace_id}/runs")
    async def trace_runs(
        trace_id: UUID,
        request: Request,
        project_id: UUID,
        filter: str | None = None,
        selects: Selects = None,
    ) -> Response:
        asked = Asked(
            names=queries.names(principal_of(request), [str(project_id)]),
            filter=filter_of(filter),
            trace=str(trace_id),
            descending=False,
            limit=10_000,
        )
        keys, _ = await queries.page(asked)
        if not keys and filter is None:
            raise NotFound(f"there is no trace {trace_id} in this project")
        links = link_base(request)
        return answer({"items": await runs_v2(queries, asked, keys, chosen(selects), links=links)})


def _experiments(services: Services, dataset_id: str) -> list[str]:
    """The experiments over a dataset."""
    found: list[str] = []
    while True:
        page = services.experiments.list(dataset_id, limit=_AT_ONCE, offset=len(found))
        found += [experiment.id for experiment in page]
        if len(page) < _AT_ONCE:
            return found


def in_traces(ids: Sequence[UUID] | None) -> Expression | None:
    """The condition of being in one of some traces; None for any."""
    if not ids:
        return None
    spelt = [text for one in ids for text in (str(one), one.hex)]
    return Membership(Path("trace_id"), tuple(map(Text, spelt)))


async def runs_v2(
    queries: RunQueries,
    asked: Asked,
    keys: Sequence[RunKey],
    selects: Collection[str],
    *,
    links: str,
    rolled_up: bool = False,
) -> list[dict[str, Any]]:
    """Runs with some of their fields; links to their files begin with `links`."""
    shares = await queries.share_urls(keys) if "share_url" in selects else {}

    def shape(run: Reader) -> dict[str, Any]:
        run.found.share_url = shares.get(
            (run.row["project"], run.row["trace_id"], run.row["span_id"])
        )
        return run_v2(run, selects, rolled_up=rolled_up)

    return await queries.shaped(
        asked.names, keys, fields_v1(selects), shape, rolled_up=rolled_up, links=links
    )


def chosen(selects: Sequence[str] | None) -> set[str]:
    """The fields that a list of names means; only the id where there is none.

    Raises BadRequest for a field that there is not.
    """
    if not selects:
        return {"id"}
    fields = {name.lower() for name in selects}
    unknown = sorted(fields - SELECTS)
    if unknown:
        raise BadRequest(f"selects: there is no field {unknown[0].upper()[:60]!r}")
    return fields


def wants(selects: Sequence[str] | None, name: str) -> bool:
    """Whether a field was asked for, in capitals as they come."""
    return any(one.lower() == name for one in selects or ())


def refuse_unsupported(body: Body) -> None:
    """Answer 501 to what only the hosted product can do."""
    for name in ("ai_search", "sem_filter", "min_feedback_modified_at", "max_feedback_modified_at"):
        if getattr(body, name, None) is not None:
            raise absent(name)
