"""Chooses examples to show a model: alike, unlike each other, or the best; never the answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

from pilothouse.evaluation.data.duplicates import plain
from pilothouse.evaluation.extras import required
from pilothouse.evaluation.judges.prompts import as_data
from pilothouse.evaluation.loops import run
from pilothouse.evaluation.models import EmbeddingModel, ModelLike, as_embedder
from pilothouse.evaluation.rows import Row
from pilothouse.evaluation.runner.examples import example_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Diversity = Literal["mmr", "k_centre"]
_SAME: Final = 0.98
"""Texts whose vectors are so near ask the same in other words."""


class FewShots:
    """A pool of examples from which some are shown with a row.

    A row is never shown with itself: left out are examples of its id or its cluster, those that ask
    the same but for case and white space, and those whose vectors say that they ask the same. The
    same pool, row and seed choose the same examples.
    """

    def __init__(
        self,
        rows: Iterable[Row | Mapping[str, Any]],
        *,
        embedder: EmbeddingModel | ModelLike | None = None,
        text: Callable[[Row], str] | None = None,
        same: float = _SAME,
        seed: int = 0,
    ) -> None:
        """`text` says what is compared, the inputs by default; `same` from which cosine on two
        texts are the same. The vectors are made when they are first needed.
        """
        self.rows = [_row(row) for row in rows]
        self._text = text or (lambda row: as_data(row.inputs))
        self._plain = [plain(self._text(row)) for row in self.rows]
        self._embedder = embedder
        self._same = same
        self._ranks = [_rank(seed, row.example_id or "") for row in self.rows]
        self._vectors: NDArray[np.float32] | None = None

    def similar(self, row: Row | Mapping[str, Any], k: int = 4) -> list[Row]:
        """The `k` examples nearest to the row, the nearest last: models heed the end most."""
        given = _row(row)
        near = self._nearness(given)
        chosen = sorted(self._allowed(given, near), key=lambda at: (-near[at], self._ranks[at]))
        return [self.rows[at] for at in reversed(chosen[: _least(k)])]

    def diverse(
        self,
        k: int = 4,
        *,
        row: Row | Mapping[str, Any] | None = None,
        by: Diversity = "mmr",
        relevance: float = 0.5,
    ) -> list[Row]:
        """`k` examples that differ from each other.

        `mmr` weighs likeness to the row by `relevance` against likeness to those chosen (maximal
        marginal relevance); without a row only the second counts. `k_centre` covers the pool: each
        next example is the one farthest from all chosen.
        """
        if by not in ("mmr", "k_centre"):
            raise ValueError(f"by is 'mmr' or 'k_centre', not {by!r}")
        if not 0 <= relevance <= 1:
            raise ValueError(f"relevance is {relevance}: give a share between 0 and 1")
        given = None if row is None else _row(row)
        vectors = self._embedded()
        near = None if given is None else self._nearness(given)
        left = range(len(self.rows)) if given is None else self._allowed(given, near)
        candidates = sorted(left, key=self._ranks.__getitem__)
        relevant = 0.0 if near is None or by == "k_centre" else relevance
        chosen: list[int] = []
        closest: dict[int, float] = dict.fromkeys(candidates, 0.0 if relevant else -1.0)
        for _ in range(min(_least(k), len(candidates))):
            best = max(
                candidates,
                key=lambda at: (
                    (relevant * near[at] if near is not None else 0.0)
                    - (1 - relevant) * closest[at]
                ),
            )
            chosen.append(best)
            candidates.remove(best)
            for at in candidates:
                likeness = float(vectors[at] @ vectors[best])
                closest[at] = likeness if len(chosen) == 1 else max(closest[at], likeness)
        return [self.rows[at] for at in chosen]

    def best(
        self,
        score: str | Callable[[Row], float | None],
        k: int = 4,
        *,
        row: Row | Mapping[str, Any] | None = None,
    ) -> list[Row]:
        """The `k` examples of the highest score: a function, or a name in `fields["scores"]`.

        Examples without the score are none of them.
        """
        given = None if row is None else _row(row)
        left = range(len(self.rows)) if given is None else self._allowed(given, None)
        scored = [(value, at) for at in left if (value := _score(self.rows[at], score)) is not None]
        scored.sort(key=lambda pair: (-pair[0], self._ranks[pair[1]]))
        return [self.rows[at] for _, at in scored[: _least(k)]]

    def _allowed(self, row: Row, near: Sequence[float] | None) -> list[int]:
        """The examples that do not give away what the row asks."""
        text = plain(self._text(row))
        return [
            at
            for at, other in enumerate(self.rows)
            if self._plain[at] != text
            and (row.example_id is None or other.example_id != row.example_id)
            and (row.cluster is None or other.cluster != row.cluster)
            and (near is None or near[at] < self._same)
        ]

    def _nearness(self, row: Row) -> Sequence[float]:
        """The cosine of each example with the row."""
        vectors = self._embedded()
        (vector,) = self._normal([self._text(row)])
        near: list[float] = (vectors @ vector).tolist()
        return near

    def _embedded(self) -> NDArray[np.float32]:
        if self._vectors is None:
            self._vectors = self._normal([self._text(row) for row in self.rows])
        return self._vectors

    def _normal(self, texts: list[str]) -> NDArray[np.float32]:
        numpy = required("numpy")
        if not texts:
            raise ValueError("there are no examples to choose from")
        model = self._embedder = as_embedder(self._embedder)
        made: NDArray[np.float32] = numpy.asarray(run(model.embed(texts)), numpy.float32)
        lengths = numpy.linalg.norm(made, axis=1, keepdims=True)
        if not lengths.all():
            raise ValueError("the vector of a text is zero and has no direction to compare")
        normal: NDArray[np.float32] = made / lengths
        return normal


def _row(given: Row | Mapping[str, Any]) -> Row:
    return example_of(given, 0, answered=True).row


def _rank(seed: int, id: str) -> bytes:
    """The order among equals: another one for each seed, whatever the order of the pool."""
    return hashlib.blake2b(f"{seed}\0{id}".encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _score(row: Row, by: str | Callable[[Row], float | None]) -> float | None:
    if callable(by):
        return by(row)
    scores = row.fields.get("scores")
    value = scores.get(by) if isinstance(scores, Mapping) else None
    return float(value) if isinstance(value, int | float) else None


def _least(k: int) -> int:
    if k < 1:
        raise ValueError(f"k is {k}: choose at least one example")
    return k
