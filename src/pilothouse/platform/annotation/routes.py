"""Annotation queues over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Annotated, Literal, Protocol

from fastapi import APIRouter, Depends, Query, Request, status
from fastapi.responses import StreamingResponse

from pilothouse.evaluation.agreement import Level
from pilothouse.platform.access.workspace import (
    changes_workspace,
    reads_workspace,
    sees_workspace,
)
from pilothouse.platform.annotation import exporting, schemas
from pilothouse.platform.annotation.models import Item, ItemStatus, Review, Wanted
from pilothouse.platform.annotation.service import QueueService
from pilothouse.platform.errors import BadRequest, NotFound
from pilothouse.platform.query.scope import Projects, projects_of, selection_of
from pilothouse.platform.records import micros_of
from pilothouse.platform.routing import ApiRouter
from pilothouse.platform.store.orders import bad_cursor, read_cursor, write_cursor

Caller = Annotated[str, Depends(changes_workspace)]
"""Whoever changes something, by name; keys of one project may not."""
Reader = Annotated[str, Depends(reads_workspace)]
"""Whoever looks, by name; keys of one project see no queues."""
Limit = Annotated[int, Query(ge=1, le=1000)]
Format = Literal["jsonl", "csv"]


class Directory(Projects, Protocol):
    """What the routes need of projects."""

    def name_of(self, number: int) -> str | None: ...


Shown = Callable[[Sequence[Item], str | None], list[schemas.ItemOut]]
"""Items as the API shows them, with the reviews of one reviewer, or of all."""


def router(queues: QueueService, projects: Directory) -> APIRouter:
    """The routes of annotation queues."""
    routes = ApiRouter(tags=["annotation queues"])

    def names_of(item: Item) -> list[str | None]:
        other = item.other
        return [
            projects.name_of(item.place.project),
            None if other is None else projects.name_of(other.project),
        ]

    def shown(items: Sequence[Item], reviewer: str | None) -> list[schemas.ItemOut]:
        reviews = queues.reviewing.of_items([item.id for item in items])

        def of(item: Item) -> list[Review]:
            found = reviews.get(item.id, ())
            return [review for review in found if reviewer in {None, review.reviewer}]

        return [schemas.item_out(item, of(item), names_of(item)) for item in items]

    _add_queues(routes, queues)
    _add_items(routes, queues, projects, shown)
    _add_reviewing(routes, queues, shown)
    _add_results(routes, queues, names_of)
    return routes


def _add_queues(routes: APIRouter, queues: QueueService) -> None:
    @routes.get("/annotation-queues")
    def list_annotation_queues(
        request: Request,
        query: Annotated[str, Query(max_length=200, description="Part of the name.")] = "",
        run_id: str | None = None,
        limit: Limit = 50,
        cursor: str | None = None,
    ) -> schemas.QueuePage:
        """Queues, the newest first; those that have a run, if asked."""
        if not sees_workspace(request):
            return schemas.QueuePage(items=[])
        if run_id is not None:
            return schemas.QueuePage(
                items=[schemas.queue_out(queue) for queue in queues.of_run(run_id)]
            )
        after = _place(cursor, "queues")
        found = queues.list(name_contains=query, limit=limit + 1, after=after)
        more = len(found) > limit
        found = found[:limit]
        last = [micros_of(found[-1].created_at), found[-1].id] if more else None
        return schemas.QueuePage(
            items=[schemas.queue_out(queue) for queue in found],
            next_cursor=write_cursor("queues", last) if more else None,
        )

    @routes.post("/annotation-queues", status_code=status.HTTP_201_CREATED)
    def create_annotation_queue(body: schemas.NewQueue, caller: Caller) -> schemas.QueueOut:
        """A new queue."""
        given = body.model_dump(exclude={"rubric", "dataset_id"})
        return schemas.queue_out(
            queues.create(
                rubric=schemas.rubric_in(body.rubric),
                dataset_id=body.dataset_id or "",
                by=caller,
                **given,
            )
        )

    @routes.get("/annotation-queues/{queue_id}")
    def get_annotation_queue(queue_id: str, _reader: Reader) -> schemas.QueueOut:
        """One queue."""
        return schemas.queue_out(queues.get(queue_id))

    @routes.patch("/annotation-queues/{queue_id}")
    def change_annotation_queue(
        queue_id: str, body: schemas.QueueChange, _caller: Caller
    ) -> schemas.QueueOut:
        """The queue after a change."""
        given = body.model_dump(exclude={"rubric"})
        rubric = None if body.rubric is None else schemas.rubric_in(body.rubric)
        return schemas.queue_out(queues.change(queue_id, rubric=rubric, **given))

    @routes.delete("/annotation-queues/{queue_id}", status_code=status.HTTP_204_NO_CONTENT)
    def delete_annotation_queue(queue_id: str, _caller: Caller) -> None:
        """Remove a queue with its reviews; the scores that they gave stay."""
        queues.delete(queue_id)


def _add_items(routes: APIRouter, queues: QueueService, projects: Directory, shown: Shown) -> None:
    @routes.get("/annotation-queues/{queue_id}/items")
    def list_items(
        queue_id: str,
        reader: Reader,
        status: ItemStatus | None = None,
        all_reviews: Annotated[bool, Query(description="Everybody's reviews too.")] = False,
        limit: Limit = 50,
        cursor: str | None = None,
    ) -> schemas.ItemPage:
        """Items in the order in which they were added."""
        after = _place(cursor, "items")
        wanted = Wanted(status=status, reviewer=reader)
        found = queues.items.list(queue_id, wanted, limit=limit + 1, after=after)
        more = len(found) > limit
        found = found[:limit]
        last = [micros_of(found[-1].added_at), found[-1].id] if more else None
        return schemas.ItemPage(
            items=shown(found, None if all_reviews else reader),
            next_cursor=write_cursor("items", last) if more else None,
        )

    @routes.post("/annotation-queues/{queue_id}/items")
    async def add_items(
        queue_id: str, body: schemas.NewItems, caller: Caller
    ) -> schemas.ItemsAdded:
        """Add runs, sessions or pairs of runs; what the queue has already stays as it is.

        A pair is kept in an order that is as good as drawn: the answer says which of the two is
        `run` (the first, on the left) and which is `other`.
        """
        found = await _added(queues, projects, queue_id, body, caller)
        return schemas.ItemsAdded(items=await asyncio.to_thread(shown, found, caller))

    @routes.post("/annotation-queues/{queue_id}/populate")
    async def populate(
        queue_id: str, body: schemas.Population, caller: Caller
    ) -> schemas.Populated:
        """Add the newest spans or traces that a filter finds."""
        selection = selection_of(
            projects,
            project=body.project,
            since=body.since,
            until=body.until,
            filter_text=body.filter,
        )
        added = await queues.items.populate(
            queue_id, selection, scope=body.scope, limit=body.limit, by=caller
        )
        return schemas.Populated(added=added)

    @routes.get("/annotation-queues/{queue_id}/previews")
    async def list_item_previews(
        queue_id: str,
        _reader: Reader,
        item_id: Annotated[list[str], Query(min_length=1, max_length=200)],
    ) -> schemas.ItemPreviewList:
        """Name, input and output of the runs of some items, shortened for lists."""
        return schemas.ItemPreviewList(
            items=[
                schemas.ItemPreview(
                    item_id=item.id,
                    run=schemas.preview_out(run),
                    other=schemas.preview_out(other),
                )
                for item, run, other in await queues.items.previews(queue_id, item_id)
            ]
        )

    @routes.get("/annotation-queues/{queue_id}/items/{item_id}")
    def get_item(queue_id: str, item_id: str, reader: Reader) -> schemas.ItemOut:
        """One item with everybody's reviews."""
        item = _of_queue(queues.items.get(item_id, reader), queue_id)
        return shown([item], None)[0]

    @routes.delete(
        "/annotation-queues/{queue_id}/items/{item_id}", status_code=status.HTTP_204_NO_CONTENT
    )
    def remove_item(queue_id: str, item_id: str, _caller: Caller) -> None:
        """Take an item out of a queue; the scores that its reviews gave stay."""
        if not queues.items.remove(queue_id, [item_id]):
            raise NotFound(f"there is no item {item_id!r} in this queue", {"id": item_id})


