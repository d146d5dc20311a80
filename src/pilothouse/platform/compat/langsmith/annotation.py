"""Annotation queues and the runs in them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from pilothouse.platform.annotation import exporting
from pilothouse.platform.annotation.models import (
    ANY,
    Item,
    ItemStatus,
    Queue,
    QueueKind,
    ReviewStatus,
    RubricItem,
    Wanted,
)
from pilothouse.platform.compat.langsmith.bodies import (
    PAGE,
    Author,
    Body,
    Json,
    Moment,
    Reader,
    Sees,
    answer,
    page_of,
    time_text,
)
from pilothouse.platform.compat.langsmith.queue_runs import QueueRuns, item_json
from pilothouse.platform.compat.langsmith.services import Services
from pilothouse.platform.errors import NotFound, Unprocessable
from pilothouse.platform.feedback.configs import FeedbackConfigs
from pilothouse.platform.records import micros_of
from pilothouse.platform.records.settings import workspace_id
from pilothouse.platform.store.selection import Selection

MOST: Final = 10_000
PIECE: Final = 1_000
STATUSES: Final[Mapping[str, ReviewStatus]] = {
    "completed": "done",
    "done": "done",
    "skipped": "skipped",
    "viewed": "reserved",
    "reserved": "reserved",
    "needs_my_review": "reserved",
}


class Question(Body):
    """A question of a rubric."""

    feedback_key: str
    description: str | None = None
    value_descriptions: dict[str, str] | None = None
    score_descriptions: dict[str, str] | None = None
    is_required: bool | None = None


class QueueChange(Body):
    """What to change; null leaves."""

    name: str | None = None
    description: str | None = None
    rubric_instructions: str | None = None
    rubric_items: list[Question] | None = None
    num_reviewers_per_item: int | None = None
    reservation_minutes: int | None = None
    default_dataset: UUID | None = None


class NewQueue(QueueChange):
    """A queue to make."""

    name: str
    id: UUID | None = None
    queue_type: QueueKind = "single"


class RunRef(Body):
    """A run, with more than it takes to find it; of a pair both."""

    run_id: UUID
    other_run_id: UUID | None = None


class ItemChange(Body):
    """When an item was added, which is its place, or reviewed; null leaves."""

    added_at: Moment | None = None
    last_reviewed_time: Moment | None = None


class Marked(Body):
    """How far a reviewer is with an item, null to show it again; and its new place, if any."""

    status: str | None = None
    override_added_at: Moment | None = None


class Doomed(Body):
    """Items to take out; all of them if so said."""

    run_ids: list[UUID] | None = None
    delete_all: bool = False
    exclude_run_ids: list[UUID] | None = None


class Population(Body):
    """Experiments whose runs are to be reviewed."""

    queue_id: UUID
    session_ids: list[UUID]


def router(services: Services) -> APIRouter:
    """The routes of /annotation-queues."""
    routes = APIRouter(prefix="/annotation-queues")
    _add_special(routes, services)
    _add_queues(routes, services)
    _add_runs_in(routes, services)
    _add_runs_out(routes, services)
    _add_figures(routes, services)
    return routes


def queue_json(queue: Queue, tenant: str) -> Json:
    """A queue as clients read it."""
    return {
        "id": queue.id,
        "name": queue.name,
        "tenant_id": tenant,
        "queue_type": queue.kind,
        "description": queue.description or None,
        "rubric_instructions": queue.instructions or None,
        "rubric_items": [
            {
                "feedback_key": item.feedback_key,
                "description": item.description or None,
                "value_descriptions": dict(item.value_descriptions) or None,
                "score_descriptions": dict(item.score_descriptions) or None,
                "is_required": item.is_required,
            }
            for item in queue.rubric
        ],
        "num_reviewers_per_item": queue.reviewers_per_item,
        "enable_reservations": True,
        "reservation_minutes": queue.reservation_minutes,
        "default_dataset": queue.dataset_id or None,
        "source_rule_id": None,
        "total_runs": queue.total,
        "created_at": time_text(queue.created_at),
        "updated_at": time_text(queue.updated_at),
    }


def _add_queues(routes: APIRouter, services: Services) -> None:
    queues, configs = services.queues, services.feedback.configs

    def shown(queue: Queue) -> Response:
        return answer(queue_json(queue, workspace_id(services.records)))

    @routes.post("")
    def create_queue(body: NewQueue, author: Author) -> Response:
        made = queues.create(
            body.name,
            id=None if body.id is None else str(body.id),
            kind=body.queue_type,
            description=body.description or "",
            instructions=body.rubric_instructions or "",
            rubric=_rubric(body.rubric_items, configs) or (),
            reviewers_per_item=body.num_reviewers_per_item or 1,
            reservation_minutes=body.reservation_minutes or 60,
            dataset_id=str(body.default_dataset or ""),
            by=author,
        )
        return shown(made)

    @routes.get("")
    def list_queues(
        sees: Sees,
        ids: Annotated[Sequence[UUID] | None, Query()] = None,
        name: str = "",
        name_contains: str = "",
        limit: int | None = None,
        offset: Annotated[int, Query(ge=0)] = 0,
    ) -> Response:
        if not sees or ids == []:
            return answer([])
        found = queues.list(
            ids=[str(one) for one in ids or ()],
            name=name,
            name_contains=name_contains,
            limit=page_of(limit),
            offset=offset,
        )
        tenant = workspace_id(services.records)
        return answer([queue_json(queue, tenant) for queue in found])

    @routes.get("/{queue_id}")
    def read_queue(queue_id: UUID, _reader: Reader) -> Response:
        return shown(queues.get(str(queue_id)))

    @routes.patch("/{queue_id}")
    def change_queue(queue_id: UUID, body: QueueChange, _author: Author) -> Response:
        changed = queues.change(
            str(queue_id),
            name=body.name,
            description=body.description,
            instructions=body.rubric_instructions,
            rubric=_rubric(body.rubric_items, configs),
            reviewers_per_item=body.num_reviewers_per_item,
            reservation_minutes=body.reservation_minutes,
            dataset_id=None if body.default_dataset is None else str(body.default_dataset),
        )
        return shown(changed)

    @routes.delete("/{queue_id}")
    def delete_queue(queue_id: UUID, _author: Author) -> Response:
        queues.delete(str(queue_id))
        return answer({})


def _add_runs_in(routes: APIRouter, services: Services) -> None:
    """Runs that are put in and taken out."""
    queues, runs = services.queues, QueueRuns(services)

    @routes.post("/{queue_id}/runs")
    @routes.post("/{queue_id}/runs/by-key")
    async def add_runs(queue_id: UUID, body: list[UUID | RunRef], author: Author) -> Response:
        refs = [one if isinstance(one, RunRef) else RunRef(run_id=one) for one in body]
        pairs = [(str(one.run_id), str(one.other_run_id)) for one in refs if one.other_run_id]
        if pairs and len(pairs) < len(refs):
            raise Unprocessable("other_run_id: every item names one, or none does")
        if pairs:
            items = await queues.items.add_pairs(str(queue_id), pairs, by=author)
        else:
            ids = [str(one.run_id) for one in refs]
            items = await queues.items.add(str(queue_id), ids, by=author)
        return answer([item_json(item) for item in items])

    @routes.patch("/{queue_id}/runs/{item_id}")
    def change_run(queue_id: UUID, item_id: UUID, body: ItemChange, _author: Author) -> Response:
        return answer(item_json(changed(services, queue_id, item_id, body)))

    @routes.delete("/{queue_id}/runs/{run_id}")
    async def remove_run(queue_id: UUID, run_id: UUID, _author: Author) -> Response:
        ids = await runs.spellings([str(run_id)])
        await asyncio.to_thread(queues.items.remove, str(queue_id), ids)
        return answer({})

    @routes.post("/{queue_id}/runs/delete")
    async def remove_runs(queue_id: UUID, body: Doomed, _author: Author) -> Response:
        ids = [str(one) for one in body.run_ids or ()]
        after: tuple[int, str] | None = None
        if body.delete_all:
            kept = set(await runs.spellings([str(one) for one in body.exclude_run_ids or ()]))
            while items := await asyncio.to_thread(
                queues.items.list, str(queue_id), ANY, limit=PIECE, after=after
            ):
                ids += [item.id for item in items if not kept & {item.id, item.run_id}]
                after = (micros_of(items[-1].added_at), items[-1].id)
        else:
            ids = await runs.spellings(ids)
        await asyncio.to_thread(queues.items.remove, str(queue_id), ids)
        return answer({})


def _add_runs_out(routes: APIRouter, services: Services) -> None:
    """Runs that are read."""
    queues, runs = services.queues, QueueRuns(services)

    @routes.get("/{queue_id}/runs")
    async def list_runs(
        queue_id: UUID,
        reader: Reader,
        status: ItemStatus | None = None,
        archived: bool = False,
        limit: int | None = None,
        offset: Annotated[int, Query(ge=0)] = 0,
    ) -> Response:
        items = await asyncio.to_thread(
            queues.items.list,
            str(queue_id),
            Wanted(status="completed" if archived else status, reviewer=reader, kind="run"),
            limit=min(page_of(limit), PAGE),
            offset=offset,
        )
        return answer(await runs.shown(items))

    @routes.get("/{queue_id}/run/{index}")
    async def read_run(queue_id: UUID, index: int, reader: Reader) -> Response:
        if index < 0:
            raise Unprocessable("index counts from 0")
        items = await asyncio.to_thread(
            queues.items.list,
            str(queue_id),
            Wanted(reviewer=reader, kind="run"),
            limit=1,
            offset=index,
        )
        if not items:
            raise NotFound(f"the queue has no run {index}")
        [shown] = await runs.shown(items)
        return answer(shown)

    @routes.post("/{queue_id}/export")
    async def export(queue_id: UUID, _reader: Reader) -> Response:
        await asyncio.to_thread(queues.get, str(queue_id))

        def names_of(item: Item) -> Sequence[str | None]:
            name_of = services.projects.name_of
            other = None if item.other is None else name_of(item.other.project)
            return (name_of(item.place.project), other)

        table = exporting.table(queues.results.export(str(queue_id)), names_of)
        return StreamingResponse(table, media_type="text/csv")


def _add_figures(routes: APIRouter, services: Services) -> None:
    queues = services.queues

    @routes.get("/{queue_id}/size")
    def size(queue_id: UUID, reader: Reader, status: ItemStatus | None = None) -> Response:
        wanted = Wanted(status=status, reviewer=reader)
        return answer({"size": queues.items.count(str(queue_id), wanted)})

    @routes.get("/{queue_id}/total_size")
    def total_size(queue_id: UUID, _reader: Reader) -> Response:
        return answer({"size": queues.get(str(queue_id)).total})

    @routes.get("/{queue_id}/total_archived")
    def total_archived(queue_id: UUID, _reader: Reader) -> Response:
        return answer({"size": queues.get(str(queue_id)).completed})


def _add_special(routes: APIRouter, services: Services) -> None:
    """What stands where other paths have the id of a queue."""
    queues, runs = services.queues, QueueRuns(services)

    @routes.post("/status/{item_id}")
    async def mark(item_id: UUID, body: Marked, author: Author) -> Response:
        await marked(services, item_id, body, author)
        return answer({})

    @routes.post("/populate")
    async def populate(body: Population, author: Author) -> Response:
        projects = [services.projects.by_uuid(str(one)) for one in body.session_ids]
        found = {project.id: project.name for project in projects if project is not None}
        if len(found) < len(set(body.session_ids)):
            raise NotFound("one of session_ids is no project here")
        count = await queues.items.populate(
            str(body.queue_id), Selection(projects=found), scope="traces", limit=MOST, by=author
        )
        return answer({"added": count})

    @routes.get("/{run_id}/queues")
    async def queues_of_run(run_id: UUID, sees: Sees) -> Response:
        if not sees:
            return answer([])
        found: dict[str, Queue] = {}
        for spelt in await runs.spellings([str(run_id)]):
            some = await asyncio.to_thread(queues.of_run, spelt)
            found |= {queue.id: queue for queue in some}
        tenant = await asyncio.to_thread(workspace_id, services.records)
        return answer([queue_json(queue, tenant) for queue in found.values()])


async def marked(services: Services, item_id: UUID, said: Marked, reviewer: str) -> Item:
    """The item after a reviewer said how far they are with it. Raises Unprocessable, NotFound.

    A queue has one order for all its reviewers, so that a new place is everybody's.
    """
    queues, item, status = services.queues, str(item_id), said.status
    if status is None:
        await queues.reviewing.reopen(item, reviewer)
    elif status in STATUSES:
        await queues.reviewing.mark(item, reviewer, STATUSES[status])
    else:
        raise Unprocessable(f"status is one of {', '.join(STATUSES)}, not {status[:80]!r}")
    found = await asyncio.to_thread(queues.items.get, item, reviewer)
    if said.override_added_at is not None:
        move = ItemChange(added_at=said.override_added_at)
        await asyncio.to_thread(changed, services, UUID(found.queue_id), item_id, move)
    return found


def changed(services: Services, queue_id: UUID, item_id: UUID, body: ItemChange) -> Item:
    """The item after a change. Raises NotFound."""
    return services.queues.items.change(
        str(queue_id),
        str(item_id),
        added_at=body.added_at,
        reviewed_at=body.last_reviewed_time,
    )


def _rubric(
    questions: Sequence[Question] | None, configs: FeedbackConfigs
) -> tuple[RubricItem, ...] | None:
    """The questions, with what the settings of their keys say of answers."""
    if questions is None:
        return None
    known = configs.of_names([question.feedback_key for question in questions])
    rubric = []
    for question in questions:
        found = known.get(question.feedback_key)
        config: Mapping[str, Any] = {} if found is None else found.config
        rubric.append(
            RubricItem(
                feedback_key=question.feedback_key,
                description=question.description or "",
                value_descriptions=question.value_descriptions or {},
                score_descriptions=question.score_descriptions or {},
                categories=tuple(config.get("categories") or ()),
                min=config.get("min"),
                max=config.get("max"),
                is_required=bool(question.is_required),
            )
        )
    return tuple(rubric)
