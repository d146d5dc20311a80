"""Projects and experiments of the protocol's second version."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from pilothouse.platform.access.asked import principal_of
from pilothouse.platform.access.models import Principal
from pilothouse.platform.compat.langsmith.bodies import Body, Json, Moment, answer, offset_in
from pilothouse.platform.compat.langsmith.filters import filter_of
from pilothouse.platform.compat.langsmith.services import Services
from pilothouse.platform.compat.langsmith.session_filter import session_filter
from pilothouse.platform.compat.langsmith.sessions import (
    NewSession,
    SessionChange,
    Sessions,
    version_of,
)
from pilothouse.platform.datasets.parameters import json_object
from pilothouse.platform.errors import BadRequest, Unprocessable
from pilothouse.platform.projects.models import Project
from pilothouse.platform.store.orders import write_cursor

_CURSOR: Final = "sessions"
_TIERS: Final = {"longlived": "LONG_LIVED", "shortlived": "SHORT_LIVED"}
_VERDICTS: Final = ("feedback_stats", "session_feedback_stats")
_VERDICT: Final = ("avg", "errors", "max", "min", "n", "stdev", "values")
Kind = Literal["PROJECT", "AGENT", "EXPERIMENT"]
Column = Literal[
    "NAME",
    "START_TIME",
    "LAST_RUN_START_TIME",
    "ERROR_RATE",
    "LATENCY_P50",
    "LATENCY_P99",
    "FEEDBACK",
]


class TypedSession(NewSession):
    """A project or an experiment to make."""

    type: Kind


class SessionsAsked(Body):
    """Which projects are wanted, and with what."""

    id: list[UUID] | None = None
    name: str | None = None
    name_contains: str | None = None
    reference_dataset_id: list[UUID] | None = None
    dataset_version: str | None = None
    metadata: str | None = None
    type: list[Kind] | None = None
    include_stats: bool = False
    stats_select: list[str] | None = None
    sort_by: Column | None = None
    sort_by_feedback_key: str | None = None
    sort_by_feedback_source: Literal["RUN", "SESSION"] = "RUN"
    sort_order: Literal["asc", "desc"] = "desc"
    filter: str | None = None
    stats_filter: str | None = None
    stats_start_time: Moment | None = None
    include_facets: bool = False
    page_size: int = Field(20, ge=1, le=100)
    cursor: str | None = None


def router(services: Services) -> APIRouter:
    """The routes below /v2/sessions."""
    routes = APIRouter(prefix="/v2/sessions")
    sessions = Sessions(services)

    async def shown(some: list[Project], figures: dict[int, Json]) -> list[Json]:
        return [_shown(one) for one in await asyncio.to_thread(sessions.shown, some, figures)]

    @routes.post("")
    def create_session(body: TypedSession, request: Request, upsert: bool = False) -> Response:
        if (body.type == "EXPERIMENT") != (body.reference_dataset_id is not None):
            raise Unprocessable("reference_dataset_id: an EXPERIMENT has one, nothing else does")
        return answer(_shown(sessions.create(body, request, upsert=upsert)))

    @routes.get("")
    async def list_sessions(asked: Annotated[SessionsAsked, Query()], request: Request) -> Response:
        offset = offset_in(asked.cursor, _CURSOR)
        found = await asyncio.to_thread(_chosen, services, sessions, asked, principal_of(request))
        found, figures = await _sorted(sessions, found, asked)
        some = found[offset : offset + asked.page_size]
        wanted = asked.include_stats or asked.include_facets
        runs, since = filter_of(asked.stats_filter, "stats_filter"), asked.stats_start_time
        if wanted and (not figures or asked.include_facets or runs is not None or since):
            figures = await sessions.stats.of(
                some, faceted=asked.include_facets, runs=runs, since=since
            )
        told = {at: _told(each, asked) for at, each in figures.items()}
        more = offset + asked.page_size < len(found)
        return answer(
            {
                "items": await shown(some, told if wanted else {}),
                "next_cursor": write_cursor(_CURSOR, [offset + asked.page_size]) if more else None,
            }
        )

    @routes.get("/{session_id}")
    async def read_session(
        session_id: UUID, request: Request, include_stats: bool = False
    ) -> Response:
        project = sessions.one(session_id, principal_of(request))
        figures = await sessions.stats.of([project], faceted=True) if include_stats else {}
        [one] = await shown([project], figures)
        return answer(one)

    @routes.patch("/{session_id}")
    def change_session(session_id: UUID, body: SessionChange, request: Request) -> Response:
        project = sessions.one(session_id, principal_of(request))
        return answer(_shown(sessions.change(project, body)))

    return routes


def _chosen(
    services: Services, sessions: Sessions, asked: SessionsAsked, principal: Principal
) -> list[Project]:
    matches = session_filter(asked.filter)
    datasets = asked.reference_dataset_id
    found = sessions.chosen(
        principal,
        ids=None if asked.id is None else {str(one) for one in asked.id},
        name=asked.name,
        name_contains=asked.name_contains,
        datasets=None if datasets is None else [str(one) for one in datasets],
        reference_free=None,
        metadata=json_object(asked.metadata, "metadata"),
        version=version_of(services, datasets, asked.dataset_version),
    )
    return [each for each in found if _is_of(each, asked.type) and matches(each)]


async def _sorted(
    sessions: Sessions, found: list[Project], asked: SessionsAsked
) -> tuple[list[Project], dict[int, Json]]:
    """The projects in the order asked for, with their figures where these give the order."""
    descending = asked.sort_order == "desc"
    if asked.sort_by != "FEEDBACK":
        by = None if asked.sort_by is None else asked.sort_by.lower()
        return await sessions.sorted(found, by, descending=descending)
    key = asked.sort_by_feedback_key
    if not key:
        raise BadRequest("sort_by_feedback_key: FEEDBACK is sorted by a key")
    source = _VERDICTS[asked.sort_by_feedback_source == "SESSION"]
    figures = await sessions.stats.of(found)
    means = {at: each[source].get(key, {}).get("avg") for at, each in figures.items()}
    return _by(found, means, descending=descending), figures


def _is_of(project: Project, kinds: Collection[Kind] | None) -> bool:
    """Whether it is of one of some kinds: agents' projects are plain ones here."""
    plain: tuple[Kind, ...] = ("PROJECT", "AGENT")
    own: tuple[Kind, ...] = ("EXPERIMENT",) if project.kind == "experiment" else plain
    return kinds is None or not set(own).isdisjoint(kinds)


def _by(
    found: list[Project], values: Mapping[int, float | None], *, descending: bool
) -> list[Project]:
    """Projects in the order of a figure; those that have none come last."""
    there = [each for each in found if values[each.id] is not None]
    there.sort(key=lambda each: values[each.id] or 0.0, reverse=descending)
    return there + [each for each in found if values[each.id] is None]


def _told(figures: Json, asked: SessionsAsked) -> Json:
    wanted = (
        {name.lower() for name in asked.stats_select or figures} if asked.include_stats else set()
    )
    wanted = wanted - {"run_facets"} | ({"run_facets"} if asked.include_facets else set())
    return {name: value for name, value in figures.items() if name in wanted}


def _shown(session: Json) -> Json:
    """A project of the first version in the words of the second."""
    kind = "PROJECT" if session["reference_dataset_id"] is None else "EXPERIMENT"
    verdicts: Json = {
        name: {
            key: {
                **{part: given.get(part) for part in _VERDICT},
                "contains_thread_feedback": False,
                "type": "PRIMARY",
            }
            for key, given in session[name].items()
        }
        for name in _VERDICTS
        if name in session
    }
    tier = _TIERS.get(session["trace_tier"] or "")
    return {**session, "type": kind, "trace_tier": tier, **verdicts}
