"""Cuts documents into chunks, each with where it comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from pilothouse.search.embedding import EmbedderLike, as_embedder
from pilothouse.search.models import Chunk, Document, as_document, chunk_id
from pilothouse.search.splitting.code import separators_of
from pilothouse.search.splitting.markdown import sections
from pilothouse.search.splitting.semantic import semantic_spans
from pilothouse.search.splitting.sentences import sentence_spans
from pilothouse.search.splitting.spans import (
    SEPARATORS,
    Span,
    check_sizes,
    packed,
    recursive_spans,
    trimmed,
)
from pilothouse.search.splitting.tokens import token_spans

SIZE: Final = 4000
OVERLAP: Final = 200
Cut = Iterator[tuple[Span, str]]
"""Where a chunk stands, and the headings that it stands under."""


def split(
    documents: Iterable[Any],
    *,
    method: str = "recursive",
    size: int = SIZE,
    overlap: int = OVERLAP,
    separators: Sequence[str] | None = None,
    embedder: EmbedderLike | None = None,
) -> list[Chunk]:
    """The chunks of documents, of ours or of LangChain's.

    `method` is `recursive` (at blank lines, else lines, else words), `sentence`, `markdown` (by
    headings, which stand in the metadata), `code` (by the language in a document's metadata),
    `tokens` (as the local model counts them) or `semantic` (where neighbouring sentences are unlike
    by `embedder`; nothing overlaps). Sizes are characters, with `tokens` tokens. A chunk's metadata
    are its document's, with `start_index`, `chunk` (its number from 0) and `chunks`. What is blank
    is left out, what comes twice comes once. Raises ValueError for an unknown method, sizes that
    cannot be, or where there is no chunk.
    """
    check_sizes(size, overlap if method != "semantic" else 0)
    if method not in METHODS:
        raise ValueError(f"no splitter {method!r}: choose from {', '.join(METHODS)}")
    if separators is not None and method != "recursive":
        raise ValueError("separators go with the method recursive")
    if embedder is not None and method != "semantic":
        raise ValueError("an embedder goes with the method semantic")
    model = as_embedder(embedder) if method == "semantic" else None
    found: dict[str, Chunk] = {}
    for given in documents:
        document = as_document(given)
        if model is not None:
            cut = _plain(semantic_spans(document.text, size, model))
        elif separators is None:
            cut = SPLITTERS[method](document, size, overlap)
        else:
            cut = _plain(recursive_spans(document.text, size, overlap, separators))
        found.update((chunk.id, chunk) for chunk in _chunks(document, list(cut)))
    if not found:
        raise ValueError("No chunks created!")
    return list(found.values())


def cutting(about: Mapping[str, Any], embedder: EmbedderLike | None = None) -> dict[str, Any]:
    """What `split` is given to cut as an index notes that it was cut; `embedder` is the index's."""
    method = about.get("method", "recursive")
    how = {
        "method": method,
        "size": about.get("size", SIZE),
        "overlap": about.get("overlap", OVERLAP),
    }
    return {**how, "embedder": embedder} if method == "semantic" else how


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
    for span in packed(sentence_spans(text, size), size, overlap):
        start, end = trimmed(text, span)
        if start < end:
            yield (start, end), ""


def _tokens(document: Document, size: int, overlap: int) -> Cut:
    return _plain(token_spans(document.text, size, overlap))


def _plain(spans: Iterator[Span]) -> Cut:
    return ((span, "") for span in spans)


SPLITTERS: Final[dict[str, Callable[[Document, int, int], Cut]]] = {
    "recursive": _recursive,
    "sentence": _sentence,
    "markdown": _markdown,
    "code": _code,
    "tokens": _tokens,
}
"""By name: a document, the size and the overlap of chunks → where they stand."""
METHODS: Final = (*SPLITTERS, "semantic")
