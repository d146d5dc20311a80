"""Queues of runs to review: who takes which item, what they answer, and what comes of it."""

from __future__ import annotations

import asyncio
import dataclasses
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from pilothouse.evaluation.agreement import Level
from pilothouse.platform.annotation import (
    item_records,
    queue_records,
    review_records,
    verdicts,
)
from pilothouse.platform.annotation.models import (
    PREFERENCES,
    Item,
    ItemStatus,
    NewItem,
    Queue,
    QueueKind,
    Review,
    ReviewStatus,
    RubricItem,
    checked_answers,
    checked_rubric,
    score_id,
)
from pilothouse.platform.errors import BadRequest, Conflict, Forbidden, NotFound
from pilothouse.platform.query.run_places import RunPlace, RunPlaces
from pilothouse.platform.query.scores import ScoreService
from pilothouse.platform.records import Records, Session, micros, micros_of
from pilothouse.platform.store import places as stored
from pilothouse.platform.store import spans_read
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.selection import Selection
from pilothouse.spans import Score

MOST_POPULATED: Final = 10_000
"""Items in one go."""
_PIECE: Final = 500
Queues = list[Queue]  # names for annotations: in the class, `list` is a method
Items = list[Item]
Agreements = list[verdicts.KeyAgreement]
Disagreements = list[verdicts.Disagreement]
Preview = tuple[str, str, str]
"""Name, input and output of a run, as far as a list shows them."""
Previews = list[tuple[Item, Preview | None, Preview | None]]
ScoresById = list[tuple[str, tuple[int, Score]]]
"""Each with the number of its project."""


class ProjectNames(Protocol):
    """What queues need of projects."""

    def name_of(self, number: int) -> str | None: ...


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


