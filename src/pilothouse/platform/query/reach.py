"""Which projects a request may name, and how they are called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Protocol

from fastapi import Query, Request

from pilothouse.platform.errors import NotFound
from pilothouse.platform.query.scope import Projects

Allowed = Callable[[Request, str], bool]
"""Whether a request may see a project."""
Author = Callable[[Request], str]
Limit = Annotated[int, Query(ge=1, le=1000)]


class Directory(Projects, Protocol):
    """What the routes need of projects."""

    def name_of(self, number: int) -> str | None: ...


class Reach:
    """The projects of a request."""

    def __init__(self, projects: Directory, allowed: Allowed) -> None:
        self._projects = projects
        self._allowed = allowed

    def number(self, request: Request, project: str) -> int:
        """The number of a project. Raises NotFound."""
        number = self._projects.find(project) if self._allowed(request, project) else None
        if number is None:
            raise NotFound(f"there is no project {project!r}", {"project": project})
        return number

    def name(self, number: int | None) -> str | None:
        """The name of a project, None for what all share."""
        return None if number is None else self._projects.name_of(number)

    def sees(self, request: Request, number: int | None) -> bool:
        """Whether a request may see what is of a project, or of all."""
        if number is None:
            return True
        name = self._projects.name_of(number)
        return name is not None and self._allowed(request, name)
