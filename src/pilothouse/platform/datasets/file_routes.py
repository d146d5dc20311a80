"""Datasets and files over HTTP: import with a preview, export; and examples made of spans."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import IO, Annotated, Any, Final, Protocol
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException, Query, Request, status
from fastapi.responses import StreamingResponse
from pydantic import ValidationError

from pilothouse.platform.access.workspace import changes_workspace
from pilothouse.platform.datasets import exporting, from_spans
from pilothouse.platform.datasets.exporting import ExportFormat
from pilothouse.platform.datasets.import_shapes import (
    ColumnMapping,
    ColumnOut,
    FromSpans,
    FromSpansDone,
    ImportPreview,
    SpanRef,
)
from pilothouse.platform.datasets.importing import Format, ImportFile, Mapped
from pilothouse.platform.datasets.service import DatasetService
from pilothouse.platform.datasets.version_shapes import Written
from pilothouse.platform.errors import BadRequest

LARGEST_FILE: Final = 2**30
_IN_MEMORY: Final = 8 * 2**20

Author = Annotated[str, Depends(changes_workspace)]
FormatParam = Annotated[Format, Query(description="What the body is.")]
MappingParam = Annotated[
    str | None,
    Query(
        description="JSON: which column becomes what; as their names suggest, if left out.",
        max_length=60_000,
    ),
]


class ReadSpans(Protocol):
    """Reads recorded spans, each as the API shows it."""

    async def __call__(self, wanted: Sequence[SpanRef]) -> list[dict[str, Any]]:
        """The spans in the order asked for. Raises NotFound, Conflict."""


def add(routes: APIRouter, datasets: DatasetService, spans: ReadSpans) -> None:
    """Add the routes of import, export and spans."""
    _add_import(routes, datasets)
    _add_export(routes, datasets)
    _add_from_spans(routes, datasets, spans)


def _add_import(routes: APIRouter, datasets: DatasetService) -> None:
    body = {"requestBody": {"required": True, "content": {"application/octet-stream": {}}}}

    @routes.post("/datasets/{dataset_id}/import/preview", openapi_extra=body)
    async def preview_import(
        request: Request,
        dataset_id: str,
        format: FormatParam,
        mapping: MappingParam = None,
        limit: Annotated[int, Query(ge=0, le=100)] = 10,
    ) -> ImportPreview:
        """What importing the file in the body would do; nothing is kept."""
        mapped = _mapping(mapping)

        def work(file: IO[bytes]) -> ImportPreview:
            read = ImportFile(file, format)
            outline = read.outline()
            examples = read.examples(mapped)
            trial = datasets.check(dataset_id, examples, shown=limit)
            named = [
                ColumnOut(name=name, sample=outline.samples.get(name)) for name in outline.columns
            ]
            return ImportPreview.of(named, examples.mapped, trial)

        async with _received(request) as file:
            return await asyncio.to_thread(work, file)

    @routes.post(
        "/datasets/{dataset_id}/import", openapi_extra=body, status_code=status.HTTP_201_CREATED
    )
    async def import_file(
        request: Request,
        dataset_id: str,
        format: FormatParam,
        author: Author,
        mapping: MappingParam = None,
        replace: Annotated[
            bool, Query(description="Whether an id that is there takes the new values.")
        ] = False,
        name: Annotated[str, Query(description="Of the file, for the version's note.")] = "",
    ) -> Written:
        """The version that adds the rows of the file in the body; all or nothing."""
        mapped = _mapping(mapping)

        def work(file: IO[bytes]) -> Written:
            examples = ImportFile(file, format).examples(mapped)
            note = f"import of {name[:500]}" if name else "import"
            return Written.of(
                datasets.add(dataset_id, examples, replacing=replace, by=author, note=note)
            )

        async with _received(request) as file:
            return await asyncio.to_thread(work, file)


def _add_export(routes: APIRouter, datasets: DatasetService) -> None:
    @routes.get(
        "/datasets/{dataset_id}/export",
        response_class=StreamingResponse,
        responses={
            200: {
                "content": {kind.partition(";")[0]: {} for kind in exporting.MEDIA.values()},
                "description": "The file.",
            }
        },
    )
    def export_dataset(
        dataset_id: str,
        format: Annotated[ExportFormat, Query()] = "jsonl",
        as_of: Annotated[str | None, Query(max_length=200)] = None,
        split: Annotated[list[str] | None, Query()] = None,
    ) -> StreamingResponse:
        """The examples as a file, which an import takes again."""
        dataset = datasets.get(dataset_id)
        state = datasets.state(dataset.id, as_of)  # of the columns and of the rows
        columns = []
        if format == "csv":
            columns = exporting.columns_of(datasets.every(dataset.id, as_of=state, splits=split))
        examples = datasets.every(dataset.id, as_of=state, splits=split)
        filename = quote(f"{dataset.name}.{exporting.SUFFIX[format]}", safe="")
        return StreamingResponse(
            exporting.lines(examples, format, columns),
            media_type=exporting.MEDIA[format],
            headers={"content-disposition": f"attachment; filename*=UTF-8''{filename}"},
        )


def _add_from_spans(routes: APIRouter, datasets: DatasetService, spans: ReadSpans) -> None:
    @routes.post("/datasets/{dataset_id}/from-spans", status_code=status.HTTP_201_CREATED)
    async def add_spans(dataset_id: str, body: FromSpans, author: Author) -> FromSpansDone:
        """The version that adds recorded spans as examples; those that are there stay."""
        dataset = await asyncio.to_thread(datasets.get, dataset_id)
        given: dict[str, Any] = body.model_dump(exclude={"spans"})
        mapping = from_spans.SpanMapping(**given)
        documents = await spans(body.spans)
        made = {
            each.id: each
            for each in (from_spans.example_of(span, dataset, mapping) for span in documents)
            if each.id is not None
        }

        def work() -> FromSpansDone:
            there = {
                each.id for each in datasets.examples(dataset.id, ids=list(made), limit=len(made))
            }
            new = [each for each in made.values() if each.id not in there]
            version = datasets.add(dataset.id, new, by=author, note="from spans")
            done = Written.of(version).model_dump()
            return FromSpansDone(**done | {"example_ids": list(made)}, skipped=len(there))

        return await asyncio.to_thread(work)


def _mapping(text: str | None) -> Mapped | None:
    if not text:
        return None
    try:
        return ColumnMapping.model_validate_json(text).mapped()
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadRequest(f"mapping {where}: {first['msg']}", {"parameter": "mapping"}) from None


@asynccontextmanager
async def _received(request: Request) -> AsyncIterator[IO[bytes]]:
    """The body as a file, on the disk where it is large."""
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > LARGEST_FILE:
                raise HTTPException(413, f"a file has at most {LARGEST_FILE:,} bytes")
            if size > _IN_MEMORY:
                await asyncio.to_thread(file.write, chunk)
            else:
                file.write(chunk)
        yield file
