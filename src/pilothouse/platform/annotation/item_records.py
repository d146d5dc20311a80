"""How the items of queues are kept, and which of them is whose turn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from pilothouse.platform.annotation.models import Item, ItemStatus, NewItem, Queue
from pilothouse.platform.query.run_places import RunPlace
from pilothouse.platform.records import Session, micros, moment
from pilothouse.platform.records.engine import Row

_ITEM: Final = """
SELECT i.*, COALESCE(mine.status, '') AS my_status,
    (SELECT COUNT(*) FROM annotation_reviews r
     WHERE r.item_id = i.id AND r.status = 'done') AS done
FROM annotation_items i
LEFT JOIN annotation_reviews mine ON mine.item_id = i.id AND mine.reviewer = :reviewer
"""
_STATUS: Final[dict[ItemStatus, str]] = {
    "completed": "i.completed_at IS NOT NULL",
    "needs_others_review": (
        "i.completed_at IS NULL AND COALESCE(mine.status, '') IN ('done', 'skipped')"
    ),
    "needs_my_review": (
        "i.completed_at IS NULL AND COALESCE(mine.status, '') NOT IN ('done', 'skipped')"
    ),
}


def add(session: Session, queue_id: str, new: Sequence[tuple[str, NewItem]], by: str) -> None:
    """Keep items under their ids, in this order; what the queue has already stays as it is."""
    now = micros()
    for place, (item_id, item) in enumerate(new):
        other = item.other
        session.run(
            """
            INSERT INTO annotation_items
                (id, queue_id, run_id, other_run_id, project_id, trace_id, span_id,
                 other_project_id, other_trace_id, other_span_id, start_time, example_id,
                 added_by, added_at)
            VALUES
                (:id, :queue_id, :run_id, :other_run_id, :project_id, :trace_id, :span_id,
                 :other_project_id, :other_trace_id, :other_span_id, :start_time, :example_id,
                 :by, :now)
            ON CONFLICT DO NOTHING
            """,
            id=item_id,
            queue_id=queue_id,
            run_id=item.run_id,
            other_run_id=item.other_run_id,
            project_id=item.place.project,
            trace_id=item.place.trace_id,
            span_id=item.place.span_id,
            other_project_id=None if other is None else other.project,
            other_trace_id="" if other is None else other.trace_id,
            other_span_id="" if other is None else other.span_id,
            start_time=item.place.start_us,
            example_id=item.example_id,
            by=by,
            now=now + place,
        )


def one(session: Session, item_id: str, reviewer: str = "") -> Item | None:
    """The item of an id."""
    row = session.one(f"{_ITEM} WHERE i.id = :id", id=item_id, reviewer=reviewer)
    return None if row is None else _item(row)


def page(
    session: Session,
    queue_id: str,
    *,
    status: ItemStatus | None = None,
    reviewer: str = "",
    run_ids: Sequence[str] = (),
    limit: int,
    offset: int = 0,
    after: tuple[int, str] | None = None,
) -> list[Item]:
    """Items of a queue in the order in which they were added."""
    rows = session.all(
        f"""
        {_ITEM}
        WHERE i.queue_id = :queue_id
            AND {"1 = 1" if status is None else _STATUS[status]}
            AND (:any_run = 1 OR i.run_id IN :run_ids OR i.id IN :run_ids)
            AND (:first = 1 OR i.added_at > :after OR (i.added_at = :after AND i.id > :id))
        ORDER BY i.added_at, i.id
        LIMIT :limit OFFSET :offset
        """,
        queue_id=queue_id,
        reviewer=reviewer,
        any_run=0 if run_ids else 1,
        run_ids=list(run_ids) or [""],
        first=1 if after is None else 0,
        after=0 if after is None else after[0],
        id="" if after is None else after[1],
        limit=limit,
        offset=offset,
    )
    return [_item(row) for row in rows]


def free(session: Session, found: Queue, reviewer: str, but: Sequence[str]) -> Item | None:
    """The item that a reviewer should take next: one they hold, else the first that lacks one.

    An item is taken when as many others as are wanted have reviewed it or hold it now.
    """
    row = session.one(
        f"""
        {_ITEM}
        WHERE i.queue_id = :queue_id
            AND {_STATUS["needs_my_review"]}
            AND i.id NOT IN :but
            AND (
                SELECT COUNT(*)
                FROM annotation_reviews r
                WHERE r.item_id = i.id
                    AND r.reviewer != :reviewer
                    AND (r.status = 'done' OR (r.status = 'reserved' AND r.reserved_until > :now))
            ) < :wanted
        ORDER BY CASE WHEN mine.reserved_until > :now THEN 0 ELSE 1 END, i.added_at, i.id
        LIMIT 1
        """,
        queue_id=found.id,
        reviewer=reviewer,
        but=list(but) or [""],
        wanted=found.reviewers_per_item,
        now=micros(),
    )
    return None if row is None else _item(row)


def last_added(session: Session, run_ids: Sequence[str]) -> dict[str, datetime]:
    """When some runs were last put into a queue."""
    if not run_ids:
        return {}
    rows = session.all(
        """
        SELECT run_id, MAX(added_at) AS added_at
        FROM annotation_items
        WHERE run_id IN :run_ids
        GROUP BY run_id
        """,
        run_ids=list(run_ids),
    )
    return {row["run_id"]: at for row in rows if (at := moment(row["added_at"])) is not None}


def remove(session: Session, queue_id: str, ids: Sequence[str]) -> int:
    """Remove items by their ids or those of their runs; -> how many."""
    return session.run(
        """
        DELETE FROM annotation_items
        WHERE queue_id = :queue_id AND (id IN :ids OR run_id IN :ids)
        """,
        queue_id=queue_id,
        ids=list(ids),
    )


def keep_example(session: Session, item_id: str, example_id: str) -> None:
    """Note the example that an item became."""
    session.run(
        "UPDATE annotation_items SET example_id = :example_id WHERE id = :id",
        id=item_id,
        example_id=example_id,
    )


def recount(session: Session, queue_id: str, wanted: int, item_id: str = "") -> None:
    """Mark items as completed that have as many reviews as are wanted, and no others."""
    session.run(
        """
        UPDATE annotation_items
        SET completed_at = CASE
            WHEN (
                SELECT COUNT(*)
                FROM annotation_reviews r
                WHERE r.item_id = annotation_items.id AND r.status = 'done'
            ) >= :wanted THEN COALESCE(completed_at, :now)
            END
        WHERE queue_id = :queue_id AND (:every = 1 OR id = :item_id)
        """,
        queue_id=queue_id,
        wanted=wanted,
        item_id=item_id,
        every=0 if item_id else 1,
        now=micros(),
    )


def _item(row: Row) -> Item:
    status: ItemStatus = "needs_my_review"
    if row["completed_at"] is not None:
        status = "completed"
    elif row["my_status"] in {"done", "skipped"}:
        status = "needs_others_review"
    other = None
    if row["other_project_id"] is not None:
        other = RunPlace(
            project=row["other_project_id"],
            trace_id=row["other_trace_id"],
            span_id=row["other_span_id"],
        )
    return Item(
        id=row["id"],
        queue_id=row["queue_id"],
        run_id=row["run_id"],
        place=RunPlace(
            project=row["project_id"],
            trace_id=row["trace_id"],
            span_id=row["span_id"],
            start_us=row["start_time"],
        ),
        other_run_id=row["other_run_id"],
        other=other,
        example_id=row["example_id"],
        added_by=row["added_by"],
        added_at=moment(row["added_at"]),
        reviewed_at=moment(row["reviewed_at"]),
        completed_at=moment(row["completed_at"]),
        status=status,
        done=int(row["done"]),
    )
