"""What is searched: documents, the chunks they are cut into, and what is found of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final, Literal, get_args

Metadata = dict[str, Any]
"""Any: what loaders and users know of a document, as JSON can say it."""
Mode = Literal["similarity", "mmr", "lexical", "hybrid"]
MODES: Final[tuple[Mode, ...]] = get_args(Mode)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A text and where it comes from."""

    text: str
    metadata: Metadata = field(default_factory=dict)

    @property
    def source(self) -> str:
        """Its address or path; "" where nobody said."""
        return str(self.metadata.get("source", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A piece of a document, as it is embedded and found."""

    id: str
    """The same for the same piece at the same place of the same source, at any time."""
    text: str
    metadata: Metadata = field(default_factory=dict)

    @property
    def source(self) -> str:
        """The address or path of its document; "" where nobody said."""
        return str(self.metadata.get("source", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A chunk that was found; the greater the score the better, within one answer."""

    id: str
    text: str
    score: float
    metadata: Metadata
    source: str


def chunk_id(source: str, start: int, text: str) -> str:
    """32 digits of the digest of what a chunk is and where it stands."""
    return sha256(f"{source}|{start}|{text}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def as_document(given: Any) -> Document:
    """A document of ours, of LangChain's, a text, or a mapping with a `text`.

    Raises TypeError for anything else.
    """
    if isinstance(given, Document):
        return given
    if isinstance(given, str):
        return Document(text=given)
    if isinstance(given, Mapping) and isinstance(given.get("text"), str):
        return Document(text=given["text"], metadata=dict(given.get("metadata") or {}))
    content = getattr(given, "page_content", None)
    if isinstance(content, str):
        return Document(text=content, metadata=dict(getattr(given, "metadata", None) or {}))
    raise TypeError(f"{type(given).__name__} is no document: give one of ours or LangChain's")


def as_chunk(given: Any) -> Chunk:
    """A chunk of ours, or a document as one chunk. Raises TypeError for anything else."""
    if isinstance(given, Chunk):
        return given
    document = as_document(given)
    start = document.metadata.get("start_index", 0)
    where = start if isinstance(start, int) else 0
    return Chunk(
        id=chunk_id(document.source, where, document.text),
        text=document.text,
        metadata=document.metadata,
    )
