"""How queues are kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from pilothouse.platform.annotation.models import Queue, rubric_json, rubric_of
from pilothouse.platform.records import Session, micros, moment
from pilothouse.platform.records.engine import Row
from pilothouse.platform.records.lists import Place, Where, newest_first

_QUEUE: Final = """
SELECT q.*,
    (SELECT COUNT(*) FROM annotation_items i WHERE i.queue_id = q.id) AS total,
    (SELECT COUNT(*) FROM annotation_items i
     WHERE i.queue_id = q.id AND i.completed_at IS NULL) AS open
FROM annotation_queues q
"""


def one(session: Session, queue_id: str) -> Queue | None:
    """The queue of an id."""
    row = session.one(f"{_QUEUE} WHERE q.id = :id", id=queue_id)
    return None if row is None else _queue(row)


def page(
    session: Session,
    *,
    ids: Sequence[str] = (),
    name: str = "",
    contains: str = "",
    limit: int,
    offset: int = 0,
    after: Place | None = None,
) -> list[Queue]:
    """Queues, the newest first."""
    where = Where()
    where.is_one_of("q.id", ids or None)
    where.equals("q.name", name)
    where.contains(["q.name"], contains)
    rows = newest_first(
        session,
        _QUEUE,
        where,
        at="q.created_at",
        row_id="q.id",
        after=after,
        limit=limit,
        offset=offset,
    )
    return [_queue(row) for row in rows]


def of_run(session: Session, run_id: str) -> list[Queue]:
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


def add(session: Session, made: Queue) -> bool:
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


def change(session: Session, changed: Queue) -> None:
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


def remove(session: Session, queue_id: str) -> bool:
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
        completed=int(row["total"]) - int(row["open"]),
    )
