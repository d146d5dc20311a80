"""What a share is, and what can be shared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

ShareKind = Literal["run", "trace", "thread", "dataset"]
KINDS: Final[tuple[ShareKind, ...]] = ("run", "trace", "thread", "dataset")
_BETWEEN: Final = "\x1f"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a token opens: ids stand in a project, a dataset stands in none."""

    kind: ShareKind
    project_id: int | None
    ids: tuple[str, ...]
    """(trace, span) of a run; the one id of the others."""

    @property
    def key(self) -> str:
        """What tells one target from another of its kind."""
        number = "" if self.project_id is None else str(self.project_id)
        return _BETWEEN.join((number, *self.ids))


def run_of(project_id: int, trace_id: str, span_id: str) -> Target:
    """A span; whoever has the token reads the rest of its trace too."""
    return Target(kind="run", project_id=project_id, ids=(trace_id, span_id))


def trace_of(project_id: int, trace_id: str) -> Target:
    """A whole trace."""
    return Target(kind="trace", project_id=project_id, ids=(trace_id,))


def thread_of(project_id: int, session_id: str) -> Target:
    """The traces of a session."""
    return Target(kind="thread", project_id=project_id, ids=(session_id,))


def dataset_of(dataset_id: str) -> Target:
    """A dataset with its examples."""
    return Target(kind="dataset", project_id=None, ids=(dataset_id,))


def target_of(kind: ShareKind, project_id: int | None, key: str) -> Target:
    """The target that `Target.key` was made of."""
    return Target(kind=kind, project_id=project_id, ids=tuple(key.split(_BETWEEN)[1:]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A token and what it opens, until it is taken back."""

    token: str
    target: Target
    created_by: str
    created_at: datetime
