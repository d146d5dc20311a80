"""Puts the server together: settings in, application out. Nothing else knows all the parts."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from fastapi import APIRouter, FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from pilothouse import __version__
from pilothouse.platform.about.routes import router as about_router
from pilothouse.platform.answers import add_error_answers, add_health
from pilothouse.platform.ingest.maskers import Maskers
from pilothouse.platform.ingest.otlp.http import OtlpRoute, serves
from pilothouse.platform.ingest.pipeline import Ingest
from pilothouse.platform.masking.routes import router as masking_router
from pilothouse.platform.projects.service import ProjectDirectory
from pilothouse.platform.query.routes import router as query_router
from pilothouse.platform.query.spans import SpanQueries
from pilothouse.platform.query.traces import TraceQueries
from pilothouse.platform.records import Records
from pilothouse.platform.settings import Settings
from pilothouse.platform.store.engine import Store
from pilothouse.platform.web import mount_web
from pilothouse.spans.prices import Pricer

log = logging.getLogger("pilothouse")


@dataclass(slots=True, kw_only=True)
class Platform:
    """The open services of one server process."""

    settings: Settings
    records: Records
    store: Store
    projects: ProjectDirectory
    ingest: Ingest
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the server was asked to stop: whoever streams for ever ends then."""

    def close(self) -> None:
        """Store what was acknowledged, then let go of everything."""
        self.ingest.close()
        self.store.close()
        self.records.close()

    async def ping(self) -> None:
        """Raise unless both stores answer."""
        await self.store.rows("SELECT 1")
        await asyncio.to_thread(self.records.ping)


def open_platform(settings: Settings) -> Platform:
    """Open the stores and bring them up to date. Raises StoreError, RecordsError."""
    settings.data.mkdir(parents=True, exist_ok=True)
    fsync = settings.durability == "fsync"
    records = Records(settings.database, fsync=fsync)
    records.migrate()
    projects = ProjectDirectory(records)
    store = Store(settings.store, durable=fsync)
    ingest = Ingest(
        store, projects, Pricer(), Maskers(projects), settings.data, fsync=fsync
    )
    return Platform(
        settings=settings, records=records, store=store, projects=projects, ingest=ingest
    )


def create_app(platform: Platform) -> ASGIApp:
    """The application: OTLP on a short path of its own, the API, the browser app."""
    settings = platform.settings

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield

    app = FastAPI(
        title="Pilothouse",
        version=__version__,
        docs_url="/api/docs",
        redoc_url=None,
        openapi_url="/openapi.json",
        lifespan=lifespan,
    )
    app.add_middleware(GZipMiddleware, minimum_size=2048, compresslevel=3)
    add_error_answers(app)
    add_health(app, platform.ping)
    projects, store = platform.projects, platform.store
    api = APIRouter(prefix="/api/v1")
    traces = TraceQueries(store, projects)
    api.include_router(query_router(projects, traces, SpanQueries(store, projects, traces)))
    api.include_router(about_router(settings))
    api.include_router(masking_router())
    app.include_router(api)
    mount_web(app)
    otlp = OtlpRoute(platform.ingest, lambda headers: None, settings.max_request_bytes)
    return Front(app, otlp)


class Front:
    """Sends OTLP requests past everything that they do not need."""

    def __init__(self, app: ASGIApp, otlp: OtlpRoute) -> None:
        self._app = app
        self._otlp = otlp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and serves(scope["path"]):
            await self._otlp.handle(scope, receive, send)
        else:
            await self._app(scope, receive, send)
