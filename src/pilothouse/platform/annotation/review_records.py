"""How reviews are kept, and the hold that a reviewer has on an item."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from pilothouse.platform.annotation.models import Review
from pilothouse.platform.records import Session, micros, micros_of, moment
from pilothouse.platform.records.engine import Row


def one(session: Session, item_id: str, reviewer: str) -> Review | None:
    """What a reviewer said of an item."""
    row = session.one(
        "SELECT * FROM annotation_reviews WHERE item_id = :item_id AND reviewer = :reviewer",
        item_id=item_id,
        reviewer=reviewer,
    )
    return None if row is None else _review(row)


def of_items(session: Session, item_ids: Sequence[str]) -> dict[str, list[Review]]:
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


def keep(session: Session, said: Review) -> None:
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


def counts(session: Session, queue_id: str) -> list[dict[str, Any]]:
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


def _review(row: Row) -> Review:
    return Review(
        item_id=row["item_id"],
        reviewer=row["reviewer"],
        status=row["status"],
        answers=json.loads(row["answers"]),
        reserved_until=moment(row["reserved_until"]),
        updated_at=moment(row["updated_at"]),
    )
