"""How projects are kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from pilothouse.platform.projects.models import MaskingRule, Project, ProjectKind
from pilothouse.platform.records import Session, micros, micros_of, moment
from pilothouse.platform.records.engine import Row

_COLUMNS = (
    "id, name, description, retention_days, masking, demo, created_at, uuid, kind, extra,"
    " started_at, ended_at"
)


def every(session: Session) -> list[Project]:
    """All projects but deleted ones, by name."""
    rows = session.all(
        f"""
        SELECT {_COLUMNS}
        FROM projects
        WHERE deleted_at IS NULL
        ORDER BY name
        """
    )
    return [_project(row) for row in rows]


def deleted(session: Session) -> set[int]:
    """The numbers of deleted projects."""
    return {
        row["id"] for row in session.all("SELECT id FROM projects WHERE deleted_at IS NOT NULL")
    }


def by_name(session: Session, name: str) -> Project | None:
    """The project of this name."""
    row = session.one(
        f"""
        SELECT {_COLUMNS}
        FROM projects
        WHERE name = :name AND deleted_at IS NULL
        """,
        name=name,
    )
    return None if row is None else _project(row)


def add(
    session: Session,
    name: str,
    *,
    demo: bool = False,
    uuid: str | None = None,
    kind: ProjectKind = "project",
    description: str = "",
    extra: Mapping[str, Any] | None = None,
    started_at: datetime | None = None,
) -> bool:
    """Add a project unless there is one of this name; whether it was added."""
    added = session.run(
        """
        INSERT INTO projects
            (name, demo, created_at, uuid, kind, description, extra, started_at)
        VALUES
            (:name, :demo, :now, :uuid, :kind, :description, :extra, :started_at)
        ON CONFLICT (name) WHERE deleted_at IS NULL DO NOTHING
        """,
        name=name,
        demo=demo,
        now=micros(),
        uuid=uuid or str(uuid4()),
        kind=kind,
        description=description,
        extra=json.dumps(dict(extra or {})),
        started_at=micros_of(started_at),
    )
    return added == 1


def uuid_taken(session: Session, uuid: str) -> bool:
    """Whether a project has this UUID, or had it before it was deleted."""
    return session.one("SELECT 1 AS one FROM projects WHERE uuid = :uuid", uuid=uuid) is not None


def change(
    session: Session,
    number: int,
    *,
    name: str,
    description: str,
    retention_days: int | None,
    masking: tuple[MaskingRule, ...],
    extra: Mapping[str, Any],
    started_at: datetime | None,
    ended_at: datetime | None,
) -> bool:
    """Set everything of a project that can be changed; False when another has the name."""
    return session.run_unless_taken(
        """
        UPDATE projects
        SET name = :name,
            description = :description,
            retention_days = :retention_days,
            masking = :masking,
            extra = :extra,
            started_at = :started_at,
            ended_at = :ended_at
        WHERE id = :id
        """,
        id=number,
        name=name,
        description=description,
        retention_days=retention_days,
        masking=json.dumps(list(masking)),
        extra=json.dumps(dict(extra)),
        started_at=micros_of(started_at),
        ended_at=micros_of(ended_at),
    )


def bury(session: Session, number: int) -> None:
    """Mark a project as deleted and forget what belongs to it; its number stays taken."""
    session.run("UPDATE projects SET deleted_at = :now WHERE id = :id", id=number, now=micros())
    session.run("DELETE FROM api_keys WHERE project_id = :id", id=number)
    session.run("DELETE FROM prices WHERE project_id = :id", id=number)
    session.run("DELETE FROM views WHERE project_id = :id", id=number)
    session.run("DELETE FROM dashboards WHERE project_id = :id", id=number)
    session.run("DELETE FROM alert_rules WHERE project_id = :id", id=number)
    session.run("DELETE FROM alert_maintenance WHERE project_id = :id", id=number)
    session.run("DELETE FROM budgets WHERE project_id = :id", id=number)
    session.run("DELETE FROM experiments WHERE project_id = :id", id=number)
    session.run("DELETE FROM storage_samples WHERE project_id = :id", id=number)


def _project(row: Row) -> Project:
    return Project(
        id=row["id"],
        name=row["name"],
        created_at=moment(row["created_at"]),
        description=row["description"],
        retention_days=row["retention_days"],
        masking=tuple(json.loads(row["masking"])),
        demo=bool(row["demo"]),
        uuid=row["uuid"] or "",
        kind=row["kind"],
        extra=json.loads(row["extra"]),
        started_at=moment(row["started_at"]),
        ended_at=moment(row["ended_at"]),
    )
