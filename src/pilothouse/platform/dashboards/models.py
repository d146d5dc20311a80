"""What a dashboard is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

PanelKind = Literal[
    "line", "area", "bar", "stacked", "heatmap", "histogram", "table", "figure", "text"
]
OVER_TIME: tuple[PanelKind, ...] = ("line", "area", "bar", "stacked")
"""Kinds that draw series over time: several measures, or one measure of several groups."""
BUCKETED: tuple[PanelKind, ...] = ("heatmap", "histogram")
"""Kinds that draw how often values come, and so ask `histogram(…)`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """Panels under a name, and who wrote them last."""

    id: str
    project_id: int
    name: str
    description: str
    refresh_s: int | None
    """How often it asks anew by itself; None for not at all."""
    panels: tuple[dict[str, Any], ...]  # Any: JSON, as `schemas.Panel` checked it
    version: int
    """Goes up with every change: who changes what somebody else has changed is told so."""
    created_by: str
    updated_by: str
    created_at: datetime
    updated_at: datetime
