"""The routes that stream: live tail, export, large values."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from pilothouse.platform.errors import NotFound
from pilothouse.platform.query.blob_answer import blob_answer
from pilothouse.platform.query.export import MEDIA, SUFFIX, Export, ExportScope, Format
from pilothouse.platform.query.models import ErrorAnswer
from pilothouse.platform.query.params import ProjectParam, WindowParams
from pilothouse.platform.query.scope import Projects, projects_of
from pilothouse.platform.query.tail import Tail
from pilothouse.platform.routing import ApiRouter
from pilothouse.platform.store import spans_read
from pilothouse.platform.store.engine import Store


def router(store: Store, projects: Projects, tail: Tail, export: Export) -> APIRouter:
    """What is answered piece by piece."""
    api = ApiRouter()

    @api.get(
        "/traces/tail",
        tags=["traces"],
        response_class=StreamingResponse,
        responses={
            200: {"content": {"text/event-stream": {}}, "description": "Events named `trace`."},
            400: {"model": ErrorAnswer},
        },
    )
    async def tail_traces(window: WindowParams) -> StreamingResponse:
        """Traces that are new or changed from now on, as server-sent events."""
        events = tail.events(window.selection(projects), lambda: window.selection(projects))
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(events, media_type="text/event-stream", headers=headers)

    @api.get(
        "/export",
        tags=["traces"],
        response_class=StreamingResponse,
        responses={
            200: {
                "content": {kind.split(";")[0]: {} for kind in MEDIA.values()},
                "description": "The file.",
            },
            400: {"model": ErrorAnswer},
        },
    )
    async def export_result(
        window: WindowParams,
        scope: ExportScope = "traces",
        format: Annotated[Format, Query()] = "jsonl",
        payloads: Annotated[
            bool, Query(description="JSONL: whether spans come with all that is in them.")
        ] = True,
    ) -> StreamingResponse:
        """The whole result as a file; OTLP as one request a line."""
        body = await export.stream(scope, window.selection(projects), format, payloads=payloads)
        name = f"{scope}.{SUFFIX[format]}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return StreamingResponse(body, media_type=MEDIA[format], headers=headers)

    @api.get(
        "/blobs/{blob_id}",
        tags=["traces"],
        response_class=Response,
        responses={
            200: {"content": {"*/*": {}}, "description": "The value as it was sent."},
            404: {"model": ErrorAnswer},
        },
    )
    async def open_blob(blob_id: str, project: ProjectParam = None) -> Response:
        """A value that was too large to come with its span."""
        await store.visible()
        found = await spans_read.blob(store, blob_id, list(projects_of(projects, project)))
        if found is None:
            raise NotFound(f"there is no blob {blob_id!r}", {"id": blob_id})
        return blob_answer(*found)

    return api
