"""How large the store was, hour by hour, to say how fast it grows."""

from __future__ import annotations

from collections.abc import Mapping

from pilothouse.platform.records import Session

TOTAL = 0
"""Stands for all projects together; no project has this number."""


def note(session: Session, hour: int, sizes: Mapping[int, tuple[int, int]]) -> None:
    """Note (bytes, rows) of each project in an hour (seconds since 1970)."""
    for project, (size, rows) in sizes.items():
        session.run(
            """
            INSERT INTO storage_samples (hour, project_id, bytes, row_count)
            VALUES (:hour, :project, :bytes, :rows)
            ON CONFLICT (hour, project_id)
            DO UPDATE SET bytes = excluded.bytes, row_count = excluded.row_count
            """,
            hour=hour,
            project=project,
            bytes=size,
            rows=rows,
        )


def earliest(session: Session, since: int) -> dict[int, tuple[int, int]]:
    """The first (hour, bytes) of each project since a time."""
    rows = session.all(
        """
        SELECT s.project_id, s.hour, s.bytes
        FROM storage_samples s
        JOIN (
            SELECT project_id, min(hour) AS hour
            FROM storage_samples
            WHERE hour >= :since
            GROUP BY project_id
        ) first ON first.project_id = s.project_id AND first.hour = s.hour
        """,
        since=since,
    )
    return {row["project_id"]: (int(row["hour"]), int(row["bytes"])) for row in rows}


def forget(session: Session, before: int) -> None:
    """Drop samples from before a time."""
    session.run("DELETE FROM storage_samples WHERE hour < :before", before=before)
