"""The approximate search: a graph of neighbours by hnswlib, for more vectors than one scans."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pilothouse.evaluation.extras import required
from pilothouse.search.errors import IndexUnusable
from pilothouse.search.index.vectors import Found, Vectors

if TYPE_CHECKING:
    from pilothouse.search.index.vectors import Rows

PARAMS: Final = {"m": 16, "ef_construction": 200, "ef": 80}
"""Neighbours a vector, and how many candidates are looked at when one is added, and found."""
MOST_DEAD: Final = 0.2
"""The share of removed vectors from which the graph is made anew."""
_SAMPLE: Final = 200
_AT: Final = 10


class Graph:
    """Neighbours of vectors, which it knows by their keys."""

    def __init__(self, graph: Any, *, dead: int = 0) -> None:
        """Any: hnswlib brings no types. `dead` vectors are in it that were removed."""
        self._graph = graph
        self.dead = dead

    @classmethod
    def of(cls, vectors: Vectors) -> Graph:
        """A graph of all of these. Raises ImportError without hnswlib."""
        graph = _empty(vectors.dim)
        graph.init_index(
            max_elements=max(len(vectors), 1),
            ef_construction=PARAMS["ef_construction"],
            M=PARAMS["m"],
            random_seed=7,
        )
        if len(vectors):
            graph.add_items(vectors.rows, vectors.keys)
        return cls(graph)

    @classmethod
    def read(cls, path: Path, *, dim: int, dead: int) -> Graph:
        """The graph of a file. Raises IndexUnusable for one that is none."""
        graph = _empty(dim)
        try:
            graph.load_index(str(path))
        except RuntimeError as e:
            raise IndexUnusable(f"{path} is damaged: {e}") from None
        return cls(graph, dead=dead)

    def write(self, path: Path) -> None:
        """Writes it to a new file."""
        self._graph.save_index(str(path))

    def nearest(self, query: Rows, k: int) -> Found:
        """About the `k` most like the query."""
        k = min(k, self._graph.get_current_count() - self.dead)
        if k < 1:
            return []
        self._graph.set_ef(max(PARAMS["ef"], 2 * k))
        keys, distances = self._graph.knn_query(query[None], k=k, num_threads=1)
        return [
            (int(key), 1 - float(distance))
            for key, distance in zip(keys[0], distances[0], strict=True)
        ]

    def changed(self, gone: Iterable[int], keys: Any, rows: Rows, now: Vectors) -> Graph:
        """The graph for the vectors as they are `now`; made anew where too many are gone.

        Any: a list or an array of keys.
        """
        removed = list(gone)
        dead = self.dead + len(removed)
        if dead > MOST_DEAD * max(len(now), 1):
            return Graph.of(now)
        for key in removed:
            self._graph.mark_deleted(key)
        needed = self._graph.get_current_count() + len(rows)
        if needed > self._graph.get_max_elements():
            self._graph.resize_index(needed)
        if len(rows):
            self._graph.add_items(rows, keys)
        return Graph(self._graph, dead=dead)

    def recall(self, vectors: Vectors) -> float:
        """The share of the ten nearest that it finds, of a sample of its own vectors."""
        import numpy as np

        if not len(vectors):
            return 1.0
        some = np.random.default_rng(7).choice(
            len(vectors), min(_SAMPLE, len(vectors)), replace=False
        )
        queries = vectors.rows[np.sort(some)]
        exact, _ = vectors.nearest_of_each(queries, _AT)
        found = sum(
            len({key for key, _ in self.nearest(query, _AT)} & set(map(int, truth)))
            for query, truth in zip(queries, exact, strict=True)
        )
        return float(found / exact.size)


def _empty(dim: int) -> Any:
    hnswlib = required("hnswlib", extra="ann")
    return hnswlib.Index(space="ip", dim=dim)
