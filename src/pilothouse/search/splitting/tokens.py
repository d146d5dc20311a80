"""Chunks of so many tokens as a model of embeddings reads."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from pilothouse.evaluation.extras import required
from pilothouse.evaluation.models.weights import folder_of
from pilothouse.search.splitting.spans import Span, trimmed


def token_spans(text: str, size: int, overlap: int) -> Iterator[Span]:
    """Chunks of at most `size` tokens of the local model, `overlap` shared; no word is cut.

    A word of more tokens than that is a chunk of its own. Raises ImportError where the local model
    is not installed.
    """
    encoding = _tokenizer().encode(text, add_special_tokens=False)
    words = _words(encoding)
    first = 0
    while first < len(words):
        last, count = first, 0
        while last < len(words) and (last == first or count + words[last][1] <= size):
            count += words[last][1]
            last += 1
        start, end = trimmed(text, (words[first][0][0], words[last - 1][0][1]))
        if start < end:
            yield start, end
        if last == len(words):
            return
        shared = words[last - 1][1]
        while last - 1 > first and shared <= overlap:
            last -= 1
            shared += words[last - 1][1]
        first = last


def _words(encoding: Any) -> list[tuple[Span, int]]:
    """The words in order: where each stands, and of how many tokens it is."""
    found: list[tuple[Span, int]] = []
    before: int | None = None
    for (start, end), word in zip(encoding.offsets, encoding.word_ids, strict=True):
        if found and word is not None and word == before:
            (begin, _), count = found[-1]
            found[-1] = ((begin, end), count + 1)
        else:
            found.append(((start, end), 1))
        before = word
    return found


@lru_cache(maxsize=1)
def _tokenizer() -> Any:
    tokenizers = required("tokenizers", extra="local")
    found = tokenizers.Tokenizer.from_file(str(folder_of() / "tokenizer.json"))
    found.no_truncation()
    found.no_padding()
    return found
