"""From parameters of a request to a `Selection`: names to projects, text to times and filters."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Protocol

from pilothouse.filters import Expression, FilterError, moment_of, parse
from pilothouse.platform.errors import BadRequest, NotFound
from pilothouse.platform.store.selection import Selection
from pilothouse.platform.store.text_match import pieces


class NamedProject(Protocol):
    """What reading needs to know of a project."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...


class Projects(Protocol):
    """The part of the project directory that reading needs."""

    def find(self, name: str) -> int | None: ...
    def all(self) -> Iterable[NamedProject]: ...
    def plain(self) -> Iterable[NamedProject]: ...


def projects_of(projects: Projects, name: str | None, *, plain: bool = False) -> dict[int, str]:
    """The project of a name, or all; `plain` leaves out those of experiments. Raises NotFound."""
    if not name:
        found = projects.plain() if plain else projects.all()
        return {project.id: project.name for project in found}
    number = projects.find(name)
    if number is None:
        raise NotFound(f"there is no project {name!r}", {"project": name})
    return {number: name}


def filter_of(text: str | None) -> Expression | None:
    """The tree of a filter. Raises BadRequest with the column of the mistake."""
    try:
        return parse(text or "")
    except FilterError as e:
        raise BadRequest(str(e), {"parameter": "filter", **e.details()}) from e


def time_of(text: str | None, parameter: str) -> datetime | None:
    """A moment in RFC 3339, or seconds since 1970. Raises BadRequest."""
    if not text:
        return None
    moment = moment_of(
        text.replace(" ", "+")
        if text.count(" ") == 1 and ":" in text.split(" ")[1] and "T" in text
        else text
    )
    if moment is not None:
        return moment
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except (ValueError, OverflowError, OSError):
        raise BadRequest(
            f"{parameter} is no time: {text[:60]!r}; write it as 2026-11-21T09:00:00Z",
            {"parameter": parameter},
        ) from None


def selection_of(
    projects: Projects,
    *,
    project: str | None = None,
    since: str | None = None,
    until: str | None = None,
    filter_text: str | None = None,
    q: str | None = None,
) -> Selection:
    """What a request asks for. Raises NotFound, BadRequest."""
    return Selection(
        projects=projects_of(projects, project, plain=True),
        since=time_of(since, "from"),
        until=time_of(until, "to"),
        filter=filter_of(filter_text),
        pieces=tuple(pieces(q or "")),
        now=datetime.now(UTC),
    )
