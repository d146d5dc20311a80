"""Runs that come in: multipart, batches, single ones."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request, Response

from pilothouse.platform.access.asked import principal_of
from pilothouse.platform.compat.langsmith.services import Services
from pilothouse.platform.ingest.langsmith.inflate import inflated, too_large
from pilothouse.platform.ingest.langsmith.runs import parsed_json, uuid_in
from pilothouse.platform.ingest.langsmith.upload import (
    Upload,
    read_batch,
    read_multipart,
    read_run,
)


def router(services: Services) -> APIRouter:
    """The routes that take runs; they answer 202 once what came is durable."""
    routes = APIRouter()
    runs, limit = services.runs, services.settings.max_request_bytes

    async def taken(request: Request, read: Callable[[bytes], Upload]) -> Response:
        body = await _body(request, limit)
        encoding = request.headers.get("content-encoding", "").strip().lower()

        def uploaded() -> Upload:
            plain = inflated(body, encoding, limit)
            upload = read(plain)
            upload.size_bytes = len(plain)
            return upload

        await runs.take(uploaded, len(body), principal_of(request).project)
        return Response(b"{}", 202, media_type="application/json")

    @routes.post("/runs/multipart")
    async def take_multipart(request: Request) -> Response:
        content_type = request.headers.get("content-type", "")
        return await taken(request, lambda body: read_multipart(body, content_type))

    @routes.post("/runs/batch")
    async def take_batch(request: Request) -> Response:
        return await taken(request, read_batch)

    @routes.post("/runs")
    async def take_run(request: Request) -> Response:
        def read(body: bytes) -> Upload:
            return Upload(halves=[read_run(parsed_json(body, "the body"), "post")])

        return await taken(request, read)

    @routes.patch("/runs/{run_id}")
    async def change_run(request: Request, run_id: str) -> Response:
        known = uuid_in(run_id, "the id of the run")

        def read(body: bytes) -> Upload:
            return Upload(halves=[read_run(parsed_json(body, "the body"), "patch", known)])

        return await taken(request, read)

    return routes


async def _body(request: Request, limit: int) -> bytes:
    """The body as it came; refused as soon as it passes the limit."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise too_large(limit)
        parts.append(part)
    return b"".join(parts)
