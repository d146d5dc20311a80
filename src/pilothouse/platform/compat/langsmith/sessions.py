"""Projects, which the protocol calls sessions; those of experiments are among them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BeforeValidator

from pilothouse.platform.access.asked import principal_of
from pilothouse.platform.access.models import Principal
from pilothouse.platform.access.workspace import changes_workspace
from pilothouse.platform.compat.langsmith.bodies import (
    Body,
    Json,
    Moment,
    answer,
    page_of,
    time_text,
)
from pilothouse.platform.compat.langsmith.services import Services
from pilothouse.platform.compat.langsmith.session_stats import SessionStats
from pilothouse.platform.datasets.matching import contains
from pilothouse.platform.datasets.parameters import json_object
from pilothouse.platform.errors import BadRequest, NotFound
from pilothouse.platform.experiments.models import Experiment
from pilothouse.platform.ingest.langsmith.addresses import (
    ENVIRONMENTS,
    EVALUATORS,
    agent_project,
)
from pilothouse.platform.projects.models import DEFAULT, Project
from pilothouse.platform.records.settings import workspace_id

_ALL: Final = 1_000_000
_FIELDS: Final[dict[str, Callable[[Project], Any]]] = {
    "name": lambda project: project.name,
    "start_time": lambda project: time_text(project.started_at or project.created_at),
}
"""What one may sort by that needs no figures."""
_FIGURES: Final = (
    *("run_count", "latency_p50", "latency_p99", "error_rate", "last_run_start_time"),
    *("total_tokens", "total_cost"),
)


_TIERS: Final = {"LONG_LIVED": "longlived", "SHORT_LIVED": "shortlived"}
Tier = Annotated[
    Literal["longlived", "shortlived"], BeforeValidator(lambda said: _TIERS.get(said, said))
]
"""How long traces are kept, as either version of the protocol writes it."""
_KEPT: Final = ("default_dataset_id", "trace_tier", "tag_value_ids")
"""What a project has in this protocol alone. It is kept in `extra`, under a key of our own."""
_OWN: Final = "pilothouse:langsmith"


class NewSession(Body):
    """A project to make."""

    name: str | None = None
    id: UUID | None = None
    description: str | None = None
    extra: Json | None = None
    reference_dataset_id: UUID | None = None
    num_examples: int | None = None
    num_repetitions: int | None = None
    evaluator_keys: list[str] | None = None
    start_time: Moment | None = None
    end_time: Moment | None = None
    default_dataset_id: UUID | None = None
    trace_tier: Tier | None = None
    tag_value_ids: list[UUID] | None = None


class SessionChange(Body):
    """What to change of a project; null changes nothing."""

    name: str | None = None
    description: str | None = None
    extra: Json | None = None
    end_time: Moment | None = None
    num_examples: int | None = None
    num_repetitions: int | None = None
    evaluator_keys: list[str] | None = None
    default_dataset_id: UUID | None = None
    trace_tier: Tier | None = None
    tag_value_ids: list[UUID] | None = None


def router(services: Services) -> APIRouter:
    """The routes below /sessions."""
    routes = APIRouter(prefix="/sessions")
    sessions = Sessions(services)

    @routes.post("")
    def create_session(body: NewSession, request: Request, upsert: bool = False) -> Response:
        return answer(sessions.create(body, request, upsert=upsert))

    @routes.get("")
    async def list_sessions(
        request: Request,
        id: Annotated[list[UUID] | None, Query()] = None,
        name: str | None = None,
        name_contains: str | None = None,
        reference_dataset: Annotated[list[UUID] | None, Query()] = None,
        reference_free: bool | None = None,
        include_stats: bool = False,
        facets: bool = False,
        metadata: str | None = None,
        dataset_version: str | None = None,
        limit: int | None = None,
        offset: Annotated[int, Query(ge=0)] = 0,
        sort_by: str | None = None,
        sort_by_desc: bool = True,
    ) -> Response:
        wanted = json_object(metadata, "metadata")
        version = version_of(services, reference_dataset, dataset_version)

        def chosen() -> list[Project]:
            return sessions.chosen(
                principal_of(request),
                ids=None if id is None else {str(one) for one in id},
                name=name,
                name_contains=name_contains,
                datasets=None if reference_dataset is None else list(map(str, reference_dataset)),
                reference_free=reference_free,
                metadata=wanted,
                version=version,
            )

        found = await asyncio.to_thread(chosen)
        found, figures = await sessions.sorted(found, sort_by, descending=sort_by_desc)
        some = found[offset : offset + page_of(limit)]
        # Clients read one project by its name from this list.
        faceted = facets or (include_stats and len(some) == 1)
        if faceted or (include_stats and not figures):
            figures = await sessions.stats.of(some, faceted=faceted)
        return answer(await asyncio.to_thread(sessions.shown, some, figures))

    @routes.get("/resolutions")
    def resolve_address(
        request: Request,
        kind: Literal["AGENT", "EXPERIMENT", "EVALUATOR"],
        id: str | None = None,
        environment: str | None = None,
    ) -> Response:
        found = sessions.at_address(principal_of(request), kind, id or "", environment or "")
        return answer({"session_id": found.uuid})

    @routes.get("/{session_id}")
    async def read_session(
        session_id: UUID, request: Request, include_stats: bool = False
    ) -> Response:
        project = sessions.one(session_id, principal_of(request))
        figures = await sessions.stats.of([project], faceted=True) if include_stats else {}
        [shown] = await asyncio.to_thread(sessions.shown, [project], figures)
        return answer(shown)

    @routes.patch("/{session_id}")
    def change_session(session_id: UUID, body: SessionChange, request: Request) -> Response:
        project = sessions.one(session_id, principal_of(request))
        return answer(sessions.change(project, body))

    @routes.delete("/{session_id}", status_code=202)
    def delete_session(session_id: UUID, request: Request) -> Response:
        sessions.delete(sessions.one(session_id, principal_of(request)))
        return answer({"message": "its runs are being removed"}, 202)

    return routes


class Sessions:
    """Projects and experiments as one kind of thing."""

    def __init__(self, services: Services) -> None:
        self._projects = services.projects
        self._experiments = services.experiments
        self._datasets = services.datasets
        self._jobs = services.jobs
        self._records = services.records
        self.stats = SessionStats(services)

    def create(self, body: NewSession, request: Request, *, upsert: bool) -> Json:
        """A new project or experiment; with `upsert` the one of that name. Raises Conflict."""
        principal = principal_of(request)
        name = (body.name or "").strip() or str(body.id or "")
        present = self._named(name)
        if present is not None and principal.sees(present.name):
            same = body.id is not None and present.uuid == str(body.id)
            if upsert:
                return self.change(present, SessionChange(**body.model_dump()))
            if same and not body.reference_dataset_id:
                return self.change(present, SessionChange(**body.model_dump()))
        extra = self._extra(body, body.extra or {}, {})
        by = principal.name if principal.project == name else changes_workspace(request)
        if body.reference_dataset_id is not None:
            made = self._experiments.create(
                name,
                str(body.reference_dataset_id),
                id=None if body.id is None else str(body.id),
                description=body.description or "",
                extra=extra,
                num_examples=body.num_examples,
                num_repetitions=body.num_repetitions or 1,
                evaluator_keys=body.evaluator_keys or (),
                started_at=body.start_time,
                by=by,
            )
            if body.end_time is not None:
                self._experiments.finish(made.id, body.end_time)
            [shown] = self.shown([self._projects.get(made.name)], {})
            return shown
        project = self._projects.create(name, uuid=None if body.id is None else str(body.id))
        changed = self._projects.change(
            project.name,
            description=body.description,
            extra=extra or None,
            started_at=body.start_time,
            ended_at=body.end_time,
        )
        [shown] = self.shown([changed], {})
        return shown

    def change(self, project: Project, body: SessionChange) -> Json:
        """The project or experiment after a change. Raises Conflict."""
        name = (body.name or "").strip() or None
        extra = self._extra(body, body.extra, project.extra)
        if project.kind == "experiment":
            self._experiments.change(
                project.uuid,
                name=name,
                description=body.description,
                extra=extra,
                num_examples=body.num_examples,
                num_repetitions=body.num_repetitions,
                evaluator_keys=body.evaluator_keys,
                ended_at=body.end_time,
            )
        else:
            self._projects.change(
                project.name,
                new_name=name,
                description=body.description,
                extra=extra,
                ended_at=body.end_time,
            )
        [shown] = self.shown([self._projects.get(name or project.name)], {})
        return shown

    def _extra(
        self, body: NewSession | SessionChange, given: Json | None, before: Mapping[str, Any]
    ) -> Json | None:
        """`extra` with what else is kept in it; None for no change. Raises NotFound."""
        said = {name: value for name in _KEPT if (value := getattr(body, name)) is not None}
        if given is None and not said:
            return None
        if body.default_dataset_id is not None:
            self._datasets.get(str(body.default_dataset_id))
        own = {**before.get(_OWN, {}), **json.loads(json.dumps(said, default=str))}
        extra = dict(before if given is None else given)
        extra.pop(_OWN, None)
        return extra | ({_OWN: own} if own else {})

    def at_address(self, principal: Principal, kind: str, name: str, environment: str) -> Project:
        """The project that an address names. Raises BadRequest, NotFound."""
        found: Project | None
        match kind:
            case "EXPERIMENT":
                found = self._projects.by_uuid(name.lower())
                found = None if found is None or found.kind != "experiment" else found
            case "EVALUATOR":
                found = self._named(EVALUATORS)
            case _:
                if environment.lower() not in ENVIRONMENTS:
                    raise BadRequest(f"environment is one of {', '.join(ENVIRONMENTS)}")
                found = self._named(agent_project(name, environment))
        if found is None or not principal.sees(found.name):
            raise NotFound(f"nothing has been written to the address {kind} {name} {environment}")
        return found

    def delete(self, project: Project) -> None:
        """Remove a project; its runs go by and by."""
        if project.kind == "experiment":
            self._experiments.delete(project.uuid)
            return
        gone = self._projects.delete(project.name)
        self._jobs.start(
            "delete_project",
            title=f"Delete project {gone.name}",
            arguments={"project_id": gone.id, "name": gone.name},
        )

    def one(self, session_id: UUID, principal: Principal) -> Project:
        """The project of this id. Raises NotFound."""
        project = self._projects.by_uuid(str(session_id))
        if project is None or not principal.sees(project.name):
            raise NotFound(f"there is no project {session_id}")
        return project

    def chosen(
        self,
        principal: Principal,
        *,
        ids: set[str] | None,
        name: str | None,
        name_contains: str | None,
        datasets: list[str] | None,
        reference_free: bool | None,
        metadata: Json | None,
        version: Any,
    ) -> list[Project]:
        """The projects that are asked for, the newest first."""
        known = self._projects.all()
        if not known:
            self._projects.id_of(DEFAULT)  # clients learn the workspace's id from the first one
            known = self._projects.all()
        numbers: set[int] | None = None
        if datasets is not None:
            numbers = {
                each.project_id
                for dataset in datasets
                for each in self._experiments.list(dataset, dataset_version=version, limit=_ALL)
            }
        part = None if name_contains is None else name_contains.lower()
        found = [
            project
            for project in known
            if principal.sees(project.name)
            and (ids is None or project.uuid in ids)
            and (name is None or project.name == name.strip())
            and (part is None or part in project.name.lower())
            and (numbers is None or project.id in numbers)
            and (reference_free is None or (project.kind == "project") == reference_free)
            and (not metadata or contains(project.extra.get("metadata") or {}, metadata))
        ]
        return sorted(found, key=lambda each: (each.created_at, each.id), reverse=True)

    async def sorted(
        self, found: list[Project], by: str | None, *, descending: bool
    ) -> tuple[list[Project], dict[int, Json]]:
        """The projects in the order asked for, with their figures where these give the order."""
        if by is None:
            return found, {}
        field = _FIELDS.get(by)
        if field is not None:
            return sorted(found, key=field, reverse=descending), {}
        if by not in _FIGURES:
            raise BadRequest(f"sort_by: one of {', '.join((*_FIELDS, *_FIGURES))}")
        figures = await self.stats.of(found)
        there = [each for each in found if figures[each.id].get(by) is not None]
        there.sort(key=lambda each: figures[each.id][by], reverse=descending)
        return there + [each for each in found if figures[each.id].get(by) is None], figures

    def shown(self, projects: Sequence[Project], figures: dict[int, Json]) -> list[Json]:
        """Projects as the protocol shows them."""
        uuids = [each.uuid for each in projects if each.kind == "experiment"]
        found = self._experiments.list(ids=uuids, limit=len(uuids)) if uuids else []
        experiments = {each.id: each for each in found}
        tenant = workspace_id(self._records)
        return [
            _shown(each, experiments.get(each.uuid), tenant) | figures.get(each.id, {})
            for each in projects
        ]

    def _named(self, name: str) -> Project | None:
        number = self._projects.find(name) if name else None
        return None if number is None else self._projects.by_id(number)


def _shown(project: Project, experiment: Experiment | None, tenant: str) -> Json:
    shown: Json = {
        "id": project.uuid,
        "tenant_id": tenant,
        "name": project.name,
        "description": project.description or None,
        "extra": {name: value for name, value in project.extra.items() if name != _OWN},
        "start_time": time_text(project.started_at or project.created_at),
        "end_time": time_text(project.ended_at),
        "reference_dataset_id": None,
        **dict.fromkeys(_KEPT),
        **project.extra.get(_OWN, {}),
    }
    if experiment is not None:
        shown |= {
            "reference_dataset_id": experiment.dataset_id,
            "num_examples": experiment.num_examples,
            "num_repetitions": experiment.num_repetitions,
            "evaluator_keys": list(experiment.evaluator_keys),
        }
    return shown


def version_of(services: Services, datasets: list[UUID] | None, version: str | None) -> Any:
    """The time of the version that experiments have to be of."""
    if not version:
        return None
    if not datasets:
        raise BadRequest("dataset_version is asked for together with reference_dataset")
    return services.datasets.resolve(str(datasets[0]), version).at
