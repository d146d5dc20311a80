"""How jobs are kept."""

from __future__ import annotations

import json
from typing import Any, Final, cast

from pilothouse.platform.jobs.models import Job, JobStatus
from pilothouse.platform.records import Session, micros, moment
from pilothouse.platform.records.engine import Row

GIVEN_UP: Final = "the server stopped while this ran, each time it was tried"


def add(
    session: Session,
    *,
    number: str,
    kind: str,
    title: str,
    project_id: int | None,
    arguments: dict[str, Any],
    created_by: str,
) -> None:
    """Add a job to the queue."""
    session.run(
        """
        INSERT INTO jobs (id, kind, title, project_id, arguments, created_by, created_at)
        VALUES (:id, :kind, :title, :project_id, :arguments, :created_by, :now)
        """,
        id=number,
        kind=kind,
        title=title,
        project_id=project_id,
        arguments=json.dumps(arguments),
        created_by=created_by,
        now=micros(),
    )


def one(session: Session, number: str) -> Job | None:
    """The job of this id."""
    row = session.one("SELECT * FROM jobs WHERE id = :id", id=number)
    return None if row is None else _job(row)


def newest(session: Session, limit: int, before: int | None) -> list[Job]:
    """Jobs, newest first, made before a time."""
    rows = session.all(
        """
        SELECT *
        FROM jobs
        WHERE created_at < :before
        ORDER BY created_at DESC, id
        LIMIT :limit
        """,
        before=2**62 if before is None else before,
        limit=limit,
    )
    return [_job(row) for row in rows]


def counts(session: Session, failed_since: int) -> dict[str, int]:
    """How many jobs wait, run, and failed since a time, by status."""
    rows = session.all(
        """
        SELECT status, count(*) AS jobs
        FROM jobs
        WHERE status IN ('queued', 'running')
            OR (status = 'failed' AND finished_at >= :failed_since)
        GROUP BY status
        """,
        failed_since=failed_since,
    )
    return {row["status"]: int(row["jobs"]) for row in rows}


def claim(session: Session, owner: str, kinds: list[str]) -> Job | None:
    """The oldest job that waits, now this owner's; None when none waits."""
    row = session.one(
        """
        SELECT id
        FROM jobs
        WHERE status = 'queued' AND kind IN :kinds
        ORDER BY created_at
        LIMIT 1
        """,
        kinds=kinds,
    )
    if row is None:
        return None
    claimed = session.run(
        """
        UPDATE jobs
        SET status = 'running',
            owner = :owner,
            attempts = attempts + 1,
            started_at = COALESCE(started_at, :now),
            seen_at = :now
        WHERE id = :id AND status = 'queued'
        """,
        id=row["id"],
        owner=owner,
        now=micros(),
    )
    return one(session, row["id"]) if claimed else None


def cancel(session: Session, number: str) -> None:
    """Ask a job to stop; one that never began is cancelled at once.

    One that waits to go on is cancelled when its turn comes: there is something to clean up.
    """
    session.run(
        """
        UPDATE jobs
        SET cancelled_at = COALESCE(cancelled_at, :now)
        WHERE id = :id AND status IN ('queued', 'running')
        """,
        id=number,
        now=micros(),
    )
    session.run(
        """
        UPDATE jobs
        SET status = 'cancelled', finished_at = :now
        WHERE id = :id AND status = 'queued' AND started_at IS NULL
        """,
        id=number,
        now=micros(),
    )


def is_cancelled(session: Session, number: str) -> bool:
    """Whether a job was asked to stop."""
    row = session.one("SELECT cancelled_at FROM jobs WHERE id = :id", id=number)
    return row is not None and row["cancelled_at"] is not None


def requeue(session: Session, owner: str, *, seen_before: int, most_attempts: int) -> None:
    """Put jobs of other owners that are gone back into the queue.

    Those that keep dying, and did so while they were cleaned up after as well, are given up.
    """
    gone = "status = 'running' AND owner != :owner AND seen_at < :seen_before"
    session.run(
        f"""
        UPDATE jobs
        SET status = 'failed', error = :error, finished_at = :now
        WHERE {gone} AND attempts > :most
        """,
        now=micros(),
        error=GIVEN_UP,
        owner=owner,
        seen_before=seen_before,
        most=most_attempts,
    )
    session.run(
        f"UPDATE jobs SET status = 'queued', owner = '' WHERE {gone}",
        owner=owner,
        seen_before=seen_before,
    )


def advance(session: Session, number: str, progress: float | None, message: str) -> None:
    """Note how far a job has come."""
    session.run(
        "UPDATE jobs SET progress = :progress, message = :message, seen_at = :now WHERE id = :id",
        id=number,
        progress=progress,
        message=message,
        now=micros(),
    )


def see(session: Session, number: str) -> None:
    """Note that the owner of a job lives."""
    session.run("UPDATE jobs SET seen_at = :now WHERE id = :id", id=number, now=micros())


def release(session: Session, number: str) -> None:
    """Put a job back that its owner could not finish before it stopped."""
    session.run(
        """
        UPDATE jobs
        SET status = 'queued', owner = '', attempts = attempts - 1
        WHERE id = :id AND status = 'running'
        """,
        id=number,
    )


def finish(
    session: Session, number: str, *, status: JobStatus, result: Any, error: str = ""
) -> None:
    """Note how a job ended."""
    session.run(
        """
        UPDATE jobs
        SET status = :status,
            progress = CASE WHEN :status = 'done' THEN 1.0 ELSE progress END,
            message = '',
            error = :error,
            result = :result,
            finished_at = :now
        WHERE id = :id
        """,
        id=number,
        status=status,
        error=error,
        result=json.dumps(result, default=str),
        now=micros(),
    )


def forget_old(session: Session, before: int) -> None:
    """Drop jobs that ended long ago."""
    session.run(
        "DELETE FROM jobs WHERE status IN :ended AND finished_at < :before",
        ended=["done", "failed", "cancelled"],
        before=before,
    )


def _job(row: Row) -> Job:
    return Job(
        id=row["id"],
        kind=row["kind"],
        title=row["title"],
        project_id=row["project_id"],
        arguments=json.loads(row["arguments"]),
        status=cast("JobStatus", row["status"]),  # nothing else is written
        progress=row["progress"],
        message=row["message"],
        error=row["error"],
        result=json.loads(row["result"]),
        attempts=row["attempts"],
        cancelled=row["cancelled_at"] is not None,
        created_by=row["created_by"],
        created_at=moment(row["created_at"]),
        started_at=moment(row["started_at"]),
        finished_at=moment(row["finished_at"]),
    )
