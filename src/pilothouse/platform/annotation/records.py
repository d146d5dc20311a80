"""How queues, their items and the reviews are kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from pilothouse.platform.annotation.models import (
    Item,
    ItemStatus,
    NewItem,
    Queue,
    Review,
    rubric_json,
    rubric_of,
)
from pilothouse.platform.query.run_places import RunPlace
from pilothouse.platform.records import Session, micros, micros_of, moment, verbatim
from pilothouse.platform.records.engine import Row

_QUEUE: Final = """
SELECT q.*,
    (SELECT COUNT(*) FROM annotation_items i WHERE i.queue_id = q.id) AS total,
    (SELECT COUNT(*) FROM annotation_items i
     WHERE i.queue_id = q.id AND i.completed_at IS NOT NULL) AS completed
FROM annotation_queues q
"""
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

# ---- queues


def queue(session: Session, queue_id: str) -> Queue | None:
    """The queue of an id."""
    row = session.one(f"{_QUEUE} WHERE q.id = :id", id=queue_id)
    return None if row is None else _queue(row)


def queues(
    session: Session,
    *,
    ids: Sequence[str] = (),
    name: str = "",
    contains: str = "",
    limit: int,
    offset: int = 0,
    after: tuple[int, str] | None = None,
) -> list[Queue]:
    """Queues, the newest first."""
    rows = session.all(
        f"""
        {_QUEUE}
        WHERE (:any_id = 1 OR q.id IN :ids)
            AND (:name = '' OR q.name = :name)
            AND LOWER(q.name) LIKE LOWER(:contains) ESCAPE '!'
            AND (:first = 1 OR q.created_at < :after OR (q.created_at = :after AND q.id < :id))
        ORDER BY q.created_at DESC, q.id DESC
        LIMIT :limit OFFSET :offset
        """,
        any_id=0 if ids else 1,
        ids=list(ids) or [""],
        name=name,
        contains=f"%{verbatim(contains)}%",
        first=1 if after is None else 0,
        after=0 if after is None else after[0],
        id="" if after is None else after[1],
        limit=limit,
        offset=offset,
    )
    return [_queue(row) for row in rows]


def add_queue(session: Session, made: Queue) -> bool:
    """Keep a queue; False when there is one of its id."""
    return (
        session.run(
            """
            INSERT INTO annotation_queues
                (id, name, kind, description, instructions, rubric, reviewers_per_item,
                 reservation_minutes, reviewers, dataset_id, created_by, created_at, updated_at)
            VALUES
                (:id, :name, :kind, :description, :instructions, :rubric, :reviewers_per_item,
                 :reservation_minutes, :reviewers, :dataset_id, :created_by, :now, :now)
            ON CONFLICT DO NOTHING
            """,
            kind=made.kind,
            created_by=made.created_by,
            **_values(made),
        )
        == 1
    )


def change_queue(session: Session, changed: Queue) -> None:
    """Write all that can be changed of a queue."""
    session.run(
        """
        UPDATE annotation_queues
        SET name = :name,
            description = :description,
            instructions = :instructions,
            rubric = :rubric,
            reviewers_per_item = :reviewers_per_item,
            reservation_minutes = :reservation_minutes,
            reviewers = :reviewers,
            dataset_id = :dataset_id,
            updated_at = :now
        WHERE id = :id
        """,
        **_values(changed),
    )


def hold(session: Session, queue_id: str) -> None:
    """Let nobody else take items of a queue before this transaction ends."""
    session.run("UPDATE annotation_queues SET updated_at = updated_at WHERE id = :id", id=queue_id)


def remove_queue(session: Session, queue_id: str) -> bool:
    """Remove a queue with its items and reviews; False when there is none."""
    return session.run("DELETE FROM annotation_queues WHERE id = :id", id=queue_id) == 1


def _values(queue: Queue) -> dict[str, object]:
    return {
        "id": queue.id,
        "name": queue.name,
        "description": queue.description,
        "instructions": queue.instructions,
        "rubric": json.dumps(rubric_json(queue.rubric)),
        "reviewers_per_item": queue.reviewers_per_item,
        "reservation_minutes": queue.reservation_minutes,
        "reviewers": json.dumps(list(queue.reviewers)),
        "dataset_id": queue.dataset_id,
        "now": micros(),
    }


# ---- items


def add_items(session: Session, queue_id: str, new: Sequence[tuple[str, NewItem]], by: str) -> None:
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


def item(session: Session, item_id: str, reviewer: str = "") -> Item | None:
    """The item of an id."""
    row = session.one(f"{_ITEM} WHERE i.id = :id", id=item_id, reviewer=reviewer)
    return None if row is None else _item(row)


def items(
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


def free_item(session: Session, found: Queue, reviewer: str, but: Sequence[str]) -> Item | None:
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


def queues_of_run(session: Session, run_id: str) -> list[Queue]:
    """The queues that have a run."""
    rows = session.all(
        f"""
        {_QUEUE}
        WHERE q.id IN (
            SELECT i.queue_id
            FROM annotation_items i
            WHERE i.run_id = :run_id OR i.other_run_id = :run_id
        )
        ORDER BY q.created_at DESC, q.id DESC
        """,
        run_id=run_id,
    )
    return [_queue(row) for row in rows]


def remove_items(session: Session, queue_id: str, ids: Sequence[str]) -> int:
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


# ---- reviews


def review(session: Session, item_id: str, reviewer: str) -> Review | None:
    """What a reviewer said of an item."""
    row = session.one(
        "SELECT * FROM annotation_reviews WHERE item_id = :item_id AND reviewer = :reviewer",
        item_id=item_id,
        reviewer=reviewer,
    )
    return None if row is None else _review(row)


def reviews(session: Session, item_ids: Sequence[str]) -> dict[str, list[Review]]:
    """The reviews of some items, by item."""
    if not item_ids:
        return {}
    rows = session.all(
        """
        SELECT *
        FROM annotation_reviews
        WHERE item_id IN :ids
        ORDER BY updated_at, reviewer
        """,
        ids=list(item_ids),
    )
    found: dict[str, list[Review]] = {}
    for row in rows:
        found.setdefault(row["item_id"], []).append(_review(row))
    return found


def finished(session: Session, queue_id: str) -> list[Review]:
    """The finished reviews of a queue, by item and reviewer."""
    rows = session.all(
        """
        SELECT r.*
        FROM annotation_reviews r
        JOIN annotation_items i ON i.id = r.item_id
        WHERE i.queue_id = :queue_id AND r.status = 'done'
        ORDER BY i.added_at, i.id, r.reviewer
        """,
        queue_id=queue_id,
    )
    return [_review(row) for row in rows]


def keep_review(session: Session, said: Review) -> None:
    """Keep what a reviewer says of an item, in place of what they said before."""
    now = micros()
    session.run(
        """
        INSERT INTO annotation_reviews
            (item_id, reviewer, status, answers, reserved_until, updated_at)
        VALUES
            (:item_id, :reviewer, :status, :answers, :reserved_until, :now)
        ON CONFLICT (item_id, reviewer) DO UPDATE
        SET status = excluded.status,
            answers = excluded.answers,
            reserved_until = excluded.reserved_until,
            updated_at = excluded.updated_at
        """,
        item_id=said.item_id,
        reviewer=said.reviewer,
        status=said.status,
        answers=json.dumps(said.answers),
        reserved_until=micros_of(said.reserved_until),
        now=now,
    )
    if said.status != "reserved":
        session.run(
            "UPDATE annotation_items SET reviewed_at = :now WHERE id = :id",
            id=said.item_id,
            now=now,
        )


def reserve(session: Session, item_id: str, reviewer: str, until_us: int) -> None:
    """Hold an item for a reviewer; answers that they began stay."""
    session.run(
        """
        INSERT INTO annotation_reviews
            (item_id, reviewer, status, answers, reserved_until, updated_at)
        VALUES
            (:item_id, :reviewer, 'reserved', '{}', :until, :now)
        ON CONFLICT (item_id, reviewer) DO UPDATE
        SET reserved_until = excluded.reserved_until
        """,
        item_id=item_id,
        reviewer=reviewer,
        until=until_us,
        now=micros(),
    )


def release(session: Session, item_id: str, reviewer: str) -> None:
    """Let go of an item that a reviewer holds; answers that they began stay."""
    session.run(
        """
        UPDATE annotation_reviews
        SET reserved_until = NULL
        WHERE item_id = :item_id AND reviewer = :reviewer AND status = 'reserved'
        """,
        item_id=item_id,
        reviewer=reviewer,
    )


def by_reviewer(session: Session, queue_id: str) -> list[dict[str, Any]]:
    """(reviewer, status, count) of all reviews of a queue."""
    rows = session.all(
        """
        SELECT r.reviewer, r.status, COUNT(*) AS count
        FROM annotation_reviews r
        JOIN annotation_items i ON i.id = r.item_id
        WHERE i.queue_id = :queue_id AND (r.status != 'reserved' OR r.reserved_until > :now)
        GROUP BY r.reviewer, r.status
        ORDER BY r.reviewer, r.status
        """,
        queue_id=queue_id,
        now=micros(),
    )
    return [dict(row) for row in rows]


# ---- rows to objects


def _queue(row: Row) -> Queue:
    return Queue(
        id=row["id"],
        name=row["name"],
        kind=row["kind"],
        description=row["description"],
        instructions=row["instructions"],
        rubric=rubric_of(json.loads(row["rubric"])),
        reviewers_per_item=row["reviewers_per_item"],
        reservation_minutes=row["reservation_minutes"],
        reviewers=tuple(json.loads(row["reviewers"])),
        dataset_id=row["dataset_id"],
        created_by=row["created_by"],
        created_at=moment(row["created_at"]),
        updated_at=moment(row["updated_at"]),
        total=int(row["total"]),
        completed=int(row["completed"]),
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


def _review(row: Row) -> Review:
    return Review(
        item_id=row["item_id"],
        reviewer=row["reviewer"],
        status=row["status"],
        answers=json.loads(row["answers"]),
        reserved_until=moment(row["reserved_until"]),
        updated_at=moment(row["updated_at"]),
    )
