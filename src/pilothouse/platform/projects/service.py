"""Projects by name and by number, fast enough to ask for every span."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from pilothouse.platform.errors import BadRequest, Conflict, NotFound
from pilothouse.platform.projects import records as kept
from pilothouse.platform.projects.models import (
    MaskingRule,
    Project,
    ProjectKind,
    checked_name,
    clean_name,
)
from pilothouse.platform.records import Records, Session

REFRESH_S: Final = 15.0
"""How old the picture of a database may be that other servers write to as well."""


class Unset:
    """The type of a setting that a change leaves as it is."""


UNSET: Final = Unset()


class ProjectDirectory:
    """All projects, kept in memory; may be asked from any thread."""

    def __init__(
        self,
        records: Records,
        *,
        check_masking: Callable[[Iterable[MaskingRule]], None] | None = None,
    ) -> None:
        """`check_masking` raises ValueError with one line about a masking rule that is wrong."""
        self._records = records
        self._check_masking = check_masking
        self._changing = threading.Lock()
        self._by_name: dict[str, Project] = {}
        self._by_id: dict[int, Project] = {}
        self._by_uuid: dict[str, Project] = {}
        self._spellings: dict[str, int] = {}
        self._read_at: float | None = None
        self._when_deleted: list[Callable[[Project], None]] = []

    def id_of(self, name: str) -> int:
        """The number of the project that a span names; created when it is first written to."""
        if self._records.shared:
            self._refresh()
        number = self._spellings.get(name)
        return self._first_seen(name) if number is None else number

    def find(self, name: str) -> int | None:
        """The number of a project, None when there is none of this name."""
        project = self._found(name)
        return None if project is None else project.id

    def name_of(self, number: int) -> str | None:
        """The name of a project, None when there is none of this number."""
        project = self.by_id(number)
        return None if project is None else project.name

    def by_id(self, number: int) -> Project | None:
        """The project of this number; the same object until one of its settings changes."""
        self._refresh()
        project = self._by_id.get(number)
        if project is None and self._records.shared:
            self._read()
            project = self._by_id.get(number)
        return project

    def all(self) -> list[Project]:
        """All projects by name."""
        self._refresh()
        return list(self._by_name.values())

    def plain(self) -> list[Project]:
        """All projects by name but those of experiments."""
        return [project for project in self.all() if project.kind == "project"]

    def by_uuid(self, uuid: str) -> Project | None:
        """The project that protocols know by this UUID, an experiment's too."""
        self._refresh()
        project = self._by_uuid.get(uuid)
        if project is None and self._records.shared:
            self._read()
            project = self._by_uuid.get(uuid)
        return project

    def get(self, name: str) -> Project:
        """The project of this name; raises NotFound."""
        project = self._found(name)
        if project is None:
            raise NotFound(f"there is no project {name!r}")
        return project

    def create(
        self,
        name: str,
        *,
        demo: bool = False,
        uuid: str | None = None,
        kind: ProjectKind = "project",
        description: str = "",
        extra: Mapping[str, Any] | None = None,
        started_at: datetime | None = None,
        also: Callable[[Session, int], object] | None = None,
    ) -> Project:
        """A new project; raises BadRequest for a wrong name, Conflict for a taken one or UUID.

        `also` writes in the same transaction what belongs to the project, given its number.
        """
        name = checked_name(name)
        with self._records.write() as session:
            if uuid is not None and kept.uuid_taken(session, uuid):
                raise Conflict(f"there is a project with the id {uuid} already")
            added = kept.add(
                session,
                name,
                demo=demo,
                uuid=uuid,
                kind=kind,
                description=description,
                extra=extra,
                started_at=started_at,
            )
            if added and also is not None:
                made = kept.by_name(session, name)
                assert made is not None
                also(session, made.id)
        self._read()
        if not added:
            raise Conflict(f"there is a project {name!r} already")
        return self.get(name)

    def change(
        self,
        name: str,
        *,
        new_name: str | None = None,
        description: str | None = None,
        retention_days: int | Unset | None = UNSET,
        masking: Iterable[MaskingRule] | None = None,
        extra: Mapping[str, Any] | None = None,
        started_at: datetime | None = None,
        ended_at: datetime | None = None,
    ) -> Project:
        """The project after the given settings are changed; the others stay as they are."""
        renamed = None if new_name is None else checked_name(new_name)
        rules = None if masking is None else tuple(dict(rule) for rule in masking)
        if not isinstance(retention_days, Unset) and retention_days is not None:
            _check_retention(retention_days)
        if rules is not None and self._check_masking is not None:
            try:
                self._check_masking(rules)
            except ValueError as error:
                raise BadRequest(f"masking: {error}") from None
        with self._records.write() as session:
            session.hold("projects", name=name)
            project = kept.by_name(session, name)
            if project is None:
                raise NotFound(f"there is no project {name!r}")
            changed = kept.change(
                session,
                project.id,
                name=renamed or name,
                description=project.description if description is None else description,
                retention_days=project.retention_days
                if isinstance(retention_days, Unset)
                else retention_days,
                masking=project.masking if rules is None else rules,
                extra=project.extra if extra is None else extra,
                started_at=started_at or project.started_at,
                ended_at=ended_at or project.ended_at,
            )
            if not changed:
                raise Conflict(f"there is a project {renamed!r} already")
        self._read()
        return self.get(renamed or name)

    def delete(self, name: str) -> Project:
        """The project that is gone from now on; its spans are removed by a job of its own."""
        with self._records.write() as session:
            project = kept.by_name(session, name)
            if project is None:
                raise NotFound(f"there is no project {name!r}")
            kept.bury(session, project.id)
        self._read()
        for tell in self._when_deleted:
            tell(project)
        return project

    def when_deleted(self, tell: Callable[[Project], None]) -> None:
        """Have something called with each project that was just deleted: its name is free."""
        self._when_deleted.append(tell)

    def deleted(self) -> set[int]:
        """The numbers of all projects that were deleted."""
        with self._records.read() as session:
            return kept.deleted(session)

    def _found(self, name: str) -> Project | None:
        self._refresh()
        project = self._by_name.get(name)
        if project is None and self._records.shared:
            self._read()
            project = self._by_name.get(name)
        return project

    def _first_seen(self, name: str) -> int:
        clean = clean_name(name)
        project = self._found(clean)
        if project is None:
            with self._records.write() as session:
                kept.add(session, clean)
            self._read()
            project = self.get(clean)
        with self._changing:
            # Spellings that clean_name changes come from outside and have no end: few are kept.
            if len(self._spellings) > 2 * len(self._by_name) + 1000:
                self._spellings = {known: found.id for known, found in self._by_name.items()}
            if project.id in self._by_id:  # else it was deleted meanwhile
                self._spellings[name] = project.id
        return project.id

    def _refresh(self) -> None:
        if self._read_at is None or (
            self._records.shared and time.monotonic() - self._read_at > REFRESH_S
        ):
            self._read()

    def _read(self) -> None:
        # The maps are replaced, never changed in place: readers need no lock.
        with self._changing:
            with self._records.read() as session:
                found = kept.every(session)
            unchanged = dict(self._by_id)
            projects = [
                before if (before := unchanged.get(project.id)) == project else project
                for project in found
            ]
            self._by_id = {project.id: project for project in projects}
            self._by_name = {project.name: project for project in projects}
            self._by_uuid = {project.uuid: project for project in projects}
            self._spellings = {project.name: project.id for project in projects}
            self._read_at = time.monotonic()


def _check_retention(days: int) -> None:
    if not 0 <= days <= 36500:
        raise BadRequest(f"retention_days is 0 (for ever) to 36500, not {days}")
