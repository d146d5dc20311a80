"""What a project is, and which names it may have."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from pilothouse.platform.errors import BadRequest

LONGEST_NAME: Final = 200
DEFAULT: Final = "default"
"""The project of spans that name none."""

MaskingRule = Mapping[str, Any]  # Any: each kind of rule has fields of its own
ProjectKind = Literal["project", "experiment"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project and its settings."""

    id: int
    """Its number in the span store; never given to another project."""
    name: str
    created_at: datetime
    description: str = ""
    retention_days: int | None = None
    """None where none is set (see `kept_days`); 0 keeps spans for ever."""
    masking: tuple[MaskingRule, ...] = ()
    demo: bool = False
    """Whether its traces are examples that came with the server."""
    uuid: str = ""
    """How protocols that know projects by UUID call it; never changes."""
    kind: ProjectKind = "project"
    """An experiment's runs lie in a project of their own, which no list of projects shows."""
    extra: Mapping[str, Any] = field(default_factory=dict)  # Any: the client's own JSON
    started_at: datetime | None = None
    ended_at: datetime | None = None

    def kept_days(self, server_days: int) -> int:
        """How many days its traces are kept, 0 for ever, on a server that keeps them so long.

        An experiment is a result that people come back to: what bounds the traffic of a service
        does not end it.
        """
        if self.retention_days is not None:
            return self.retention_days
        return 0 if self.kind == "experiment" else server_days


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectActivity:
    """What is known of the traces of a project."""

    trace_count: int
    error_count: int
    last_trace_at: str | None
    """When the newest trace began, RFC 3339."""
    activity: list[int]
    """Traces by hour over the last 24 hours, the last one is the hour that is running."""


def checked_name(name: str) -> str:
    """A name that a person chose, without space around it; raises BadRequest for a wrong one."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME:
        raise BadRequest(f"a project's name has 1 to {LONGEST_NAME} characters, not {len(name)}")
    if any(_is_control(character) for character in name):
        raise BadRequest(f"a project's name has no control characters, {name!r} has")
    return name


def clean_name(name: str) -> str:
    """The nearest allowed name to one that came with a span: nothing is refused for its project."""
    if name.isascii() and name.isprintable() and 0 < len(name) <= LONGEST_NAME:
        return name.strip() or DEFAULT
    kept = "".join(character for character in name if not _is_control(character))
    return kept.strip()[:LONGEST_NAME].strip() or DEFAULT


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}
