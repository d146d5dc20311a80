"""Feedback that is given by itself; what rides with runs is taken where they are."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request

from pilothouse.platform.access.asked import principal_of
from pilothouse.platform.access.models import Principal
from pilothouse.platform.compat.langsmith.bodies import Body
from pilothouse.platform.compat.langsmith.run_queries import RunQueries
from pilothouse.platform.compat.langsmith.services import Services
from pilothouse.platform.errors import Forbidden, NotFound
from pilothouse.platform.feedback.models import Feedback
from pilothouse.platform.feedback.service import CHANGEABLE
from pilothouse.platform.feedback.wire import json_of_feedback
from pilothouse.platform.projects.service import ProjectDirectory
from pilothouse.platform.query.run_places import RunPlaces, StoredRunPlaces
from pilothouse.platform.store.feedback import FeedbackQuery
from pilothouse.spans.run_ids import is_uuid, run_id, trace_uuid

PAGE: Final = 100
_SOURCES: Final[Mapping[str, tuple[str, ...]]] = {
    # scores that came another way have our own names for whoever gave them
    "api": ("api", "code", "end_user"),
    "app": ("app", "human"),
    "model": ("model", "judge"),
    "auto_eval": ("auto_eval", "judge"),
}


class FeedbackChange(Body):
    """What to change; null leaves."""

    score: float | bool | None = None
    value: Any = None
    correction: Any = None
    comment: str | None = None


def feedback_json(feedback: Feedback, projects: ProjectDirectory) -> dict[str, Any]:
    """Feedback as clients read it: every id a UUID."""
    shown = json_of_feedback(feedback)
    shown.pop("error", None)
    project = None
    if feedback.project:
        number = projects.find(feedback.project)
        project = None if number is None else projects.by_id(number)
    run, trace = feedback.run_id, feedback.trace_id
    if run and not is_uuid(run):
        number = 0 if project is None else project.id
        shown["run_id"] = run_id(number, trace or "", run)
    if trace and not is_uuid(trace):
        shown["trace_id"] = trace_uuid(trace)
    if shown["session_id"] is None and project is not None:
        shown["session_id"] = project.uuid
    shown["feedback_source"] = {"metadata": {}, **shown["feedback_source"]}
    for name in ("comparative_experiment_id", "feedback_group_id"):
        shown[name] = shown[name] if _is_uuid(shown[name]) else None
    return shown


class FeedbackAccess:
    """What a caller may see and touch: a key of one project only what is in that project."""

    def __init__(self, services: Services) -> None:
        self._projects = services.projects
        self._places: RunPlaces = StoredRunPlaces(services.store, services.projects)
        self._queries = RunQueries(services)

    def numbers(self, principal: Principal, uuids: Iterable[str] = ()) -> list[int]:
        """The numbers of the projects that a question is about."""
        wanted = [str(one) for one in uuids]
        if wanted:
            asked = [self._projects.by_uuid(one) for one in wanted]
            found = [project for project in asked if project is not None]
        else:
            found = self._projects.all()
        return [project.id for project in found if principal.sees(project.name)]

    async def spans(self, principal: Principal, runs: Sequence[str]) -> tuple[list[str], list[str]]:
        """The span ids of some runs, and the traces that they are the roots of.

        A run that is not here stands for itself.
        """
        if not runs:
            return [], []
        await self._queries.visible()
        found = await self._queries.keys(self._queries.names(principal), runs)
        spans = [found[one].span_id if one in found else one for one in runs]
        return spans, [key.trace_id for key in found.values() if not key.parent_span_id]

    async def bounded(
        self, principal: Principal, bodies: Sequence[Mapping[str, Any]]
    ) -> Sequence[Mapping[str, Any]]:
        """The feedback, that of a key of one project within it, whatever comes with its run later.

        Raises Forbidden for what is about another project.
        """
        if principal.project is None:
            return bodies
        own = self._projects.by_id(self._projects.id_of(principal.project))
        assert own is not None
        for body in bodies:
            project = self._projects.by_uuid(str(body.get("session_id") or ""))
            if project is not None:
                self._check_name(principal, project.name)
        runs = sorted({str(one) for body in bodies if (one := body.get("run_id"))})
        for place in (await self._places.find(runs)).values():
            self._check_name(principal, self._projects.name_of(place.project) or "")
        traces = {str(one) for body in bodies if (one := body.get("trace_id"))}
        for name in await self._queries.projects_of_traces(traces):
            self._check_name(principal, name)
        return [{**body, "session_id": body.get("session_id") or own.uuid} for body in bodies]

    def check_seen(self, principal: Principal, feedback: Feedback) -> None:
        """Raise NotFound for what the caller does not see."""
        if principal.project is not None and feedback.project != principal.project:
            raise NotFound(f"there is no feedback {feedback.id!r}", {"id": feedback.id})

    def _check_name(self, principal: Principal, name: str) -> None:
        if not principal.sees(name):
            raise Forbidden(f"this key belongs to project {principal.project!r}")


def router(services: Services) -> APIRouter:
    """The routes of /feedback."""
    routes = APIRouter()
    given, projects = services.feedback, services.projects
    access = FeedbackAccess(services)

    @routes.post("/feedback")
    async def create_feedback(
        body: dict[str, Any] | list[dict[str, Any]], request: Request
    ) -> Any:  # Any: one, or as many as came
        bodies: Sequence[Mapping[str, Any]] = body if isinstance(body, list) else [body]
        bodies = await access.bounded(principal_of(request), bodies)
        shown = [feedback_json(one, projects) for one in await given.create(bodies)]
        return shown if isinstance(body, list) else shown[0]

    @routes.get("/feedback")
    async def list_feedback(
        request: Request,
        run: Annotated[Sequence[uuid.UUID], Query()] = (),
        key: Annotated[Sequence[str], Query()] = (),
        source: Annotated[Sequence[str], Query()] = (),
        session: Annotated[Sequence[uuid.UUID], Query()] = (),
        user: Annotated[Sequence[str], Query()] = (),
        comparative_experiment_id: uuid.UUID | None = None,
        has_score: bool | None = None,
        has_comment: bool | None = None,
        level: str | None = None,
        limit: int = PAGE,
        offset: int = 0,
    ) -> list[dict[str, Any]]:
        principal = principal_of(request)
        numbers = access.numbers(principal, map(str, session))
        if not numbers:
            return []
        runs = [str(one) for one in run]
        spans, whole = await access.spans(principal, runs)
        query = FeedbackQuery(
            projects=numbers,
            span_ids=spans,
            whole_traces=whole,
            names=tuple(key),
            sources=_sources(source),
            identifiers=tuple(user),
            comparative_id=str(comparative_experiment_id or ""),
            project_level={"session": True, "run": False}.get(level or ""),
            has_score=has_score,
            has_comment=has_comment,
            limit=max(0, min(limit, PAGE)),
            offset=max(0, offset),
        )
        waiting = runs if principal.project is None and not session else []
        found = await given.page(query, waiting)
        return [feedback_json(one, projects) for one in found]

    @routes.get("/feedback/{feedback_id}")
    async def read_feedback(feedback_id: uuid.UUID, request: Request) -> dict[str, Any]:
        found = await given.get(str(feedback_id))
        access.check_seen(principal_of(request), found)
        return feedback_json(found, projects)

    @routes.patch("/feedback/{feedback_id}")
    async def change_feedback(
        feedback_id: uuid.UUID, body: FeedbackChange, request: Request
    ) -> dict[str, Any]:
        access.check_seen(principal_of(request), await given.get(str(feedback_id)))
        said = {name: getattr(body, name) for name in CHANGEABLE}
        return feedback_json(await given.change(str(feedback_id), said), projects)

    @routes.delete("/feedback/{feedback_id}")
    async def delete_feedback(feedback_id: uuid.UUID, request: Request) -> dict[str, Any]:
        access.check_seen(principal_of(request), await given.get(str(feedback_id)))
        await given.delete(str(feedback_id))
        return {}

    return routes


def _sources(said: Sequence[str]) -> tuple[str, ...]:
    """Types of sources: clients write the name of the enumeration along, as in `Type.API`."""
    words = [one.rpartition(".")[2].lower() for one in said]
    return tuple(dict.fromkeys(name for word in words for name in _SOURCES.get(word, (word,))))


def _is_uuid(text: str | None) -> bool:
    try:
        return text is not None and bool(uuid.UUID(text))
    except ValueError:
        return False
