"""What takes how much room, and deletion of a user's data, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query, Request, status
from pydantic import BaseModel

from pilothouse.platform.errors import NotFound
from pilothouse.platform.jobs.models import JobOut
from pilothouse.platform.projects.service import ProjectDirectory
from pilothouse.platform.retention.service import Housekeeper
from pilothouse.platform.routing import ApiRouter


class TableOut(BaseModel):
    """A table of the span store."""

    table: str
    rows: int
    bytes: int


class ProjectStorageOut(BaseModel):
    """What a project takes of the span store."""

    project: str | None
    """null for a project that is being deleted."""
    rows: dict[str, int]
    """By table."""
    bytes: int
    """Its share by rows and their size; files on disk hold several projects."""
    bytes_per_day: float | None
    """How fast it grew over the last week, null while that is not known."""


class StorageOut(BaseModel):
    """What the span store takes."""

    bytes: int
    bytes_per_day: float | None
    disk_free_bytes: int | None
    disk_total_bytes: int | None
    tables: list[TableOut]
    projects: list[ProjectStorageOut]


def router(
    housekeeper: Housekeeper,
    projects: ProjectDirectory,
    *,
    allowed: Callable[[Request, str], bool],
    author: Callable[[Request], str],
) -> APIRouter:
    """The routes of storage; `allowed` says whether a request may see a project."""
    routes = ApiRouter(tags=["storage"])

    @routes.get("/storage")
    async def get_storage(request: Request) -> StorageOut:
        """Rows and bytes by table and by project, the disk, and growth."""
        storage = await housekeeper.storage()
        return StorageOut(
            bytes=storage.bytes,
            bytes_per_day=storage.bytes_a_day,
            disk_free_bytes=None if storage.disk is None else storage.disk.free_bytes,
            disk_total_bytes=None if storage.disk is None else storage.disk.total_bytes,
            tables=[
                TableOut(table=table.table, rows=table.rows, bytes=table.bytes)
                for table in storage.tables
            ],
            projects=[
                ProjectStorageOut(
                    project=project.name,
                    rows=project.rows,
                    bytes=project.bytes,
                    bytes_per_day=project.bytes_a_day,
                )
                for project in storage.projects
                if project.name is None or allowed(request, project.name)
            ],
        )

    @routes.delete("/users/{user_id:path}", status_code=status.HTTP_202_ACCEPTED)
    def delete_user(request: Request, user_id: str, project: Annotated[str, Query()]) -> JobOut:
        """The job that removes every trace of a user from a project."""
        if not allowed(request, project):
            raise NotFound(f"there is no project {project!r}")
        number = projects.get(project).id
        return JobOut.of(housekeeper.start_deleting_user(number, user_id, author(request)))

    return routes
