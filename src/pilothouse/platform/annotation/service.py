"""Annotation queues: runs to review, and by `items`, `reviewing` and `results` all about them."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pilothouse.platform.annotation import item_records, queue_records
from pilothouse.platform.annotation.existing import existing_queue, no_queue
from pilothouse.platform.annotation.items import QueueItems
from pilothouse.platform.annotation.models import Queue, QueueKind, RubricItem, checked_rubric
from pilothouse.platform.annotation.results import QueueResults, ReviewedExamples
from pilothouse.platform.annotation.reviewing import ProjectNames, Reviewing
from pilothouse.platform.errors import BadRequest, Conflict
from pilothouse.platform.query.run_places import RunPlaces
from pilothouse.platform.query.scores import ScoreService
from pilothouse.platform.records import Records
from pilothouse.platform.store.engine import Store

Queues = list[Queue]  # a name for annotations: in the class, `list` is a method


class QueueService:
    """Annotation queues; `by` is the name of who asks."""

    def __init__(
        self,
        records: Records,
        store: Store,
        scores: ScoreService,
        projects: ProjectNames,
        places: RunPlaces,
        examples: ReviewedExamples | None = None,
    ) -> None:
        self._records = records
        self.items = QueueItems(records, store, places)
        self.reviewing = Reviewing(records, scores, projects)
        self.results = QueueResults(records, store, examples)

    def create(
        self,
        name: str,
        *,
        id: str | None = None,
        kind: QueueKind = "single",
        description: str = "",
        instructions: str = "",
        rubric: Sequence[RubricItem] = (),
        reviewers_per_item: int = 1,
        reservation_minutes: int = 60,
        reviewers: Sequence[str] = (),
        dataset_id: str = "",
        by: str = "",
    ) -> Queue:
        """A new queue; the same id and name again give the one that is there.

        Raises BadRequest, Conflict when the id belongs to another.
        """
        now = datetime.now(UTC)
        made = _checked(
            Queue(
                id=str(uuid.uuid4()) if id is None else id,
                name=name,
                kind=kind,
                description=description,
                instructions=instructions,
                rubric=checked_rubric(rubric),
                reviewers_per_item=reviewers_per_item,
                reservation_minutes=reservation_minutes,
                reviewers=tuple(reviewers),
                dataset_id=dataset_id,
                created_by=by,
                created_at=now,
                updated_at=now,
            )
        )
        with self._records.write() as session:
            added = queue_records.add(session, made)
            stored_one = existing_queue(session, made.id)
        if not added and (stored_one.name, stored_one.kind) != (name, kind):
            raise Conflict(f"there is a queue with the id {made.id} already")
        return stored_one

    def get(self, queue_id: str) -> Queue:
        """The queue of an id. Raises NotFound."""
        with self._records.read() as session:
            return existing_queue(session, queue_id)

    def list(
        self,
        *,
        ids: Sequence[str] = (),
        name: str = "",
        name_contains: str = "",
        limit: int = 100,
        offset: int = 0,
        after: tuple[int, str] | None = None,
    ) -> Queues:
        """Queues, the newest first; `after` is (created_at in micros, id) of the one before."""
        with self._records.read() as session:
            return queue_records.page(
                session,
                ids=ids,
                name=name,
                contains=name_contains,
                limit=limit,
                offset=offset,
                after=after,
            )

    def change(self, queue_id: str, **changes: Any) -> Queue:  # Any: fields of Queue, each its own
        """The queue after a change of its fields; None leaves. Raises BadRequest, NotFound."""
        given = {name: value for name, value in changes.items() if value is not None}
        if "rubric" in given:
            given["rubric"] = checked_rubric(given["rubric"])
        if "reviewers" in given:
            given["reviewers"] = tuple(given["reviewers"])
        with self._records.write() as session:
            session.hold("annotation_queues", id=queue_id)
            before = existing_queue(session, queue_id)
            changed = _checked(dataclasses.replace(before, **given))
            queue_records.change(session, changed)
            if changed.reviewers_per_item != before.reviewers_per_item:
                item_records.recount(session, queue_id, changed.reviewers_per_item)
            return existing_queue(session, queue_id)

    def delete(self, queue_id: str) -> None:
        """Remove a queue with its reviews; the scores that they gave stay. Raises NotFound."""
        with self._records.write() as session:
            if not queue_records.remove(session, queue_id):
                raise no_queue(queue_id)

    def of_run(self, run_id: str) -> Queues:
        """The queues that have a run."""
        with self._records.read() as session:
            return queue_records.of_run(session, run_id)


def _checked(queue: Queue) -> Queue:
    if not queue.name.strip() or len(queue.name) > 200:
        raise BadRequest("the name of a queue has 1 to 200 characters")
    if not 1 <= queue.reviewers_per_item <= 100:
        raise BadRequest("reviewers_per_item is 1 to 100")
    if not 1 <= queue.reservation_minutes <= 100_000:
        raise BadRequest("reservation_minutes is 1 to 100000")
    return queue
