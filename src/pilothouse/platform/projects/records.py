"""How projects are kept."""

from __future__ import annotations

import json

from pilothouse.platform.projects.models import MaskingRule, Project
from pilothouse.platform.records import Session, micros, moment
from pilothouse.platform.records.engine import Row

_COLUMNS = "id, name, description, retention_days, masking, demo, created_at"


def every(session: Session) -> list[Project]:
    """All projects but deleted ones, by name."""
    rows = session.all(
        f"""
        SELECT {_COLUMNS}
        FROM projects
        WHERE deleted_at IS NULL
        ORDER BY name
        """  # noqa: S608 - a constant list of columns
    )
    return [_project(row) for row in rows]


def by_name(session: Session, name: str) -> Project | None:
    """The project of this name."""
    row = session.one(
        f"""
        SELECT {_COLUMNS}
        FROM projects
        WHERE name = :name AND deleted_at IS NULL
        """,  # noqa: S608 - a constant list of columns
        name=name,
    )
    return None if row is None else _project(row)


def add(session: Session, name: str, *, demo: bool = False) -> bool:
    """Add a project unless there is one of this name; whether it was added."""
    added = session.run(
        """
        INSERT INTO projects (name, demo, created_at)
        VALUES (:name, :demo, :now)
        ON CONFLICT (name) WHERE deleted_at IS NULL DO NOTHING
        """,
        name=name,
        demo=demo,
        now=micros(),
    )
    return added == 1


def change(
    session: Session,
    number: int,
    *,
    name: str,
    description: str,
    retention_days: int | None,
    masking: tuple[MaskingRule, ...],
) -> None:
    """Set everything of a project that can be changed."""
    session.run(
        """
        UPDATE projects
        SET name = :name,
            description = :description,
            retention_days = :retention_days,
            masking = :masking
        WHERE id = :id
        """,
        id=number,
        name=name,
        description=description,
        retention_days=retention_days,
        masking=json.dumps(list(masking)),
    )


def bury(session: Session, number: int) -> None:
    """Mark a project as deleted and forget what belongs to it; its number stays taken."""
    session.run("UPDATE projects SET deleted_at = :now WHERE id = :id", id=number, now=micros())
    session.run("DELETE FROM api_keys WHERE project_id = :id", id=number)
    session.run("DELETE FROM prices WHERE project_id = :id", id=number)
    session.run("DELETE FROM views WHERE project_id = :id", id=number)
    session.run("DELETE FROM storage_samples WHERE project_id = :id", id=number)


def _project(row: Row) -> Project:
    created_at = moment(row["created_at"])
    assert created_at is not None  # noqa: S101 - the column is NOT NULL
    return Project(
        id=row["id"],
        name=row["name"],
        created_at=created_at,
        description=row["description"],
        retention_days=row["retention_days"],
        masking=tuple(json.loads(row["masking"])),
        demo=bool(row["demo"]),
    )
