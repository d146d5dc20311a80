"""Where the sentences of a text stand."""

from __future__ import annotations

import re
from typing import Final

from pilothouse.search.splitting.spans import Span, recursive_spans

_END: Final = re.compile(r"(?<=[.!?…。！？])[\"'”’)\]]*\s+|\n{2,}")  # noqa: RUF001 - other scripts' marks


def sentence_spans(text: str, size: int) -> list[Span]:
    """The sentences in order; one longer than `size` characters is cut."""
    ends = [found.end() for found in _END.finditer(text)]
    pieces: list[Span] = []
    for start, end in zip([0, *ends], [*ends, len(text)], strict=True):
        if end - start <= size:
            pieces.append((start, end))
        else:
            inner = recursive_spans(text[start:end], size, 0)
            pieces += [(start + begin, start + stop) for begin, stop in inner]
    return [piece for piece in pieces if piece[0] < piece[1]]
