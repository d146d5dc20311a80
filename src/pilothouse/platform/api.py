"""What the server answers under /api/v1, area by area, on the platform's services."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request

from pilothouse.platform.access.asked import principal_of
from pilothouse.platform.routing import API, Api, Area

if TYPE_CHECKING:
    from pilothouse.platform.parts import Platform


def declare_api(app: Api, platform: Platform) -> None:
    """Have every route of the API declared when its area is first asked for."""
    bill = _bill(platform)
    for areas in (_administration, _settings, _reading, _models, _evaluation):
        app.router.routes.extend(
            Area(app.router, words, declare) for words, declare in areas(platform, bill)
        )


Bill = Callable[[Mapping[str, Any]], list[dict[str, Any]]]  # Any: a row of `spans`, JSON
Areas = Iterator[tuple[list[str], Callable[[], Iterator[APIRouter]]]]
"""The first words of an area's paths, and what makes its routes."""


def _allowed(request: Request, project: str) -> bool:
    return principal_of(request).sees(project)


def _author(request: Request) -> str:
    return principal_of(request).name


def _bill(platform: Platform) -> Bill:
    """What explains the cost of a stored span."""

    def bill(row: Mapping[str, Any]) -> list[dict[str, Any]]:  # Any: as in Bill
        from pilothouse.platform.query.detail import fields_of

        start_ns = int(row["start_us"]) * 1000
        fields = fields_of(row)
        if row["cost_source"] != "client":
            fields.cost = None  # what we computed ourselves is explained, not believed
        cost = platform.prices.explain(row["project"], fields, start_ns)
        return [] if cost is None else cost.as_json()["details"]

    return bill


def _administration(platform: Platform, _bill: Bill) -> Areas:
    """Accounts and keys, and what keeps the server in order."""
    settings, projects = platform.settings, platform.projects

    def about() -> Iterator[APIRouter]:
        from pilothouse.platform.about import routes
        from pilothouse.platform.health import routes as health_routes
        from pilothouse.platform.health.hosts import Hosts

        yield routes.router(settings)
        hosts = Hosts(platform.store, projects.name_of)
        yield health_routes.router(platform.health, hosts, projects, allowed=_allowed)

    def access() -> Iterator[APIRouter]:
        from pilothouse.platform.access import routes

        yield routes.router(platform.access, projects, settings)

    def jobs() -> Iterator[APIRouter]:
        from pilothouse.platform.jobs import routes

        def allowed(request: Request, project: int | None) -> bool:
            if principal_of(request).project is None:
                return True
            # What is of no project, or of one that is gone, is nothing for a key of one project.
            name = None if project is None else projects.name_of(project)
            return name is not None and _allowed(request, name)

        yield routes.router(platform.jobs, allowed=allowed)

    def storage() -> Iterator[APIRouter]:
        from pilothouse.platform.retention import routes

        yield routes.router(platform.housekeeper, projects, allowed=_allowed, author=_author)

    def backups() -> Iterator[APIRouter]:
        from pilothouse.platform.backups import routes

        yield routes.router(platform.backups, author=_author)

    yield ["server"], about
    yield ["login", "logout", "me", "accounts", "keys"], access
    yield ["jobs"], jobs
    yield ["storage", "users"], storage
    yield ["backups"], backups


def _settings(platform: Platform, _bill: Bill) -> Areas:
    """Projects and what is set for them."""
    projects = platform.projects

    def directory() -> Iterator[APIRouter]:
        from pilothouse.platform.projects import routes
        from pilothouse.platform.query.activity import ProjectActivities

        yield routes.router(
            projects,
            platform.jobs,
            retention_days=platform.settings.retention_days,
            allowed=_allowed,
            extras_of=ProjectActivities(platform.store).of,
        )

    def masking() -> Iterator[APIRouter]:
        from pilothouse.platform.masking import routes

        yield routes.router()

    def prices() -> Iterator[APIRouter]:
        from pilothouse.platform.prices import routes

        yield routes.router(platform.prices, projects, allowed=_allowed)

    def views() -> Iterator[APIRouter]:
        from pilothouse.platform.views import routes
        from pilothouse.platform.views.service import Views

        views = Views(platform.records)
        yield routes.router(views, projects, allowed=_allowed, author=_author)

    def dashboards() -> Iterator[APIRouter]:
        from pilothouse.platform.dashboards import routes
        from pilothouse.platform.dashboards.service import Dashboards

        kept = Dashboards(platform.records)
        yield routes.router(kept, projects, allowed=_allowed, author=_author)

    def alerts() -> Iterator[APIRouter]:
        from pilothouse.platform.alerts import routes

        yield routes.router(platform.alerts.parts, projects, allowed=_allowed, author=_author)

    def open_alerts() -> Iterator[APIRouter]:
        from pilothouse.platform.alerts import open_routes

        yield open_routes.router(platform.records, projects, allowed=_allowed)

    def budgets() -> Iterator[APIRouter]:
        from pilothouse.platform.budgets import routes
        from pilothouse.platform.budgets.service import Budgets

        worker = platform.budgets
        kept = Budgets(platform.records, worker.wake)
        yield routes.router(kept, worker, projects, allowed=_allowed, author=_author)

    yield ["projects"], directory
    yield ["masking"], masking
    yield ["prices"], prices
    yield ["views"], views
    yield ["alerts"], alerts
    yield ["open-alerts"], open_alerts
    yield ["budgets"], budgets
    yield ["dashboards"], dashboards


