"""What the finished reviews of a queue amount to: agreement for each question, disagreements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from pilothouse.evaluation.agreement import (
    Level,
    cohen_kappa,
    fleiss_kappa,
    krippendorff_alpha,
)
from pilothouse.platform.annotation.models import PREFERENCES, Queue, Review

Rating = float | str
Ratings = dict[str, dict[str, Rating]]
"""By item, by reviewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairAgreement:
    """Two reviewers over the items that both have reviewed."""

    reviewers: tuple[str, str]
    items: int
    same: float
    """Share of the items on which they say the same."""
    cohen_kappa: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyAgreement:
    """How far reviewers agree on one question."""

    key: str
    level: Level
    """The scale on which alpha measures how far two answers are apart."""
    items: int
    """Items that two or more have reviewed."""
    ratings: int
    reviewers: int
    same: float | None
    """Share of the pairs of answers to an item that are the same."""
    cohen_kappa: float | None
    """Only where there are two reviewers."""
    fleiss_kappa: float | None
    """Over the items with the most frequent number of reviews, two or more."""
    fleiss_items: int
    krippendorff_alpha: float | None
    pairs: tuple[PairAgreement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """An item on which reviewers differ."""

    item_id: str
    key: str
    ratings: Mapping[str, Rating]
    """By reviewer."""
    distance: float
    """0 to 1: how far apart the answers are, within what was answered."""


_MOST_PAIRS: Final = 100


def ratings_of(queue: Queue, reviews: Iterable[Review]) -> dict[str, Ratings]:
    """By key of the rubric (then of other keys), the ratings that can be compared."""
    found: dict[str, Ratings] = {item.feedback_key: {} for item in queue.rubric}
    for review in reviews:
        for key, answer in review.answers.items():
            rating = _rating(answer)
            if rating is not None:
                found.setdefault(key, {}).setdefault(review.item_id, {})[review.reviewer] = rating
    return found


def agreement(
    queue: Queue, reviews: Iterable[Review], level: Level | None = None
) -> list[KeyAgreement]:
    """How far the reviewers of a queue agree, question by question."""
    found = ratings_of(queue, reviews)
    return [_of_key(key, ratings, level or _level(queue, key)) for key, ratings in found.items()]


def disagreements(queue: Queue, reviews: Iterable[Review]) -> list[Disagreement]:
    """Items on which reviewers differ, the furthest apart first."""
    found = []
    for key, ratings in ratings_of(queue, reviews).items():
        numbers = [r for by in ratings.values() for r in by.values() if isinstance(r, int | float)]
        span = max(numbers) - min(numbers) if numbers else 0.0
        for item_id, given in ratings.items():
            if len(set(given.values())) > 1:
                distance = _distance(list(given.values()), span)
                found.append(
                    Disagreement(item_id=item_id, key=key, ratings=given, distance=distance)
                )
    return sorted(found, key=lambda d: (-d.distance, d.key, d.item_id))


def _of_key(key: str, ratings: Ratings, level: Level) -> KeyAgreement:
    units = [list(given.values()) for given in ratings.values() if len(given) > 1]
    reviewers = {reviewer for given in ratings.values() for reviewer in given}
    if level != "nominal" and any(isinstance(r, str) for unit in units for r in unit):
        level = "nominal"
    pairs = _pairs(ratings)
    compared = sum(pair.items for pair in pairs)
    size = _usual_size(units)
    alike = [unit for unit in units if len(unit) == size]
    return KeyAgreement(
        key=key,
        level=level,
        items=len(units),
        ratings=sum(len(given) for given in ratings.values()),
        reviewers=len(reviewers),
        same=sum(pair.same * pair.items for pair in pairs) / compared if compared else None,
        cohen_kappa=pairs[0].cohen_kappa if len(reviewers) == 2 and pairs else None,
        fleiss_kappa=fleiss_kappa(alike),
        fleiss_items=len(alike),
        krippendorff_alpha=krippendorff_alpha(units, level),
        pairs=tuple(pairs[:_MOST_PAIRS]),
    )


def _pairs(ratings: Ratings) -> list[PairAgreement]:
    both: dict[tuple[str, str], list[tuple[Rating, Rating]]] = {}
    for by in ratings.values():
        for a, b in combinations(sorted(by), 2):
            both.setdefault((a, b), []).append((by[a], by[b]))
    return [
        PairAgreement(
            reviewers=reviewers,
            items=len(said),
            same=sum(x == y for x, y in said) / len(said),
            cohen_kappa=cohen_kappa(said),
        )
        for reviewers, said in sorted(both.items())
    ]


def _usual_size(units: Sequence[Sequence[Rating]]) -> int:
    """The number of reviews that most items have; of two such numbers the larger."""
    sizes = Counter(len(unit) for unit in units)
    return max(sizes, key=lambda size: (sizes[size], size), default=0)


def _level(queue: Queue, key: str) -> Level:
    """Categories and preferences are names; other numbers have distances."""
    if queue.kind == "pairwise":
        return "nominal"
    item = next((item for item in queue.rubric if item.feedback_key == key), None)
    return "nominal" if item is not None and item.categories else "interval"


def _rating(answer: Mapping[str, object]) -> Rating | None:
    preferred = answer.get("preferred")
    if isinstance(preferred, str) and preferred in PREFERENCES:
        return preferred
    score = answer.get("score")
    if isinstance(score, int | float):
        return float(score)
    value = answer.get("value")
    return value if isinstance(value, str) else None


def _distance(values: Sequence[Rating], span: float) -> float:
    numbers = [value for value in values if isinstance(value, int | float)]
    if len(numbers) < len(values) or not span:
        return 1.0
    return (max(numbers) - min(numbers)) / span
