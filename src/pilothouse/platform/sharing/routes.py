"""Shares over HTTP: made and taken back by those who may, read by whoever has the token."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Protocol

import orjson
from fastapi import APIRouter, Request, Response, status
from pydantic import BaseModel, ConfigDict, Field

from pilothouse.platform.access.workspace import changes_workspace, sees_workspace
from pilothouse.platform.errors import BadRequest, Forbidden, NotFound
from pilothouse.platform.projects.service import ProjectDirectory
from pilothouse.platform.query.blob_answer import blob_answer
from pilothouse.platform.query.grouped import SessionQueries
from pilothouse.platform.query.params import json_answer
from pilothouse.platform.query.traces import TraceQueries
from pilothouse.platform.routing import ApiRouter
from pilothouse.platform.sharing.models import (
    Share,
    ShareKind,
    Target,
    dataset_of,
    run_of,
    thread_of,
    trace_of,
)
from pilothouse.platform.sharing.service import Shares


class PublicDatasets(Protocol):
    """What a shared dataset shows to whoever has its token."""

    def shown(self, dataset_id: str) -> dict[str, Any]:
        """The dataset. Raises NotFound."""

    def examples_shown(self, dataset_id: str, limit: int, cursor: str | None) -> dict[str, Any]:
        """A page of its newest examples: {"items", "next_cursor"}. Raises NotFound."""


ReadBlob = Callable[[str, int], Awaitable[tuple[str, bytes] | None]]
"""Gives the media type and the bytes of a large value of a project."""


class ShareOut(BaseModel):
    """A token and what it opens."""

    token: str
    kind: ShareKind
    project: str | None
    trace_id: str | None = None
    span_id: str | None = None
    session_id: str | None = None
    dataset_id: str | None = None
    path: str
    """Where any program reads it, below the address of this server."""
    page: str
    """Where anybody looks at it, below the address of this server."""
    created_by: str | None
    created_at: datetime


class ShareList(BaseModel):
    """Shares, the newest first."""

    items: list[ShareOut]
    next_cursor: str | None = None


class NewShare(BaseModel):
    """What to share: a trace (with a span to begin at), a session, or a dataset."""

    model_config = ConfigDict(extra="forbid")

    project: str | None = None
    trace_id: str | None = Field(None, min_length=1, max_length=500)
    span_id: str | None = Field(None, min_length=1, max_length=500)
    session_id: str | None = Field(None, min_length=1, max_length=2000)
    dataset_id: str | None = Field(None, min_length=1, max_length=100)


def router(
    shares: Shares,
    projects: ProjectDirectory,
    traces: TraceQueries,
    *,
    allowed: Callable[[Request, str], bool],
    author: Callable[[Request], str],
    datasets: PublicDatasets | None = None,
) -> APIRouter:
    """The routes of shares; `allowed` says whether a request may see a project."""
    routes = ApiRouter(tags=["shares"])

    def shown(share: Share) -> ShareOut:
        number = share.target.project_id
        return _shown(share, None if number is None else projects.name_of(number))

    @routes.post("/shares", status_code=status.HTTP_201_CREATED)
    async def share(request: Request, body: NewShare) -> ShareOut:
        """A token that opens it to anybody; what is shared already keeps its token."""
        given = [body.trace_id, body.session_id, body.dataset_id]
        if sum(value is not None for value in given) != 1:
            raise BadRequest("share one of trace_id, session_id, dataset_id")
        if body.dataset_id is not None:
            changes_workspace(request)
            target = await asyncio.to_thread(_dataset, datasets, body.dataset_id)
        else:
            target, name = await _in_project(traces, projects, body)
            if not allowed(request, name):
                raise Forbidden(f"this key may not share what is in project {name!r}")
        return shown(await asyncio.to_thread(shares.share, target, by=author(request)))

    @routes.get("/shares")
    def list_shares(
        request: Request, trace_id: str | None = None, session_id: str | None = None
    ) -> ShareList:
        """What is shared, the newest first; of one trace or session if asked."""
        found = [shown(share) for share in shares.every()]
        return ShareList(
            items=[
                share
                for share in found
                if _may(request, share, allowed) and _is_of(share, trace_id, session_id)
            ]
        )

    @routes.delete("/shares/{token}", status_code=status.HTTP_204_NO_CONTENT)
    def revoke(request: Request, token: str) -> None:
        """Take a token back: it opens nothing from now on."""
        found = shown(shares.open(token))
        if not _may(request, found, allowed):
            raise NotFound("nothing is shared under this token")
        shares.revoke_token(token)

    return routes


def _may(request: Request, share: ShareOut, allowed: Callable[[Request, str], bool]) -> bool:
    if share.project is None:
        return sees_workspace(request)
    return allowed(request, share.project)


def _is_of(share: ShareOut, trace_id: str | None, session_id: str | None) -> bool:
    return trace_id in {None, share.trace_id} and session_id in {None, share.session_id}


def _dataset(datasets: PublicDatasets | None, dataset_id: str) -> Target:
    if datasets is None:
        raise NotFound(f"there is no dataset {dataset_id!r}")
    datasets.shown(dataset_id)
    return dataset_of(dataset_id)


async def _in_project(
    traces: TraceQueries, projects: ProjectDirectory, body: NewShare
) -> tuple[Target, str]:
    """What to share, and the name of its project."""
    if body.session_id is not None:
        if body.project is None:
            raise BadRequest("project: a session is shared with the name of its project")
        return thread_of(projects.get(body.project).id, body.session_id), body.project
    trace_id = body.trace_id or ""
    place, name = await traces.find(trace_id, body.project)
    if body.span_id is not None:
        return run_of(place.project, trace_id, body.span_id), name
    return trace_of(place.project, trace_id), name


class Opened:
    """Opens what is shared to whoever has its token."""

    def __init__(self, shares: Shares, projects: ProjectDirectory, traces: TraceQueries) -> None:
        self._shares = shares
        self._projects = projects
        self._traces = traces

    def share(self, token: str, *kinds: ShareKind) -> tuple[Share, str]:
        """What a token opens, and the name of its project. Raises NotFound."""
        share = self._shares.open(token, *kinds)
        number = share.target.project_id
        name = "" if number is None else self._projects.name_of(number)
        if name is None:
            raise NotFound("nothing is shared under this token any more")
        return share, name

    async def trace(self, share: Share, project: str, turn: str | None = None) -> bytes:
        """The shared trace with its spans; of a shared session, the one of a turn.

        Raises NotFound for a trace of another session.
        """
        if share.target.kind != "thread":
            return await self._traces.open(share.target.ids[0], project, payloads=True)
        body = await self._traces.open(turn or "", project, payloads=True)
        if orjson.loads(body)["trace"]["session_id"] != share.target.ids[0]:
            raise NotFound(f"there is no trace {turn!r}", {"trace_id": turn})
        return body


def public_router(
    shares: Shares,
    projects: ProjectDirectory,
    traces: TraceQueries,
    sessions: SessionQueries,
    datasets: PublicDatasets | None = None,
    *,
    blob: ReadBlob,
) -> APIRouter:
    """What anybody may read who has a token; nothing here asks who that is."""
    routes = ApiRouter(prefix="/public", tags=["shares"])
    opened = Opened(shares, projects, traces)

    @routes.get("/{token}")
    def what_is_shared(token: str) -> ShareOut:
        """What a token opens."""
        share, name = opened.share(token)
        return _shown(share, name or None).model_copy(update={"created_by": None})

    @routes.get("/{token}/trace", response_model=None)
    async def shared_trace(token: str) -> Response:
        """The shared trace with its spans, as `/traces/{trace_id}` shows it."""
        return json_answer(await opened.trace(*opened.share(token, "trace", "run")))

    @routes.get("/{token}/session", response_model=None)
    async def shared_session(token: str, cursor: str | None = None) -> Response:
        """The shared session with its turns, as `/sessions/{session_id}` shows it."""
        share, name = opened.share(token, "thread")
        return json_answer(await sessions.open(share.target.ids[0], name, cursor=cursor))

    @routes.get("/{token}/traces/{trace_id}", response_model=None)
    async def trace_of_shared_session(token: str, trace_id: str) -> Response:
        """A trace of the shared session, with its spans."""
        return json_answer(await opened.trace(*opened.share(token, "thread"), trace_id))

    @routes.get("/{token}/blobs/{blob_id}", response_model=None)
    async def blob_of_shared(token: str, blob_id: str, trace_id: str | None = None) -> Response:
        """A large value of the shared trace; of a shared session, of one of its traces."""
        share, name = opened.share(token, "trace", "run", "thread")
        is_part = f'"{blob_id}"'.encode() in await opened.trace(share, name, trace_id)
        found = await blob(blob_id, share.target.project_id or 0) if is_part else None
        if found is None:
            raise NotFound(f"there is no blob {blob_id!r}", {"id": blob_id})
        return blob_answer(*found)

    if datasets is not None:
        _add_datasets(routes, opened, datasets)
    return routes


def _add_datasets(routes: APIRouter, opened: Opened, datasets: PublicDatasets) -> None:
    @routes.get("/{token}/dataset")
    def shared_dataset(token: str) -> dict[str, Any]:
        """The shared dataset."""
        share, _ = opened.share(token, "dataset")
        return datasets.shown(share.target.ids[0])

    @routes.get("/{token}/examples")
    def shared_examples(token: str, limit: int = 50, cursor: str | None = None) -> dict[str, Any]:
        """The newest examples of the shared dataset."""
        share, _ = opened.share(token, "dataset")
        return datasets.examples_shown(share.target.ids[0], max(1, min(limit, 1000)), cursor)


def _shown(share: Share, project: str | None) -> ShareOut:
    ids = share.target.ids
    pages = {"run": "trace", "trace": "trace", "thread": "session", "dataset": "dataset"}
    named: dict[str, str] = {}
    match share.target.kind:
        case "run":
            named = {"trace_id": ids[0], "span_id": ids[1]}
        case "trace":
            named = {"trace_id": ids[0]}
        case "thread":
            named = {"session_id": ids[0]}
        case "dataset":
            named = {"dataset_id": ids[0]}
    return ShareOut(
        token=share.token,
        kind=share.target.kind,
        project=project,
        path=f"/api/v1/public/{share.token}/{pages[share.target.kind]}",
        page=f"/shared/{share.token}",
        created_by=share.created_by or None,
        created_at=share.created_at,
        **named,
    )