async def _added(
    queues: QueueService, projects: Directory, queue_id: str, body: schemas.NewItems, caller: str
) -> list[Item]:
    if sum(map(bool, (body.run_ids, body.sessions, body.pairs))) != 1:
        raise BadRequest("give run_ids or sessions, or pairs for a pairwise queue")
    if body.run_ids:
        return await queues.items.add(queue_id, body.run_ids, by=caller)
    if body.sessions:
        threads = [
            (number, one.session_id)
            for one in body.sessions
            for number in projects_of(projects, one.project)
        ]
        return await queues.items.add_threads(queue_id, threads, by=caller)
    pairs = [(pair.first, pair.second) for pair in body.pairs]
    return await queues.items.add_pairs(queue_id, pairs, by=caller)


def _add_reviewing(routes: APIRouter, queues: QueueService, shown: Shown) -> None:
    @routes.post("/annotation-queues/{queue_id}/next")
    def next_item(
        queue_id: str, caller: Caller, body: schemas.PassedOver | None = None
    ) -> schemas.NextItem:
        """The next item for the caller, held for them so that nobody else gets it meanwhile."""
        item = queues.reviewing.next(queue_id, caller, but=body.skip if body else ())
        return schemas.NextItem(item=None if item is None else shown([item], caller)[0])

    @routes.put("/annotation-queues/{queue_id}/items/{item_id}/review")
    async def review_item(
        queue_id: str, item_id: str, body: schemas.NewReview, caller: Caller
    ) -> schemas.ReviewOut:
        """What the caller says of an item; finished answers become scores of the run."""
        await asyncio.to_thread(lambda: _of_queue(queues.items.get(item_id), queue_id))
        answers = {
            key: answer.model_dump(exclude_none=True)
            if isinstance(answer, schemas.Answer)
            else answer
            for key, answer in body.answers.items()
        }
        return schemas.review_out(
            await queues.reviewing.review(item_id, caller, answers, body.status)
        )

    @routes.post("/annotation-queues/{queue_id}/items/{item_id}/example")
    async def make_example(
        queue_id: str, item_id: str, body: schemas.NewExampleOfItem, caller: Caller
    ) -> schemas.ExampleMade:
        """Make an example of the run, in the queue's dataset or another."""
        await asyncio.to_thread(lambda: _of_queue(queues.items.get(item_id), queue_id))
        made = await queues.results.to_dataset(
            item_id, outputs=body.outputs, dataset_id=body.dataset_id or "", by=caller
        )
        return schemas.ExampleMade(example_id=made)


