"""How the items of queues are kept, and which of them is whose turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from pilothouse.platform.annotation.models import (
    ANY,
    Item,
    ItemKind,
    ItemStatus,
    NewItem,
    Queue,
    Wanted,
)
from pilothouse.platform.query.run_places import RunPlace
from pilothouse.platform.records import Session, micros, moment
from pilothouse.platform.records.engine import Row

Key = tuple[int, str]
"""(added_at in micros, id): the place of an item in the order of its queue."""
_NAMED: Final = 5_000
_MINE: Final = """
FROM annotation_items i
LEFT JOIN annotation_reviews mine ON mine.item_id = i.id AND mine.reviewer = :reviewer
"""
_ITEM: Final = f"""
SELECT i.*, COALESCE(mine.status, '') AS my_status,
    (SELECT COUNT(*) FROM annotation_reviews r
     WHERE r.item_id = i.id AND r.status = 'done') AS done
{_MINE}
"""
_ORDER: Final = "ORDER BY i.added_at, i.id"
_STATUS: Final[dict[ItemStatus, str]] = {
    "completed": "i.completed_at IS NOT NULL",
    "needs_others_review": (
        "i.completed_at IS NULL AND COALESCE(mine.status, '') IN ('done', 'skipped')"
    ),
    "needs_my_review": (
        "i.completed_at IS NULL AND COALESCE(mine.status, '') NOT IN ('done', 'skipped')"
    ),
}
_KIND: Final[dict[ItemKind, str]] = {"run": "i.thread_id = ''", "thread": "i.thread_id != ''"}
_BOUNDS: Final = {
    "started_from": "i.start_time >= :started_from",
    "started_until": "i.start_time <= :started_until",
    "completed_from": "i.completed_at >= :completed_from",
    "completed_until": "i.completed_at <= :completed_until",
}


def add(session: Session, queue_id: str, new: Sequence[tuple[str, NewItem]], by: str) -> None:
    """Keep items under their ids, in this order; what the queue has already stays as it is."""
    now = micros()
    session.many(
        """
        INSERT INTO annotation_items
            (id, queue_id, run_id, other_run_id, thread_id, project_id, trace_id, span_id,
             other_project_id, other_trace_id, other_span_id, start_time, example_id,
             added_by, added_at)
        VALUES
            (:id, :queue_id, :run_id, :other_run_id, :thread_id, :project_id, :trace_id, :span_id,
             :other_project_id, :other_trace_id, :other_span_id, :start_time, :example_id,
             :by, :now)
        ON CONFLICT DO NOTHING
        """,
        [
            {
                "id": item_id,
                "queue_id": queue_id,
                "run_id": item.run_id,
                "other_run_id": item.other_run_id,
                "thread_id": item.thread_id,
                "project_id": item.place.project,
                "trace_id": item.place.trace_id,
                "span_id": item.place.span_id,
                "other_project_id": None if item.other is None else item.other.project,
                "other_trace_id": "" if item.other is None else item.other.trace_id,
                "other_span_id": "" if item.other is None else item.other.span_id,
                "start_time": item.place.start_us,
                "example_id": item.example_id,
                "by": by,
                "now": now + place,
            }
            for place, (item_id, item) in enumerate(new)
        ],
    )


def one(session: Session, item_id: str, reviewer: str = "") -> Item | None:
    """The item of an id."""
    row = session.one(f"{_ITEM} WHERE i.id = :id", id=item_id, reviewer=reviewer)
    return None if row is None else _item(row)


def of_ids(session: Session, queue_id: str, ids: Sequence[str]) -> list[Item]:
    """Some items of a queue, in its order."""
    return _of(session, queue_id, "i.id", ids)


def of_runs(session: Session, queue_id: str, run_ids: Sequence[str]) -> list[Item]:
    """The items of a queue whose runs (of pairs, whose runs on the left) are among some."""
    return _of(session, queue_id, "i.run_id", run_ids)


def of_threads(session: Session, queue_id: str, thread_ids: Sequence[str]) -> list[Item]:
    """The items of a queue that are threads of some ids, of whichever project."""
    return _of(session, queue_id, "i.thread_id", thread_ids)


def _of(session: Session, queue_id: str, column: str, values: Sequence[str]) -> list[Item]:
    found: list[Item] = []
    for piece in batched(values):
        rows = session.all(
            f"{_ITEM} WHERE i.queue_id = :queue_id AND {column} IN :values {_ORDER}",
            queue_id=queue_id,
            values=piece,
            reviewer="",
        )
        found += map(_item, rows)
    return found


def batched(values: Sequence[str]) -> Iterator[list[str]]:
    """Values in pieces that a statement can name."""
    for start in range(0, len(values), _NAMED):
        yield list(values[start : start + _NAMED])


def page(
    session: Session,
    queue_id: str,
    wanted: Wanted = ANY,
    *,
    limit: int,
    offset: int = 0,
    after: Key | None = None,
    before: Key | None = None,
) -> list[Item]:
    """Items of a queue in the order in which they were added; with `before` the last before it."""
    conditions, values = _conditions(queue_id, wanted)
    order = _ORDER
    if after is not None:
        conditions += " AND (i.added_at, i.id) > (:at, :id)"
        values |= {"at": after[0], "id": after[1]}
    elif before is not None:
        conditions += " AND (i.added_at, i.id) < (:at, :id)"
        values |= {"at": before[0], "id": before[1]}
        order = "ORDER BY i.added_at DESC, i.id DESC"
    rows = session.all(
        f"{_ITEM} WHERE {conditions} {order} LIMIT :limit OFFSET :offset",
        limit=limit,
        offset=offset,
        **values,
    )
    found = [_item(row) for row in rows]
    return found if before is None else found[::-1]


def count(
    session: Session, queue_id: str, wanted: Wanted = ANY, *, before: Key | None = None
) -> int:
    """How many items of a queue are wanted, before a place in its order if one is given."""
    conditions, values = _conditions(queue_id, wanted)
    if before is not None:
        conditions += " AND (i.added_at, i.id) < (:at, :id)"
        values |= {"at": before[0], "id": before[1]}
    row = session.one(f"SELECT COUNT(*) AS found {_MINE} WHERE {conditions}", **values)
    return 0 if row is None else int(row["found"])


def _conditions(queue_id: str, wanted: Wanted) -> tuple[str, dict[str, Any]]:
    """Only what is asked for: a condition that may not count hides the others from the indexes."""
    values: dict[str, Any] = {"queue_id": queue_id, "reviewer": wanted.reviewer}
    terms = ["i.queue_id = :queue_id"]
    if wanted.status is not None:
        terms.append(_STATUS[wanted.status])
    if wanted.kind is not None:
        terms.append(_KIND[wanted.kind])
    for name, term in _BOUNDS.items():
        bound = getattr(wanted, name)
        if bound is not None:
            terms.append(term)
            values[name] = bound
    return " AND ".join(terms), values


def free(session: Session, found: Queue, reviewer: str, but: Sequence[str]) -> Item | None:
    """The item that a reviewer should take next: one they hold, else the first that lacks one.

    An item is taken when as many others as are wanted have reviewed it or hold it now.
    """
    open_to_me = f"""
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
    """
    held = """
            AND i.id IN (
                SELECT r.item_id
                FROM annotation_reviews r
                WHERE r.reviewer = :reviewer AND r.status = 'reserved' AND r.reserved_until > :now
            )
    """
    for narrowed in (held, ""):
        row = session.one(
            f"{open_to_me} {narrowed} {_ORDER} LIMIT 1",
            queue_id=found.id,
            reviewer=reviewer,
            but=list(but) or [""],
            wanted=found.reviewers_per_item,
            now=micros(),
        )
        if row is not None:
            return _item(row)
    return None


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
    removed = 0
    for piece in batched(ids):
        for column in ("id", "run_id"):
            removed += session.run(
                f"DELETE FROM annotation_items WHERE queue_id = :queue_id AND {column} IN :ids",
                queue_id=queue_id,
                ids=piece,
            )
    return removed


def change(
    session: Session, item_id: str, *, added_us: int | None, reviewed_us: int | None
) -> None:
    """Set when an item was added, which is its place in the order, or reviewed; None leaves."""
    session.run(
        """
        UPDATE annotation_items
        SET added_at = COALESCE(:added_at, added_at),
            reviewed_at = COALESCE(:reviewed_at, reviewed_at)
        WHERE id = :id
        """,
        id=item_id,
        added_at=added_us,
        reviewed_at=reviewed_us,
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
        thread_id=row["thread_id"],
        example_id=row["example_id"],
        added_by=row["added_by"],
        added_at=moment(row["added_at"]),
        reviewed_at=moment(row["reviewed_at"]),
        completed_at=moment(row["completed_at"]),
        status=status,
        done=int(row["done"]),
    )
