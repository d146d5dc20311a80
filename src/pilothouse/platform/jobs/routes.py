"""Jobs over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from pilothouse.platform.errors import BadRequest, NotFound
from pilothouse.platform.jobs.models import Job, JobOut
from pilothouse.platform.jobs.service import Jobs
from pilothouse.platform.routing import ApiRouter


class JobList(BaseModel):
    """Jobs, newest first."""

    items: list[JobOut]
    next_cursor: str | None = None


def router(jobs: Jobs, *, allowed: Callable[[Request, int | None], bool]) -> APIRouter:
    """The routes of jobs; `allowed` says whether a request may see those of a project number."""
    routes = ApiRouter(tags=["jobs"])

    @routes.get("/jobs")
    def list_jobs(
        request: Request,
        limit: Annotated[int, Query(ge=1, le=1000)] = 50,
        cursor: str | None = None,
    ) -> JobList:
        """Jobs, newest first."""
        if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
            raise BadRequest(f"{cursor!r} is not a cursor of this list")
        found = jobs.newest(limit + 1, None if cursor is None else int(cursor))
        page = found[:limit]
        return JobList(
            items=[JobOut.of(job) for job in page if allowed(request, job.project_id)],
            next_cursor=_cursor(page[-1]) if len(found) > limit else None,
        )

    @routes.get("/jobs/{job_id}")
    def get_job(request: Request, job_id: str) -> JobOut:
        """One job."""
        job = jobs.get(job_id)
        if not allowed(request, job.project_id):
            raise NotFound(f"there is no job {job_id!r}")
        return JobOut.of(job)

    @routes.post("/jobs/{job_id}/cancel")
    def cancel_job(request: Request, job_id: str) -> JobOut:
        """Ask a job to stop; what it did so far stays. Only some kinds can be."""
        if not allowed(request, jobs.get(job_id).project_id):
            raise NotFound(f"there is no job {job_id!r}")
        return JobOut.of(jobs.cancel(job_id))

    return routes


def _cursor(job: Job) -> str:
    return str(int(job.created_at.timestamp()) * 1_000_000 + job.created_at.microsecond)
