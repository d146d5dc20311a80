"""What the routes of annotation queues take and answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pilothouse.evaluation.agreement import Level
from pilothouse.platform.annotation.models import (
    Item,
    ItemStatus,
    Preference,
    Queue,
    QueueKind,
    Review,
    ReviewStatus,
    RubricItem,
)

Name = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(max_length=100_000)]
Label = Annotated[str, Field(max_length=200)]
RunId = Annotated[str, Field(min_length=1, max_length=500)]


class Category(BaseModel):
    """A value that may be chosen."""

    model_config = ConfigDict(extra="forbid")

    value: float
    label: str | None = Field(None, max_length=200)


class RubricItemIO(BaseModel):
    """A question; its answer becomes a score of this key."""

    model_config = ConfigDict(extra="forbid")

    feedback_key: Name
    description: Text = ""
    value_descriptions: dict[str, str] = {}
    score_descriptions: dict[str, str] = {}
    categories: list[Category] = Field([], max_length=200)
    min: float | None = None
    max: float | None = None
    is_required: bool = False


class _QueueFields(BaseModel):
    name: str
    kind: QueueKind
    description: str
    instructions: str
    rubric: list[RubricItemIO]
    reviewers_per_item: int
    reservation_minutes: int
    reviewers: list[str]
    dataset_id: str | None


class QueueOut(_QueueFields):
    """A queue of runs to review."""

    id: str
    total: int
    completed: int
    created_by: str | None
    created_at: datetime
    updated_at: datetime


class QueuePage(BaseModel):
    """Queues, the newest first."""

    items: list[QueueOut]
    next_cursor: str | None = None


class NewQueue(BaseModel):
    """A queue to make."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    kind: QueueKind = "single"
    """`pairwise` queues hold pairs of runs, of which one is preferred."""
    description: Text = ""
    instructions: Text = ""
    rubric: list[RubricItemIO] = Field([], max_length=100)
    reviewers_per_item: int = 1
    reservation_minutes: int = 60
    reviewers: list[Name] = Field([], max_length=1000)
    """Who may review; empty for everybody."""
    dataset_id: str | None = None
    """Where reviewed runs can be added as examples."""


class QueueChange(BaseModel):
    """What to change of a queue; what is absent or null stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    description: Text | None = None
    instructions: Text | None = None
    rubric: list[RubricItemIO] | None = Field(None, max_length=100)
    reviewers_per_item: int | None = None
    reservation_minutes: int | None = None
    reviewers: list[Name] | None = Field(None, max_length=1000)
    dataset_id: str | None = None


class RunRef(BaseModel):
    """A run, and where it lies."""

    run_id: str
    project: str | None
    """null when the project was deleted."""
    trace_id: str
    span_id: str


class ReviewOut(BaseModel):
    """What one reviewer said of an item."""

    reviewer: str
    status: ReviewStatus
    answers: dict[str, dict[str, Any]]
    reserved_until: datetime | None
    updated_at: datetime


class ItemOut(BaseModel):
    """A run, a pair of runs or a session in a queue."""

    id: str
    queue_id: str
    status: ItemStatus
    """As the caller sees it."""
    run: RunRef
    """Of a session the root of what was its last trace when it was added."""
    other: RunRef | None
    """The second run of a pair."""
    session_id: str | None
    """The session that the item is; its reviews become scores of the session."""
    done: int
    """Finished reviews."""
    example_id: str | None
    added_by: str | None
    added_at: datetime
    reviewed_at: datetime | None
    completed_at: datetime | None
    reviews: list[ReviewOut]
    """The caller's own; all reviews where they are asked for."""


class ItemPage(BaseModel):
    """Items in the order in which they were added."""

    items: list[ItemOut]
    next_cursor: str | None = None


class RunPreview(BaseModel):
    """What a list shows of a run."""

    name: str
    input_preview: str | None
    output_preview: str | None


class ItemPreview(BaseModel):
    """What a list shows of an item."""

    item_id: str
    run: RunPreview | None
    """null when the run was deleted."""
    other: RunPreview | None
    """The second run of a pair."""


class ItemPreviewList(BaseModel):
    """The items that were asked for, as far as they are in the queue."""

    items: list[ItemPreview]
    next_cursor: str | None = None


class NextItem(BaseModel):
    """The item to review next; null when nothing is left to do."""

    item: ItemOut | None


class RunPair(BaseModel):
    """Two runs to compare."""

    model_config = ConfigDict(extra="forbid")

    first: RunId
    second: RunId


class SessionRef(BaseModel):
    """A session of a project."""

    model_config = ConfigDict(extra="forbid")

    project: Name
    session_id: RunId


class NewItems(BaseModel):
    """Runs to add, by the ids of their spans, or sessions; pairs for a pairwise queue."""

    model_config = ConfigDict(extra="forbid")

    run_ids: list[RunId] = Field([], max_length=1000)
    sessions: list[SessionRef] = Field([], max_length=1000)
    pairs: list[RunPair] = Field([], max_length=1000)


class ItemsAdded(BaseModel):
    """The items of the given runs."""

    items: list[ItemOut]
    next_cursor: str | None = None


