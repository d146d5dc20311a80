"""Dashboards: made, changed, removed; no change is lost to another one."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pilothouse.platform.dashboards import records as kept
from pilothouse.platform.dashboards.models import Dashboard
from pilothouse.platform.errors import Conflict, NotFound
from pilothouse.platform.records import Records, Session
from pilothouse.platform.records.lists import existing

Panels = tuple[dict[str, Any], ...]  # Any: JSON
Found = list[Dashboard]  # a name for annotations: in the class, `list` is a method


class Dashboards:
    """Dashboards of projects; a name stands once in a project."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def list(self, project_id: int | None = None) -> Found:
        """The dashboards of a project, or all, by name."""
        with self._records.read() as session:
            return kept.every(session, project_id)

    def get(self, dashboard_id: str) -> Dashboard:
        """The dashboard of an id. Raises NotFound."""
        with self._records.read() as session:
            return _existing(session, dashboard_id)

    def create(
        self,
        project_id: int,
        *,
        name: str,
        description: str = "",
        refresh_s: int | None = None,
        panels: Panels = (),
        by: str = "",
    ) -> Dashboard:
        """A new dashboard. Raises Conflict when its name is taken."""
        now = datetime.now(UTC)
        made = Dashboard(
            id=str(uuid.uuid4()),
            project_id=project_id,
            name=name,
            description=description,
            refresh_s=refresh_s,
            panels=panels,
            version=1,
            created_by=by,
            updated_by=by,
            created_at=now,
            updated_at=now,
        )
        with self._records.write() as session:
            if not kept.add(session, made):
                raise _taken(name)
            return _existing(session, made.id)

    def change(
        self, dashboard_id: str, *, version: int, by: str, given: Mapping[str, Any]
    ) -> Dashboard:  # Any: fields of Dashboard, each its own
        """The dashboard after a change of its fields.

        Raises Conflict when it has no longer the version that was read, or the name is taken.
        """
        with self._records.write() as session:
            session.hold("dashboards", id=dashboard_id)
            found = _existing(session, dashboard_id)
            if found.version != version:
                raise _changed_meanwhile(found)
            changed = dataclasses.replace(found, **given, updated_by=by, version=version + 1)
            if not kept.change(session, changed):
                raise _taken(changed.name)
            return _existing(session, dashboard_id)

    def remove(self, dashboard_id: str) -> None:
        """Remove a dashboard. Raises NotFound."""
        with self._records.write() as session:
            if not kept.remove(session, dashboard_id):
                raise no_dashboard(dashboard_id)


def no_dashboard(dashboard_id: str) -> NotFound:
    """What is said of an id that no dashboard has, or none that may be seen."""
    return NotFound(f"there is no dashboard {dashboard_id!r}")


def _existing(session: Session, dashboard_id: str) -> Dashboard:
    return existing(kept.one(session, dashboard_id), no_dashboard(dashboard_id))


def _taken(name: str) -> Conflict:
    return Conflict(f"there is a dashboard {name!r} already", {"field": "name"})


def _changed_meanwhile(found: Dashboard) -> Conflict:
    who = found.updated_by or "somebody"
    return Conflict(
        f"{who} changed the dashboard {found.name!r} meanwhile: load it again and repeat your "
        "change, or keep yours under another name",
        {"field": "version", "version": found.version},
    )
