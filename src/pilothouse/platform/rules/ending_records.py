"""How it is kept which sessions were said to have ended."""

from __future__ import annotations

from collections.abc import Sequence

from pilothouse.platform.records import Session
from pilothouse.platform.rules.spend_records import SPEND_KEPT_US


def end(session: Session, project_id: int, session_id: str, at: int) -> None:
    """Note that a session ended at a time; of several times the last counts."""
    session.run(
        """
        INSERT INTO ended_sessions (project_id, session_id, ended_at)
        VALUES (:project_id, :session_id, :at)
        ON CONFLICT (project_id, session_id) DO UPDATE
        SET ended_at = CASE
            WHEN ended_sessions.ended_at < :at THEN :at ELSE ended_sessions.ended_at
        END
        """,
        project_id=project_id,
        session_id=session_id,
        at=at,
    )


def ended(session: Session, project_id: int, session_ids: Sequence[str]) -> dict[str, int]:
    """When some sessions ended, of those that did."""
    if not session_ids:
        return {}
    rows = session.all(
        """
        SELECT session_id, ended_at FROM ended_sessions
        WHERE project_id = :project_id AND session_id IN :session_ids
        """,
        project_id=project_id,
        session_ids=list(session_ids),
    )
    return {row["session_id"]: int(row["ended_at"]) for row in rows}


def forget(session: Session, now: int) -> None:
    """Drop what no turn comes to any more."""
    session.run("DELETE FROM ended_sessions WHERE ended_at < :before", before=now - SPEND_KEPT_US)
