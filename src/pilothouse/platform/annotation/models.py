"""What a queue, its rubric, an item and a review are."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, Literal

from pilothouse.platform.errors import BadRequest
from pilothouse.platform.query.run_places import RunPlace

QueueKind = Literal["single", "pairwise"]
ReviewStatus = Literal["reserved", "done", "skipped"]
"""`reserved` is a review that has begun: it may hold answers that are not final."""
ItemStatus = Literal["needs_my_review", "needs_others_review", "completed"]
ITEM_STATUSES: Final[tuple[ItemStatus, ...]] = (
    "needs_my_review", "needs_others_review", "completed",
)  # fmt: skip
ItemKind = Literal["run", "thread"]
"""A pair of runs is of the kind `run`."""
Preference = Literal["first", "second", "tie"]
PREFERENCES: Final[Mapping[str, tuple[float, float]]] = {
    "first": (1.0, 0.0),
    "second": (0.0, 1.0),
    "tie": (0.5, 0.5),
}
"""The scores of the two runs of a pair."""
_NAMESPACE: Final = uuid.UUID("8a3a1a3e-5f6e-5c62-9d0c-0a6f5f4f1c11")


@dataclass(frozen=True, slots=True, kw_only=True)
class RubricItem:
    """A question that reviewers answer; the answer is a score of this key."""

    feedback_key: str
    description: str = ""
    value_descriptions: Mapping[str, str] = field(default_factory=dict)
    """What a category means, by its label."""
    score_descriptions: Mapping[str, str] = field(default_factory=dict)
    """What a number means, by the number."""
    categories: tuple[Mapping[str, Any], ...] = ()
    """[{"value": number, "label"}]: what may be chosen; empty for any number."""
    min: float | None = None
    max: float | None = None
    is_required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Runs to review, or pairs of runs to compare."""

    id: str
    name: str
    kind: QueueKind = "single"
    description: str = ""
    instructions: str = ""
    rubric: tuple[RubricItem, ...] = ()
    reviewers_per_item: int = 1
    reservation_minutes: int = 60
    reviewers: tuple[str, ...] = ()
    """Who may review; empty for everybody."""
    dataset_id: str = ""
    """Where reviewed items can be added as examples."""
    created_by: str = ""
    created_at: datetime
    updated_at: datetime
    total: int = 0
    completed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """A run to add to a queue, a pair of runs, or a thread."""

    run_id: str
    """"" where the item is a thread."""
    place: RunPlace
    """Of a thread that of its last trace's root, of which only the project is lasting."""
    other_run_id: str = ""
    other: RunPlace | None = None
    thread_id: str = ""
    example_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A run, a pair or a thread in a queue."""

    id: str
    queue_id: str
    run_id: str
    place: RunPlace
    other_run_id: str = ""
    other: RunPlace | None = None
    thread_id: str = ""
    example_id: str = ""
    added_by: str = ""
    added_at: datetime
    reviewed_at: datetime | None = None
    completed_at: datetime | None = None
    status: ItemStatus = "needs_my_review"
    """As whoever asks sees it."""
    done: int = 0
    """Finished reviews."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which items of a queue are asked for; times are in micros, both ends in."""

    status: ItemStatus | None = None
    """As `reviewer` sees it."""
    reviewer: str = ""
    kind: ItemKind | None = None
    started_from: int | None = None
    started_until: int | None = None
    completed_from: int | None = None
    completed_until: int | None = None


