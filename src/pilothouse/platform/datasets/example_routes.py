"""Examples over HTTP."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Body, Depends, Query, Response, status

from pilothouse.platform.access.workspace import changes_workspace
from pilothouse.platform.datasets.example_shapes import (
    MOST_EXAMPLES,
    ExampleChangeIn,
    ExampleChangeOf,
    ExampleHistory,
    ExampleIds,
    ExampleOut,
    ExamplePage,
    ExampleState,
    NewExampleIn,
)
from pilothouse.platform.datasets.parameters import json_object, page_cursor, place_in
from pilothouse.platform.datasets.reading import place_of
from pilothouse.platform.datasets.service import DatasetService
from pilothouse.platform.datasets.version_shapes import DatasetVersionOut, Removed, Written
from pilothouse.platform.query.scope import filter_of
from pilothouse.platform.store.text_match import pieces

Author = Annotated[str, Depends(changes_workspace)]
AsOfParam = Annotated[
    str | None, Query(description="A time (inclusive), a tag or `latest`.", max_length=200)
]
Limit = Annotated[int, Query(ge=1, le=1000)]
_HEADERS = {
    # What others uploaded must never run as a page of this server.
    "content-security-policy": "sandbox; default-src 'none'",
    "x-content-type-options": "nosniff",
}


def add(routes: APIRouter, datasets: DatasetService) -> None:
    """Add the routes of examples."""
    _add_of_dataset(routes, datasets)
    _add_one(routes, datasets)


def _add_of_dataset(routes: APIRouter, datasets: DatasetService) -> None:
    @routes.get("/datasets/{dataset_id}/examples")
    def list_examples(
        dataset_id: str,
        *,
        as_of: AsOfParam = None,
        split: Annotated[list[str] | None, Query(description="In any of these.")] = None,
        id: Annotated[list[str] | None, Query(max_length=1000)] = None,
        q: Annotated[
            str | None,
            Query(description="Full text: each piece stands in the inputs or outputs."),
        ] = None,
        filter: Annotated[
            str | None,
            Query(description='An expression: `metadata.tier = "gold" and output exists`.'),
        ] = None,
        metadata: Annotated[
            str | None, Query(description="A JSON object that theirs contains.")
        ] = None,
        limit: Limit = 50,
        cursor: str | None = None,
    ) -> ExamplePage:
        """Examples in the order of their creation."""
        found = datasets.examples(
            dataset_id,
            ids=id,
            as_of=as_of,
            splits=split,
            metadata=json_object(metadata, "metadata"),
            filter=filter_of(filter),
            words=pieces(q or ""),
            limit=limit + 1,
            after=place_in(cursor, "examples"),
        )
        return ExamplePage(
            items=[ExampleOut.of(each) for each in found[:limit]],
            next_cursor=page_cursor("examples", found, limit, place_of),
        )

    @routes.post("/datasets/{dataset_id}/examples", status_code=status.HTTP_201_CREATED)
    def add_examples(
        dataset_id: str,
        body: Annotated[
            NewExampleIn | Annotated[list[NewExampleIn], Body(max_length=MOST_EXAMPLES)], Body()
        ],
        author: Author,
        replace: Annotated[
            bool, Query(description="Whether an id that is there takes the new values.")
        ] = False,
    ) -> Written:
        """The version that adds one example or many; all or nothing."""
        given = body if isinstance(body, list) else [body]
        new = [each.example() for each in given]
        return Written.of(datasets.add(dataset_id, new, replacing=replace, by=author))

    @routes.patch("/datasets/{dataset_id}/examples")
    def change_examples(
        dataset_id: str,
        body: Annotated[list[ExampleChangeOf], Body(max_length=MOST_EXAMPLES)],
        author: Author,
    ) -> Written:
        """The version that changes some examples; all or nothing."""
        changes = [each.change(each.id) for each in body]
        return Written.of(datasets.update(dataset_id, changes, by=author))

    @routes.post("/datasets/{dataset_id}/examples/delete")
    def remove_examples(dataset_id: str, body: ExampleIds, author: Author) -> Removed:
        """The version without some examples."""
        made = datasets.remove(body.ids, hard=body.hard, by=author, dataset_id=dataset_id)
        return Removed(versions=[DatasetVersionOut.of(each) for each in made])


def _add_one(routes: APIRouter, datasets: DatasetService) -> None:
    @routes.get("/examples/{example_id}")
    def get_example(example_id: str, as_of: AsOfParam = None) -> ExampleOut:
        """One example, now or as of a version."""
        return ExampleOut.of(datasets.example(example_id, as_of))

    @routes.patch("/examples/{example_id}")
    def change_example(example_id: str, body: ExampleChangeIn, author: Author) -> ExampleOut:
        """The example after a change, which is a new version of its dataset."""
        datasets.update(None, [body.change(example_id)], by=author)
        return ExampleOut.of(datasets.example(example_id))

    @routes.delete("/examples/{example_id}", status_code=status.HTTP_204_NO_CONTENT)
    def remove_example(example_id: str, author: Author, hard: bool = False) -> None:
        """Remove an example; earlier versions keep it, unless `hard`."""
        datasets.remove([example_id], hard=hard, by=author)

    @routes.get("/examples/{example_id}/history")
    def history(example_id: str) -> ExampleHistory:
        """Every state that the example had."""
        return ExampleHistory(
            items=[
                ExampleState(**ExampleOut.of(each).model_dump(), until=until)
                for each, until in datasets.history(example_id)
            ]
        )

    @routes.get("/examples/{example_id}/attachments/{name:path}", response_model=None)
    def attachment(example_id: str, name: str, as_of: AsOfParam = None) -> Response:
        """The bytes of an attachment."""
        mime_type, data = datasets.attachment(example_id, name, as_of)
        kind = mime_type if mime_type.isascii() and mime_type.isprintable() else ""
        headers = {**_HEADERS, "content-disposition": f"inline; filename*=UTF-8''{quote(name)}"}
        return Response(data, media_type=kind or "application/octet-stream", headers=headers)
