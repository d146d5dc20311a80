"""Datasets over HTTP: themselves, their versions, tags and splits."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, status

from pilothouse.platform.access.workspace import (
    changes_workspace,
    reads_workspace,
    sees_workspace,
)
from pilothouse.platform.datasets import example_routes, file_routes
from pilothouse.platform.datasets.dataset_shapes import (
    CloneWanted,
    DatasetChange,
    DatasetOut,
    DatasetPage,
    NewDataset,
    ViolationList,
    ViolationOut,
)
from pilothouse.platform.datasets.models import UNSET, Dataset, DataType, Summary
from pilothouse.platform.datasets.parameters import json_object, page_cursor, place_in
from pilothouse.platform.datasets.reading import place_of
from pilothouse.platform.datasets.service import DatasetService
from pilothouse.platform.datasets.version_shapes import (
    DatasetDiff,
    DatasetTag,
    DatasetTagList,
    DatasetVersionOut,
    DatasetVersionPage,
    SplitChange,
    SplitList,
    TagTarget,
    Written,
)
from pilothouse.platform.errors import BadRequest, NotFound
from pilothouse.platform.records import micros_of, moment
from pilothouse.platform.routing import ApiRouter, join

Author = Annotated[str, Depends(changes_workspace)]
Limit = Annotated[int, Query(ge=1, le=1000)]
AsOfParam = Annotated[
    str | None, Query(description="A time (inclusive), a tag or `latest`.", max_length=200)
]


def router(datasets: DatasetService, spans: file_routes.ReadSpans) -> APIRouter:
    """All routes of datasets and examples; `spans` reads recorded spans to make examples of."""
    routes = ApiRouter(tags=["datasets"])
    _add_datasets(routes, datasets)
    readable = ApiRouter(tags=["datasets"], dependencies=[Depends(reads_workspace)])
    file_routes.add(readable, datasets, spans)
    _add_one(readable, datasets)
    _add_versions(readable, datasets)
    _add_splits(readable, datasets)
    example_routes.add(readable, datasets)
    join(routes, [readable])
    return routes


def _add_datasets(routes: APIRouter, datasets: DatasetService) -> None:
    @routes.get("/datasets")
    def list_datasets(
        request: Request,
        *,
        name: str | None = None,
        q: Annotated[str | None, Query(description="A part of the name.")] = None,
        id: Annotated[list[str] | None, Query()] = None,
        data_type: DataType | None = None,
        metadata: Annotated[
            str | None, Query(description="A JSON object that theirs contains.")
        ] = None,
        limit: Limit = 50,
        cursor: str | None = None,
    ) -> DatasetPage:
        """Datasets, the newest first."""
        if not sees_workspace(request):
            return DatasetPage(items=[])
        found = datasets.list(
            name=name,
            name_contains=q,
            ids=id,
            data_type=data_type,
            metadata=json_object(metadata, "metadata"),
            limit=limit + 1,
            after=place_in(cursor, "datasets"),
        )
        summaries = datasets.summaries([dataset.id for dataset in found[:limit]])
        return DatasetPage(
            items=[DatasetOut.of(each, summaries[each.id]) for each in found[:limit]],
            next_cursor=page_cursor("datasets", found, limit, place_of),
        )

    @routes.post("/datasets", status_code=status.HTTP_201_CREATED)
    def make_dataset(body: NewDataset, author: Author) -> DatasetOut:
        """A new dataset."""
        given: dict[str, Any] = body.model_dump()
        dataset = datasets.create(given.pop("name"), **given, by=author)
        return _with_figures(datasets, dataset)


def _add_one(routes: APIRouter, datasets: DatasetService) -> None:
    @routes.get("/datasets/{dataset_id}")
    def get_dataset(dataset_id: str) -> DatasetOut:
        """One dataset."""
        return _with_figures(datasets, datasets.get(dataset_id))

    @routes.patch("/datasets/{dataset_id}")
    def change_dataset(dataset_id: str, body: DatasetChange, _author: Author) -> DatasetOut:
        """The dataset after a change."""
        given = body.model_dump()
        rules = ("inputs_schema", "outputs_schema", "transformations")
        for rule in rules:
            if rule not in body.model_fields_set:
                given[rule] = UNSET
        return _with_figures(datasets, datasets.change(dataset_id, **given))

    @routes.delete("/datasets/{dataset_id}", status_code=status.HTTP_204_NO_CONTENT)
    def remove_dataset(dataset_id: str, _author: Author) -> None:
        """Remove a dataset with its examples, all their versions, and its experiments."""
        datasets.delete(dataset_id)

    @routes.get("/datasets/{dataset_id}/violations")
    def violations(
        dataset_id: str, limit: Annotated[int, Query(ge=1, le=100)] = 100
    ) -> ViolationList:
        """Where examples break the schema that their dataset has now."""
        found = datasets.violations(dataset_id, limit)
        return ViolationList(items=[ViolationOut.of(each) for each in found])

    @routes.post("/datasets/{dataset_id}/clone", status_code=status.HTTP_201_CREATED)
    def clone_dataset(dataset_id: str, body: CloneWanted, author: Author) -> DatasetOut:
        """The dataset that holds copies of examples: a new one of a name, or one that is there."""
        if (body.name is None) == (body.target_id is None):
            raise BadRequest("say where to copy to: name or target_id")
        source = datasets.get(dataset_id)
        if body.target_id is not None:
            target = datasets.get(body.target_id)
        else:
            target = datasets.create(
                body.name or "",
                description=source.description,
                data_type=source.data_type,
                metadata=source.metadata,
                inputs_schema=source.inputs_schema,
                outputs_schema=source.outputs_schema,
                transformations=source.transformations,
                by=author,
            )
        datasets.clone(
            source.id,
            target.id,
            as_of=body.as_of,
            example_ids=body.example_ids,
            splits=body.splits,
            by=author,
        )
        return _with_figures(datasets, datasets.get(target.id))


def _add_versions(routes: APIRouter, datasets: DatasetService) -> None:
    @routes.get("/datasets/{dataset_id}/versions")
    def list_versions(
        dataset_id: str,
        q: Annotated[str, Query(description="A part of a tag or of the note.")] = "",
        limit: Limit = 50,
        cursor: str | None = None,
    ) -> DatasetVersionPage:
        """The versions of a dataset, the newest first."""
        place = place_in(cursor, "versions")
        found = datasets.versions(
            dataset_id,
            search=q,
            before=None if place is None else moment(place[0]),
            limit=limit + 1,
        )
        return DatasetVersionPage(
            items=[DatasetVersionOut.of(each) for each in found[:limit]],
            next_cursor=page_cursor(
                "versions", found, limit, lambda each: (micros_of(each.at) or 0, "")
            ),
        )

    @routes.get("/datasets/{dataset_id}/versions/diff")
    def diff(
        dataset_id: str,
        since: Annotated[str, Query(alias="from", max_length=200)],
        until: Annotated[str, Query(alias="to", max_length=200)] = "latest",
        limit: Annotated[int, Query(ge=1, le=100_000)] = 10_000,
    ) -> DatasetDiff:
        """What two versions do not share; `limit` bounds each list of ids, not the counts."""
        found = datasets.diff(dataset_id, since, until)

        def at(version: str) -> datetime | None:
            try:
                return datasets.resolve(dataset_id, version).at
            except NotFound:  # a time before the first version
                return None

        return DatasetDiff(
            from_version=at(since),
            to_version=at(until),
            added_count=len(found.added),
            modified_count=len(found.modified),
            removed_count=len(found.removed),
            added=list(found.added[:limit]),
            modified=list(found.modified[:limit]),
            removed=list(found.removed[:limit]),
        )

    @routes.get("/datasets/{dataset_id}/versions/{version}")
    def get_version(dataset_id: str, version: str) -> DatasetVersionOut:
        """The version of a tag, or the newest up to a time."""
        return DatasetVersionOut.of(datasets.resolve(dataset_id, version))

    @routes.get("/datasets/{dataset_id}/tags")
    def list_tags(dataset_id: str) -> DatasetTagList:
        """The tags of a dataset."""
        return DatasetTagList(
            items=[
                DatasetTag(tag=tag, version=at)
                for tag, at in sorted(datasets.tags(dataset_id).items())
            ]
        )

    @routes.put("/datasets/{dataset_id}/tags/{tag:path}")
    def set_tag(dataset_id: str, tag: str, body: TagTarget, _author: Author) -> DatasetVersionOut:
        """The version that a tag means from now on."""
        return DatasetVersionOut.of(datasets.tag(dataset_id, tag, body.version))

    @routes.delete("/datasets/{dataset_id}/tags/{tag:path}", status_code=status.HTTP_204_NO_CONTENT)
    def remove_tag(dataset_id: str, tag: str, _author: Author) -> None:
        """Forget a tag; its version stays."""
        datasets.untag(dataset_id, tag)


def _add_splits(routes: APIRouter, datasets: DatasetService) -> None:
    @routes.get("/datasets/{dataset_id}/splits")
    def list_splits(dataset_id: str, as_of: AsOfParam = None) -> SplitList:
        """The splits that examples are in."""
        return SplitList(items=datasets.splits(dataset_id, as_of))

    @routes.put("/datasets/{dataset_id}/splits/{split:path}")
    def set_split(dataset_id: str, split: str, body: SplitChange, author: Author) -> Written:
        """The version in which some examples are in a split, or are not."""
        return Written.of(
            datasets.set_split(dataset_id, split, body.example_ids, remove=body.remove, by=author)
        )


def _with_figures(datasets: DatasetService, dataset: Dataset) -> DatasetOut:
    found = datasets.summaries([dataset.id])
    return DatasetOut.of(dataset, found.get(dataset.id, Summary()))
