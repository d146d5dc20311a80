"""The pages that LangSmith's clients print links to, led to ours."""

from __future__ import annotations

import asyncio
from typing import Annotated
from urllib.parse import quote, urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse

from pilothouse.platform.access.models import Principal
from pilothouse.platform.errors import NotFound
from pilothouse.platform.projects.models import Project
from pilothouse.platform.projects.service import ProjectDirectory
from pilothouse.platform.query.run_places import RunPlace, RunPlaces
from pilothouse.platform.sharing.service import Shares


class Links:
    """Finds the page for what a link names, as far as whoever follows it may know."""

    def __init__(
        self, projects: ProjectDirectory, places: RunPlaces, shares: Shares, prefix: str
    ) -> None:
        """`prefix` is the path under which the app stands, "" for none."""
        self._projects = projects
        self._places = places
        self._shares = shares
        self._prefix = prefix

    def to(self, path: str, **query: str) -> RedirectResponse:
        """The answer that leads to a page of the app."""
        asked = f"?{urlencode(query)}" if query else ""
        return RedirectResponse(f"{self._prefix}{path}{asked}", status_code=302)

    def project(self, uuid: UUID, principal: Principal | None) -> RedirectResponse:
        """To a project's traces, or to an experiment."""
        project = self._seen(self._projects.by_uuid(str(uuid)), principal)
        if project is None:
            return self.to("/")
        if project.kind == "experiment":
            return self.to(f"/experiments/{project.uuid}")
        return self.to(f"/p/{quote(project.name, safe='')}/traces")

    async def run(self, run_id: str, principal: Principal | None) -> RedirectResponse:
        """To a span in its trace."""
        found = {} if principal is None else await self._places.find([run_id])
        place = found.get(run_id)
        return self.to("/") if place is None else self._place(place, principal)

    async def shared(self, token: str, principal: Principal | None) -> RedirectResponse:
        """To what a token opens: where it lies for who may see that, else to what is shared."""
        shared = f"/shared/{token}"
        target = (await asyncio.to_thread(self._shares.open, token)).target
        if target.kind == "dataset":
            if principal is not None and principal.project is None:
                return self.to(f"/datasets/{target.ids[0]}")
            return self.to(shared)
        project = self._seen(self._projects.by_id(target.project_id or 0), principal)
        if target.kind == "thread":
            if project is None:
                return self.to(shared)
            name = quote(project.name, safe="")
            return self.to(f"/p/{name}/sessions/{quote(target.ids[0], safe='')}")
        if project is None:
            return self.to(shared)
        span_id = target.ids[1] if target.kind == "run" else ""
        place = RunPlace(project=project.id, trace_id=target.ids[0], span_id=span_id)
        return self._place(place, principal)

    def _place(self, place: RunPlace, principal: Principal | None) -> RedirectResponse:
        project = self._seen(self._projects.by_id(place.project), principal)
        if project is None:
            return self.to("/")
        path = f"/p/{quote(project.name, safe='')}/trace/{quote(place.trace_id, safe='')}"
        return self.to(path, span=place.span_id) if place.span_id else self.to(path)

    def _seen(self, project: Project | None, principal: Principal | None) -> Project | None:
        sees = project is not None and principal is not None and principal.sees(project.name)
        return project if sees else None


def router(links: Links) -> APIRouter:
    """The paths of the links; who has no right to a page gets the one that asks to sign in."""
    routes = APIRouter(include_in_schema=False)
    _add_projects(routes, links)
    _add_prompts(routes, links)
    return routes


def _who(request: Request) -> Principal | None:
    found: Principal | None = request.scope.get("state", {}).get("principal")
    return found


def _add_projects(routes: APIRouter, links: Links) -> None:
    @routes.get("/o/{tenant}/projects/p/{project}")
    def project(project: UUID, request: Request) -> RedirectResponse:
        return links.project(project, _who(request))

    @routes.get("/o/{tenant}/projects/p/{project}/r/{run_id}")
    async def run(run_id: UUID, request: Request) -> RedirectResponse:
        return await links.run(str(run_id), _who(request))

    @routes.get("/o/{tenant}/datasets/{dataset}")
    def dataset(dataset: UUID) -> RedirectResponse:
        return links.to(f"/datasets/{dataset}")

    @routes.get("/o/{tenant}/datasets/{dataset}/e/{example}")
    def example(dataset: UUID, example: UUID) -> RedirectResponse:
        return links.to(f"/datasets/{dataset}", example=str(example))

    @routes.get("/o/{tenant}/datasets/{dataset}/compare")
    def compare(
        dataset: UUID, sessions: Annotated[str, Query(alias="selectedSessions")] = ""
    ) -> RedirectResponse:
        ids = [part for part in sessions.split(",") if _is_uuid(part)]
        return links.to(f"/experiments/{','.join(ids)}" if ids else f"/datasets/{dataset}")

    @routes.get("/public/{token}/{what}")
    async def shared(token: UUID, what: str, request: Request) -> RedirectResponse:
        if what not in ("r", "d", "t"):
            raise NotFound("there is no such page")
        return await links.shared(str(token), _who(request))


def _add_prompts(routes: APIRouter, links: Links) -> None:
    def to_version(name: str, version: str) -> RedirectResponse:
        path = f"/prompts/{quote(name, safe='')}"
        return links.to(path, version=version) if version else links.to(path)

    @routes.get("/prompts/{name}/{version}")
    def prompt(name: str, version: str) -> RedirectResponse:
        return to_version(name, version)

    @routes.get("/context/{name}/{version}")
    def directory(name: str, version: str) -> RedirectResponse:
        return to_version(name, version)

    @routes.get("/hub/{owner}/{name}")
    def hub(name: str) -> RedirectResponse:
        name, _, version = name.partition(":")
        return to_version(name, version)


def _is_uuid(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False
