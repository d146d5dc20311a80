"""The items of annotation queues, as the newer client reads and writes them."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field

from pilothouse.platform.annotation.models import Item, ItemStatus
from pilothouse.platform.compat.langsmith.annotation import Marked, counted, marked
from pilothouse.platform.compat.langsmith.bodies import Author, Body, Json, Reader, answer
from pilothouse.platform.compat.langsmith.queue_runs import QueueRuns, item_json, started
from pilothouse.platform.compat.langsmith.services import Services
from pilothouse.platform.errors import Unprocessable
from pilothouse.platform.records import micros_of
from pilothouse.platform.store.orders import bad_cursor, read_cursor, write_cursor

_CURSOR: Final = "queue-items"
Section = Literal["needs_my_review", "needs_others_review", "archived", "completed", "all"]


class NewItem(Body):
    """A run to add; threads are not taken."""

    item_type: Literal["RUN", "THREAD"] = "RUN"
    run_id: UUID | None = None


class NewItems(Body):
    """Runs to add."""

    items: list[NewItem] = Field(default_factory=list)


class ItemIds(Body):
    """Items to take out."""

    item_ids: list[UUID] = Field(default_factory=list)


def router(services: Services) -> APIRouter:
    """The routes of /platform/annotation-queues."""
    routes = APIRouter(prefix="/platform/annotation-queues")
    queues, runs = services.queues, QueueRuns(services)

    def shown(item: Item) -> Json:
        return {
            **item_json(item),
            "item_type": "RUN",
            "project_id": runs.project_of(item),
            "start_time": started(item),
            "effective_added_at": item.added_at.isoformat(),
        }

    @routes.post("/items/{item_id}/status")
    async def mark(item_id: UUID, body: Marked, author: Author) -> Response:
        await marked(services, item_id, body.status, author)
        item = await asyncio.to_thread(queues.items.get, str(item_id), author)
        told: dict[str, Any] = {"queue_item_id": item.id, "status": body.status}
        return answer({**told, "is_archived": item.completed_at is not None})

    @routes.get("/{queue_id}/items/count")
    def count(queue_id: UUID, reader: Reader, status: Section = "all") -> Response:
        return answer({"count": counted(services, queue_id, reader, _status(status))})

    @routes.get("/{queue_id}/items")
    def list_items(
        queue_id: UUID,
        reader: Reader,
        status: Section = "all",
        page_size: Annotated[int, Query(ge=1, le=100)] = 100,
        cursor: str | None = None,
    ) -> Response:
        after = _after(cursor)
        found = queues.items.list(
            str(queue_id),
            status=_status(status),
            reviewer=reader,
            limit=page_size + 1,
            after=after,
        )
        page, following = found[:page_size], None
        if len(found) > page_size:
            last = page[-1]
            following = write_cursor(_CURSOR, [micros_of(last.added_at), last.id])
        return answer({"items": [shown(item) for item in page], "next_cursor": following})

    @routes.post("/{queue_id}/items", status_code=201)
    async def add_items(queue_id: UUID, body: NewItems, author: Author) -> Response:
        ids = [str(one.run_id) for one in body.items if one.run_id is not None]
        if len(ids) < len(body.items):
            raise Unprocessable("items: each names a run by run_id; threads are not taken")
        items = await queues.items.add(str(queue_id), ids, by=author)
        return answer({"items": [shown(item) for item in items]}, 201)

    @routes.post("/{queue_id}/items/delete", status_code=204)
    async def remove_items(queue_id: UUID, body: ItemIds, _author: Author) -> Response:
        ids = await runs.spellings([str(one) for one in body.item_ids])
        await asyncio.to_thread(queues.items.remove, str(queue_id), ids)
        return Response(status_code=204)

    return routes


def _after(cursor: str | None) -> tuple[int, str] | None:
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
