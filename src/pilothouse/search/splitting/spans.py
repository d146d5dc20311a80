"""Cuts a text at the coarsest separators that make its pieces short enough.

The results are those of LangChain's recursive splitter for the same arguments; here a piece is a
place in the text, from and to, so that where a chunk begins is known and nothing is copied.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final

Span = tuple[int, int]
SEPARATORS: Final = ("\n\n", "\n", " ", "")


def recursive_spans(
    text: str, size: int, overlap: int, separators: Sequence[str] = SEPARATORS
) -> Iterator[Span]:
    """The chunks of a text that are not blank; each of `size` characters or fewer unless it cannot
    be cut, with up to `overlap` of the one before.

    Raises ValueError where the overlap is no part of the size.
    """
    check_sizes(size, overlap)
    for start, end in _cut(text, (0, len(text)), size, overlap, tuple(separators)):
        if not text[start:end].isspace():
            yield start, end


def check_sizes(size: int, overlap: int) -> None:
    """Raises ValueError where the overlap is no part of the size."""
    if size < 1 or not 0 <= overlap < size:
        raise ValueError(f"size {size}, overlap {overlap}: give size > overlap >= 0")


def packed(pieces: Sequence[Span], size: int, overlap: int) -> Iterator[Span]:
    """Neighbouring pieces joined to chunks of at most `size`, which share up to `overlap`."""
    current: deque[Span] = deque()
    total = 0
    for start, end in pieces:
        length = end - start
        if total + length > size:
            if current:
                yield current[0][0], current[-1][1]
            while total > overlap or (total > 0 and total + length > size):
                first = current.popleft()
                total -= first[1] - first[0]
        current.append((start, end))
        total += length
    if current:
        yield current[0][0], current[-1][1]


def trimmed(text: str, span: Span) -> Span:
    """A place without the blanks around what stands there."""
    start, end = span
    piece = text[start:end]
    begin = start + len(piece) - len(piece.lstrip())
    return begin, begin + len(piece.strip())


def _trimmed(text: str, spans: Iterator[Span]) -> Iterator[Span]:
    for span in spans:
        start, end = trimmed(text, span)
        if start < end:
            yield start, end


def _cut(
    text: str, span: Span, size: int, overlap: int, separators: tuple[str, ...]
) -> Iterator[Span]:
    separator, finer = _first_in(text, span, separators)
    short: list[Span] = []
    for start, end in _split(text, span, separator):
        if end - start < size:
            short.append((start, end))
            continue
        yield from _trimmed(text, packed(short, size, overlap))
        short = []
        if finer:
            yield from _cut(text, (start, end), size, overlap, finer)
        else:
            yield start, end
    yield from _trimmed(text, packed(short, size, overlap))


def _first_in(text: str, span: Span, separators: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The first separator that occurs, and those after it; else the last."""
    for place, separator in enumerate(separators):
        if not separator:
            return "", ()
        if text.find(separator, *span) >= 0:
            return separator, separators[place + 1 :]
    return separators[-1], ()


def _split(text: str, span: Span, separator: str) -> Iterator[Span]:
    """The pieces between separators, each with the separator before it."""
    start, end = span
    if not separator:
        yield from ((at, at + 1) for at in range(start, end))
        return
    for found in re.compile(re.escape(separator)).finditer(text, start, end):
        if found.start() > start:
            yield start, found.start()
        start = found.start()
    if start < end:
        yield start, end
