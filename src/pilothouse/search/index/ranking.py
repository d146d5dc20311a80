"""The ways to search an index: by likeness, with variety, by words, or by both together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from pilothouse.search.index.filters import Filter
from pilothouse.search.index.graph import Graph
from pilothouse.search.index.mmr import marginal
from pilothouse.search.index.vectors import Found, Vectors
from pilothouse.search.models import MODES, Mode

if TYPE_CHECKING:
    from pilothouse.search.index.vectors import Keys, Rows
    from pilothouse.search.index.words import Words

MOST: Final = 1000
"""So many hits may be asked for, and so many candidates be looked at."""
_FUSED: Final = 50
_RANK: Final = 60
"""What reciprocal rank fusion adds to a rank (Cormack and others 2009)."""
_FEW: Final = 0.05
"""The share of chunks that a filter lets pass, below which all of those are compared."""
Rerank = Callable[[str, Sequence[str]], Sequence[float]]
"""A question and texts → how well each answers it, the greater the better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked of an index."""

    k: int = 4
    mode: Mode = "similarity"
    fetch_k: int = 20
    """Candidates among which `mmr` and a reranker choose."""
    diversity: float = 0.5
    """0 for the most alike, 1 for the most various: 1 less the λ of `mmr`."""
    filter: Filter | None = None
    threshold: float | None = None
    """Likeness that hits have at least; not for `lexical` and `hybrid`, whose scores are others."""
    rerank: Rerank | None = None

    def checked(self) -> Wanted:
        """With as many candidates as hits at least. Raises ValueError for what cannot be."""
        if not 1 <= self.k <= MOST or not 1 <= self.fetch_k <= MOST:
            raise ValueError(f"k {self.k}, fetch_k {self.fetch_k}: give 1 to {MOST}")
        if self.mode not in MODES:
            raise ValueError(f"no mode {self.mode!r}: choose from {', '.join(MODES)}")
        if not 0 <= self.diversity <= 1:
            raise ValueError(f"diversity {self.diversity}: give 0 to 1")
        if self.threshold is not None and self.mode in {"lexical", "hybrid"}:
            raise ValueError(f"a threshold is one of likeness: {self.mode} has other scores")
        return replace(self, fetch_k=max(self.k, self.fetch_k))

    @property
    def needs_vector(self) -> bool:
        """Whether the question has to be embedded."""
        return self.mode != "lexical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """The parts of an index that are searched."""

    vectors: Vectors
    graph: Graph | None
    words: Callable[[], Words]

    def ranked(self, wanted: Wanted, text: str, vector: Rows | None, allowed: Keys | None) -> Found:
        """Keys with their scores, best first: `k`, or `fetch_k` for a reranker to choose from."""
        count = wanted.fetch_k if wanted.rerank else wanted.k
        if wanted.mode == "lexical":
            return self.words().nearest(text, count, self.vectors.keys, allowed)
        assert vector is not None
        if wanted.mode == "hybrid":
            depth = max(_FUSED, count)
            lists = (
                self.nearest(vector, depth, allowed),
                self.words().nearest(text, depth, self.vectors.keys, allowed),
            )
            return fused(lists)[:count]
        depth = wanted.fetch_k if wanted.mode == "mmr" else count
        found = self.nearest(vector, depth, allowed)
        if wanted.threshold is not None:
            found = [(key, score) for key, score in found if score >= wanted.threshold]
        if wanted.mode == "mmr" and found:
            rows = self.vectors.of_keys([key for key, _ in found])
            chosen = marginal(vector, rows, count, 1 - wanted.diversity)
            found = [found[place] for place in chosen]
        return found

    def nearest(self, vector: Rows, k: int, allowed: Keys | None) -> Found:
        """The `k` most like the vector, of the allowed."""
        if allowed is None:
            return (self.graph or self.vectors).nearest(vector, k)
        share = len(allowed) / max(len(self.vectors), 1)
        if self.graph is not None and share >= _FEW:
            passing = set(allowed.tolist())
            depth = int(k / share * 1.5) + k
            while depth < min(len(self.vectors), 20 * MOST):
                found = [one for one in self.graph.nearest(vector, depth) if one[0] in passing]
                if len(found) >= min(k, len(passing)):
                    return found[:k]
                depth *= 4
        return self.vectors.nearest_among(vector, k, allowed)


def fused(lists: Sequence[Found], weights: Sequence[float] | None = None) -> Found:
    """Several rankings as one, by reciprocal rank fusion: only ranks count, not scores."""
    scores: dict[int, float] = {}
    for weight, found in zip(weights or [1.0] * len(lists), lists, strict=True):
        for rank, (key, _) in enumerate(found, start=1):
            scores[key] = scores.get(key, 0.0) + weight / (_RANK + rank)
    return sorted(scores.items(), key=lambda one: (-one[1], one[0]))


def reranked(found: Sequence[Any], texts: Sequence[str], query: str, rerank: Rerank) -> list[Any]:
    """The same by a reranker's scores, as (one of `found`, score), best first.

    Any: whatever was found. Raises ValueError where it gives another number of scores.
    """
    scores = list(rerank(query, texts))
    if len(scores) != len(found):
        raise ValueError(f"the reranker gave {len(scores)} scores for {len(found)} texts")
    pairs = [(one, float(score)) for one, score in zip(found, scores, strict=True)]
    return sorted(pairs, key=lambda pair: -pair[1])
