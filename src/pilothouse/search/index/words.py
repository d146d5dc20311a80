"""The search by words: BM25 over the texts, by bm25s."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pilothouse.evaluation.extras import required
from pilothouse.search.errors import IndexUnusable
from pilothouse.search.index.vectors import Found, best

if TYPE_CHECKING:
    from pilothouse.search.index.vectors import Keys

_WORD: Final = re.compile(r"[^\W_]+(?:[_.][^\W_]+)*")
_PART: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")
FILES: Final = (
    "data.csc.index.npy", "indices.csc.index.npy", "indptr.csc.index.npy", "vocab.index.json",
    "params.index.json",
)  # fmt: skip
"""What bm25s writes."""


def words_of(text: str) -> Iterator[str]:
    """The words of a text in small letters; of `parseHttpUrl` and `max_depth` their parts too."""
    for word in _WORD.findall(text):
        yield from _forms(word)


def _forms(word: str) -> tuple[str, ...]:
    """A word, and its parts where it has several."""
    lower = word.lower()
    if word.isalpha() and (word == lower or word[1:].islower()):
        return (lower,)
    parts = _PART.findall(word)
    return (lower, *(part.lower() for part in parts)) if len(parts) > 1 else (lower,)


class _Numbers(dict[str, tuple[int, ...]]):
    """The numbers of a word's forms; each word is taken apart once."""

    def __init__(self) -> None:
        self.known: dict[str, int] = {}

    def __missing__(self, word: str) -> tuple[int, ...]:
        known = self.known
        found = self[word] = tuple(known.setdefault(form, len(known)) for form in _forms(word))
        return found


class Words:
    """Which words stand in which chunk; the `i`-th text belongs to `keys[i]`."""

    def __init__(self, scorer: Any) -> None:
        """Any: bm25s brings no types. None where there is no word at all."""
        self._scorer = scorer

    @classmethod
    def of(cls, texts: Iterable[str]) -> Words:
        """Those of all texts. Raises ImportError without bm25s."""
        bm25s = required("bm25s", extra="search")
        numbers = _Numbers()
        ids = [[n for word in _WORD.findall(text) for n in numbers[word]] for text in texts]
        if not numbers.known:
            return cls(None)
        scorer = bm25s.BM25(k1=1.2, b=0.75, method="lucene", backend="numpy")
        scorer.index((ids, numbers.known), show_progress=False)
        return cls(scorer)

    @classmethod
    def read(cls, folder: Path) -> Words:
        """Those of a folder, mapped into memory. Raises IndexUnusable for one that has none."""
        bm25s = required("bm25s", extra="search")
        if not (folder / FILES[0]).exists():
            return cls(None)
        try:
            return cls(bm25s.BM25.load(folder, mmap=True, load_vocab=True))
        except (OSError, ValueError, KeyError, TypeError) as e:
            raise IndexUnusable(f"{folder} is damaged: {e}") from None

    def write(self, folder: Path) -> None:
        """Writes them into a folder of their own."""
        folder.mkdir()
        if self._scorer is not None:
            self._scorer.save(folder, show_progress=False)

    def nearest(self, text: str, k: int, keys: Keys, allowed: Keys | None = None) -> Found:
        """The `k` chunks that say most of a text's words, of the allowed ones."""
        import numpy as np

        if self._scorer is None or not len(keys):
            return []
        known = self._scorer.vocab_dict
        ids = sorted({known[word] for word in words_of(text) if word in known})
        if not ids:
            return []
        scores = self._scorer.get_scores_from_ids(ids)
        if allowed is not None:
            scores[~np.isin(keys, allowed, assume_unique=True)] = 0
        said = np.flatnonzero(scores > 0)
        chosen = said[best(scores[said], k)]
        return [(int(keys[at]), float(scores[at])) for at in chosen]
