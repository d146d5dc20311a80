"""Puts the server together: settings in, application out. Nothing else knows all the parts."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from pilothouse import __version__
from pilothouse.platform.access.middleware import AccessMiddleware
from pilothouse.platform.access.service import open_access
from pilothouse.platform.alerts.wiring import Alerts
from pilothouse.platform.annotation.examples import DatasetExamples
from pilothouse.platform.annotation.service import QueueService
from pilothouse.platform.answers import add_error_answers, add_health
from pilothouse.platform.api import declare_api
from pilothouse.platform.backups.service import Backups
from pilothouse.platform.budgets import records as budget_records
from pilothouse.platform.budgets.wiring import open_budgets
from pilothouse.platform.compat.langsmith import links as langsmith_links
from pilothouse.platform.compression import Compression
from pilothouse.platform.datasets.recorded import RecordedSpans
from pilothouse.platform.datasets.service import DatasetService
from pilothouse.platform.datasets.stored import StoredBlobs
from pilothouse.platform.evaluators.service import EvaluatorService
from pilothouse.platform.experiments.directions import ConfiguredDirections
from pilothouse.platform.experiments.running import ExperimentRuns
from pilothouse.platform.experiments.running.journals import Journals
from pilothouse.platform.experiments.running.service import Stores
from pilothouse.platform.experiments.running.targets import Targets
from pilothouse.platform.experiments.service import ExperimentService
from pilothouse.platform.feedback.script import add_script
from pilothouse.platform.feedback.service import FeedbackService
from pilothouse.platform.gateway.kept_checks import KeptChecks
from pilothouse.platform.gateway.paths import AtRoot, LiteLLMPaths
from pilothouse.platform.gateway.wiring import GatewayDoor
from pilothouse.platform.gateway.wiring import serves as serves_models
from pilothouse.platform.health.scrape import add_metrics
from pilothouse.platform.health.service import Health
from pilothouse.platform.ingest.langsmith.moves import Moves
from pilothouse.platform.ingest.langsmith.service import RunIngest
from pilothouse.platform.ingest.maskers import Maskers
from pilothouse.platform.ingest.masking import Masker
from pilothouse.platform.ingest.otlp.grpc import GrpcServer
from pilothouse.platform.ingest.otlp.http import OtlpRoute, serves
from pilothouse.platform.ingest.pipeline import Ingest
from pilothouse.platform.jobs.service import Jobs
from pilothouse.platform.parts import Platform
from pilothouse.platform.prices.service import Prices
from pilothouse.platform.projects.service import ProjectDirectory
from pilothouse.platform.prompts.service import PromptService
from pilothouse.platform.providers.service import Providers
from pilothouse.platform.query.run_places import StoredRunPlaces
from pilothouse.platform.query.scores import ScoreService
from pilothouse.platform.query.traces import TraceQueries
from pilothouse.platform.query.warming import warm
from pilothouse.platform.records import Records
from pilothouse.platform.records.settings import signing_key
from pilothouse.platform.releases.wiring import ReleaseDoor
from pilothouse.platform.releases.wiring import telling_on as releases_telling_on
from pilothouse.platform.retention.service import Housekeeper
from pilothouse.platform.routing import Api, Lazily, join
from pilothouse.platform.rules.wiring import open_online
from pilothouse.platform.sealing import Sealer
from pilothouse.platform.settings import Settings
from pilothouse.platform.sharing.service import Shares
from pilothouse.platform.sharing.signed import Signed
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.langsmith_runs import StoredRuns
from pilothouse.platform.traces import TraceEdits
from pilothouse.platform.web import mount_web
from pilothouse.platform.web.prefix import BelowPath, prefix_of
from pilothouse.spans import price_list

log = logging.getLogger("pilothouse")

GRPC_GRACE_S = 5.0


def open_platform(settings: Settings) -> Platform:
    """Open the stores and bring them up to date. Raises StoreError, RecordsError."""
    settings.data.mkdir(parents=True, exist_ok=True)
    fsync = settings.durability == "fsync"
    records = Records(settings.database, fsync=fsync)
    records.migrate()
    access = open_access(settings, records)
    projects = ProjectDirectory(records, check_masking=lambda rules: _check(list(rules)))
    prices = Prices(records)
    store = Store(settings.store, durable=fsync, backups=settings.backups)
    maskers = Maskers(projects)
    ingest = Ingest(
        store,
        projects,
        prices,
        maskers,
        settings.data,
        fsync=fsync,
        prepare=price_list.load,
    )
    jobs = Jobs(records)
    datasets = DatasetService(records, StoredBlobs(store))
    scores, places = ScoreService(store, projects), StoredRunPlaces(store, projects)
    recorded = RecordedSpans(store, TraceQueries(store, projects))
    feedback = FeedbackService(records, store, scores, projects, places, ingest, maskers)
    sealer = Sealer(settings.data, settings.secret_key)
    providers = Providers(records, sealer, prices)
    evaluators = EvaluatorService(records, providers)
    prompts = PromptService(records)
    experiments = ExperimentService(
        records, store, projects, datasets, jobs, scores, ConfiguredDirections(feedback.configs)
    )
    private = settings.on_loopback or settings.private_targets
    shares = Shares(records)
    datasets.before_delete(shares.forget_dataset)
    housekeeper = Housekeeper(
        store, records, projects, jobs, ingest, retention_days=settings.retention_days
    )
    online = open_online(
        records,
        store,
        projects,
        evaluators,
        feedback,
        ingest,
        jobs,
        quiet_s=settings.rules_quiet_s,
    )
    alerts = Alerts(
        records,
        store,
        projects,
        sealer,
        private=private,
        server_url=settings.url,
        tellers={"budgets": budget_records.names_on, "releases": releases_telling_on},
    )
    budgets = open_budgets(
        records,
        store,
        projects,
        posted=alerts.wake,
        server_url=settings.url,
    )
    gateway = GatewayDoor(
        records,
        projects,
        providers,
        prices,
        ingest,
        is_open=settings.on_loopback,
        path=settings.gateway_config,
        limit_bytes=settings.max_request_bytes,
        arms=lambda: releases.open().arms,
        kept_checks=KeptChecks(evaluators, online.rules, online.guards, projects),
    )
    releases = ReleaseDoor(
        records,
        store,
        projects,
        prompts,
        providers,
        feedback,
        maskers,
        tables=lambda: gateway.open().tables,
        posted=alerts.wake,
        server_url=settings.url,
    )
    return Platform(
        settings=settings,
        records=records,
        store=store,
        projects=projects,
        access=access,
        alerts=alerts,
        budgets=budgets,
        prices=prices,
        providers=providers,
        gateway=gateway,
        releases=releases,
        jobs=jobs,
        housekeeper=housekeeper,
        backups=Backups(store, records, settings.backups, jobs),
        ingest=ingest,
        trace_edits=TraceEdits(store, ingest, jobs),
        runs=RunIngest(
            ingest,
            projects,
            StoredRuns(store, projects),
            feedback,
            datasets,
            Moves(settings.data / "moves"),
        ),
        datasets=datasets,
        experiments=experiments,
        experiment_runs=ExperimentRuns(
            experiments,
            datasets,
            Targets(prompts, providers, sealer, private=private),
            evaluators,
            projects,
            jobs,
            Stores(
                spans=ingest,
                scores=feedback,
                journals=Journals(settings.data / "experiments", records),
            ),
        ),
        evaluators=evaluators,
        online=online,
        prompts=prompts,
        feedback=feedback,
        queues=QueueService(
            records, store, scores, projects, places, DatasetExamples(datasets, recorded, projects)
        ),
        shares=shares,
        signed=Signed(lambda: signing_key(records)),
        health=Health(
            settings.data, store, ingest, housekeeper, jobs, online.rules, gateway.figures
        ),
    )


def create_app(platform: Platform) -> ASGIApp:
    """The application: OTLP on a short path of its own, the API, the browser app."""
    settings = platform.settings

    def authorise(headers: Mapping[str, str]) -> None:
        principal = platform.access.authorise(headers, "ingest")
        if principal.project is not None and isinstance(headers, dict):
            # Whatever else they name, spans that come with a project's key go to that project.
            headers["x-pilothouse-project"] = principal.project

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(platform.jobs.working())
            await stack.enter_async_context(platform.housekeeper.working())
            if settings.otlp_grpc_port:
                grpc = GrpcServer(
                    platform.ingest, authorise, settings.max_request_bytes, platform.ingest.intake
                )
                try:
                    await grpc.start(settings.host, settings.otlp_grpc_port)
                except OSError as e:
                    log.warning("%s; OTLP over HTTP works, set --otlp-grpc-port to another", e)
                else:
                    stack.push_async_callback(grpc.stop, GRPC_GRACE_S)
            tasks = await stack.enter_async_context(asyncio.TaskGroup())
            if settings.demo:
                tasks.create_task(_fill_if_empty(platform))
            await platform.runs.finish_moves()
            tending = [
                tasks.create_task(platform.feedback.sweeping()),
                tasks.create_task(platform.runs.joining()),
                tasks.create_task(platform.online.worker.working()),
                tasks.create_task(platform.online.guards.working()),
                tasks.create_task(platform.alerts.working()),
                tasks.create_task(platform.budgets.working()),
                tasks.create_task(platform.gateway.working()),
                tasks.create_task(platform.releases.working()),
                tasks.create_task(platform.health.sampling()),
                tasks.create_task(warm(platform.store, platform.projects)),
            ]
            yield
            for task in tending:
                task.cancel()

    app = Api(
        title="Pilothouse",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        lifespan=lifespan,
    )
    app.add_middleware(Compression)
    add_error_answers(app)
    add_health(app, platform.ping)
    add_metrics(app, platform.health)
    declare_api(app, platform)
    join(app.router, [langsmith_links.router(_links(platform))])
    if not settings.gateway_only:
        add_script(app)
        mount_web(app)
    otlp = OtlpRoute(platform.ingest, authorise, settings.max_request_bytes, platform.ingest.intake)
    front = Front(app, otlp, Lazily(lambda: _langsmith(platform)), platform.gateway)
    guarded = AccessMiddleware(
        front,
        platform.access,
        settings,
        authorises_itself=lambda path: serves(path) or serves_models(path),
    )
    return _led(guarded, settings)


def _led(app: ASGIApp, settings: Settings) -> ASGIApp:
    """The application with its further addresses."""
    app = LiteLLMPaths(app)
    if settings.gateway_only:
        app = AtRoot(app)
    prefix = prefix_of(settings.public_url)
    return BelowPath(app, prefix) if prefix else app


def _links(platform: Platform) -> langsmith_links.Links:
    places = StoredRunPlaces(platform.store, platform.projects)
    prefix = prefix_of(platform.settings.public_url)
    return langsmith_links.Links(platform.projects, places, platform.shares, prefix)


def _langsmith(platform: Platform) -> ASGIApp:
    """The LangSmith protocol, on the platform's services."""
    from pilothouse.platform.compat.langsmith.app import langsmith_app
    from pilothouse.platform.compat.langsmith.services import Services

    services = Services(
        settings=platform.settings,
        records=platform.records,
        store=platform.store,
        projects=platform.projects,
        runs=platform.runs,
        datasets=platform.datasets,
        experiments=platform.experiments,
        evaluators=platform.evaluators,
        rules=platform.online.rules,
        providers=platform.providers,
        prompts=platform.prompts,
        feedback=platform.feedback,
        queues=platform.queues,
        shares=platform.shares,
        signed=platform.signed,
        prices=platform.prices,
        jobs=platform.jobs,
        access=platform.access,
    )
    return langsmith_app(services)


