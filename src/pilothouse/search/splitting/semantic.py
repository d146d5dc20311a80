"""Chunks that end where the subject changes: where neighbouring sentences are unlike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pilothouse.search.embedding import Embedder
from pilothouse.search.splitting.sentences import sentence_spans
from pilothouse.search.splitting.spans import Span, trimmed

_UNLIKE: Final = 90
"""The percentile of a text's distances above which a subject ends."""


def semantic_spans(text: str, size: int, embedder: Embedder) -> Iterator[Span]:
    """Chunks of whole sentences, of `size` characters at most. Raises EmbeddingError.

    Each sentence is embedded with its neighbours on both sides, so that a short one is judged by
    what it stands in.
    """
    import numpy as np

    pieces = [span for span in sentence_spans(text, size) if not text[slice(*span)].isspace()]
    if not pieces:
        return
    within = [
        text[pieces[max(place - 1, 0)][0] : pieces[min(place + 1, len(pieces) - 1)][1]]
        for place in range(len(pieces))
    ]
    rows = embedder.embed_documents(within)
    distances = 1 - np.einsum("ij,ij->i", rows[:-1], rows[1:])
    limit = float(np.percentile(distances, _UNLIKE)) if len(distances) else 0.0
    start, end = pieces[0]
    for piece, distance in zip(pieces[1:], distances, strict=True):
        if distance > limit or piece[1] - start > size:
            yield trimmed(text, (start, end))
            start = piece[0]
        end = piece[1]
    yield trimmed(text, (start, end))
