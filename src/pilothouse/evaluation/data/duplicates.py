"""Texts that say the same: letter by letter, or nearly so."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from pilothouse.evaluation.extras import required

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LETTERS: Final = 5
"""Texts are compared by their runs of so many letters."""
_BANDS, _ROWS = 32, 4
"""Two texts that share four fifths meet in a band with a chance of 1 - 6e-8."""
_PRIME: Final = (1 << 31) - 1


def plain(text: str) -> str:
    """The text without what makes no difference: case, and how words are set apart."""
    return " ".join(text.casefold().split())


def repeated(texts: Sequence[str], *, threshold: float | None = 0.8) -> list[int | None]:
    """Of each text the place of the earlier one that it repeats; None for what is new.

    Texts are near that share at least `threshold` of their runs of five letters (Jaccard); None
    asks only for the same text, but for case and white space. Of texts that share less than three
    fifths some go unseen, however low the threshold. What is compared are texts that are
    new themselves, so that a chain of small changes ends in its first link.
    """
    if threshold is not None and not 0 < threshold <= 1:
        raise ValueError(f"threshold is {threshold}: give a share above 0, or None")
    normal = [plain(text) for text in texts]
    first: dict[str, int] = {}
    found: list[int | None] = []
    for at, text in enumerate(normal):
        same = first.setdefault(text, at)
        found.append(None if same == at else same)
    if threshold is None:
        return found
    near = _Near(threshold)
    for at, text in enumerate(normal):
        if found[at] is None:
            found[at] = near.of(at, text)
    for at, earlier in enumerate(found):  # the same as what turned out to be near another
        if earlier is not None and found[earlier] is not None:
            found[at] = found[earlier]
    return found


class _Near:
    """The texts so far that were new, by their smallest hashes (MinHash)."""

    def __init__(self, threshold: float) -> None:
        self._numpy = required("numpy")
        self._threshold = threshold
        draw = self._numpy.random.default_rng(20_240)  # the same in every process
        self._factors = draw.integers(1, _PRIME, _BANDS * _ROWS, dtype=self._numpy.int64)
        self._added = draw.integers(0, _PRIME, _BANDS * _ROWS, dtype=self._numpy.int64)
        self._kept: dict[int, NDArray[np.int64]] = {}
        self._buckets: defaultdict[tuple[int, bytes], list[int]] = defaultdict(list)

    def of(self, at: int, text: str) -> int | None:
        """The place of an earlier text that is near; otherwise this one is kept for later ones."""
        runs = self._runs(text)
        keys = self._keys(runs)
        candidates = sorted({other for key in keys for other in self._buckets.get(key, ())})
        for other in candidates:
            if self._alike(runs, self._kept[other]):
                return other
        self._kept[at] = runs
        for key in keys:
            self._buckets[key].append(at)
        return None

    def _runs(self, text: str) -> NDArray[np.int64]:
        raw = text.encode("utf-8", "surrogatepass")
        runs = {zlib.crc32(raw[i : i + _LETTERS]) for i in range(max(1, len(raw) - _LETTERS + 1))}
        made: NDArray[np.int64] = self._numpy.fromiter(sorted(runs), self._numpy.int64, len(runs))
        return made

    def _keys(self, runs: NDArray[np.int64]) -> list[tuple[int, bytes]]:
        small = runs % _PRIME  # so that a product fits in 63 bits
        smallest = self._numpy.full(len(self._factors), _PRIME, self._numpy.int64)
        for begin in range(0, len(small), 4096):  # a long text must not take all memory
            some = small[None, begin : begin + 4096]
            hashes = (self._factors[:, None] * some + self._added[:, None]) % _PRIME
            smallest = self._numpy.minimum(smallest, hashes.min(axis=1))
        bands: Any = smallest.reshape(_BANDS, _ROWS)
        return [(band, row.tobytes()) for band, row in enumerate(bands)]

    def _alike(self, a: NDArray[np.int64], b: NDArray[np.int64]) -> bool:
        shared = len(self._numpy.intersect1d(a, b, assume_unique=True))
        return bool(shared >= self._threshold * (len(a) + len(b) - shared))
