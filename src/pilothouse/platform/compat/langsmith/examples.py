"""Examples as JSON: one, many, looked for, changed, removed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from pilothouse.platform.access.workspace import changes_workspace
from pilothouse.platform.compat.langsmith.bodies import (
    Author,
    Body,
    Json,
    Moment,
    Reader,
    Sees,
    answer,
    link_base,
    page_of,
    time_text,
)
from pilothouse.platform.compat.langsmith.example_sources import ExampleSources, Sourced
from pilothouse.platform.compat.langsmith.filters import filter_of
from pilothouse.platform.compat.langsmith.services import Services
from pilothouse.platform.datasets.models import (
    UNSET,
    AttachmentOperations,
    Example,
    ExampleChange,
    NewExample,
    checked_splits,
    without_split,
)
from pilothouse.platform.datasets.parameters import json_object
from pilothouse.platform.datasets.service import DatasetService
from pilothouse.platform.errors import BadRequest, NotFound, Unprocessable
from pilothouse.platform.sharing.signed import Attachment, Signed

ATTACHMENTS: Final = "attachment_urls"
_ALWAYS: Final = ("id", "dataset_id", "created_at", "modified_at")


class ExampleIn(Body):
    """An example to make."""

    id: UUID | None = None
    dataset_id: UUID | None = None
    inputs: Json | None = None
    outputs: Json | None = None
    metadata: Json | None = None
    split: str | list[str] | None = None
    created_at: Moment | None = None
    source_run_id: UUID | None = None
    use_source_run_io: bool = False
    use_source_run_attachments: list[str] | None = None


class ExampleChangeIn(Body):
    """What to change of an example; null changes nothing."""

    id: UUID | None = None
    dataset_id: UUID | None = None
    inputs: Json | None = None
    outputs: Json | None = None
    metadata: Json | None = None
    split: str | list[str] | None = None
    attachments_operations: Json | None = None


class HardDelete(Body):
    """Examples to remove with their past."""

    example_ids: list[UUID]
    hard_delete: bool = False


class MetadataOperation(Body):
    """A value of the metadata that becomes a set with or without some texts."""

    key: str
    operation: str
    values: list[Any]


class MetadataChange(Body):
    """Operations on the metadata of some examples."""

    example_ids: list[UUID] = Field(max_length=1_000)
    operations: list[MetadataOperation]


def router(services: Services) -> APIRouter:
    """The routes below /examples, and those of the platform that take JSON."""
    routes = APIRouter()
    sources = ExampleSources(services)
    _add_reading(routes, services)
    _add_writing(routes, services, sources)
    _add_many(routes, services.datasets)
    return routes


def _add_reading(routes: APIRouter, services: Services) -> None:
    datasets, signed = services.datasets, services.signed

    @routes.get("/examples")
    def list_examples(
        request: Request,
        sees: Sees,
        dataset: UUID | None = None,
        id: Annotated[list[UUID] | None, Query()] = None,
        as_of: str | None = None,
        splits: Annotated[list[str] | None, Query()] = None,
        metadata: str | None = None,
        filter: str | None = None,
        full_text_contains: Annotated[list[str] | None, Query()] = None,
        select: Annotated[list[str] | None, Query()] = None,
        exclude_default_fields: bool = False,
        limit: int | None = None,
        offset: Annotated[int, Query(ge=0)] = 0,
    ) -> Response:
        if not sees:
            return answer([])
        found = datasets.examples(
            None if dataset is None else str(dataset),
            ids=None if id is None else [str(one) for one in id],
            as_of=as_of,
            splits=splits,
            metadata=json_object(metadata, "metadata"),
            filter=filter_of(filter),
            strict=False,
            words=full_text_contains or (),
            limit=page_of(limit),
            offset=offset,
        )
        links = link_base(request) if ATTACHMENTS in (select or ()) else None
        wanted = {*_ALWAYS, *(select or ())} if exclude_default_fields else None
        return answer([shown_example(each, signed, links, wanted) for each in found])

    @routes.get("/examples/count")
    def count_examples(
        sees: Sees,
        dataset: UUID,
        as_of: str | None = None,
        splits: Annotated[list[str] | None, Query()] = None,
        metadata: str | None = None,
        filter: str | None = None,
    ) -> Response:
        if not sees:
            return answer(0)
        if splits is None and metadata is None and filter is None:
            return answer(datasets.count(str(dataset), as_of))
        found = datasets.examples(
            str(dataset),
            as_of=as_of,
            splits=splits,
            metadata=json_object(metadata, "metadata"),
            filter=filter_of(filter),
            strict=False,
            limit=datasets.count(str(dataset), as_of) + 1,
        )
        return answer(len(found))

    @routes.get("/examples/{example_id}")
    def read_example(
        example_id: UUID, request: Request, _reader: Reader, as_of: str | None = None
    ) -> Response:
        found = datasets.example(str(example_id), as_of)
        return answer(shown_example(found, signed, link_base(request)))


def _add_writing(routes: APIRouter, services: Services, sources: ExampleSources) -> None:
    datasets, signed = services.datasets, services.signed

    async def created(request: Request, bodies: Sequence[ExampleIn]) -> list[Json]:
        author = changes_workspace(request)
        owners = {str(body.dataset_id) for body in bodies if body.dataset_id is not None}
        if len(owners) != 1 or any(body.dataset_id is None for body in bodies):
            raise Unprocessable("dataset_id: name one dataset, the same for all examples")
        [owner] = owners
        made = await sources.filled([sourced(body) for body in bodies])

        def add() -> list[Json]:
            version = datasets.add(owner, made, by=author)
            ids = list(version.example_ids)
            found = {each.id: each for each in datasets.examples(owner, ids=ids, limit=len(ids))}
            return [shown_example(found[one], signed, link_base(request)) for one in ids]

        return await asyncio.to_thread(add)

    @routes.post("/examples")
    async def create_example(body: ExampleIn, request: Request) -> Response:
        return answer((await created(request, [body]))[0])

    @routes.post("/examples/bulk")
    async def create_examples(body: list[ExampleIn], request: Request) -> Response:
        return answer(await created(request, body) if body else [])

    @routes.patch("/examples/bulk")
    def change_examples(body: list[ExampleChangeIn], author: Author) -> Response:
        datasets.update(None, [_change(each, each.id) for each in body], by=author)
        return answer({"message": f"{len(body)} examples updated", "count": len(body)})

    @routes.patch("/examples/{example_id}")
    def change_example(
        example_id: UUID, body: ExampleChangeIn, request: Request, author: Author
    ) -> Response:
        datasets.update(None, [_change(body, example_id)], by=author)
        found = datasets.example(str(example_id))
        return answer(shown_example(found, signed, link_base(request)))


def _add_many(routes: APIRouter, datasets: DatasetService) -> None:
    @routes.delete("/examples")
    def delete_examples(author: Author, example_ids: Annotated[list[UUID], Query()]) -> Response:
        datasets.remove([str(one) for one in example_ids], by=author)
        return answer({"message": f"{len(example_ids)} examples deleted"})

    @routes.delete("/examples/{example_id}")
    def delete_example(example_id: UUID, author: Author) -> Response:
        datasets.remove([str(example_id)], by=author)
        return answer({"message": "1 example deleted"})

    @routes.post("/platform/datasets/examples/delete")
    def delete_hard(body: HardDelete, author: Author) -> Response:
        ids = [str(one) for one in body.example_ids]
        datasets.remove(ids, hard=body.hard_delete, by=author)
        return answer({"message": f"{len(ids)} examples deleted", "count": len(ids)})

    @routes.delete("/platform/datasets/{dataset_id}/examples/{example_id}", status_code=204)
    def delete_of_dataset(dataset_id: UUID, example_id: UUID, author: Author) -> Response:
        datasets.remove([str(example_id)], dataset_id=str(dataset_id), by=author)
        return Response(status_code=204)

    @routes.patch("/platform/datasets/{dataset_id}/examples/metadata")
    def change_metadata(dataset_id: UUID, body: MetadataChange, author: Author) -> Response:
        owner = _existing(datasets, dataset_id)
        ids = [str(one) for one in dict.fromkeys(body.example_ids)]
        found = {each.id: each for each in datasets.examples(owner, ids=ids, limit=len(ids))}
        unknown = [each for each in ids if each not in found]
        if unknown:
            raise NotFound(f"there is no example {unknown[0]}", {"ids": unknown[:20]})
        changes = [_operated(found[each], body.operations) for each in ids]
        if changes:
            datasets.update(owner, changes, by=author)
        return answer({"count": len(ids), "example_ids": ids})


def _existing(datasets: DatasetService, dataset_id: UUID) -> str:
    """The id of a dataset. Raises NotFound in the words that the client looks for."""
    try:
        return datasets.get(str(dataset_id)).id
    except NotFound:
        raise NotFound(f"dataset not found: {dataset_id}") from None


def _operated(example: Example, operations: Sequence[MetadataOperation]) -> ExampleChange:
    metadata, splits = dict(example.metadata), list(example.splits)
    for one in operations:
        adds = one.operation.lower() == "array_add"
        if not adds and one.operation.lower() != "array_remove":
            raise BadRequest(f"operations: array_add or array_remove, not {one.operation[:60]!r}")
        of_splits = one.key == "dataset_split"
        present = splits if of_splits else metadata.get(one.key)
        kept = list(present) if isinstance(present, list) else []
        others = [each for each in kept if each not in one.values]
        changed = [*others, *one.values] if adds else others
        if of_splits:
            splits = changed
        else:
            metadata[one.key] = changed
    return ExampleChange(id=example.id, metadata=metadata, splits=checked_splits(splits))


def sourced(body: ExampleIn) -> Sourced:
    """An example to make, with what it takes from its run."""
    metadata, splits = without_split(body.metadata or {})
    example = NewExample(
        id=None if body.id is None else str(body.id),
        inputs=body.inputs or {},
        outputs=body.outputs,
        metadata=metadata,
        splits=splits if body.split is None else checked_splits(body.split),
        source_run_id="" if body.source_run_id is None else str(body.source_run_id),
        created_at=body.created_at,
    )
    return Sourced(
        example=example,
        takes_io=body.use_source_run_io,
        takes_attachments=tuple(body.use_source_run_attachments or ()),
    )


def changed(
    change: ExampleChange, metadata: Json | None, split: str | list[str] | None
) -> ExampleChange:
    """The change with new metadata, which keep the splits unless they name some."""
    kept, splits = (None, None) if metadata is None else without_split(metadata)
    if split is not None:
        splits = checked_splits(split)
    return replace(change, metadata=kept, splits=splits)


def operations_of(said: Json | None) -> AttachmentOperations | None:
    """Which attachments an update keeps. Raises Unprocessable."""
    if said is None:
        return None
    rename, retain = said.get("rename") or {}, said.get("retain") or []
    if not isinstance(rename, dict) or not isinstance(retain, list):
        raise Unprocessable("attachments_operations: rename is an object, retain is a list")
    return AttachmentOperations(
        rename={str(old): str(new) for old, new in rename.items()},
        retain=[str(each) for each in retain],
    )


def _change(body: ExampleChangeIn, example_id: UUID | None) -> ExampleChange:
    if example_id is None:
        raise Unprocessable("id: each example that is to change names its id")
    change = ExampleChange(
        id=str(example_id),
        inputs=body.inputs,
        outputs=UNSET if body.outputs is None else body.outputs,
        operations=operations_of(body.attachments_operations),
        dataset_id=None if body.dataset_id is None else str(body.dataset_id),
    )
    return changed(change, body.metadata, body.split)


def shown_example(
    example: Example, signed: Signed, links: str | None, wanted: set[str] | None = None
) -> Json:
    """An example as the protocol shows it; with links to its attachments where they begin with
    something."""
    shown: Json = {
        "id": example.id,
        "dataset_id": example.dataset_id,
        "inputs": dict(example.inputs),
        "outputs": None if example.outputs is None else dict(example.outputs),
        "metadata": {**example.metadata, "dataset_split": list(example.splits)},
        "created_at": time_text(example.created_at),
        "modified_at": time_text(example.modified_at),
        "source_run_id": _uuid_in(example.source_run_id),
        "name": f"#{example.id[:4]} @ {example.dataset_id[:8]}",
    }
    if links is not None:
        shown[ATTACHMENTS] = {
            f"attachment.{name}": {
                "presigned_url": links
                + signed.path(Attachment(blob=each.blob, project=0, mime_type=each.mime_type)),
                "mime_type": each.mime_type,
            }
            for name, each in example.attachments.items()
        }
    return shown if wanted is None else {k: v for k, v in shown.items() if k in wanted}


def _uuid_in(run: str) -> str | None:
    """The run that an example was made of, where it is named by a UUID."""
    try:
        return str(UUID(run)) if run else None
    except ValueError:
        return None