class QueueService:
    """Annotation queues; `reviewer` and `by` are the name of who asks."""

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
        self._store = store
        self._scores = scores
        self._projects = projects
        self._places = places
        self._examples = examples

    # ---- queues

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
            stored_one = _queue(session, made.id)
        if not added and (stored_one.name, stored_one.kind) != (name, kind):
            raise Conflict(f"there is a queue with the id {made.id} already")
        return stored_one

    def get(self, queue_id: str) -> Queue:
        """The queue of an id. Raises NotFound."""
        with self._records.read() as session:
            return _queue(session, queue_id)

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
            changed = _checked(dataclasses.replace(_queue(session, queue_id), **given))
            queue_records.change(session, changed)
            item_records.recount(session, queue_id, changed.reviewers_per_item)
            return _queue(session, queue_id)

    def delete(self, queue_id: str) -> None:
        """Remove a queue with its reviews; the scores that they gave stay. Raises NotFound."""
        with self._records.write() as session:
            if not queue_records.remove(session, queue_id):
                raise _no_queue(queue_id)

    def of_run(self, run_id: str) -> Queues:
        """The queues that have a run."""
        with self._records.read() as session:
            return queue_records.of_run(session, run_id)

    def last_added(self, run_ids: Sequence[str]) -> dict[str, datetime]:
        """When some runs were last put into a queue; those that never were are left out."""
        with self._records.read() as session:
            return item_records.last_added(session, run_ids)

    # ---- items

    def add_items(self, queue_id: str, items: Sequence[NewItem], *, by: str = "") -> Items:
        """The items of the given runs in the queue, added where they were not in it yet.

        Raises NotFound, BadRequest when pairs and single runs are mixed up.
        """
        with self._records.write() as session:
            queue = _queue(session, queue_id)
            for item in items:
                if (item.other is not None) != (queue.kind == "pairwise"):
                    wanted = "pairs of runs" if queue.kind == "pairwise" else "single runs"
                    raise BadRequest(f"queue {queue.name!r} takes {wanted}")
            item_records.add(session, queue_id, [(str(uuid.uuid4()), item) for item in items], by)
            if not items:
                return []
            wanted_runs = {(item.run_id, item.other_run_id) for item in items}
            found = item_records.page(
                session,
                queue_id,
                run_ids=sorted({item.run_id for item in items}),
                limit=len(items) * 100,
            )
        return [item for item in found if (item.run_id, item.other_run_id) in wanted_runs]

    async def add(self, queue_id: str, run_ids: Sequence[str], *, by: str = "") -> Items:
        """Add runs by id. Raises NotFound with the ids of those that are not here."""
        ids = list(dict.fromkeys(run_ids))
        found = await self._found(ids)
        items = [NewItem(run_id=run_id, place=found[run_id]) for run_id in ids]
        return await asyncio.to_thread(self.add_items, queue_id, items, by=by)

    async def add_pairs(
        self, queue_id: str, pairs: Sequence[tuple[str, str]], *, by: str = ""
    ) -> Items:
        """Add pairs of runs by id. Raises NotFound with the ids of those that are not here."""
        found = await self._found(sorted({run_id for pair in pairs for run_id in pair}))
        items = [
            NewItem(run_id=a, place=found[a], other_run_id=b, other=found[b])
            for a, b in dict.fromkeys(pairs)
        ]
        return await asyncio.to_thread(self.add_items, queue_id, items, by=by)

    async def populate(
        self, queue_id: str, selection: Selection, *, scope: str, limit: int, by: str = ""
    ) -> int:
        """Add the newest spans of a selection, or the roots of its newest traces; -> how many new.

        Raises NotFound, BadRequest.
        """
        before = (await asyncio.to_thread(self.get, queue_id)).total
        await self._store.visible()
        found = await stored.selected(self._store, scope, selection, min(limit, MOST_POPULATED))
        items = [
            NewItem(
                run_id=span_id,
                place=RunPlace(
                    project=project, trace_id=trace_id, span_id=span_id, start_us=start_us
                ),
            )
            for span_id, project, trace_id, start_us in reversed(found)  # the oldest first
            if span_id
        ]
        await asyncio.to_thread(self.add_items, queue_id, items, by=by)
        return (await asyncio.to_thread(self.get, queue_id)).total - before

    def items(
        self,
        queue_id: str,
        *,
        status: ItemStatus | None = None,
        reviewer: str = "",
        limit: int = 100,
        offset: int = 0,
        after: tuple[int, str] | None = None,
    ) -> Items:
        """Items in the order in which they were added, in the state in which a reviewer sees them.

        `after` is (added_at in micros, id) of the item before. Raises NotFound.
        """
        with self._records.read() as session:
            _queue(session, queue_id)
            return item_records.page(
                session,
                queue_id,
                status=status,
                reviewer=reviewer,
                limit=limit,
                offset=offset,
                after=after,
            )

    def item(self, item_id: str, reviewer: str = "") -> Item:
        """One item. Raises NotFound."""
        with self._records.read() as session:
            return _item(session, item_id, reviewer)

    def remove(self, queue_id: str, ids: Sequence[str]) -> int:
        """Remove items by their ids or those of their runs; -> how many. Raises NotFound."""
        with self._records.write() as session:
            _queue(session, queue_id)
            return item_records.remove(session, queue_id, ids)

    def next(self, queue_id: str, reviewer: str, *, but: Sequence[str] = ()) -> Item | None:
        """The next item for a reviewer, held for them; None when nothing is left to do.

        Nobody else gets it meanwhile, unless more reviewers are wanted for each item. `but` are
        items that the reviewer passes over for now. Raises NotFound, Forbidden.
        """
        with self._records.write() as session:
            queue_records.hold(session, queue_id)
            queue = _queue(session, queue_id)
            _check_reviewer(queue, reviewer)
            for passed in but:
                review_records.release(session, passed, reviewer)
            item = item_records.free(session, queue, reviewer, but)
            if item is not None:
                until = micros() + queue.reservation_minutes * 60_000_000
                review_records.reserve(session, item.id, reviewer, until)
            return item

    # ---- reviews

    async def review(
        self,
        item_id: str,
        reviewer: str,
        answers: Mapping[str, Any],  # Any: an object, or only its score, label or preference
        status: ReviewStatus = "done",
    ) -> Review:
        """What a reviewer says of an item, in place of what they said before.

        Finished answers become scores of the run; changed ones replace them, withdrawn ones take
        them back. Raises BadRequest, Forbidden, NotFound.
        """
        return await self._review(item_id, reviewer, answers, status)

    async def mark(self, item_id: str, reviewer: str, status: ReviewStatus) -> Review:
        """Say that a review is done, skipped or begun again, whatever was answered so far.

        For clients that give their scores themselves. Raises Forbidden, NotFound.
        """
        return await self._review(item_id, reviewer, None, status)

    async def _review(
        self, item_id: str, reviewer: str, answers: Mapping[str, Any] | None, status: ReviewStatus
    ) -> Review:
        item, before, after = await asyncio.to_thread(
            self._keep_review, item_id, reviewer, answers, status
        )
        given = dict(self._scores_of(item, after))
        gone = {sid: score for sid, score in self._scores_of(item, before) if sid not in given}
        await self._scores.keep(list(given.values()))
        await self._scores.keep(list(gone.values()), deleted=True)
        return after

    def reviews(self, item_ids: Sequence[str]) -> dict[str, Sequence[Review]]:
        """The reviews of some items, by item."""
        with self._records.read() as session:
            return dict(review_records.of_items(session, item_ids))

    def progress(self, queue_id: str) -> Progress:
        """How far a queue is. Raises NotFound."""
        with self._records.read() as session:
            queue = _queue(session, queue_id)
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

    def agreement(self, queue_id: str, level: Level | None = None) -> Agreements:
        """How far reviewers agree, question by question. Raises NotFound."""
        with self._records.read() as session:
            return verdicts.agreement(
                _queue(session, queue_id), review_records.finished(session, queue_id), level
            )

    def disagreements(self, queue_id: str) -> Disagreements:
        """Items on which reviewers differ, the furthest apart first. Raises NotFound."""
        with self._records.read() as session:
            return verdicts.disagreements(
                _queue(session, queue_id), review_records.finished(session, queue_id)
            )

    async def previews(self, queue_id: str, item_ids: Sequence[str]) -> Previews:
        """Some items, each with what its run and the other run of a pair show in a line."""
        items = await asyncio.to_thread(self._some, queue_id, item_ids)
        places = [place for item in items for place in (item.place, item.other) if place]
        found = await spans_read.previews(self._store, *_asked(places))
        return [
            (
                item,
                found.get(_key(item.place)),
                None if item.other is None else found.get(_key(item.other)),
            )
            for item in items
        ]

    def _some(self, queue_id: str, item_ids: Sequence[str]) -> Items:
        with self._records.read() as session:
            _queue(session, queue_id)
            return item_records.page(session, queue_id, run_ids=item_ids, limit=len(item_ids))

    async def export(
        self, queue_id: str
    ) -> AsyncIterator[tuple[Item, Sequence[Review], tuple[str, str]]]:
        """Every item with its reviews and the run's (input, output), as texts."""
        after: tuple[int, str] | None = None
        while True:
            items = await asyncio.to_thread(self.items, queue_id, limit=_PIECE, after=after)
            if not items:
                return
            reviews = await asyncio.to_thread(self.reviews, [item.id for item in items])
            places = [item.place for item in items]
            texts = await spans_read.texts(self._store, *_asked(places))
            for item in items:
                yield item, reviews.get(item.id, ()), texts.get(_key(item.place), ("", ""))
            after = (micros_of(items[-1].added_at) or 0, items[-1].id)

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
        item = await asyncio.to_thread(self.item, item_id)
        queue = await asyncio.to_thread(self.get, item.queue_id)
        target = dataset_id or queue.dataset_id
        if not target:
            raise BadRequest(f"queue {queue.name!r} has no dataset; name one")
        if self._examples is None:
            raise NotFound(f"there is no dataset {target!r}")
        reviews = (await asyncio.to_thread(self.reviews, [item_id])).get(item_id, ())
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

    # ---- inside

    async def _found(self, run_ids: Sequence[str]) -> dict[str, RunPlace]:
        found = await self._places.find(run_ids)
        missing = [run_id for run_id in run_ids if run_id not in found]
        if missing:
            raise NotFound(
                f"there is no run {missing[0]!r}"
                + (f", nor {len(missing) - 1} others" if len(missing) > 1 else ""),
                {"run_ids": missing[:100]},
            )
        return found

    def _keep_review(
        self, item_id: str, reviewer: str, answers: Mapping[str, Any] | None, status: ReviewStatus
    ) -> tuple[Item, Review | None, Review]:
        with self._records.write() as session:
            item = _item(session, item_id, reviewer)
            queue_records.hold(session, item.queue_id)
            queue = _queue(session, item.queue_id)
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
                reserved_until=now + minutes if status == "reserved" else None,
                updated_at=now,
            )
            review_records.keep(session, said)
            item_records.recount(session, queue.id, queue.reviewers_per_item, item_id)
            after = review_records.one(session, item_id, reviewer)
            assert after is not None  # it was written just now
            return item, before, after

    def _keep_example(self, item_id: str, made: str) -> None:
        with self._records.write() as session:
            item_records.keep_example(session, item_id, made)

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
        trace_id=place.trace_id,
        span_id=place.span_id,
        created_at_ns=(micros_of(review.updated_at) or 0) * 1000,
        metadata=metadata,
    )


