"""How shares are kept."""

from __future__ import annotations

from pilothouse.platform.records import Session, micros, moment
from pilothouse.platform.records.engine import Row
from pilothouse.platform.sharing.models import Share, Target, target_of


def of_target(session: Session, target: Target) -> Share | None:
    """The share of a target."""
    row = session.one(
        "SELECT * FROM shares WHERE kind = :kind AND target = :target",
        kind=target.kind,
        target=target.key,
    )
    return None if row is None else _share(row)


def of_targets(session: Session, targets: list[Target]) -> list[Share]:
    """The shares of some targets of one kind."""
    if not targets:
        return []
    rows = session.all(
        "SELECT * FROM shares WHERE kind = :kind AND target IN :targets",
        kind=targets[0].kind,
        targets=[target.key for target in targets],
    )
    return [_share(row) for row in rows]


def of_token(session: Session, token: str) -> Share | None:
    """What a token opens."""
    row = session.one("SELECT * FROM shares WHERE token = :token", token=token)
    return None if row is None else _share(row)


def every(session: Session) -> list[Share]:
    """All shares, the newest first."""
    rows = session.all("SELECT * FROM shares ORDER BY created_at DESC, token")
    return [_share(row) for row in rows]


def add(session: Session, token: str, target: Target, created_by: str) -> None:
    """Keep a token, unless the target has one."""
    session.run(
        """
        INSERT INTO shares (token, kind, target, project_id, created_by, created_at)
        VALUES (:token, :kind, :target, :project_id, :created_by, :now)
        ON CONFLICT DO NOTHING
        """,
        token=token,
        kind=target.kind,
        target=target.key,
        project_id=target.project_id,
        created_by=created_by,
        now=micros(),
    )


def remove(session: Session, target: Target) -> bool:
    """Forget the token of a target; False when it has none."""
    return (
        session.run(
            "DELETE FROM shares WHERE kind = :kind AND target = :target",
            kind=target.kind,
            target=target.key,
        )
        > 0
    )


def remove_token(session: Session, token: str) -> bool:
    """Forget a token; False when there is none."""
    return session.run("DELETE FROM shares WHERE token = :token", token=token) > 0


def remove_of_project(session: Session, project_id: int) -> int:
    """Forget the tokens of all that lay in a project; -> how many."""
    return session.run("DELETE FROM shares WHERE project_id = :id", id=project_id)


def _share(row: Row) -> Share:
    return Share(
        token=row["token"],
        target=target_of(row["kind"], row["project_id"], row["target"]),
        created_by=row["created_by"],
        created_at=moment(row["created_at"]),
    )