ANY: Final = Wanted()


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where an item stands among those of its queue that are in the same state."""

    item: Item
    position: int
    """How many stand before it."""
    before: tuple[int, str] | None
    """(added_at in micros, id) of the one before it in the whole queue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What one reviewer said of an item."""

    item_id: str
    reviewer: str
    status: ReviewStatus
    answers: Mapping[str, Mapping[str, Any]]
    """By feedback key: {"score"?, "value"?, "comment"?, "preferred"?}."""
    reserved_until: datetime | None
    updated_at: datetime


def drawn(queue_id: str, item: NewItem) -> NewItem:
    """A pair in the order in which everybody sees it, whichever of the two was named first.

    As good as drawn, so that a habit of taking the left one favours neither side of a comparison.
    """
    if item.other is None:
        return item
    first, second = sorted((item.run_id, item.other_run_id))
    drawn_one = (first, second)[sha256(f"{queue_id} {first} {second}".encode()).digest()[0] % 2]
    if drawn_one == item.run_id:
        return item
    return replace(
        item,
        run_id=item.other_run_id,
        place=item.other,
        other_run_id=item.run_id,
        other=item.place,
    )


def rubric_json(rubric: Sequence[RubricItem]) -> list[dict[str, Any]]:
    """A rubric as it is kept."""
    return [asdict(item) for item in rubric]


def rubric_of(kept: Sequence[Mapping[str, Any]]) -> tuple[RubricItem, ...]:
    """The rubric that `rubric_json` wrote."""
    return tuple(
        RubricItem(**{**item, "categories": tuple(item.get("categories", ()))}) for item in kept
    )


def checked_rubric(rubric: Sequence[RubricItem]) -> tuple[RubricItem, ...]:
    """A rubric whose keys differ and whose limits make sense. Raises BadRequest."""
    keys = [item.feedback_key for item in rubric]
    if len(set(keys)) < len(keys):
        raise BadRequest("rubric: each feedback_key stands once")
    for item in rubric:
        if not item.feedback_key or len(item.feedback_key) > 200:
            raise BadRequest("rubric: a feedback_key has 1 to 200 characters")
        if item.min is not None and item.max is not None and item.min > item.max:
            raise BadRequest(f"rubric: {item.feedback_key}: min is larger than max")
        values = [category.get("value") for category in item.categories]
        if len(set(values)) < len(values):
            raise BadRequest(f"rubric: {item.feedback_key}: two categories have the same value")
    return tuple(rubric)


def checked_answers(
    queue: Queue, answers: Mapping[str, Any], *, final: bool
) -> dict[str, dict[str, Any]]:
    """The answers as they are kept, numbers and labels filled in. Raises BadRequest.

    An answer is an object, or only its score, its label, or for pairs the preference.
    """
    rubric = {item.feedback_key: item for item in queue.rubric}
    if rubric and (unknown := sorted(set(answers) - set(rubric))):
        raise BadRequest(f"{unknown[0]!r} is no question of queue {queue.name!r}")
    kept: dict[str, dict[str, Any]] = {}
    for key, given in answers.items():
        if not key or len(key) > 200:
            raise BadRequest("a feedback key has 1 to 200 characters")
        answer = _as_object(queue, key, given)
        if queue.kind == "pairwise":
            _check_preference(key, answer)
        else:
            _check_score(rubric.get(key) or RubricItem(feedback_key=key), answer)
        if answer:
            kept[key] = answer
    missing = [item.feedback_key for item in queue.rubric if item.is_required]
    missing = [key for key in missing if not _says(kept.get(key, {}))]
    if final and missing:
        raise BadRequest(f"{missing[0]!r} has to be answered", {"missing": missing})
    return kept


def _as_object(queue: Queue, key: str, given: object) -> dict[str, Any]:
    if given is None:
        return {}
    if isinstance(given, bool):
        return {"score": float(given), "value": str(given).lower()}
    if isinstance(given, int | float):
        return {"score": given}
    if isinstance(given, str):
        return {"preferred" if queue.kind == "pairwise" else "value": given}
    if not isinstance(given, Mapping):
        raise BadRequest(f"{key}: an answer is a number, a text or an object")
    if unknown := sorted(set(given) - {"score", "value", "comment", "preferred"}):
        raise BadRequest(f"{key}: {unknown[0]!r} is no part of an answer")
    return {name: value for name, value in given.items() if value is not None and value != ""}


def _check_preference(key: str, answer: dict[str, Any]) -> None:
    if "preferred" in answer and answer["preferred"] not in PREFERENCES:
        raise BadRequest(f"{key}: preferred is first, second or tie")
    if {"score", "value"} & answer.keys():
        raise BadRequest(f"{key}: of a pair say which is preferred")


def _check_score(item: RubricItem, answer: dict[str, Any]) -> None:
    key, score, value = item.feedback_key, answer.get("score"), answer.get("value")
    if "preferred" in answer:
        raise BadRequest(f"{key}: only pairs have a preferred one")
    if score is not None and (isinstance(score, bool) or not isinstance(score, int | float)):
        raise BadRequest(f"{key}: score is a number")
    if value is not None and not isinstance(value, str):
        raise BadRequest(f"{key}: value is a text")
    if item.categories:
        _check_category(item, answer)
    elif score is not None and (
        (item.min is not None and score < item.min) or (item.max is not None and score > item.max)
    ):
        raise BadRequest(f"{key}: {score} is not between {item.min} and {item.max}")


def _check_category(item: RubricItem, answer: dict[str, Any]) -> None:
    """One of score and label brings the other along."""
    score, value = answer.get("score"), answer.get("value")
    if score is None and value is None:
        return
    for category in item.categories:
        label = category.get("label")
        fits = (score is None or score == category.get("value")) and value in {None, label}
        if fits:
            answer["score"] = category.get("value")
            if label is not None:
                answer["value"] = label
            return
    raise BadRequest(
        f"{item.feedback_key}: {score if score is not None else value!r} is none of the categories"
    )


def _says(answer: Mapping[str, Any]) -> bool:
    return any(answer.get(name) is not None for name in ("score", "value", "preferred"))


def score_id(item_id: str, reviewer: str, key: str, side: int) -> str:
    """The id of the score that an answer is: another answer to the same replaces it."""
    return str(uuid.uuid5(_NAMESPACE, "\x1f".join((item_id, reviewer, key, str(side)))))
