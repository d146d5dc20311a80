"""The items of annotation queues, as the newer client reads and writes them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from pilothouse.platform.access.asked import principal_of
from pilothouse.platform.annotation.models import Item, ItemKind, ItemStatus, Wanted
from pilothouse.platform.annotation.service import QueueService
from pilothouse.platform.compat.langsmith.annotation import ItemChange, Marked, changed, marked
from pilothouse.platform.compat.langsmith.bodies import (
    Author,
    Body,
    Json,
    Moment,
    Reader,
    answer,
)
from pilothouse.platform.compat.langsmith.queue_runs import QueueRuns, item_json, started
from pilothouse.platform.compat.langsmith.services import Services
from pilothouse.platform.errors import NotFound, Unprocessable
from pilothouse.platform.records import micros_of
from pilothouse.platform.store.orders import bad_cursor, read_cursor, write_cursor

_CURSOR: Final = "queue-items"
_KINDS: Final[dict[str, ItemKind]] = {"RUN": "run", "THREAD": "thread"}
Shown = Callable[[Item], Json]
Section = Literal["needs_my_review", "needs_others_review", "archived", "completed", "all"]


class NewItem(Body):
    """A run to add, or a thread of a project."""

    item_type: Literal["RUN", "THREAD"] = "RUN"
    run_id: UUID | None = None
    thread_id: str | None = None
    project_id: UUID | None = None
    session_id: UUID | None = None


class NewItems(Body):
    """Runs and threads to add."""

    items: list[NewItem] = Field(default_factory=list)


class ItemIds(Body):
    """Items to take out."""

    item_ids: list[UUID] = Field(default_factory=list)


def router(services: Services) -> APIRouter:
    """The routes of /platform/annotation-queues."""
    routes = APIRouter(prefix="/platform/annotation-queues")
    runs = QueueRuns(services)

    def shown(item: Item) -> Json:
        return {
            **item_json(item),
            "item_type": "THREAD" if item.thread_id else "RUN",
            "thread_id": item.thread_id or None,
            "project_id": runs.project_of(item),
            "start_time": started(item),
            "effective_added_at": item.added_at.isoformat(),
        }

    _add_lists(routes, services.queues, shown)
    _add_changes(routes, services, runs, shown)
    return routes


def _add_lists(routes: APIRouter, queues: QueueService, shown: Shown) -> None:
    @routes.get("/{queue_id}/items/count")
    def count(
        queue_id: UUID,
        reader: Reader,
        status: Section = "all",
        start_time: Moment | None = None,
        end_time: Moment | None = None,
        min_start_time: Moment | None = None,
        max_start_time: Moment | None = None,
    ) -> Response:
        archived = status in ("archived", "completed")
        wanted = Wanted(
            status=_status(status),
            reviewer=reader,
            started_from=_bound(min_start_time),
            started_until=_bound(max_start_time),
            completed_from=_bound(start_time, 1) if archived else None,
            completed_until=_bound(end_time, -1) if archived else None,
        )
        return answer({"count": queues.items.count(str(queue_id), wanted)})

    @routes.get("/{queue_id}/items")
    def list_items(
        queue_id: UUID,
        reader: Reader,
        status: Section = "all",
        item_type: Literal["RUN", "THREAD"] | None = None,
        min_start_time: Moment | None = None,
        max_start_time: Moment | None = None,
        page_size: Annotated[int, Query(ge=1, le=100)] = 100,
        cursor: str | None = None,
        direction: Literal["forward", "backward"] = "forward",
    ) -> Response:
        place = _place(cursor)
        backward = direction == "backward"
        if backward and place is None:
            raise Unprocessable("direction: backward goes on from a cursor")
        wanted = Wanted(
            status=_status(status),
            reviewer=reader,
            kind=None if item_type is None else _KINDS[item_type],
            started_from=_bound(min_start_time),
            started_until=_bound(max_start_time),
        )
        found = queues.items.list(
            str(queue_id),
            wanted,
            limit=page_size + 1,
            after=None if backward else place,
            before=place if backward else None,
        )
        more = len(found) > page_size
        page = found[-page_size:] if backward else found[:page_size]
        last = page[0 if backward else -1] if more else None
        following = None if last is None else _cursor((micros_of(last.added_at), last.id))
        return answer({"items": [shown(item) for item in page], "next_cursor": following})

    @routes.get("/{queue_id}/items/{item_id}/placement")
    def placement(queue_id: UUID, item_id: UUID, reader: Reader) -> Response:
        found = queues.items.placement(str(queue_id), str(item_id), reader)
        state = found.item.status
        return answer(
            {
                "section": "archived" if state == "completed" else state,
                "position": found.position,
                "item_type": "THREAD" if found.item.thread_id else "RUN",
                "cursor": None if found.before is None else _cursor(found.before),
            }
        )


def _add_changes(routes: APIRouter, services: Services, runs: QueueRuns, shown: Shown) -> None:
    queues = services.queues

    def thread_of(one: NewItem, sees: Callable[[str], bool]) -> tuple[int, str]:
        uuid = one.project_id or one.session_id
        if uuid is None or not one.thread_id:
            raise Unprocessable("items: a THREAD names its thread_id and project_id")
        project = services.projects.by_uuid(str(uuid))
        if project is None or not sees(project.name):
            raise NotFound(f"there is no project {uuid}")
        return project.id, one.thread_id

    @routes.post("/items/{item_id}/status")
    async def mark(item_id: UUID, body: Marked, author: Author) -> Response:
        item = await marked(services, item_id, body, author)
        return answer(
            {
                "queue_item_id": item.id,
                "status": body.status,
                "override_added_at": body.override_added_at,
                "is_archived": item.completed_at is not None,
            }
        )

    @routes.post("/{queue_id}/items", status_code=201)
    async def add_items(
        queue_id: UUID, body: NewItems, author: Author, request: Request
    ) -> Response:
        sees = principal_of(request).sees
        threads = [thread_of(one, sees) for one in body.items if one.item_type == "THREAD"]
        ids = [str(one.run_id) for one in body.items if one.item_type == "RUN" and one.run_id]
        if len(ids) + len(threads) < len(body.items):
            raise Unprocessable("items: a RUN names its run_id")
        items = await queues.items.add(str(queue_id), ids, by=author)
        items += await queues.items.add_threads(str(queue_id), threads, by=author)
        return answer({"items": [shown(item) for item in items]}, 201)

    @routes.patch("/{queue_id}/items/{item_id}")
    def change_item(queue_id: UUID, item_id: UUID, body: ItemChange, _author: Author) -> Response:
        return answer(shown(changed(services, queue_id, item_id, body)))

    @routes.post("/{queue_id}/items/delete", status_code=204)
    async def remove_items(queue_id: UUID, body: ItemIds, _author: Author) -> Response:
        ids = await runs.spellings([str(one) for one in body.item_ids])
        await asyncio.to_thread(queues.items.remove, str(queue_id), ids)
        return Response(status_code=204)


def _bound(at: datetime | None, more_us: int = 0) -> int | None:
    """A moment in micros, and some more; the zero time, which means none, is left out."""
    return None if at is None or at.year == 1 else micros_of(at) + more_us


def _cursor(place: tuple[int, str]) -> str:
    return write_cursor(_CURSOR, list(place))


def _place(cursor: str | None) -> tuple[int, str] | None:
    """Where the list goes on. Raises BadRequest."""
    match read_cursor(cursor, _CURSOR) if cursor else None:
        case None:
            return None
        case [int(added_us), str(item_id)] if abs(added_us) < 2**63:
            return added_us, item_id
    raise bad_cursor()


def _status(section: Section) -> ItemStatus | None:
    if section == "all":
        return None
    return "completed" if section == "archived" else section
