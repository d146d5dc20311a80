"""What changes when documents do: only texts that are new are embedded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pilothouse.search.embedding import Embedder
from pilothouse.search.index.records import Kept, Records, dumped
from pilothouse.search.models import Chunk

if TYPE_CHECKING:
    from pilothouse.search.embedding.vectors import Vectors

_AT_ONCE: Final = 1024
POSTED: Final = "posted"
"""In the metadata of chunks that came over HTTP: no reading of files can miss them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """How many chunks an update touched, and how."""

    added: int
    """New, or their text is; `reused` of them came without asking the model."""
    removed: int
    unchanged: int
    reused: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be done to the chunks of an index."""

    removed: Sequence[int] = ()
    added: Sequence[Chunk] = ()
    described: Sequence[Kept] = ()
    """Chunks that stay, with other metadata."""
    reused: dict[str, int] = field(default_factory=dict)
    """The key that has the vector of a chunk's text already, by the chunk's id."""
    unchanged: int = 0

    @property
    def changes(self) -> Changes:
        """The plan in figures."""
        return Changes(
            added=len(self.added),
            removed=len(self.removed),
            unchanged=self.unchanged,
            reused=len(self.reused),
        )


def planned(records: Records, chunks: Iterable[Chunk], *, complete: bool) -> Plan:
    """What makes the sources of these chunks what they say; with `complete`, all sources."""
    by_source: dict[str, dict[str, Chunk]] = {}
    for chunk in chunks:
        by_source.setdefault(chunk.source, {})[chunk.id] = chunk
    removed: list[int] = []
    added: list[Chunk] = []
    described: list[Kept] = []
    reused: dict[str, int] = {}
    unchanged = 0
    for source, wanted in by_source.items():
        kept = records.of_source(source)
        gone = {kept[id].chunk.text: kept[id].key for id in kept if id not in wanted}
        removed += [kept[id].key for id in kept if id not in wanted]
        for id, chunk in wanted.items():
            if id not in kept:
                added.append(chunk)
                if chunk.text in gone:  # it only moved
                    reused[id] = gone[chunk.text]
                continue
            unchanged += 1
            if dumped(kept[id].chunk.metadata) != dumped(chunk.metadata):
                described.append(Kept(key=kept[id].key, chunk=chunk))
    if complete:
        for source in records.sources():
            if source not in by_source:
                removed += [
                    kept.key
                    for kept in records.of_source(source).values()
                    if not kept.chunk.metadata.get(POSTED)
                ]
    # an id that stands under another source until now
    moved = set(records.keys_of([chunk.id for chunk in added])) - set(removed)
    return Plan(
        removed=sorted({*removed, *moved}),
        added=added,
        described=described,
        reused=reused,
        unchanged=unchanged,
    )


def embedded(
    embedder: Embedder, texts: Sequence[str], progress: Callable[[int, int], None] | None = None
) -> Vectors:
    """One row a text; many at a time, so that it can be told how far it is."""
    import numpy as np

    found: list[Vectors] = []
    for at in range(0, len(texts), _AT_ONCE):
        found.append(embedder.embed_documents(texts[at : at + _AT_ONCE]))
        if progress is not None:
            progress(min(at + _AT_ONCE, len(texts)), len(texts))
    return np.concatenate(found) if found else np.empty((0, 0), np.float32)


def unique(chunks: Iterable[Chunk]) -> list[Chunk]:
    """The chunks in order, of equal ids the last. Raises ValueError where there are none."""
    found = list({chunk.id: chunk for chunk in chunks}.values())
    if not found:
        raise ValueError("No chunks created!")
    return found
