"""Cuts documents into chunks, each with where it comes from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

from pilothouse.search.models import Chunk, Document, as_document, chunk_id
from pilothouse.search.splitting.code import separators_of
from pilothouse.search.splitting.markdown import sections
from pilothouse.search.splitting.spans import (
    SEPARATORS,
    Span,
    check_sizes,
    packed,
    recursive_spans,
    trimmed,
)

SIZE: Final = 4000
OVERLAP: Final = 200
_SENTENCE: Final = re.compile(r"(?<=[.!?…。！？])[\"'”’)\]]*\s+|\n{2,}")  # noqa: RUF001 - other scripts' marks
Cut = Iterator[tuple[Span, str]]
"""Where a chunk stands, and the headings that it stands under."""


def split(
    documents: Iterable[Any],
    *,
    method: str = "recursive",
    size: int = SIZE,
    overlap: int = OVERLAP,
    separators: Sequence[str] | None = None,
) -> list[Chunk]:
    """The chunks of documents, of ours or of LangChain's.

    `method` is `recursive` (at blank lines, else lines, else words), `sentence`, `markdown` (by
    headings, which stand in the metadata) or `code` (by the language in a document's metadata).
    Sizes are characters. A chunk's metadata are its document's, with `start_index`, `chunk`
    (its number from 0) and `chunks`. What is blank is left out, what comes twice comes once.
    Raises ValueError for an unknown method, sizes that cannot be, or where there is no chunk.
    """
    check_sizes(size, overlap)
    if method not in SPLITTERS:
        raise ValueError(f"no splitter {method!r}: choose from {', '.join(SPLITTERS)}")
    if separators is not None and method != "recursive":
        raise ValueError("separators go with the method recursive")
    found: dict[str, Chunk] = {}
    for given in documents:
        document = as_document(given)
        if separators is None:
            cut = SPLITTERS[method](document, size, overlap)
        else:
            cut = _plain(recursive_spans(document.text, size, overlap, separators))
        found.update((chunk.id, chunk) for chunk in _chunks(document, list(cut)))
    if not found:
        raise ValueError("No chunks created!")
    return list(found.values())


def _chunks(document: Document, cut: list[tuple[Span, str]]) -> Iterator[Chunk]:
    within = document.metadata.get("page")
    source = document.source if within is None else f"{document.source}#page={within}"
    for number, ((start, end), heading) in enumerate(cut):
        text = document.text[start:end]
        metadata = {
            **document.metadata,
            "start_index": start,
            "chunk": number,
            "chunks": len(cut),
            **({"heading": heading} if heading else {}),
        }
        yield Chunk(id=chunk_id(source, start, text), text=text, metadata=metadata)


def _recursive(document: Document, size: int, overlap: int) -> Cut:
    return _plain(recursive_spans(document.text, size, overlap))


def _code(document: Document, size: int, overlap: int) -> Cut:
    chosen = separators_of(str(document.metadata.get("language", "")), document.source)
    return _plain(recursive_spans(document.text, size, overlap, chosen or SEPARATORS))


def _markdown(document: Document, size: int, overlap: int) -> Cut:
    for (start, end), heading in sections(document.text):
        for begin, stop in recursive_spans(document.text[start:end], size, overlap):
            yield (start + begin, start + stop), heading


def _sentence(document: Document, size: int, overlap: int) -> Cut:
    text = document.text
    ends = [found.end() for found in _SENTENCE.finditer(text)]
    pieces: list[Span] = []
    for start, end in zip([0, *ends], [*ends, len(text)], strict=True):
        if end - start <= size:
            pieces.append((start, end))
        else:  # a sentence that is longer than a chunk
            inner = recursive_spans(text[start:end], size, 0)
            pieces += [(start + begin, start + stop) for begin, stop in inner]
    for span in packed([piece for piece in pieces if piece[0] < piece[1]], size, overlap):
        start, end = trimmed(text, span)
        if start < end:
            yield (start, end), ""


def _plain(spans: Iterator[Span]) -> Cut:
    return ((span, "") for span in spans)


SPLITTERS: Final[dict[str, Callable[[Document, int, int], Cut]]] = {
    "recursive": _recursive,
    "sentence": _sentence,
    "markdown": _markdown,
    "code": _code,
}
"""By name: a document, the size and the overlap of chunks → where they stand."""