class Population(BaseModel):
    """Which runs to add."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    project: str
    scope: Literal["traces", "spans"] = "traces"
    """The roots of traces, or spans."""
    filter: str | None = Field(None, max_length=20_000)
    since: str | None = Field(None, alias="from")
    until: str | None = Field(None, alias="to")
    limit: int = Field(100, ge=1, le=10_000)


class Populated(BaseModel):
    """How many runs were added that were not in the queue yet."""

    added: int


class PassedOver(BaseModel):
    """Items to leave for now."""

    model_config = ConfigDict(extra="forbid")

    skip: list[str] = Field([], max_length=1000)


class Answer(BaseModel):
    """An answer to one question."""

    model_config = ConfigDict(extra="forbid")

    score: float | None = None
    value: Label | None = None
    comment: Text | None = None
    preferred: Preference | None = None
    """Of a pair."""


class NewReview(BaseModel):
    """What the caller says of an item."""

    model_config = ConfigDict(extra="forbid")

    answers: dict[Name, Answer | float | Label | None] = Field({}, max_length=200)
    """By feedback key: an answer, or only its score, label or preference."""
    status: ReviewStatus = "done"
    """`reserved` keeps answers that are not final."""


class NewExampleOfItem(BaseModel):
    """How an item becomes an example."""

    model_config = ConfigDict(extra="forbid")

    dataset_id: str | None = None
    """The queue's own if left out."""
    outputs: dict[str, Any] | None = None
    """What should have come out; the run's own if left out."""


class ExampleMade(BaseModel):
    """The example that an item became."""

    example_id: str


class ReviewerProgressOut(BaseModel):
    reviewer: str
    done: int
    skipped: int
    reserved: int


class ProgressOut(BaseModel):
    """How far a queue is."""

    total: int
    completed: int
    reviewers: list[ReviewerProgressOut]


class PairAgreementOut(BaseModel):
    reviewers: tuple[str, str]
    items: int
    same: float
    cohen_kappa: float | None


class KeyAgreementOut(BaseModel):
    """How far reviewers agree on one question."""

    key: str
    level: Level
    items: int
    ratings: int
    reviewers: int
    same: float | None
    cohen_kappa: float | None
    fleiss_kappa: float | None
    fleiss_items: int
    krippendorff_alpha: float | None
    pairs: list[PairAgreementOut]


class AgreementOut(BaseModel):
    """How far the reviewers of a queue agree, question by question."""

    items: list[KeyAgreementOut]
    next_cursor: str | None = None


class DisagreementOut(BaseModel):
    item_id: str
    key: str
    ratings: dict[str, float | str]
    distance: float


class DisagreementList(BaseModel):
    """Items on which reviewers differ, the furthest apart first; a thousand at most."""

    items: list[DisagreementOut]
    next_cursor: str | None = None


def rubric_in(items: Sequence[RubricItemIO]) -> tuple[RubricItem, ...]:
    """A rubric as the service takes it."""
    return tuple(
        RubricItem(
            **{
                **item.model_dump(),
                "categories": tuple(c.model_dump() for c in item.categories),
            }
        )
        for item in items
    )


def queue_out(queue: Queue) -> QueueOut:
    """A queue as the API shows it."""
    return QueueOut(
        id=queue.id,
        name=queue.name,
        kind=queue.kind,
        description=queue.description,
        instructions=queue.instructions,
        rubric=[
            RubricItemIO(
                feedback_key=item.feedback_key,
                description=item.description,
                value_descriptions=dict(item.value_descriptions),
                score_descriptions=dict(item.score_descriptions),
                categories=[Category(**category) for category in item.categories],
                min=item.min,
                max=item.max,
                is_required=item.is_required,
            )
            for item in queue.rubric
        ],
        reviewers_per_item=queue.reviewers_per_item,
        reservation_minutes=queue.reservation_minutes,
        reviewers=list(queue.reviewers),
        dataset_id=queue.dataset_id or None,
        total=queue.total,
        completed=queue.completed,
        created_by=queue.created_by or None,
        created_at=queue.created_at,
        updated_at=queue.updated_at,
    )


def item_out(item: Item, reviews: Sequence[Review], names: Sequence[str | None]) -> ItemOut:
    """An item as the API shows it; `names` are those of the projects of its run and the other."""
    other = None
    if item.other is not None:
        other = RunRef(
            run_id=item.other_run_id,
            project=names[1],
            trace_id=item.other.trace_id,
            span_id=item.other.span_id,
        )
    return ItemOut(
        id=item.id,
        queue_id=item.queue_id,
        status=item.status,
        run=RunRef(
            run_id=item.run_id,
            project=names[0],
            trace_id=item.place.trace_id,
            span_id=item.place.span_id,
        ),
        other=other,
        session_id=item.thread_id or None,
        done=item.done,
        example_id=item.example_id or None,
        added_by=item.added_by or None,
        added_at=item.added_at,
        reviewed_at=item.reviewed_at,
        completed_at=item.completed_at,
        reviews=[review_out(review) for review in reviews],
    )


def preview_out(preview: tuple[str, str, str] | None) -> RunPreview | None:
    """A preview as the API shows it."""
    if preview is None:
        return None
    name, given, answered = preview
    return RunPreview(name=name, input_preview=given or None, output_preview=answered or None)


def review_out(review: Review) -> ReviewOut:
    """A review as the API shows it."""
    return ReviewOut(
        reviewer=review.reviewer,
        status=review.status,
        answers={key: dict(answer) for key, answer in review.answers.items()},
        reserved_until=review.reserved_until,
        updated_at=review.updated_at,
    )
