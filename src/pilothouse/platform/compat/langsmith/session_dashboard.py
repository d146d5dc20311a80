"""The dashboard of a project: its traces, errors, latency, tokens and cost over time.

By type the charts count runs of every depth, else whole traces.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response

from pilothouse.platform.access.asked import principal_of
from pilothouse.platform.compat.langsmith.bodies import Body, Json, Moment, answer
from pilothouse.platform.compat.langsmith.filter_fields import RUN_TYPES, run_type
from pilothouse.platform.compat.langsmith.filter_text import Literal as Value
from pilothouse.platform.compat.langsmith.services import Services
from pilothouse.platform.compat.langsmith.sessions import Sessions
from pilothouse.platform.errors import Unprocessable
from pilothouse.platform.projects.models import Project
from pilothouse.platform.store import aggregates
from pilothouse.platform.store.aggregates import Question
from pilothouse.platform.store.measures import field_of, measure_of
from pilothouse.platform.store.selection import Selection

_DAYS: Final = 7
_POINTS: Final = 1_000
"""Steps of time in one answer."""
_GROUPS: Final = 5
_BY_TYPE: Final = "run_type"
Row = tuple[int | None, tuple[str, ...] | None, dict[str, Any]]
"""Seconds, what it is grouped by, measures by text (Any: numbers, null where there are none)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Series:
    metric: str
    """What the protocol calls it."""
    measure: str
    per: float = 1.0
    """By how much ours is larger: milliseconds are a thousand times the seconds."""


_CHARTS: Final[Mapping[str, Sequence[_Series]]] = {
    "Traces": (_Series(metric="run_count", measure="count"),),
    "Errors": (_Series(metric="error_rate", measure="error_rate"),),
    "Latency": (
        _Series(metric="latency_p50", measure="p50(duration_ms)", per=1000),
        _Series(metric="latency_p99", measure="p99(duration_ms)", per=1000),
    ),
    "Tokens": (
        _Series(metric="total_tokens", measure="sum(usage.total_tokens)"),
        _Series(metric="prompt_tokens", measure="sum(usage.input_tokens)"),
        _Series(metric="completion_tokens", measure="sum(usage.output_tokens)"),
    ),
    "Cost": (
        _Series(metric="total_cost", measure="sum(cost.total)"),
        _Series(metric="prompt_cost", measure="sum(cost.input)"),
        _Series(metric="completion_cost", measure="sum(cost.output)"),
    ),
}


class GroupBy(Body):
    """What tells the series of a chart apart."""

    attribute: Literal["name", "run_type", "tag", "metadata"]
    path: str | None = None
    max_groups: int | None = None


class Stride(Body):
    """A step of time."""

    days: int = 0
    hours: int = 0
    minutes: int = 0


class Asked(Body):
    """Over what time, and in which steps."""

    start_time: Moment | None = None
    end_time: Moment | None = None
    stride: Stride | None = None
    group_by: GroupBy | None = None
    omit_data: bool = False


def router(services: Services) -> APIRouter:
    """The route of a project's dashboard."""
    routes = APIRouter()
    sessions = Sessions(services)

    @routes.post("/sessions/{session_id}/dashboard")
    async def dashboard(session_id: UUID, body: Asked, request: Request) -> Response:
        project = sessions.one(session_id, principal_of(request))
        await services.store.visible()
        rows = [] if body.omit_data else await _rows(services, project, body)
        charts = [_chart(project, body, index, rows) for index in range(len(_CHARTS))]
        return answer(
            {
                "id": project.uuid,
                "session_id": project.uuid,
                "title": project.name,
                "description": project.description or None,
                "index": 0,
                "charts": charts,
                "sub_sections": [],
            }
        )

    return routes


async def _rows(services: Services, project: Project, asked: Asked) -> Sequence[Row]:
    """What the charts show, by time and group; a group more than others, the more it counts."""
    whole = _question(project, asked)
    if whole.scope == "traces":
        return (await aggregates.measure(services.store, whole)).rows

    async def of(name: str) -> Sequence[Row]:
        selection = replace(whole.selection, filter=run_type(Value(name)))
        found = await aggregates.measure(services.store, replace(whole, selection=selection))
        return [(at_s, (name,), values) for at_s, _, values in found.rows]

    # A question for each: no field says the type, as chains and parsers are of many kinds.
    types = await asyncio.gather(*map(of, (*RUN_TYPES, "parser")))
    largest = sorted(types, key=lambda rows: -sum(values["count"] for _, _, values in rows))
    return [row for rows in largest[: whole.limit] for row in rows]


def _chart(project: Project, asked: Asked, index: int, rows: Sequence[Row]) -> Json:
    title, series = list(_CHARTS.items())[index]
    ids = {one.measure: f"{project.uuid}:{one.metric}" for one in series}
    group = asked.group_by
    filters: Json = {"session": [project.uuid]}
    if group is None or group.attribute != _BY_TYPE:
        filters["filter"] = "eq(is_root, true)"
    return {
        "id": f"{project.uuid}:{title.lower()}",
        "title": title,
        "description": None,
        "index": index,
        "chart_type": "line",
        "series": [
            {
                "id": ids[one.measure],
                "name": one.metric,
                "metric": one.metric,
                "filters": filters,
                "group_by": None if group is None else group.model_dump(),
            }
            for one in series
        ],
        "data": [
            {
                "series_id": ids[one.measure],
                "timestamp": datetime.fromtimestamp(at_s, UTC).isoformat(),
                "value": None if values[one.measure] is None else values[one.measure] / one.per,
                "group": named[0] if named else None,
            }
            for at_s, named, values in rows
            if at_s is not None
            for one in series
        ],
    }


def _question(project: Project, asked: Asked) -> Question:
    """What is asked of the store. Raises BadRequest, Unprocessable."""
    until = asked.end_time or datetime.now(UTC)
    since = asked.start_time or until - timedelta(days=_DAYS)
    said = asked.stride or Stride()
    step_s = said.days * 86_400 + said.hours * 3600 + said.minutes * 60
    step_s = step_s or max(3600, int((until - since).total_seconds()) // 100)
    if step_s < 0 or not timedelta(0) < until - since <= timedelta(seconds=step_s * _POINTS):
        raise Unprocessable(f"stride: at most {_POINTS} steps between start_time and end_time")
    group = asked.group_by
    by_type = group is not None and group.attribute == _BY_TYPE
    return Question(
        scope="spans" if by_type else "traces",
        selection=Selection(projects={project.id: project.name}, since=since, until=until),
        measures=[measure_of(one.measure) for series in _CHARTS.values() for one in series],
        group_by=[] if group is None or by_type else [field_of(_field(group), "group_by")],
        interval_s=step_s,
        limit=max(1, min((group and group.max_groups) or _GROUPS, 100)),
    )


def _field(group: GroupBy) -> str:
    if group.attribute == "metadata":
        if not group.path:
            raise Unprocessable("group_by: metadata is grouped by a path")
        return f"metadata.{group.path}"
    return {"name": "name", "tag": "tags"}[group.attribute]
