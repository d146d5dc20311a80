"""The queue or the item of an id, or the word that there is none."""

from __future__ import annotations

from pilothouse.platform.annotation import item_records, queue_records
from pilothouse.platform.annotation.models import Item, Queue
from pilothouse.platform.errors import NotFound
from pilothouse.platform.records import Session


def existing_queue(session: Session, queue_id: str) -> Queue:
    """The queue of an id. Raises NotFound."""
    queue = queue_records.one(session, queue_id)
    if queue is None:
        raise no_queue(queue_id)
    return queue


def no_queue(queue_id: str) -> NotFound:
    """What is said where no queue has an id."""
    return NotFound(f"there is no annotation queue {queue_id!r}", {"id": queue_id})


def existing_item(session: Session, item_id: str, reviewer: str = "") -> Item:
    """The item of an id, in the state in which a reviewer sees it. Raises NotFound."""
    item = item_records.one(session, item_id, reviewer)
    if item is None:
        raise NotFound(f"there is no item {item_id!r} in an annotation queue", {"id": item_id})
    return item


def item_of_queue(session: Session, queue_id: str, item_id: str, reviewer: str = "") -> Item:
    """The item of an id in a queue. Raises NotFound."""
    item = existing_item(session, item_id, reviewer)
    if item.queue_id != queue_id:
        raise NotFound(f"there is no item {item_id!r} in this queue", {"id": item_id})
    return item
