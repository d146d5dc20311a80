"""Keeps saved views."""

from __future__ import annotations

from typing import Any

from pilothouse.platform.errors import Conflict, NotFound
from pilothouse.platform.records import Records, Session
from pilothouse.platform.views import records as kept
from pilothouse.platform.views.models import View


class Views:
    """Saved views; a name stands once in a project and scope."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def of_project(self, project_id: int | None) -> list[View]:
        """The views of a project and those of all projects."""
        with self._records.read() as session:
            return kept.of_project(session, project_id)

    def get(self, number: int) -> View:
        """The view of this number; raises NotFound."""
        with self._records.read() as session:
            return _existing(kept.one(session, number), number)

    def create(self, project_id: int | None, created_by: str, values: dict[str, Any]) -> View:
        """A new view; raises Conflict when its name is taken."""
        with self._records.write() as session:
            _check_name(session, project_id, values, but=None)
            number = kept.add(session, project_id, created_by, values)
            return _existing(kept.one(session, number), number)

    def change(self, number: int, given: dict[str, Any]) -> View:
        """The view after the given changes."""
        with self._records.write() as session:
            session.hold("views", id=number)
            view = _existing(kept.one(session, number), number)
            values = {
                "name": view.name,
                "scope": view.scope,
                "filter": view.filter,
                "columns": view.columns,
                "order_by": view.order_by,
                "state": view.state,
                **given,
            }
            _check_name(session, view.project_id, values, but=number)
            kept.change(session, number, values)
            return _existing(kept.one(session, number), number)

    def remove(self, number: int) -> None:
        """Remove a view. Raises NotFound."""
        with self._records.write() as session:
            if not kept.remove(session, number):
                raise NotFound(f"there is no view {number}")


def _check_name(
    session: Session, project_id: int | None, values: dict[str, Any], *, but: int | None
) -> None:
    for view in kept.of_project(session, project_id):
        same = (view.project_id, view.scope, view.name)
        if same == (project_id, values["scope"], values["name"]) and view.id != but:
            raise Conflict(f"there is a view {view.name!r} already")


def _existing(view: View | None, number: int) -> View:
    if view is None:
        raise NotFound(f"there is no view {number}")
    return view
