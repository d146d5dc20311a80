"""Projects over HTTP."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, status
from pydantic import BaseModel, ConfigDict, Field

from pilothouse.platform.errors import NotFound
from pilothouse.platform.jobs.models import JobOut
from pilothouse.platform.jobs.service import Jobs
from pilothouse.platform.projects.models import Project, ProjectActivity
from pilothouse.platform.projects.service import UNSET, ProjectDirectory
from pilothouse.platform.routing import ApiRouter

Extras = Callable[[Collection[int]], Awaitable[dict[int, ProjectActivity]]]
"""From numbers of projects to what the query side knows of their traces."""

WithExtras = Annotated[
    bool,
    Query(description="Whether to count the traces, and those of the last 24 hours by hour."),
]


class ProjectOut(BaseModel):
    """A project as the API shows it."""

    name: str
    description: str
    created_at: datetime
    retention_days: int
    """The days that count, 0 for ever: the project's own, else the server's; an experiment is kept
    for ever unless it has its own."""
    retention_inherited: bool
    masking: list[dict[str, Any]]
    demo: bool
    trace_count: int | None = None
    """All traces that are stored. This and what follows is null unless `extras` asks for it."""
    error_count: int | None = None
    """How many of them failed."""
    last_trace_at: str | None = None
    """When the newest of them began."""
    activity: list[int] | None = None
    """Traces by hour over the last 24 hours; the last one is the hour that is running."""


class ProjectList(BaseModel):
    """All projects that the caller may see."""

    items: list[ProjectOut]
    next_cursor: str | None = None


class NewProject(BaseModel):
    """A project to create."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=10_000)
    description: str = Field("", max_length=10_000)
    retention_days: int | None = Field(None, ge=0, le=36500)
    masking: list[dict[str, Any]] = []


class ProjectChange(BaseModel):
    """Settings to change; what is absent stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = None
    description: str | None = Field(None, max_length=10_000)
    retention_days: int | None = Field(None, ge=0, le=36500)
    """null goes back to the server's setting."""
    masking: list[dict[str, Any]] | None = None


def router(
    projects: ProjectDirectory,
    jobs: Jobs,
    *,
    retention_days: int,
    allowed: Callable[[Request, str], bool],
    extras_of: Extras | None = None,
) -> APIRouter:
    """The routes of projects; `allowed` says whether a request may see a project."""
    routes = ApiRouter(tags=["projects"])

    def shown(project: Project, more: ProjectActivity | None = None) -> ProjectOut:
        return ProjectOut(
            name=project.name,
            description=project.description,
            created_at=project.created_at,
            retention_days=project.kept_days(retention_days),
            retention_inherited=project.retention_days is None,
            masking=[dict(rule) for rule in project.masking],
            demo=project.demo,
            **({} if more is None else dataclasses.asdict(more)),
        )

    def visible(request: Request, name: str) -> Project:
        if not allowed(request, name):
            raise NotFound(f"there is no project {name!r}")
        return projects.get(name)

    @routes.get("/projects")
    async def list_projects(
        request: Request,
        limit: int = Query(1000, ge=1, le=1000),
        cursor: str | None = None,
        extras: WithExtras = False,
    ) -> ProjectList:
        """All projects by name, each with its settings and, if asked for, its recent traces."""
        found = [project for project in projects.plain() if allowed(request, project.name)]
        rest = [project for project in found if cursor is None or project.name > cursor]
        page = rest[:limit]
        more = await _counted(page, extras_of if extras else None)
        return ProjectList(
            items=[shown(project, more.get(project.id)) for project in page],
            next_cursor=page[-1].name if len(rest) > limit else None,
        )

    @routes.post("/projects", status_code=status.HTTP_201_CREATED)
    def create_project(body: NewProject) -> ProjectOut:
        """A new project."""
        project = projects.create(body.name)
        if body.description or body.retention_days is not None or body.masking:
            project = projects.change(
                project.name,
                description=body.description,
                retention_days=body.retention_days,
                masking=body.masking,
            )
        return shown(project)

    @routes.get("/projects/{name:path}")
    async def get_project(request: Request, name: str, extras: WithExtras = False) -> ProjectOut:
        """One project."""
        project = visible(request, name)
        more = await _counted([project], extras_of if extras else None)
        return shown(project, more.get(project.id))

    @routes.patch("/projects/{name:path}")
    def change_project(request: Request, name: str, body: ProjectChange) -> ProjectOut:
        """The project after a change of its settings."""
        visible(request, name)
        given = body.model_fields_set
        return shown(
            projects.change(
                name,
                new_name=body.name,
                description=body.description,
                retention_days=body.retention_days if "retention_days" in given else UNSET,
                masking=body.masking,
            )
        )

    @routes.delete("/projects/{name:path}", status_code=status.HTTP_202_ACCEPTED)
    def delete_project(request: Request, name: str) -> JobOut:
        """The job that removes everything of a project; its name is free at once."""
        visible(request, name)
        project = projects.delete(name)
        job = jobs.start(
            "delete_project",
            title=f"Delete project {project.name}",
            arguments={"project_id": project.id, "name": project.name},
        )
        return JobOut.of(job)

    return routes


async def _counted(page: list[Project], extras_of: Extras | None) -> dict[int, ProjectActivity]:
    return {} if extras_of is None else await extras_of([project.id for project in page])
