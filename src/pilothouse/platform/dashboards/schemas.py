"""Dashboards as the API takes and shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from pilothouse.platform.dashboards.models import Dashboard, PanelKind
from pilothouse.platform.query.sums_models import Chart

COLUMNS: Final = 12
MOST_PANELS: Final = 30
"""A figure asks two charts, and one question has sixty at most."""

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Description = Annotated[str, Field(max_length=2000)]
Refresh = Annotated[int, Field(ge=5, le=86_400)]


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Position(_Written):
    """Where a panel stands on twelve columns, in cells from the upper left."""

    x: Annotated[int, Field(ge=0, lt=COLUMNS)]
    y: Annotated[int, Field(ge=0, le=10_000)]
    w: Annotated[int, Field(ge=1, le=COLUMNS)]
    h: Annotated[int, Field(ge=1, le=100)]

    @model_validator(mode="after")
    def _within(self) -> Self:
        if self.x + self.w > COLUMNS:
            raise ValueError(f"x + w is at most {COLUMNS}, the number of columns")
        return self


class PanelOptions(_Written):
    """What is drawn otherwise than usual."""

    text: Annotated[str, Field(max_length=20_000)] = ""
    """Markdown, of a panel of text."""
    unit: Literal["count", "ms", "share", "usd", "tokens", "score", "mean", "speed"] | None = None
    """Of its values; null for what the measure suggests."""
    worse: Literal["up", "down"] | None = None
    """Which direction of the figure is bad; null for none."""


class Panel(_Written):
    """One panel: what it asks, how it is drawn, where it stands."""

    id: Annotated[str, Field(pattern=r"^[\w-]{1,64}$")]
    title: Annotated[str, Field(max_length=200)] = ""
    kind: PanelKind
    question: Chart | None = None
    """What is asked of `POST /metrics/query`, without project and time; null for text."""
    position: Position
    options: PanelOptions = PanelOptions()


def _told_apart(panels: list[Panel]) -> list[Panel]:
    ids = [panel.id for panel in panels]
    for number, each in enumerate(ids):
        if each in ids[:number]:
            raise ValueError(f"two panels have the id {each!r}")
    return panels


Panels = Annotated[list[Panel], Field(max_length=MOST_PANELS)]


class NewDashboard(_Written):
    """A dashboard to make, as it is shown too: what only the server writes is not looked at."""

    project: str
    name: Name
    description: Description = ""
    refresh_s: Refresh | None = None
    panels: Panels = []

    @model_validator(mode="before")
    @classmethod
    def _as_shown(cls, given: Any) -> Any:  # Any: JSON of whoever asks
        if not isinstance(given, dict):
            return given
        return {name: value for name, value in given.items() if name not in _OF_SERVER}

    _ids = field_validator("panels")(_told_apart)


class DashboardChange(_Written):
    """What to change; what is absent stays."""

    version: int
    """The one that was read: when somebody else has changed it since, this is refused."""
    name: Name | None = None
    description: Description | None = None
    refresh_s: Refresh | None = None
    """null for never by itself."""
    panels: Panels | None = None

    @field_validator("panels")
    @classmethod
    def _ids(cls, panels: list[Panel] | None) -> list[Panel] | None:
        return None if panels is None else _told_apart(panels)


class DashboardSummary(BaseModel):
    """A dashboard without its panels."""

    id: str
    project: str
    name: str
    description: str
    panel_count: int
    version: int
    created_by: str | None
    updated_by: str | None
    created_at: datetime
    updated_at: datetime


class DashboardPage(BaseModel):
    """Dashboards by name."""

    items: list[DashboardSummary]
    next_cursor: str | None = None


class DashboardOut(DashboardSummary):
    """A dashboard. Posted again, it makes another one like it."""

    refresh_s: int | None
    panels: list[Panel]


_OF_SERVER: Final = set(DashboardOut.model_fields) - set(NewDashboard.model_fields)


def summary(found: Dashboard, project: str) -> DashboardSummary:
    """A dashboard as lists show it."""
    return DashboardSummary(**_common(found, project))


def dashboard_out(found: Dashboard, project: str) -> DashboardOut:
    """A dashboard as the API shows it."""
    return DashboardOut(
        **_common(found, project),
        refresh_s=found.refresh_s,
        panels=[Panel.model_validate(panel) for panel in found.panels],
    )


def kept_panels(panels: list[Panel]) -> tuple[dict[str, Any], ...]:  # Any: JSON
    """Panels as they are kept: a question keeps only what it says, the rest is the page's."""
    return tuple(
        panel.model_dump(exclude={"question"})
        | {"question": panel.question and panel.question.model_dump(exclude_unset=True)}
        for panel in panels
    )


def given(body: DashboardChange) -> dict[str, Any]:  # Any: each field its own
    """What a change says, as a dashboard has it."""
    said: dict[str, Any] = {
        name: value
        for name, value in (("name", body.name), ("description", body.description))
        if value is not None
    }
    if "refresh_s" in body.model_fields_set:
        said["refresh_s"] = body.refresh_s
    if body.panels is not None:
        said["panels"] = kept_panels(body.panels)
    return said


def _common(found: Dashboard, project: str) -> dict[str, Any]:  # Any: each field its own
    return {
        "id": found.id,
        "project": project,
        "name": found.name,
        "description": found.description,
        "panel_count": len(found.panels),
        "version": found.version,
        "created_by": found.created_by or None,
        "updated_by": found.updated_by or None,
        "created_at": found.created_at,
        "updated_at": found.updated_at,
    }
