"""What callers may see: of a project its own, and what belongs to none."""

from __future__ import annotations

from fastapi import Request

from pilothouse.platform.access.models import ANYONE, Principal
from pilothouse.platform.errors import Forbidden, NotFound


def _principal(request: Request) -> Principal:
    found: Principal = request.scope.get("state", {}).get("principal") or ANYONE
    return found


def sees_workspace(request: Request) -> bool:
    """Whether the caller sees what belongs to no project; a key of one project does not."""
    return _principal(request).project is None


def project_for(request: Request, project: str | None) -> str | None:
    """The project that a question is about: for a key of one project its own, said or not.

    Raises Forbidden where such a key asks about another.
    """
    own = _principal(request).project
    if own is None or project == own:
        return project
    if project is not None:
        raise Forbidden(f"this key belongs to project {own!r} and may not ask about {project!r}")
    return own


def changes_workspace(request: Request) -> str:
    """The caller's name, for records; raises Forbidden for a key of one project."""
    principal = _principal(request)
    if principal.project is not None:
        raise Forbidden(
            f"this key belongs to project {principal.project!r} and may not change "
            "what all projects share"
        )
    return principal.name or "local"


def reads_workspace(request: Request) -> str:
    """The caller's name; raises NotFound for a key of one project: what all share is not there."""
    if not sees_workspace(request):
        raise NotFound("there is nothing of this kind that this key may read")
    return _principal(request).name or "local"
