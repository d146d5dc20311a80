"""What a target answered to an example, in the form that a journal keeps and a trace is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

FIELD: Final = "server_call"
"""The field of a row that holds its call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a target."""

    start_ns: int
    end_ns: int
    asked_ns: int = 0
    """When the model was asked, its messages being ready."""
    error_type: str = ""
    error: str = ""
    messages: list[dict[str, Any]] = field(default_factory=list)
    """What a model read; none for an application."""
    parameters: dict[str, Any] = field(default_factory=dict)
    model: str = ""
    text: str = ""
    """What a model wrote."""
    finish_reason: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    cost: float | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    """What else the span of the row says."""

    def document(self) -> dict[str, Any]:
        """The call as JSON takes it."""
        return asdict(self)


def call_of(fields: Mapping[str, Any]) -> Call | None:
    """The call that a row's fields hold."""
    kept = fields.get(FIELD)
    return None if kept is None else Call(**kept)
