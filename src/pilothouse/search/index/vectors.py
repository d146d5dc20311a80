"""The vectors of an index and the exact search among them.

Row `i` belongs to the chunk under `keys[i]`; keys ascend, and a chunk keeps its key for life. The
rows may lie in a file that is mapped into memory, so that several processes share them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pilothouse.evaluation.extras import required

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rows = NDArray[np.float32]
    Keys = NDArray[np.int64]

Found = list[tuple[int, float]]
"""Keys with their scores, best first."""


def best(scores: Any, k: int) -> Any:
    """Where the `k` greatest stand, best first, of equals the first. Any: arrays."""
    import numpy as np

    k = min(k, len(scores))
    if not k:
        return np.empty(0, np.int64)
    chosen = np.argpartition(scores, len(scores) - k)[len(scores) - k :]
    return chosen[np.lexsort((chosen, -scores[chosen]))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vectors:
    """Rows of length one with their keys; a changed set is a new one."""

    rows: Rows
    keys: Keys

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def dim(self) -> int:
        """How many numbers a vector has."""
        return int(self.rows.shape[1])

    def nearest(self, query: Rows, k: int) -> Found:
        """The `k` most like the query, of all.

        One thread does it: several wait for one another by spinning, which on busy cores takes
        eight times the CPU time.
        """
        faiss = required("faiss", extra="search")
        threads = faiss.omp_get_max_threads()  # of this thread alone, as what is set
        faiss.omp_set_num_threads(1)
        try:
            keys, scores = self.nearest_of_each(query[None], k)
        finally:
            faiss.omp_set_num_threads(threads)
        return [(int(key), float(score)) for key, score in zip(keys[0], scores[0], strict=True)]

    def nearest_of_each(self, queries: Rows, k: int) -> tuple[Keys, Rows]:
        """The keys and scores of the `k` nearest, a row a query."""
        import numpy as np

        faiss = required("faiss", extra="search")
        k = min(k, len(self))
        if not k:
            return np.empty((len(queries), 0), np.int64), np.empty((len(queries), 0), np.float32)
        scores, places = faiss.knn(
            np.ascontiguousarray(queries), self.rows, k, metric=faiss.METRIC_INNER_PRODUCT
        )
        return self.keys[places], scores

    def nearest_among(self, query: Rows, k: int, keys: Keys) -> Found:
        """The `k` most like the query, of those under these keys (which ascend)."""
        import numpy as np

        places = self.places_of(keys)
        if not len(places):
            return []
        # one thread here too: einsum, and no product of BLAS
        if len(places) * 8 > len(self):  # to read all in a row is faster than many by themselves
            scores = np.einsum("ij,j->i", self.rows, query)[places]
        else:
            scores = np.einsum("ij,j->i", self.rows[places], query)
        return [(int(self.keys[places[at]]), float(scores[at])) for at in best(scores, k)]

    def of_keys(self, keys: Any) -> Rows:
        """The vectors under keys that are all there, in their order. Any: a list or an array."""
        found: Rows = self.rows[self.places_of(keys)]
        return found

    def places_of(self, keys: Any) -> Keys:
        """In which rows keys stand; of those that are there."""
        import numpy as np

        wanted = np.asarray(keys, np.int64)
        if not len(self):
            return np.empty(0, np.int64)
        places = np.searchsorted(self.keys, wanted)
        places[places == len(self)] = 0
        found: Keys = places[self.keys[places] == wanted]
        return found

    def changed(self, gone: Any, keys: Any, rows: Rows) -> Vectors:
        """Without some keys, and with new ones, which are greater than all. Any: as above."""
        import numpy as np

        stays = np.ones(len(self), bool)
        stays[self.places_of(gone)] = False
        kept = self.rows[stays] if not stays.all() else self.rows
        if len(kept) and len(rows) and kept.shape[1] != rows.shape[1]:
            raise ValueError(f"vectors of {rows.shape[1]} numbers among those of {kept.shape[1]}")
        return Vectors(
            rows=np.concatenate([kept, rows])
            if len(rows) and len(kept)
            else rows
            if len(rows)
            else np.ascontiguousarray(kept),
            keys=np.concatenate([self.keys[stays], np.asarray(keys, np.int64)]),
        )

    @classmethod
    def mapped(cls, rows: Path, keys: Path, *, dim: int) -> Vectors:
        """Those of two files, read where they lie. Raises ValueError where their sizes differ."""
        import numpy as np

        named = np.fromfile(keys, np.int64)
        if rows.stat().st_size != len(named) * dim * 4:
            raise ValueError(f"{len(named)} keys for {rows.stat().st_size} bytes of vectors")
        if not len(named):
            return cls(rows=np.empty((0, dim), np.float32), keys=named)
        mapped = np.memmap(rows, np.float32, mode="r", shape=(len(named), dim))
        return cls(rows=np.asarray(mapped), keys=named)
