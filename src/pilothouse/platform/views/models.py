"""What a saved view is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

ViewScope = Literal["traces", "spans", "sessions", "users"]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a list shows, under a name."""

    id: int
    project_id: int | None
    """None for a view of all projects."""
    name: str
    scope: ViewScope
    filter: str
    columns: tuple[str, ...]
    order_by: str
    state: dict[str, Any]
    """Whatever else the page wants to find again; the server does not look into it."""
    created_by: str
    created_at: datetime
    updated_at: datetime
