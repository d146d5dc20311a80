"""Reviewing: who takes which item, what they answer, and the scores that this gives."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from pilothouse.platform.annotation import item_records, review_records
from pilothouse.platform.annotation.existing import existing_item, existing_queue
from pilothouse.platform.annotation.models import (
    PREFERENCES,
    Item,
    Queue,
    Review,
    ReviewStatus,
    checked_answers,
    score_id,
)
from pilothouse.platform.errors import Forbidden
from pilothouse.platform.query.run_places import RunPlace
from pilothouse.platform.query.scores import ScoreService
from pilothouse.platform.records import Records, micros, micros_of
from pilothouse.spans import Score

ScoresById = list[tuple[str, tuple[int, Score]]]
"""Each with the number of its project."""


class ProjectNames(Protocol):
    """What queues need of projects."""

    def name_of(self, number: int) -> str | None: ...


class Reviewing:
    """Gives items out and keeps what reviewers say of them; `reviewer` is the name of who asks."""

    def __init__(self, records: Records, scores: ScoreService, projects: ProjectNames) -> None:
        self._records = records
        self._scores = scores
        self._projects = projects

    def next(self, queue_id: str, reviewer: str, *, but: Sequence[str] = ()) -> Item | None:
        """The next item for a reviewer, held for them; None when nothing is left to do.

        Nobody else gets it meanwhile, unless more reviewers are wanted for each item. `but` are
        items that the reviewer passes over for now. Raises NotFound, Forbidden.
        """
        with self._records.write() as session:
            session.hold("annotation_queues", id=queue_id)
            queue = existing_queue(session, queue_id)
            _check_reviewer(queue, reviewer)
            for passed in but:
                review_records.release(session, passed, reviewer)
            item = item_records.free(session, queue, reviewer, but)
            if item is not None:
                until = micros() + queue.reservation_minutes * 60_000_000
                review_records.reserve(session, item.id, reviewer, until)
            return item

    async def review(
        self,
        item_id: str,
        reviewer: str,
        answers: Mapping[str, Any],  # Any: an object, or only its score, label or preference
        status: ReviewStatus = "done",
    ) -> Review:
        """What a reviewer says of an item, in place of what they said before.

        Finished answers become scores of the run or session; changed ones replace them, withdrawn
        ones take them back. Raises BadRequest, Forbidden, NotFound.
        """
        return await self._review(item_id, reviewer, answers, status)

    async def mark(self, item_id: str, reviewer: str, status: ReviewStatus) -> Review:
        """Say that a review is done, skipped or begun again, whatever was answered so far.

        For clients that give their scores themselves. Raises Forbidden, NotFound.
        """
        return await self._review(item_id, reviewer, None, status)

    async def reopen(self, item_id: str, reviewer: str) -> Review:
        """Show an item to a reviewer again who was done with it; nobody else is kept from it.

        What they answered stays, and no longer counts. Raises Forbidden, NotFound.
        """
        return await self._review(item_id, reviewer, None, "reserved", held=False)

    def of_items(self, item_ids: Sequence[str]) -> dict[str, Sequence[Review]]:
        """The reviews of some items, by item."""
        with self._records.read() as session:
            return dict(review_records.of_items(session, item_ids))

    async def _review(
        self,
        item_id: str,
        reviewer: str,
        answers: Mapping[str, Any] | None,
        status: ReviewStatus,
        *,
        held: bool = True,
    ) -> Review:
        item, before, after = await asyncio.to_thread(
            self._keep_review, item_id, reviewer, answers, status, held=held
        )
        given = dict(self._scores_of(item, after))
        gone = {sid: score for sid, score in self._scores_of(item, before) if sid not in given}
        await self._scores.keep(list(given.values()))
        await self._scores.keep(list(gone.values()), deleted=True)
        return after

    def _keep_review(
        self,
        item_id: str,
        reviewer: str,
        answers: Mapping[str, Any] | None,
        status: ReviewStatus,
        *,
        held: bool,
    ) -> tuple[Item, Review | None, Review]:
        with self._records.write() as session:
            item = existing_item(session, item_id, reviewer)
            session.hold("annotation_queues", id=item.queue_id)
            queue = existing_queue(session, item.queue_id)
            _check_reviewer(queue, reviewer)
            before = review_records.one(session, item_id, reviewer)
            if answers is None:
                checked = {} if before is None else before.answers
            else:
                checked = checked_answers(queue, answers, final=status == "done")
            minutes = timedelta(minutes=queue.reservation_minutes)
            now = datetime.now(UTC)
            said = Review(
                item_id=item_id,
                reviewer=reviewer,
                status=status,
                answers=checked,
                reserved_until=now + minutes if held and status == "reserved" else None,
                updated_at=now,
            )
            review_records.keep(session, said)
            item_records.recount(session, queue.id, queue.reviewers_per_item, item_id)
            after = review_records.one(session, item_id, reviewer)
            assert after is not None  # it was written just now
            return item, before, after

    def _scores_of(self, item: Item, review: Review | None) -> ScoresById:
        """By id: (number of the project, score) of each answer of a finished review."""
        if review is None or review.status != "done":
            return []
        found = []
        sides = [item.place] if item.other is None else [item.place, item.other]
        for key, answer in review.answers.items():
            for side, place in enumerate(sides):
                name = self._projects.name_of(place.project)
                if name is None:  # deleted meanwhile, and the run with it
                    continue
                score = _score(item, review, key, answer, side, place, name)
                found.append((score.id, (place.project, score)))
        return found


def _score(
    item: Item,
    review: Review,
    key: str,
    answer: Mapping[str, Any],
    side: int,
    place: RunPlace,
    project: str,
) -> Score:
    value, label = answer.get("score"), str(answer.get("value") or "")
    metadata = {"annotation.queue_id": item.queue_id, "annotation.item_id": item.id}
    preferred = answer.get("preferred")
    if preferred is not None:
        value = PREFERENCES[preferred][side]
        label = {1.0: "preferred", 0.0: "not preferred"}.get(value, "tie")
        metadata["annotation.other_run_id"] = item.run_id if side else item.other_run_id
        metadata["feedback.feedback_group_id"] = item.id
    return Score(
        id=score_id(item.id, review.reviewer, key, side),
        project=project,
        name=key,
        value=None if value is None else float(value),
        label=label,
        comment=str(answer.get("comment") or ""),
        source="human",
        identifier=review.reviewer,
        trace_id="" if item.thread_id else place.trace_id,
        span_id="" if item.thread_id else place.span_id,
        session_id=item.thread_id,
        created_at_ns=(micros_of(review.updated_at) or 0) * 1000,
        metadata=metadata,
    )


def _check_reviewer(queue: Queue, reviewer: str) -> None:
    if queue.reviewers and reviewer not in queue.reviewers:
        raise Forbidden(f"{reviewer!r} is no reviewer of queue {queue.name!r}")
