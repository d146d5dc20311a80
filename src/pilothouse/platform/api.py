"""What the server answers under /api/v1, area by area, on the platform's services."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI, Request

from pilothouse.platform.about import routes as about
from pilothouse.platform.access import routes as access_routes
from pilothouse.platform.backups import routes as backup_routes
from pilothouse.platform.datasets.recorded import RecordedSpans
from pilothouse.platform.ingest.maskers import Maskers
from pilothouse.platform.jobs import routes as job_routes
from pilothouse.platform.masking import routes as masking_routes
from pilothouse.platform.prices import routes as price_routes
from pilothouse.platform.projects import routes as project_routes
from pilothouse.platform.query.activity import ProjectActivities
from pilothouse.platform.query.detail import fields_of
from pilothouse.platform.query.grouped import SessionQueries
from pilothouse.platform.query.scores import ScoreService
from pilothouse.platform.query.traces import TraceQueries
from pilothouse.platform.query.wiring import query_router
from pilothouse.platform.retention import routes as storage_routes
from pilothouse.platform.routing import API, Area, document_all, join
from pilothouse.platform.store import spans_read
from pilothouse.platform.traces import TraceEdits
from pilothouse.platform.traces import routes as trace_routes
from pilothouse.platform.views import routes as view_routes
from pilothouse.platform.views.service import Views

if TYPE_CHECKING:
    from pilothouse.platform.app import Platform


def declare_api(app: FastAPI, platform: Platform) -> None:
    """Declare every route of the API: those of most servers now, the others when asked for."""
    bill = _bill(platform)
    join(app.router, _at_once(platform, bill))
    app.router.routes.extend(_areas(platform, app.router, bill))
    document_all(app)


Allowed = Callable[[Request, str], bool]
Bill = Callable[[Mapping[str, Any]], list[dict[str, Any]]]  # Any: a row of `spans`, JSON


def _allowed(request: Request, project: str) -> bool:
    return access_routes.principal_of(request).sees(project)


def _author(request: Request) -> str:
    return access_routes.principal_of(request).name


def _bill(platform: Platform) -> Bill:
    """What explains the cost of a stored span."""

    def bill(row: Mapping[str, Any]) -> list[dict[str, Any]]:  # Any: as in Bill
        start_ns = int(row["start_us"]) * 1000
        fields = fields_of(row)
        if row["cost_source"] != "client":
            fields.cost = None  # what we computed ourselves is explained, not believed
        cost = platform.prices.explain(row["project"], fields, start_ns)
        return [] if cost is None else cost.as_json()["details"]

    return bill


def _at_once(platform: Platform, bill: Bill) -> Iterator[APIRouter]:
    """What is asked for on most servers, under /api/v1."""
    settings, projects, store = platform.settings, platform.projects, platform.store

    def allowed_number(request: Request, project: int | None) -> bool:
        if access_routes.principal_of(request).project is None:
            return True
        # What is of no project, or of one that is gone, is nothing for a key of one project.
        name = None if project is None else projects.name_of(project)
        return name is not None and _allowed(request, name)

    yield about.router(settings)
    yield access_routes.router(platform.access, projects, settings)
    yield project_routes.router(
        projects,
        platform.jobs,
        retention_days=settings.retention_days,
        allowed=_allowed,
        extras_of=ProjectActivities(store).of,
    )
    yield masking_routes.router()
    yield price_routes.router(platform.prices, projects, allowed=_allowed)
    yield view_routes.router(Views(platform.records), projects, allowed=_allowed, author=_author)
    yield job_routes.router(platform.jobs, allowed=allowed_number)
    yield storage_routes.router(platform.housekeeper, projects, allowed=_allowed, author=_author)
    yield backup_routes.router(platform.backups, author=_author)
    edits = TraceEdits(store, platform.ingest, platform.ingest.clock.next, platform.jobs)
    yield trace_routes.router(edits, projects, allowed=_allowed, author=_author)
    yield query_router(store, projects, cost_details=bill, stopping=platform.stopping)


def _areas(platform: Platform, target: APIRouter, bill: Bill) -> Iterator[Area]:
    """What only some servers are asked for, under /api/v1, by the first words of its paths."""
    projects, store = platform.projects, platform.store

    def prompts() -> Iterator[APIRouter]:
        from pilothouse.platform.prompts import routes

        yield routes.router(platform.prompts)

    def providers() -> Iterator[APIRouter]:
        from pilothouse.platform.providers import routes

        yield routes.router(platform.providers)

    def annotation() -> Iterator[APIRouter]:
        from pilothouse.platform.annotation import routes

        yield routes.router(platform.queues, projects)

    def feedback() -> Iterator[APIRouter]:
        from pilothouse.platform.feedback import routes

        yield routes.router(platform.feedback)

    def datasets() -> Iterator[APIRouter]:
        from pilothouse.platform.datasets import routes

        recorded = RecordedSpans(store, TraceQueries(store, projects, bill))
        yield routes.router(platform.datasets, recorded)

    def experiments() -> Iterator[APIRouter]:
        from pilothouse.platform.experiments import routes
        from pilothouse.platform.experiments.significance import Significance

        significance = Significance(platform.experiments, store)
        yield routes.router(platform.experiments, significance, platform.experiment_runs)

    def evaluators() -> Iterator[APIRouter]:
        from pilothouse.platform.evaluators import routes
        from pilothouse.platform.evaluators.entities import Entities
        from pilothouse.platform.evaluators.trying import Trials
        from pilothouse.platform.evaluators.verdicts import Verdicts

        entities = Entities(store, Maskers(projects))
        yield routes.router(
            platform.evaluators,
            Trials(platform.evaluators, entities, store, projects),
            Verdicts(store, ScoreService(store, projects), projects),
            projects,
            allowed=_allowed,
            author=_author,
        )

    def rules() -> Iterator[APIRouter]:
        from pilothouse.platform.rules import routes

        online = platform.online
        yield routes.router(
            online.rules,
            online.backfills,
            online.reasons,
            projects,
            allowed=_allowed,
            author=_author,
        )

    def sharing() -> Iterator[APIRouter]:
        from pilothouse.platform.datasets.public import SharedDatasets
        from pilothouse.platform.feedback import routes as feedback_routes
        from pilothouse.platform.sharing import attachments, routes

        traces = TraceQueries(store, projects, bill)
        shared = SharedDatasets(platform.datasets)
        shares = platform.shares
        yield feedback_routes.public_router(platform.feedback)
        yield routes.router(
            shares, projects, traces, allowed=_allowed, author=_author, datasets=shared
        )
        blobs = attachments.blobs_of(store)
        yield attachments.router(blobs, platform.signed, f"{API}/public")
        yield routes.public_router(
            shares,
            projects,
            traces,
            SessionQueries(store, projects),
            shared,
            blob=lambda blob, project: spans_read.blob(store, blob, [project]),
        )

    yield Area(target, ["prompts"], prompts)
    yield Area(target, ["providers"], providers)
    yield Area(target, ["annotation-queues"], annotation)
    yield Area(target, ["feedback-configs", "feedback-tokens"], feedback)
    yield Area(target, ["datasets", "examples"], datasets)
    yield Area(target, ["experiments", "comparative-experiments"], experiments)
    yield Area(target, ["evaluators"], evaluators)
    yield Area(target, ["rules"], rules)
    yield Area(target, ["shares", "public"], sharing)
