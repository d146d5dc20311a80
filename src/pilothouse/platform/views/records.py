"""How saved views are kept."""

from __future__ import annotations

import json
from typing import Any

from pilothouse.platform.records import Session, micros, moment
from pilothouse.platform.records.engine import Row
from pilothouse.platform.views.models import View


def of_project(session: Session, project_id: int | None) -> list[View]:
    """The views of a project and those of all projects, by name; None gives every view."""
    rows = session.all(
        """
        SELECT *
        FROM views
        WHERE :every = 1 OR project_id = :project_id OR project_id IS NULL
        ORDER BY name, id
        """,
        every=1 if project_id is None else 0,
        project_id=-1 if project_id is None else project_id,
    )
    return [_view(row) for row in rows]


def one(session: Session, number: int) -> View | None:
    """The view of this number."""
    row = session.one("SELECT * FROM views WHERE id = :id", id=number)
    return None if row is None else _view(row)


def add(session: Session, project_id: int | None, created_by: str, values: dict[str, Any]) -> int:
    """Add a view; -> its number."""
    row = session.one(
        """
        INSERT INTO views
            (project_id, name, scope, filter, columns, order_by, options, created_by,
             created_at, updated_at)
        VALUES
            (:project_id, :name, :scope, :filter, :columns, :order_by, :options, :created_by,
             :now, :now)
        RETURNING id
        """,
        project_id=project_id,
        created_by=created_by,
        now=micros(),
        **_values(values),
    )
    assert row is not None
    return int(row["id"])


def change(session: Session, number: int, values: dict[str, Any]) -> None:
    """Write all that can be changed of a view."""
    session.run(
        """
        UPDATE views
        SET name = :name,
            scope = :scope,
            filter = :filter,
            columns = :columns,
            order_by = :order_by,
            options = :options,
            updated_at = :now
        WHERE id = :id
        """,
        id=number,
        now=micros(),
        **_values(values),
    )


def remove(session: Session, number: int) -> bool:
    """Remove a view; False when there is none of this number."""
    return session.run("DELETE FROM views WHERE id = :id", id=number) == 1


def _values(values: dict[str, Any]) -> dict[str, object]:
    return {
        "name": values["name"],
        "scope": values["scope"],
        "filter": values["filter"],
        "columns": json.dumps(list(values["columns"])),
        "order_by": values["order_by"],
        "options": json.dumps(values["state"]),
    }


def _view(row: Row) -> View:
    return View(
        id=row["id"],
        project_id=row["project_id"],
        name=row["name"],
        scope=row["scope"],
        filter=row["filter"],
        columns=tuple(json.loads(row["columns"])),
        order_by=row["order_by"],
        state=json.loads(row["options"]),
        created_by=row["created_by"],
        created_at=moment(row["created_at"]),
        updated_at=moment(row["updated_at"]),
    )
