"""What whoever has a token may read: a run with its trace, a dataset with its examples."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from pilothouse.platform.access.models import ANYONE
from pilothouse.platform.compat.langsmith.bodies import Body, answer, link_base, page_of
from pilothouse.platform.compat.langsmith.datasets import shown_datasets
from pilothouse.platform.compat.langsmith.examples import shown_example
from pilothouse.platform.compat.langsmith.filter_fields import IS_ROOT
from pilothouse.platform.compat.langsmith.run import run_v1
from pilothouse.platform.compat.langsmith.run_queries import Asked, RunQueries
from pilothouse.platform.compat.langsmith.services import Services
from pilothouse.platform.compat.langsmith.sessions import Sessions
from pilothouse.platform.compat.langsmith.v2_runs import chosen, runs_v2
from pilothouse.platform.errors import NotFound
from pilothouse.platform.sharing.models import Target
from pilothouse.platform.store.runs import RunKey


class RunsAsked(Body):
    """Which runs of a shared trace."""

    id: list[UUID] | None = None
    limit: int | None = None
    cursor: str | None = None


class RunsAskedV2(Body):
    """The runs of a shared trace, as the newer client asks for them."""

    selects: list[str] | None = None
    page_size: Annotated[int, Query(ge=1, le=1000)] = 100
    cursor: str | None = None


class SharedTrace:
    """The trace that a token opens."""

    def __init__(self, services: Services, target: Target) -> None:
        self.queries = RunQueries(services)
        project = services.projects.by_id(target.project_id or 0)
        if project is None:
            raise NotFound("nothing is shared under this token any more")
        self.names = {project.id: project.name}
        self.target = target
        self.trace_id = target.ids[0]

    def asked(self, **more: Any) -> Asked:
        """A question about its runs."""
        return Asked(names=self.names, trace=self.trace_id, descending=False, **more)

    async def top(self) -> RunKey:
        """The run that was shared. Raises NotFound."""
        if self.target.kind == "run":
            return await self.run(self.target.ids[1])
        keys, _ = await self.queries.page(self.asked(filter=IS_ROOT, limit=1))
        if not keys:
            raise NotFound("nothing is shared under this token any more")
        return keys[0]

    async def run(self, run_id: str) -> RunKey:
        """One run of the trace. Raises NotFound."""
        key = await self.queries.key(self.names, run_id)
        if key.trace_id != self.trace_id:
            raise NotFound(f"there is no run {run_id} under this token")
        return key

    async def page(
        self, ids: Sequence[UUID] | None, limit: int, cursor: str | None
    ) -> tuple[list[RunKey], str | None]:
        """Some of its runs, or a page of all."""
        if ids is not None:
            found = await self.queries.keys(self.names, [str(one) for one in ids])
            return [key for key in found.values() if key.trace_id == self.trace_id], None
        return await self.queries.page(self.asked(limit=limit, cursor=cursor))


def router(services: Services) -> APIRouter:
    """The routes of /public, which ask nobody who they are."""
    routes = APIRouter()
    _add_runs(routes, services)
    _add_runs_v2(routes, services)
    _add_datasets(routes, services)
    return routes


async def _opened(services: Services, token: UUID) -> SharedTrace:
    share = await asyncio.to_thread(services.shares.open, str(token), "run", "trace")
    return SharedTrace(services, share.target)


def _add_runs(routes: APIRouter, services: Services) -> None:
    async def shown(
        shared: SharedTrace, keys: Sequence[RunKey], request: Request
    ) -> list[dict[str, Any]]:
        links = link_base(request)
        return await shared.queries.shaped(
            shared.names, keys, None, lambda run: run_v1(run, None), links=links
        )

    @routes.get("/public/{token}/run")
    async def shared_run(token: UUID, request: Request) -> Response:
        shared = await _opened(services, token)
        [run] = await shown(shared, [await shared.top()], request)
        return answer(run)

    @routes.get("/public/{token}/run/{run_id}")
    async def run_of_shared(token: UUID, run_id: UUID, request: Request) -> Response:
        shared = await _opened(services, token)
        [run] = await shown(shared, [await shared.run(str(run_id))], request)
        return answer(run)

    @routes.post("/public/{token}/runs/query")
    async def runs_of_shared(token: UUID, body: RunsAsked, request: Request) -> Response:
        shared = await _opened(services, token)
        keys, cursor = await shared.page(body.id, min(page_of(body.limit), 100), body.cursor)
        return answer({"runs": await shown(shared, keys, request), "cursors": {"next": cursor}})


def _add_runs_v2(routes: APIRouter, services: Services) -> None:
    @routes.get("/v2/public/{token}/run/{run_id}")
    async def run_of_shared(
        token: UUID,
        run_id: UUID,
        request: Request,
        selects: Annotated[list[str] | None, Query()] = None,
        start_time: datetime | None = None,
    ) -> Response:
        shared = await _opened(services, token)
        key = await shared.run(str(run_id))
        links = link_base(request)
        [run] = await runs_v2(shared.queries, shared.asked(), [key], chosen(selects), links=links)
        return answer(run)

    @routes.post("/v2/public/{token}/runs/query")
    async def runs_of_shared(token: UUID, body: RunsAskedV2, request: Request) -> Response:
        shared = await _opened(services, token)
        keys, cursor = await shared.page(None, body.page_size, body.cursor)
        selects, links = chosen(body.selects), link_base(request)
        items = await runs_v2(shared.queries, shared.asked(), keys, selects, links=links)
        return answer({"items": items, "next_cursor": cursor})


def _add_datasets(routes: APIRouter, services: Services) -> None:
    datasets, sessions = services.datasets, Sessions(services)

    def opened(token: UUID) -> str:
        return services.shares.open(str(token), "dataset").target.ids[0]

    @routes.get("/public/{token}/datasets")
    def shared_dataset(token: UUID) -> Response:
        [shown] = shown_datasets(services, [datasets.get(opened(token))])
        return answer(shown)

    @routes.get("/public/{token}/examples")
    def shared_examples(
        token: UUID,
        request: Request,
        id: Annotated[list[UUID] | None, Query()] = None,
        as_of: str | None = None,
        limit: int | None = None,
        offset: Annotated[int, Query(ge=0)] = 0,
    ) -> Response:
        found = datasets.examples(
            opened(token),
            ids=None if id is None else [str(one) for one in id],
            as_of=as_of,
            strict=False,
            limit=page_of(limit),
            offset=offset,
        )
        links = link_base(request)
        return answer([shown_example(each, services.signed, links) for each in found])

    @routes.get("/public/{token}/examples/count")
    def count_of_shared(token: UUID, as_of: str | None = None) -> Response:
        return answer(datasets.count(opened(token), as_of))

    @routes.get("/public/{token}/datasets/sessions")
    async def sessions_of_shared(
        token: UUID,
        id: Annotated[list[UUID] | None, Query()] = None,
        name: str | None = None,
        name_contains: str | None = None,
        limit: int | None = None,
        offset: Annotated[int, Query(ge=0)] = 0,
    ) -> Response:
        dataset = await asyncio.to_thread(opened, token)

        def found() -> list[Any]:
            every = sessions.chosen(
                ANYONE,
                ids=None if id is None else {str(one) for one in id},
                name=name,
                name_contains=name_contains,
                datasets=[dataset],
                reference_free=None,
                metadata=None,
                version=None,
            )
            return every[offset : offset + page_of(limit)]

        some = await asyncio.to_thread(found)
        figures = await sessions.stats.of(some)
        return answer(await asyncio.to_thread(sessions.shown, some, figures))
