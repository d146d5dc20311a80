"""Datasets, their versions, tags and splits."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Sequence
from typing import Annotated, Final, cast
from uuid import UUID, uuid4, uuid5

from fastapi import APIRouter, Query, Request, Response

from pilothouse.platform.access.workspace import changes_workspace
from pilothouse.platform.compat.langsmith.bodies import (
    Author,
    Body,
    Json,
    Moment,
    Reader,
    Sees,
    answer,
    body_of,
    metadata_of,
    page_of,
    time_text,
)
from pilothouse.platform.compat.langsmith.services import Services
from pilothouse.platform.datasets import exporting
from pilothouse.platform.datasets.exporting import ExportFormat
from pilothouse.platform.datasets.importing import ImportFile, Mapped
from pilothouse.platform.datasets.models import (
    LATEST,
    UNSET,
    Dataset,
    DataType,
    NewExample,
    Summary,
    Version,
)
from pilothouse.platform.datasets.parameters import json_object
from pilothouse.platform.datasets.service import DatasetService
from pilothouse.platform.errors import BadRequest
from pilothouse.platform.ingest.langsmith.upload import parts_of
from pilothouse.platform.records.settings import workspace_id

_FILE_NAME: Final = re.compile(rb'name="?file"?; filename="([^"\r\n]*)"')
_LINES: Final = "application/x-ndjson"
_EXPORTS: Final = {"openai_ft": _LINES, "jsonl": _LINES, "csv": "text/csv"}


class NewDataset(Body):
    """A dataset to make."""

    name: str
    id: UUID | None = None
    description: str | None = None
    data_type: DataType | None = None
    extra: Json | None = None
    metadata: Json | None = None
    inputs_schema_definition: Json | None = None
    outputs_schema_definition: Json | None = None
    inputs_schema: Json | None = None
    outputs_schema: Json | None = None
    transformations: list[Json] | None = None


class DatasetChange(Body):
    """What to change of a dataset; null changes nothing."""

    name: str | None = None
    description: str | None = None
    metadata: Json | None = None
    inputs_schema_definition: Json | None = None
    outputs_schema_definition: Json | None = None
    transformations: list[Json] | None = None


class NewTag(Body):
    """A tag and the version that it means from now on."""

    tag: str
    as_of: Moment | str


class SplitChange(Body):
    """Examples that go into a split or out of it."""

    split_name: str
    examples: list[UUID]
    remove: bool = False


def router(services: Services) -> APIRouter:
    """The routes below /datasets that are about datasets themselves."""
    routes = APIRouter(prefix="/datasets")
    _add_datasets(routes, services)
    _add_files(routes, services)
    _add_versions(routes, services.datasets)
    _add_splits(routes, services.datasets)
    return routes


def _add_datasets(routes: APIRouter, services: Services) -> None:
    datasets = services.datasets

    def shown(found: Sequence[Dataset]) -> list[Json]:
        return shown_datasets(services, found)

    @routes.post("")
    def create_dataset(body: NewDataset, author: Author) -> Response:
        made = datasets.create(
            body.name,
            id=None if body.id is None else str(body.id),
            description=body.description or "",
            data_type=body.data_type or "kv",
            metadata=body.metadata or metadata_of(body.extra),
            inputs_schema=body.inputs_schema_definition or body.inputs_schema,
            outputs_schema=body.outputs_schema_definition or body.outputs_schema,
            transformations=body.transformations,
            by=author,
        )
        return answer(shown([made])[0])

    @routes.get("")
    def list_datasets(
        sees: Sees,
        id: Annotated[list[UUID] | None, Query()] = None,
        name: str | None = None,
        name_contains: str | None = None,
        data_type: str | None = None,
        metadata: str | None = None,
        limit: int | None = None,
        offset: Annotated[int, Query(ge=0)] = 0,
    ) -> Response:
        if not sees:
            return answer([])
        found = datasets.list(
            name=None if name is None else name.strip(),
            name_contains=name_contains,
            ids=None if id is None else [str(one) for one in id],
            metadata=json_object(metadata, "metadata"),
            data_type=data_type,
            limit=page_of(limit),
            offset=offset,
        )
        return answer(shown(found))

    @routes.get("/{dataset_id}")
    def read_dataset(dataset_id: UUID, _reader: Reader) -> Response:
        return answer(shown([datasets.get(str(dataset_id))])[0])

    @routes.patch("/{dataset_id}")
    def change_dataset(dataset_id: UUID, body: DatasetChange, _author: Author) -> Response:
        inputs, outputs = body.inputs_schema_definition, body.outputs_schema_definition
        made = datasets.change(
            str(dataset_id),
            name=body.name,
            description=body.description,
            metadata=body.metadata,
            inputs_schema=UNSET if inputs is None else inputs or None,
            outputs_schema=UNSET if outputs is None else outputs or None,
            transformations=UNSET if body.transformations is None else body.transformations,
        )
        return answer(shown([made])[0])

    @routes.delete("/{dataset_id}")
    def delete_dataset(dataset_id: UUID, _author: Author) -> Response:
        datasets.delete(str(dataset_id))
        return answer({"message": "the dataset is deleted"})


def _add_files(routes: APIRouter, services: Services) -> None:
    datasets = services.datasets

    @routes.post("/upload")
    async def upload_csv(request: Request) -> Response:
        author = changes_workspace(request)
        body = await body_of(request, services.settings.max_request_bytes)
        content_type = request.headers.get("content-type", "")
        made = await asyncio.to_thread(_uploaded, datasets, body, content_type, author)
        return answer((await asyncio.to_thread(shown_datasets, services, [made]))[0])

    def exported(dataset_id: UUID, kind: ExportFormat, as_of: str | None) -> Response:
        owner = datasets.get(str(dataset_id)).id
        columns = exporting.columns_of(datasets.every(owner, as_of=as_of)) if kind == "csv" else []
        lines = exporting.lines(datasets.every(owner, as_of=as_of), kind, columns)
        return Response("".join(lines), media_type=_EXPORTS[kind])

    @routes.get("/{dataset_id}/openai_ft")
    def export_conversations(
        dataset_id: UUID, _reader: Reader, as_of: str | None = None
    ) -> Response:
        return exported(dataset_id, "openai_ft", as_of)

    @routes.get("/{dataset_id}/csv")
    def export_csv(dataset_id: UUID, _reader: Reader, as_of: str | None = None) -> Response:
        return exported(dataset_id, "csv", as_of)

    @routes.get("/{dataset_id}/jsonl")
    def export_lines(dataset_id: UUID, _reader: Reader, as_of: str | None = None) -> Response:
        return exported(dataset_id, "jsonl", as_of)


def _add_versions(routes: APIRouter, datasets: DatasetService) -> None:
    @routes.get("/{dataset_id}/versions")
    def list_versions(
        dataset_id: UUID,
        _reader: Reader,
        search: str | None = None,
        limit: int | None = None,
        offset: Annotated[int, Query(ge=0)] = 0,
    ) -> Response:
        owner = str(dataset_id)
        found = datasets.versions(owner, search=search or "", limit=page_of(limit), offset=offset)
        newest = datasets.versions(owner, limit=1)
        return answer([_version(each, newest) for each in found])

    @routes.get("/{dataset_id}/version")
    def read_version(
        dataset_id: UUID, _reader: Reader, tag: str | None = None, as_of: str | None = None
    ) -> Response:
        found = datasets.resolve(str(dataset_id), tag or as_of or LATEST)
        return answer(_version(found, datasets.versions(str(dataset_id), limit=1)))

    @routes.get("/{dataset_id}/versions/diff")
    def read_diff(
        dataset_id: UUID, _reader: Reader, from_version: str, to_version: str
    ) -> Response:
        found = datasets.diff(str(dataset_id), from_version, to_version)
        return answer(
            {
                "examples_modified": list(found.modified),
                "examples_added": list(found.added),
                "examples_removed": list(found.removed),
            }
        )

    @routes.put("/{dataset_id}/tags")
    def move_tag(dataset_id: UUID, body: NewTag, _author: Author) -> Response:
        found = datasets.tag(str(dataset_id), body.tag, body.as_of)
        return answer(_version(found, datasets.versions(str(dataset_id), limit=1)))


def _add_splits(routes: APIRouter, datasets: DatasetService) -> None:
    @routes.get("/{dataset_id}/splits")
    def list_splits(dataset_id: UUID, _reader: Reader, as_of: str | None = None) -> Response:
        return answer(datasets.splits(str(dataset_id), as_of))

    @routes.put("/{dataset_id}/splits")
    def change_split(dataset_id: UUID, body: SplitChange, author: Author) -> Response:
        ids = [str(one) for one in body.examples]
        owner = str(dataset_id)
        datasets.set_split(owner, body.split_name, ids, remove=body.remove, by=author)
        return answer(ids)


def shown_datasets(services: Services, found: Sequence[Dataset]) -> list[Json]:
    """Datasets as the protocol shows them."""
    summaries = services.datasets.summaries([each.id for each in found])
    tenant = workspace_id(services.records)
    return [_shown(each, summaries.get(each.id, Summary()), tenant) for each in found]


def _shown(dataset: Dataset, summary: Summary, tenant: str) -> Json:
    return {
        "id": dataset.id,
        "tenant_id": tenant,
        "name": dataset.name,
        "description": dataset.description or None,
        "data_type": dataset.data_type,
        "metadata": dict(dataset.metadata),
        "inputs_schema_definition": dataset.inputs_schema,
        "outputs_schema_definition": dataset.outputs_schema,
        "transformations": dataset.transformations,
        "created_at": time_text(dataset.created_at),
        "modified_at": time_text(dataset.modified_at),
        "example_count": summary.example_count,
        "session_count": summary.experiment_count,
        "last_session_start_time": time_text(summary.last_experiment_at),
    }


def _version(version: Version, newest: Sequence[Version]) -> Json:
    is_newest = bool(newest) and newest[0].at == version.at
    tags = [*([LATEST] if is_newest else []), *(tag for tag in version.tags if tag != LATEST)]
    return {"as_of": time_text(version.at), "tags": tags or None}


def _uploaded(datasets: DatasetService, body: bytes, content_type: str, author: str) -> Dataset:
    """The dataset that a form with a file of CSV makes. Sent again it is the same."""
    fields: dict[str, list[str]] = {}
    file: bytes | None = None
    for part in parts_of(body, content_type):
        if part.name == "file":
            file = part.data
        else:
            fields.setdefault(part.name, []).append(part.data.decode("utf-8", "replace"))
    if file is None:
        raise BadRequest("the form has no part named file")
    first = {name: values[0] for name, values in fields.items()}
    told = _FILE_NAME.search(body)
    name = first.get("name") or (told[1].decode("utf-8", "replace") if told else "")
    keys = {key: {one: one for one in fields.get(key, ())} for key in ("input_keys", "output_keys")}
    if not keys["input_keys"]:
        raise BadRequest("input_keys names the columns that are inputs")
    mapped = Mapped(inputs=keys["input_keys"], outputs=keys["output_keys"])
    examples = list(ImportFile(io.BytesIO(file), "csv").examples(mapped))
    made = datasets.create(
        name,
        id=first.get("id") or str(uuid4()),
        description=first.get("description", ""),
        data_type=cast("DataType", first.get("data_type") or "kv"),
        by=author,
    )
    if examples:
        datasets.add(made.id, [_row(made, each, i) for i, each in enumerate(examples)], by=author)
    return datasets.get(made.id)


def _row(dataset: Dataset, example: NewExample, number: int) -> NewExample:
    return NewExample(
        id=str(uuid5(UUID(dataset.id), f"row {number}")),
        inputs=example.inputs,
        outputs=example.outputs,
    )
