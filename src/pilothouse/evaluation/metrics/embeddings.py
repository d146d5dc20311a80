"""How far two texts lie apart in the space of an embedding model."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from pilothouse.evaluation.evaluators import Evaluator
from pilothouse.evaluation.models import EmbeddingModel, ModelLike, as_embedder
from pilothouse.evaluation.results import EvaluationResult
from pilothouse.evaluation.rows import Where, text_of

Vector = Sequence[float]


class EmbeddingDistance(Evaluator):
    """The distance between the vectors of the text and the reference; 0 is the same."""

    direction = "minimize"

    def __init__(
        self,
        model: EmbeddingModel | ModelLike | None = None,
        metric: str = "cosine",
        *,
        name: str | None = None,
        threshold: float | None = None,
        mapping: Mapping[str, Where] | None = None,
    ) -> None:
        """`model` is the local one by default. Raises ValueError for an unknown metric."""
        self.model, self.measure = as_embedder(model), distance_of(metric)
        self.name = f"embedding_{metric}_distance"
        super().__init__(name=name, threshold=threshold, mapping=mapping)

    async def ajudge(self, *, outputs: Any, reference_outputs: Any) -> EvaluationResult:
        """Both texts go to the model at once. Raises ValueError for a vector without direction."""
        texts = [
            text_of(outputs, field="outputs"),
            text_of(reference_outputs, field="reference_outputs"),
        ]
        made, wanted = await self.model.embed(texts)
        return EvaluationResult(
            name=self.name,
            score=self.measure(made, wanted),
            direction=self.direction,
            metadata={"model": self.model.name},
        )


def distance_of(metric: str) -> Callable[[Vector, Vector], float]:
    """The distance of that name. Raises ValueError for an unknown one."""
    if metric not in METRICS:
        raise ValueError(f"no distance {metric!r}: choose from {', '.join(METRICS)}")
    if metric == "hamming":
        warnings.warn(
            "hamming counts unequal coordinates, which is nearly all of them for real embeddings",
            stacklevel=3,
        )
    return partial(_measured, METRICS[metric])


def _measured(between: Callable[[Vector, Vector], float], a: Vector, b: Vector) -> float:
    """The distance. Raises ValueError where there is none: of vectors that no model should give."""
    if len(a) != len(b) or not len(a):
        raise ValueError(f"vectors of {len(a)} and {len(b)} numbers")
    distance = between(a, b)
    if not math.isfinite(distance):
        raise ValueError("a vector holds what is no number, or too large a one")
    return distance


def cosine(a: Vector, b: Vector) -> float:
    """1 minus the cosine of the angle. Raises ValueError where a vector is zero: it has none."""
    norm = math.hypot(*a) * math.hypot(*b)
    if not norm:
        raise ValueError("the vector of a text is zero and has no direction to compare")
    return 1 - math.fsum(x * y for x, y in zip(a, b, strict=True)) / norm


def euclidean(a: Vector, b: Vector) -> float:
    """The length of the straight line between them."""
    return math.dist(a, b)


def manhattan(a: Vector, b: Vector) -> float:
    """The sum of the differences."""
    return math.fsum(abs(x - y) for x, y in zip(a, b, strict=True))


def chebyshev(a: Vector, b: Vector) -> float:
    """The greatest difference."""
    return float(max(abs(x - y) for x, y in zip(a, b, strict=True)))


def hamming(a: Vector, b: Vector) -> float:
    """The share of coordinates that differ."""
    return sum(x != y for x, y in zip(a, b, strict=True)) / len(a)


METRICS: Final[Mapping[str, Callable[[Vector, Vector], float]]] = {
    "cosine": cosine,
    "euclidean": euclidean,
    "manhattan": manhattan,
    "chebyshev": chebyshev,
    "hamming": hamming,
}
