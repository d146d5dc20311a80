"""Shares given and taken back: of runs, threads and datasets."""

from __future__ import annotations

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from pilothouse.platform.access.asked import principal_of
from pilothouse.platform.access.models import Principal
from pilothouse.platform.compat.langsmith.bodies import Author, Body, Json, Reader, answer
from pilothouse.platform.compat.langsmith.filter_fields import IS_ROOT
from pilothouse.platform.compat.langsmith.run_queries import Asked, RunQueries
from pilothouse.platform.compat.langsmith.services import Services
from pilothouse.platform.errors import NotFound
from pilothouse.platform.sharing.models import Share, Target, dataset_of, run_of, thread_of


class Wanted(Body):
    """A token to use, if there is none yet."""

    share_token: UUID | None = None


async def _wanted(request: Request) -> Wanted:
    """The body as JSON whatever its type is called: JavaScript's client calls it plain text."""
    try:
        return Wanted.model_validate_json(await request.body() or b"{}")
    except ValidationError as e:
        raise RequestValidationError(e.errors()) from e


class InTrace(Body):
    """Which trace of which project."""

    session_id: UUID
    trace_id: UUID | None = None


class InProject(Body):
    """Which project a thread is of."""

    project_id: UUID


def router(services: Services) -> APIRouter:
    """The routes that share."""
    routes = APIRouter()
    _add_runs(routes, services)
    _add_traces(routes, services)
    _add_threads(routes, services)
    _add_datasets(routes, services)
    return routes


async def _shared(
    services: Services, target: Target, principal: Principal, token: UUID | None = None
) -> Share:
    wanted = None if token is None else str(token)
    return await asyncio.to_thread(
        services.shares.share, target, token=wanted, by=principal.name or "local"
    )


def _add_runs(routes: APIRouter, services: Services) -> None:
    shares, queries = services.shares, RunQueries(services)

    async def target_of(run_id: UUID, principal: Principal) -> Target:
        key = await queries.key(queries.names(principal), str(run_id))
        return run_of(key.project, key.trace_id, key.span_id)

    def shown(run_id: UUID, share: Share) -> Json:
        return {"run_id": str(run_id), "share_token": share.token}

    @routes.put("/runs/{run_id}/share")
    async def share_run(
        run_id: UUID, body: Annotated[Wanted, Depends(_wanted)], request: Request
    ) -> Response:
        principal = principal_of(request)
        target = await target_of(run_id, principal)
        return answer(shown(run_id, await _shared(services, target, principal, body.share_token)))

    @routes.get("/runs/{run_id}/share")
    async def share_of_run(run_id: UUID, request: Request) -> Response:
        target = await target_of(run_id, principal_of(request))
        share = await asyncio.to_thread(shares.of_target, target)
        return answer(None if share is None else shown(run_id, share))

    @routes.delete("/runs/{run_id}/share")
    async def unshare_run(run_id: UUID, request: Request) -> Response:
        target = await target_of(run_id, principal_of(request))
        await asyncio.to_thread(shares.revoke, target)
        return answer({})


def _add_traces(routes: APIRouter, services: Services) -> None:
    """The newer client shares traces by their root."""
    queries = RunQueries(services)

    async def root_of(trace_id: UUID, project: UUID, principal: Principal) -> Target:
        names = queries.names(principal, [str(project)])
        keys, _ = await queries.page(
            Asked(names=names, filter=IS_ROOT, trace=str(trace_id), descending=False, limit=1)
        )
        if not keys:
            raise NotFound(f"there is no trace {trace_id} in this project")
        return run_of(keys[0].project, keys[0].trace_id, keys[0].span_id)

    @routes.post("/v2/runs/{run_id}/share")
    async def share_trace(run_id: UUID, body: InTrace, request: Request) -> Response:
        principal = principal_of(request)
        target = await root_of(body.trace_id or run_id, body.session_id, principal)
        share = await _shared(services, target, principal)
        return answer({"share_token": share.token})

    @routes.delete("/v2/runs/{trace_id}/share", status_code=204)
    async def unshare_trace(trace_id: UUID, body: InTrace, request: Request) -> Response:
        target = await root_of(trace_id, body.session_id, principal_of(request))
        await asyncio.to_thread(services.shares.revoke, target)
        return Response(status_code=204)


def _add_threads(routes: APIRouter, services: Services) -> None:
    queries = RunQueries(services)

    def target_of(thread_id: str, project: UUID, principal: Principal) -> Target:
        numbers = list(queries.names(principal, [str(project)]))
        if not numbers:
            raise NotFound(f"there is no project {project}")
        return thread_of(numbers[0], thread_id)

    @routes.post("/v2/threads/{thread_id}/share")
    async def share_thread(thread_id: str, body: InProject, request: Request) -> Response:
        principal = principal_of(request)
        target = target_of(thread_id, body.project_id, principal)
        share = await _shared(services, target, principal)
        return answer({"share_token": share.token})

    @routes.get("/v2/threads/{thread_id}/share")
    def share_of_thread(thread_id: str, project_id: UUID, request: Request) -> Response:
        share = services.shares.of_target(target_of(thread_id, project_id, principal_of(request)))
        return answer({} if share is None else {"share_token": share.token})

    @routes.delete("/v2/threads/{thread_id}/share", status_code=204)
    def unshare_thread(thread_id: str, request: Request, project_id: UUID) -> Response:
        services.shares.revoke(target_of(thread_id, project_id, principal_of(request)))
        return Response(status_code=204)


def _add_datasets(routes: APIRouter, services: Services) -> None:
    shares, datasets = services.shares, services.datasets

    def shown(share: Share) -> Json:
        return {"dataset_id": share.target.ids[0], "share_token": share.token}

    @routes.put("/datasets/{dataset_id}/share")
    def share_dataset(dataset_id: UUID, author: Author) -> Response:
        target = dataset_of(datasets.get(str(dataset_id)).id)
        return answer(shown(shares.share(target, by=author)))

    @routes.get("/datasets/{dataset_id}/share")
    def share_of_dataset(dataset_id: UUID, _reader: Reader) -> Response:
        share = shares.of_target(dataset_of(datasets.get(str(dataset_id)).id))
        return answer(None if share is None else shown(share))

    @routes.delete("/datasets/{dataset_id}/share")
    def unshare_dataset(dataset_id: UUID, _author: Author) -> Response:
        shares.revoke(dataset_of(datasets.get(str(dataset_id)).id))
        return answer({})
