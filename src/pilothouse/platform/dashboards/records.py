"""How dashboards are kept."""

from __future__ import annotations

import json

from pilothouse.platform.dashboards.models import Dashboard
from pilothouse.platform.records import Session, micros, moment
from pilothouse.platform.records.engine import Row


def every(session: Session, project_id: int | None) -> list[Dashboard]:
    """The dashboards of a project, or all, by name."""
    rows = session.all(
        """
        SELECT *
        FROM dashboards
        WHERE :every = 1 OR project_id = :project_id
        ORDER BY LOWER(name), name, id
        """,
        every=1 if project_id is None else 0,
        project_id=project_id or 0,
    )
    return [_dashboard(row) for row in rows]


def one(session: Session, dashboard_id: str) -> Dashboard | None:
    """The dashboard of an id."""
    row = session.one("SELECT * FROM dashboards WHERE id = :id", id=dashboard_id)
    return None if row is None else _dashboard(row)


def add(session: Session, made: Dashboard) -> bool:
    """Add a dashboard; False when its project has one of the name."""
    now = micros()
    return (
        session.run(
            """
            INSERT INTO dashboards
                (id, project_id, name, description, refresh_s, panels, version, created_by,
                 updated_by, created_at, updated_at)
            VALUES
                (:id, :project_id, :name, :description, :refresh_s, :panels, :version, :created_by,
                 :updated_by, :now, :now)
            ON CONFLICT DO NOTHING
            """,
            project_id=made.project_id,
            created_by=made.created_by,
            now=now,
            **_written(made),
        )
        == 1
    )


def change(session: Session, changed: Dashboard, *, before: int) -> bool:
    """Write what may change of a dashboard; False unless it still has the version `before`."""
    return (
        session.run(
            """
            UPDATE dashboards
            SET name = :name,
                description = :description,
                refresh_s = :refresh_s,
                panels = :panels,
                version = :version,
                updated_by = :updated_by,
                updated_at = :now
            WHERE id = :id AND version = :before
            """,
            before=before,
            now=micros(),
            **_written(changed),
        )
        == 1
    )


def is_taken(session: Session, project_id: int, name: str, *, but: str) -> bool:
    """Whether another dashboard of the project has a name."""
    row = session.one(
        "SELECT id FROM dashboards WHERE project_id = :project_id AND name = :name AND id != :but",
        project_id=project_id,
        name=name,
        but=but,
    )
    return row is not None


def remove(session: Session, dashboard_id: str) -> bool:
    """Remove a dashboard; False when there is none of this id."""
    return session.run("DELETE FROM dashboards WHERE id = :id", id=dashboard_id) == 1


def _written(dashboard: Dashboard) -> dict[str, object]:
    return {
        "id": dashboard.id,
        "name": dashboard.name,
        "description": dashboard.description,
        "refresh_s": dashboard.refresh_s,
        "panels": json.dumps(dashboard.panels),
        "version": dashboard.version,
        "updated_by": dashboard.updated_by,
    }


def _dashboard(row: Row) -> Dashboard:
    return Dashboard(
        id=row["id"],
        project_id=row["project_id"],
        name=row["name"],
        description=row["description"],
        refresh_s=row["refresh_s"],
        panels=tuple(json.loads(row["panels"])),
        version=row["version"],
        created_by=row["created_by"],
        updated_by=row["updated_by"],
        created_at=moment(row["created_at"]),
        updated_at=moment(row["updated_at"]),
    )