def _key(place: RunPlace) -> tuple[int, str, str]:
    return place.project, place.trace_id, place.span_id


def _asked(places: Sequence[RunPlace]) -> tuple[list[int], list[tuple[str, str]]]:
    """Projects, and (trace id, span id) of each, as the store asks for them."""
    return sorted({one.project for one in places}), [(p.trace_id, p.span_id) for p in places]


def _queue(session: Session, queue_id: str) -> Queue:
    queue = queue_records.one(session, queue_id)
    if queue is None:
        raise _no_queue(queue_id)
    return queue


def _no_queue(queue_id: str) -> NotFound:
    return NotFound(f"there is no annotation queue {queue_id!r}", {"id": queue_id})


def _item(session: Session, item_id: str, reviewer: str) -> Item:
    item = item_records.one(session, item_id, reviewer)
    if item is None:
        raise NotFound(f"there is no item {item_id!r} in an annotation queue", {"id": item_id})
    return item


def _checked(queue: Queue) -> Queue:
    if not queue.name.strip() or len(queue.name) > 200:
        raise BadRequest("the name of a queue has 1 to 200 characters")
    if not 1 <= queue.reviewers_per_item <= 100:
        raise BadRequest("reviewers_per_item is 1 to 100")
    if not 1 <= queue.reservation_minutes <= 100_000:
        raise BadRequest("reservation_minutes is 1 to 100000")
    return queue


def _check_reviewer(queue: Queue, reviewer: str) -> None:
    if queue.reviewers and reviewer not in queue.reviewers:
        raise Forbidden(f"{reviewer!r} is no reviewer of queue {queue.name!r}")