async def _fill_if_empty(platform: Platform) -> None:
    """Put the example traces into a server that has no project yet."""
    from pilothouse.platform.demo import DEMO_PROJECT, demo_batches

    if platform.projects.all():
        return
    platform.projects.create(DEMO_PROJECT, demo=True)
    for batch in demo_batches(datetime.now(UTC)):
        await platform.ingest.accept(batch)


def _check(rules: list[Any]) -> None:  # Any: a rule as a person wrote it
    """Raise ValueError with one line about a masking rule that is wrong."""
    Masker(rules)


LANGSMITH: Final = "/langsmith"


class Front:
    """Sends what other protocols ask past everything that they do not need."""

    def __init__(self, app: ASGIApp, otlp: OtlpRoute, langsmith: ASGIApp, gateway: ASGIApp) -> None:
        self._app = app
        self._otlp = otlp
        self._langsmith = langsmith
        self._gateway = gateway

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        if serves(path):
            await self._otlp.handle(scope, receive, send)
        elif serves_models(path):
            await self._gateway(scope, receive, send)
        elif path.startswith(LANGSMITH) and path[len(LANGSMITH) :][:1] in ("", "/"):
            root = scope.get("root_path", "") + LANGSMITH
            rest = path.removeprefix(LANGSMITH) or "/"
            await self._langsmith({**scope, "root_path": root, "path": rest}, receive, send)
        else:
            await self._app(scope, receive, send)
