"""How dashboards are kept."""

from __future__ import annotations

import json

from pilothouse.platform.dashboards.models import Dashboard
from pilothouse.platform.records import Session, micros, moment
from pilothouse.platform.records.engine import Row
from pilothouse.platform.records.lists import by_name


def every(session: Session, project_id: int | None) -> list[Dashboard]:
    """The dashboards of a project, or all, by name."""
    rows = by_name(session, "dashboards", project_id)
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


def change(session: Session, changed: Dashboard) -> bool:
    """Write what may change of a dashboard; False where its project has another one of its name."""
    return session.run_unless_taken(
        """
        UPDATE dashboards
        SET name = :name,
            description = :description,
            refresh_s = :refresh_s,
            panels = :panels,
            version = :version,
            updated_by = :updated_by,
            updated_at = :now
        WHERE id = :id
        """,
        now=micros(),
        **_written(changed),
    )


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
