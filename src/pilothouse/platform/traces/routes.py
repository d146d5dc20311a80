"""Changes to recorded traces over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Request, status
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from pilothouse.platform.errors import BadRequest, NotFound
from pilothouse.platform.jobs.models import JobOut
from pilothouse.platform.projects.service import ProjectDirectory
from pilothouse.platform.routing import ApiRouter
from pilothouse.platform.traces.service import TraceEdits

TraceIds = Annotated[list[str], Field(min_length=1, max_length=1000)]
Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Tags = Annotated[list[Tag], Field(max_length=50)]


class TraceSelection(BaseModel):
    """Some traces of a project."""

    model_config = ConfigDict(extra="forbid")

    project: str
    trace_ids: TraceIds


class TagChange(TraceSelection):
    """Tags to be added to traces, and to be removed."""

    add: Tags = []
    remove: Tags = []


class TagAnswer(BaseModel):
    """How many of the traces are there, and of how many the tags have changed."""

    found: int
    changed: int


def router(
    edits: TraceEdits,
    projects: ProjectDirectory,
    *,
    allowed: Callable[[Request, str], bool],
    author: Callable[[Request], str],
) -> APIRouter:
    """The routes; `allowed` says whether a request may see a project."""
    routes = ApiRouter(tags=["traces"])

    def number(request: Request, project: str) -> int:
        if not allowed(request, project):
            raise NotFound(f"there is no project {project!r}")
        return projects.get(project).id

    @routes.post("/traces/tags")
    async def change_tags(request: Request, change: TagChange) -> TagAnswer:
        """Add tags to traces and remove others; asked again it changes nothing more."""
        if both := set(change.add) & set(change.remove):
            raise BadRequest(f"{min(both)!r} is to be added and removed")
        done = await edits.change_tags(
            number(request, change.project), change.trace_ids, add=change.add, remove=change.remove
        )
        return TagAnswer(found=done.found, changed=done.changed)

    @routes.post("/traces/delete", status_code=status.HTTP_202_ACCEPTED)
    def delete_traces(request: Request, selection: TraceSelection) -> JobOut:
        """The job that removes traces with their scores, log records and attachments."""
        project = number(request, selection.project)
        return JobOut.of(edits.start_deleting(project, selection.trace_ids, author(request)))

    return routes