def _reading(platform: Platform, bill: Bill) -> Areas:
    """What was recorded."""
    projects, store = platform.projects, platform.store

    def traces() -> Iterator[APIRouter]:
        from pilothouse.platform.feedback import correlation_routes
        from pilothouse.platform.ingest.maskers import Maskers
        from pilothouse.platform.query.wiring import query_router
        from pilothouse.platform.traces import routes

        yield routes.router(platform.trace_edits, projects, allowed=_allowed, author=_author)
        yield query_router(
            store,
            projects,
            cost_details=bill,
            stopping=platform.stopping,
            masker_of=Maskers(projects),
        )
        yield correlation_routes.router(store, projects)

    def costs() -> Iterator[APIRouter]:
        from pilothouse.platform.costs.wiring import costs_router

        yield costs_router(store, projects, platform.prices)

    def sharing() -> Iterator[APIRouter]:
        from pilothouse.platform.datasets.public import SharedDatasets
        from pilothouse.platform.feedback import routes as feedback_routes
        from pilothouse.platform.query.grouped import SessionQueries
        from pilothouse.platform.query.traces import TraceQueries
        from pilothouse.platform.sharing import attachments, routes
        from pilothouse.platform.store import spans_read

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

    read = ["traces", "spans", "sessions", "users", "scores", "blobs"]
    yield [*read, "export", "facets", "metrics", "filters"], traces
    yield ["costs"], costs
    yield ["shares", "public"], sharing


def _models(platform: Platform, _bill: Bill) -> Areas:
    """Models that are asked through this server, and who gets which."""

    def providers() -> Iterator[APIRouter]:
        from pilothouse.platform.providers import routes

        yield routes.router(platform.providers)

    def gateway() -> Iterator[APIRouter]:
        from pilothouse.platform.gateway import routes

        yield routes.router(platform.gateway.open(), author=_author)

    def releases() -> Iterator[APIRouter]:
        from pilothouse.platform.releases import routes

        opened = platform.releases.open()
        yield routes.router(
            opened.releases,
            opened.worker,
            opened.looking,
            opened.known,
            opened.arms,
            name_of=platform.projects.name_of,
            author=_author,
        )

    yield ["providers"], providers
    yield ["gateway"], gateway
    yield ["releases"], releases


def _evaluation(platform: Platform, bill: Bill) -> Areas:
    """Prompts, datasets, experiments, and what judges them."""
    projects, store = platform.projects, platform.store

    def prompts() -> Iterator[APIRouter]:
        from pilothouse.platform.prompts import routes

        yield routes.router(platform.prompts)

    def annotation() -> Iterator[APIRouter]:
        from pilothouse.platform.annotation import routes

        yield routes.router(platform.queues, projects)

    def feedback() -> Iterator[APIRouter]:
        from pilothouse.platform.feedback import routes

        yield routes.router(platform.feedback)

    def datasets() -> Iterator[APIRouter]:
        from pilothouse.platform.datasets import routes
        from pilothouse.platform.datasets.recorded import RecordedSpans
        from pilothouse.platform.query.traces import TraceQueries

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
        from pilothouse.platform.ingest.maskers import Maskers
        from pilothouse.platform.query.scores import ScoreService

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
            online.guards,
            projects,
            allowed=_allowed,
            author=_author,
        )

    yield ["prompts"], prompts
    yield ["annotation-queues"], annotation
    yield ["feedback-configs", "feedback-tokens"], feedback
    yield ["datasets", "examples"], datasets
    yield ["experiments", "comparative-experiments"], experiments
    yield ["evaluators"], evaluators
    yield ["rules"], rules
