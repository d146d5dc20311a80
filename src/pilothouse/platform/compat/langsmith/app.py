"""Puts the LangSmith protocol together: the platform's services in, an application out."""

from __future__ import annotations

import logging
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp

from pilothouse.platform.compat.langsmith import (
    absent,
    annotation,
    annotation_items,
    commits,
    comparative,
    datasets,
    evaluators,
    example_uploads,
    examples,
    experiments,
    feedback,
    feedback_configs,
    feedback_tokens,
    hub,
    info,
    links,
    public,
    repos,
    runs_in,
    runs_out,
    session_dashboard,
    sessions,
    settings,
    sharing,
    v2_datasets,
    v2_runs,
    v2_sessions,
    v2_threads,
)
from pilothouse.platform.compat.langsmith.paths import OneSpelling
from pilothouse.platform.compat.langsmith.services import Services
from pilothouse.platform.errors import ApiError
from pilothouse.platform.ingest.errors import IngestError
from pilothouse.platform.query.run_places import StoredRunPlaces
from pilothouse.platform.sharing import attachments
from pilothouse.platform.web.prefix import prefix_of

log = logging.getLogger("pilothouse.langsmith")


def langsmith_app(services: Services) -> ASGIApp:
    """The application to be mounted under /langsmith; every spelling of the API's base works."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.add_middleware(GZipMiddleware, minimum_size=2048, compresslevel=3)
    _add_error_answers(app)
    app.include_router(absent.router())
    app.include_router(info.router(services))
    app.include_router(runs_in.router(services))
    app.include_router(runs_out.router(services))
    app.include_router(v2_runs.router(services))
    app.include_router(v2_threads.router(services))
    app.include_router(settings.router(services))
    app.include_router(feedback_tokens.router(services))
    app.include_router(feedback.router(services))
    app.include_router(feedback_configs.router(services))
    app.include_router(repos.router(services))
    app.include_router(commits.router(services))
    app.include_router(hub.router(services))
    for more in (annotation, annotation_items, sharing, public, evaluators):
        app.include_router(more.router(services))
    for group in (
        v2_sessions,
        v2_datasets,
        session_dashboard,
        sessions,
        comparative,
        datasets,
        example_uploads,
        examples,
        experiments,
    ):
        app.include_router(group.router(services))
    app.include_router(links.router(_links(services)))
    read_blob = attachments.blobs_of(services.store)
    app.include_router(attachments.router(read_blob, services.signed))
    return OneSpelling(app)


def _links(services: Services) -> links.Links:
    """Links that are below the API's address, where clients do not know it for an API's."""
    places = StoredRunPlaces(services.store, services.projects)
    prefix = prefix_of(services.settings.public_url)
    return links.Links(services.projects, places, services.shares, prefix)


def _add_error_answers(app: FastAPI) -> None:
    """Answer every failure with {"detail": …}, which the client puts into its exception."""

    @app.exception_handler(ApiError)
    async def told(_request: Request, e: ApiError) -> Response:
        return _answer(e.status, e.message)

    @app.exception_handler(IngestError)
    async def busy(_request: Request, e: IngestError) -> Response:
        answer = _answer(503, str(e))
        answer.headers["retry-after"] = str(e.retry_after_s)
        return answer

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, e: RequestValidationError) -> Response:
        problems = [
            {"loc": [str(part) for part in x["loc"]], "msg": x["msg"], "type": x["type"]}
            for x in e.errors()
        ]
        return _answer(422, problems)

    @app.exception_handler(HTTPException)
    async def refused(_request: Request, e: HTTPException) -> Response:
        refusal = _answer(e.status_code, e.detail)
        refusal.headers.update(e.headers or {})
        return refusal

    @app.exception_handler(Exception)
    async def failed(request: Request, e: Exception) -> Response:
        log.error("%s %s failed", request.method, request.url.path, exc_info=e)
        return _answer(500, "internal error; the server's log has the details")


def _answer(status: int, detail: Any) -> Response:
    told = orjson.dumps({"detail": detail}, default=str)
    return Response(told, status_code=status, media_type="application/json")
