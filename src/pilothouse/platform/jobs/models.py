"""What a job is, and how the API shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

JobStatus = Literal["queued", "running", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One piece of work and how far it has come."""

    id: str
    kind: str
    title: str
    """What a person calls it."""
    project_id: int | None
    arguments: dict[str, Any]
    status: JobStatus
    progress: float | None
    """0 to 1, None while unknown."""
    message: str
    """What is being done at the moment."""
    error: str
    result: Any
    """What the work answered, JSON."""
    attempts: int
    cancelled: bool
    """Whether somebody asked it to stop."""
    created_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class JobFailed(Exception):
    """The work cannot be done, for a reason that a person reads in one sentence."""


class JobOut(BaseModel):
    """A job as the API shows it."""

    id: str
    kind: str
    title: str
    status: JobStatus
    progress: float | None
    message: str | None
    error: str | None
    result: Any
    created_by: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def of(cls, job: Job) -> JobOut:
        """A job's public side."""
        return cls(
            id=job.id,
            kind=job.kind,
            title=job.title,
            status=job.status,
            progress=job.progress,
            message=job.message or None,
            error=job.error or None,
            result=job.result,
            created_by=job.created_by or None,
            created_at=job.created_at,
            started_at=job.started_at,
            finished_at=job.finished_at,
        )
