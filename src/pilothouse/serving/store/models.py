"""What is kept of conversations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Status = Literal["complete", "partial", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A conversation of one owner."""

    id: str
    owner: str
    title: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    created: int
    """Microseconds since 1970, as all times here."""
    updated: int
    leaf_seq: int | None = None
    """The last message of the branch that is shown, where that is not the last of all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn; never changed once it is there."""

    id: str
    seq: int
    """Place in its thread, from 1."""
    role: str
    content: Any
    """The message as OpenAI writes it: a text, or an object with more than a text."""
    run_id: str | None = None
    status: Status = "complete"
    created: int = 0
    parent_seq: int = 0
    """The message that it follows; 0: none. Several that follow the same one are branches."""
    extra: dict[str, Any] | None = None
    """What came of an answer besides its text; no target is given it."""

    def plain(self) -> dict[str, Any]:
        """As a target is given it."""
        if isinstance(self.content, dict):
            return {"role": self.role, **self.content}
        return {"role": self.role, "content": self.content}