def _add_results(routes: APIRouter, queues: QueueService, names_of: exporting.NamesOf) -> None:
    @routes.get("/annotation-queues/{queue_id}/progress")
    def get_progress(queue_id: str, _reader: Reader) -> schemas.ProgressOut:
        """How far a queue is, and who has done how much."""
        progress = queues.results.progress(queue_id)
        return schemas.ProgressOut(
            total=progress.total,
            completed=progress.completed,
            reviewers=[
                schemas.ReviewerProgressOut(
                    reviewer=one.reviewer, done=one.done, skipped=one.skipped, reserved=one.reserved
                )
                for one in progress.reviewers
            ],
        )

    @routes.get("/annotation-queues/{queue_id}/agreement")
    def get_agreement(
        queue_id: str,
        _reader: Reader,
        level: Annotated[Level | None, Query(description="The scale of alpha.")] = None,
    ) -> schemas.AgreementOut:
        """How far reviewers agree: Cohen's and Fleiss' kappa, Krippendorff's alpha."""
        return schemas.AgreementOut(
            items=[
                schemas.KeyAgreementOut(
                    key=one.key,
                    level=one.level,
                    items=one.items,
                    ratings=one.ratings,
                    reviewers=one.reviewers,
                    same=one.same,
                    cohen_kappa=one.cohen_kappa,
                    fleiss_kappa=one.fleiss_kappa,
                    fleiss_items=one.fleiss_items,
                    krippendorff_alpha=one.krippendorff_alpha,
                    pairs=[
                        schemas.PairAgreementOut(
                            reviewers=pair.reviewers,
                            items=pair.items,
                            same=pair.same,
                            cohen_kappa=pair.cohen_kappa,
                        )
                        for pair in one.pairs
                    ],
                )
                for one in queues.results.agreement(queue_id, level)
            ]
        )

    @routes.get("/annotation-queues/{queue_id}/disagreements")
    def list_disagreements(queue_id: str, _reader: Reader) -> schemas.DisagreementList:
        """Items on which reviewers differ, the furthest apart first."""
        return schemas.DisagreementList(
            items=[
                schemas.DisagreementOut(
                    item_id=one.item_id,
                    key=one.key,
                    ratings=dict(one.ratings),
                    distance=one.distance,
                )
                for one in queues.results.disagreements(queue_id)[:1000]
            ]
        )

    @routes.get("/annotation-queues/{queue_id}/export", response_model=None)
    async def export_queue(
        queue_id: str,
        _reader: Reader,
        to: Annotated[Format, Query(alias="format")] = "jsonl",
    ) -> StreamingResponse:
        """The whole queue: a line of JSON an item, or CSV with a row an answer."""
        await asyncio.to_thread(queues.get, queue_id)
        rows = queues.results.export(queue_id)
        written = exporting.table if to == "csv" else exporting.jsonl
        kind = "text/csv; charset=utf-8" if to == "csv" else "application/x-ndjson"
        name = f'attachment; filename="annotations.{to}"'
        return StreamingResponse(
            written(rows, names_of), media_type=kind, headers={"content-disposition": name}
        )


def _of_queue(item: Item, queue_id: str) -> Item:
    if item.queue_id != queue_id:
        raise NotFound(f"there is no item {item.id!r} in this queue", {"id": item.id})
    return item


def _place(cursor: str | None, order: str) -> tuple[int, str] | None:
    """(time in micros, id) of the last row of the page before. Raises BadRequest."""
    if not cursor:
        return None
    place = read_cursor(cursor, order)
    if not isinstance(place, list) or [type(part) for part in place] != [int, str]:
        raise bad_cursor()
    return place[0], place[1]
