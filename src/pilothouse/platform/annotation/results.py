"""What comes of a queue: how far it is, how far its reviewers agree, exports and examples."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final, Protocol

from pilothouse.evaluation.agreement import Level
from pilothouse.platform.annotation import item_records, review_records, run_texts, verdicts
from pilothouse.platform.annotation.existing import existing_item, existing_queue
from pilothouse.platform.annotation.models import Item, Queue, Review
from pilothouse.platform.errors import BadRequest, NotFound
from pilothouse.platform.query.run_places import RunPlace
from pilothouse.platform.records import Records, micros_of
from pilothouse.platform.store.engine import Store

_PIECE: Final = 500


class ReviewedExamples(Protocol):
    """Where reviewed runs become examples."""

    async def add_reviewed(
        self,
        dataset_id: str,
        run: RunPlace,
        *,
        run_id: str,
        outputs: Mapping[str, Any] | None,  # Any: JSON
        metadata: Mapping[str, Any],  # Any: JSON
        by: str,
    ) -> str:
        """Add a run with its inputs and outputs (or those given) to a dataset; -> the example's id.

        The same run again replaces that example. Raises NotFound.
        """
        ...


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ReviewerProgress:
    """What one reviewer has done in a queue."""

    reviewer: str
    done: int
    skipped: int
    reserved: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a queue is."""

    total: int
    completed: int
    reviewers: tuple[ReviewerProgress, ...]


class QueueResults:
    """Reads what reviewers have made of a queue."""

    def __init__(
        self, records: Records, store: Store, examples: ReviewedExamples | None = None
    ) -> None:
        self._records = records
        self._store = store
        self._examples = examples

    def progress(self, queue_id: str) -> Progress:
        """How far a queue is. Raises NotFound."""
        with self._records.read() as session:
            queue = existing_queue(session, queue_id)
            counts: dict[str, dict[str, int]] = {}
            for row in review_records.counts(session, queue_id):
                counts.setdefault(row["reviewer"], {})[row["status"]] = int(row["count"])
        return Progress(
            total=queue.total,
            completed=queue.completed,
            reviewers=tuple(
                ReviewerProgress(
                    reviewer=name,
                    done=count.get("done", 0),
                    skipped=count.get("skipped", 0),
                    reserved=count.get("reserved", 0),
                )
                for name, count in counts.items()
            ),
        )

    def agreement(self, queue_id: str, level: Level | None = None) -> list[verdicts.KeyAgreement]:
        """How far reviewers agree, question by question. Raises NotFound."""
        with self._records.read() as session:
            return verdicts.agreement(
                existing_queue(session, queue_id), review_records.finished(session, queue_id), level
            )

    def disagreements(self, queue_id: str) -> list[verdicts.Disagreement]:
        """Items on which reviewers differ, the furthest apart first. Raises NotFound."""
        with self._records.read() as session:
            return verdicts.disagreements(
                existing_queue(session, queue_id), review_records.finished(session, queue_id)
            )

    async def export(
        self, queue_id: str
    ) -> AsyncIterator[tuple[Item, Sequence[Review], tuple[str, str]]]:
        """Every item with its reviews and the run's (input, output), as texts."""
        after: tuple[int, str] | None = None
        while True:
            piece = await asyncio.to_thread(self._piece, queue_id, after)
            if not piece:
                return
            texts = await run_texts.texts(self._store, [item for item, _ in piece])
            for (item, reviews), said in zip(piece, texts, strict=True):
                yield item, reviews, said
            last, _ = piece[-1]
            after = (micros_of(last.added_at) or 0, last.id)

    async def to_dataset(
        self,
        item_id: str,
        *,
        outputs: Mapping[str, Any] | None = None,  # Any: JSON
        dataset_id: str = "",
        by: str = "",
    ) -> str:
        """Make an example of an item; -> its id, the same when it is added again.

        `outputs` are those that should have been; else the run's own are taken. Raises BadRequest
        when no dataset is named, NotFound.
        """
        item, queue, reviews = await asyncio.to_thread(self._reviewed, item_id)
        target = dataset_id or queue.dataset_id
        if not target:
            raise BadRequest(f"queue {queue.name!r} has no dataset; name one")
        if self._examples is None:
            raise NotFound(f"there is no dataset {target!r}")
        made = await self._examples.add_reviewed(
            target,
            item.place,
            run_id=item.run_id,
            outputs=outputs,
            metadata={
                "annotation_queue": queue.name,
                "reviews": {
                    review.reviewer: dict(review.answers)
                    for review in reviews
                    if review.status == "done"
                },
            },
            by=by,
        )
        await asyncio.to_thread(self._keep_example, item_id, made)
        return made

    def _piece(
        self, queue_id: str, after: tuple[int, str] | None
    ) -> list[tuple[Item, Sequence[Review]]]:
        with self._records.read() as session:
            existing_queue(session, queue_id)
            items = item_records.page(session, queue_id, limit=_PIECE, after=after)
            reviews = review_records.of_items(session, [item.id for item in items])
        return [(item, reviews.get(item.id, ())) for item in items]

    def _reviewed(self, item_id: str) -> tuple[Item, Queue, Sequence[Review]]:
        with self._records.read() as session:
            item = existing_item(session, item_id)
            queue = existing_queue(session, item.queue_id)
            return item, queue, review_records.of_items(session, [item_id]).get(item_id, ())

    def _keep_example(self, item_id: str, made: str) -> None:
        with self._records.write() as session:
            item_records.keep_example(session, item_id, made)
