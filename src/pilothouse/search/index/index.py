"""An index: built of chunks, searched, changed, saved to a folder and loaded from it."""

from __future__ import annotations

import json
import shutil
import tempfile
import threading
import warnings
import weakref
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from pilothouse.search.embedding import Embedder, EmbedderLike, as_embedder
from pilothouse.search.embedding.vectors import checked
from pilothouse.search.errors import IndexUnusable
from pilothouse.search.index import changing, folder
from pilothouse.search.index import manifest as manifests
from pilothouse.search.index.filters import Filter
from pilothouse.search.index.graph import PARAMS, Graph
from pilothouse.search.index.manifest import File, Manifest, Model
from pilothouse.search.index.ranking import Searched, Wanted, reranked
from pilothouse.search.index.records import Kept, Records
from pilothouse.search.index.vectors import Vectors
from pilothouse.search.index.words import Words
from pilothouse.search.models import Chunk, Hit, as_chunk

if TYPE_CHECKING:
    from pilothouse.search.index.vectors import Keys, Rows

AskedKind = Literal["auto", "exact", "hnsw"]
EXACT_UP_TO: Final = 200_000
"""Chunks that `auto` searches one by one; above, it asks a graph."""
_LEAST_RECALL: Final = 0.95
_TRIES: Final = 20
"""How often an index is opened that writers go on replacing."""
_REMEMBERED: Final = 64
"""Filters whose chunks are remembered: to look them up anew is to read all metadata."""
Progress = Callable[[int, int], None]
"""How many of how many texts are embedded."""


class Index:
    """Chunks with their vectors and words.

    Any number of threads may search it; whoever changes it lets nobody search meanwhile.
    """

    def __init__(
        self,
        *,
        records: Records,
        vectors: Vectors,
        embedder: Embedder | None,
        model: Model,
        kind: AskedKind = "auto",
        graph: Graph | None = None,
        words: Words | None = None,
        about: dict[str, Any] | None = None,
        loaded: Manifest | None = None,
    ) -> None:
        """Made by `build`, `of_vectors` or `load`."""
        self._records = records
        self._vectors = vectors
        self._embedder = embedder
        self._words = words
        self._lock = threading.Lock()
        self._filtered: dict[str, Keys] = {}
        self._next_key = int(vectors.keys[-1]) + 1 if len(vectors) else 0
        self.graph = graph
        self.model = model
        """The model of embeddings, as the manifest has it."""
        self.asked_kind = kind
        self.about = dict(about or {})
        """How it was made, as whoever made it noted it."""
        self.manifest = loaded
        """That of the folder it was loaded from or saved to last."""
        if loaded is not None:
            self._next_key = loaded.next_key

    @classmethod
    def build(
        cls,
        chunks: Iterable[Any],
        embedder: EmbedderLike | None = None,
        *,
        kind: AskedKind = "auto",
        progress: Progress | None = None,
        about: dict[str, Any] | None = None,
    ) -> Index:
        """An index of chunks, or of documents as they are.

        `kind` is `exact` (every vector is compared), `hnsw` (a graph of neighbours, which needs
        `pilothouse[ann]`) or `auto`: exact up to 200,000 chunks. Raises ValueError for no chunks.
        """
        given = changing.unique(map(as_chunk, chunks))
        model = as_embedder(embedder)
        vectors = changing.embedded(model, [chunk.text for chunk in given], progress)
        return cls.of_vectors(given, vectors, embedder=model, kind=kind, about=about)

    @classmethod
    def of_vectors(
        cls,
        chunks: Iterable[Any],
        vectors: Any,
        *,
        embedder: EmbedderLike,
        kind: AskedKind = "auto",
        about: dict[str, Any] | None = None,
    ) -> Index:
        """An index of chunks whose vectors are there already, a row each.

        Any: an array, or lists of numbers. They are brought to length one. Raises ValueError where
        there are none.
        """
        import numpy as np

        given = [as_chunk(chunk) for chunk in chunks]
        if not given:
            raise ValueError("No chunks created!")
        model = as_embedder(embedder)
        rows = checked(vectors, count=len(given), name=model.id)
        last = {chunk.id: place for place, chunk in enumerate(given)}  # the last of an id counts
        if len(last) < len(given):
            kept = sorted(last.values())
            given, rows = [given[place] for place in kept], rows[kept]
        records = _own_records()
        records.add(Kept(key=key, chunk=chunk) for key, chunk in enumerate(given))
        found = cls(
            records=records,
            vectors=Vectors(rows=rows, keys=np.arange(len(given))),
            embedder=model,
            model=Model(id=model.id, address=model.address, dim=rows.shape[1]),
            kind=kind,
            about=about,
        )
        found._settle()
        return found

    @classmethod
    def load(
        cls, path: str | Path, embedder: EmbedderLike | None = None, *, verify: bool = True
    ) -> Index:
        """The index of a folder, its vectors and words mapped into memory.

        `verify` reads all of it once and compares its checksums (a second a gigabyte); without,
        sizes alone are compared. The embedder is needed where it was a function, and must be the
        same model. Raises IndexUnusable for a folder that is no index, is damaged, or whose
        vectors are of another model.
        """
        where = Path(path)
        for left in reversed(range(_TRIES)):
            found = manifests.read(where)
            try:
                folder.check(where, found, whole=verify)
                return cls._opened(where, found, embedder)
            except (IndexUnusable, FileNotFoundError):
                # a writer may have put another in its place meanwhile
                if not left or manifests.read(where).version == found.version:
                    raise
        raise AssertionError("the last try returns or raises")

    @classmethod
    def from_langchain_faiss(
        cls,
        path: str | Path,
        embedder: EmbedderLike | None = None,
        *,
        trust_pickle: bool = False,
        name: str = "index",
    ) -> Index:
        """The index that LangChain's FAISS saved to a folder; `embedder` is the one it was made by.

        A pickle can hold code. Only the classes of documents are let through when it is read, and
        only with `trust_pickle=True` is it read at all. Raises IndexUnusable for what is no such
        folder, or holds anything else.
        """
        from pilothouse.search.langchain.faiss_folder import read

        if not trust_pickle:
            raise IndexUnusable(
                f"{path} holds a pickle, which can be code: say trust_pickle=True if you made it"
            )
        chunks, vectors = read(Path(path), name)
        return cls.of_vectors(chunks, vectors, embedder=as_embedder(embedder))

    def __len__(self) -> int:
        return len(self._vectors)

    @property
    def embedder(self) -> Embedder:
        """The model that questions are embedded by, made when it is first needed.

        Raises IndexUnusable where it was a function and none was given, or it became another.
        """
        with self._lock:
            if self._embedder is None:
                self._embedder = _same(self.model.address, self.model)
            return self._embedder

    def share_embedder(self, other: Index) -> None:
        """Takes the model of another index of the same model, if it has made it already."""
        _check_same(other.model, self.model)
        with self._lock:
            self._embedder = self._embedder or other._embedder

    @property
    def kind(self) -> manifests.Kind:
        """How it is searched."""
        return "exact" if self.graph is None else "hnsw"

    def search(self, query: str, k: int = 4, **how: Any) -> list[Hit]:
        """The chunks that answer a question best.

        `how`, by keyword, is what `Wanted` has: `mode` (`similarity`, `mmr`, `lexical`, `hybrid`),
        `fetch_k`, `diversity`, `filter`, `threshold`, `rerank`. Raises ValueError or FilterError
        for what cannot be asked, EmbeddingError where the question cannot be embedded.
        """
        wanted = Wanted(k=k, **how).checked()
        vector = self.embedder.embed_query(query) if wanted.needs_vector else None
        return self.find(wanted, query, vector)

    def find(self, wanted: Wanted, query: str, vector: Rows | None = None) -> list[Hit]:
        """The same for a question that is embedded already. Raises as `search` does."""
        wanted = wanted.checked()
        if vector is not None:
            self._check_width(vector)
        allowed = None if wanted.filter is None else self._passing(wanted.filter)
        searched = Searched(vectors=self._vectors, graph=self.graph, words=self._get_words)
        found = searched.ranked(wanted, query, vector, allowed)
        chunks = self._records.by_keys([key for key, _ in found])
        if wanted.rerank is not None:
            texts = [chunks[key].text for key, _ in found]
            order = reranked([key for key, _ in found], texts, query, wanted.rerank)
            found = order[: wanted.k]
        return [_hit(chunks[key], score) for key, score in found if key in chunks]

    def vector_of(self, chunk_ids: Sequence[str]) -> Rows:
        """The vectors of chunks that are there, in the order of their keys."""
        return self._vectors.of_keys(sorted(self._records.keys_of(chunk_ids)))

    def get(self, chunk_ids: Sequence[str]) -> list[Chunk]:
        """The chunks of these ids that are there, in the order of their keys."""
        found = self._records.by_keys(self._records.keys_of(chunk_ids))
        return [found[key] for key in sorted(found)]

    def chunks(self) -> Iterable[Chunk]:
        """All chunks, in the order in which they came."""
        return (kept.chunk for kept in self._records.all())

    def sources(self) -> dict[str, int]:
        """How many chunks each source has."""
        return self._records.sources()

    def update(
        self, chunks: Iterable[Any], *, complete: bool = False, progress: Progress | None = None
    ) -> changing.Changes:
        """Brings the sources that these chunks come from up to date; -> what that meant.

        Only texts that are new are embedded. What such a source has no more is removed; with
        `complete`, so is every source that no chunk comes from, unless it was posted over HTTP.
        Nothing changes where embedding fails.
        """
        plan = changing.planned(self._records, map(as_chunk, chunks), complete=complete)
        known = {key: self._vectors.of_keys([key])[0] for key in plan.reused.values()}
        texts = [chunk.text for chunk in plan.added if chunk.id not in plan.reused]
        fresh = iter(changing.embedded(self.embedder, texts, progress) if texts else ())
        rows = [
            known[plan.reused[chunk.id]] if chunk.id in plan.reused else next(fresh)
            for chunk in plan.added
        ]
        self._apply(plan, rows)
        return plan.changes

    def delete(
        self,
        ids: Sequence[str] = (),
        *,
        sources: Sequence[str] = (),
        filter: Filter | None = None,
    ) -> int:
        """Removes chunks: by id, by source, and by what a filter lets pass; -> how many."""
        keys = set(self._records.keys_of(ids))
        for source in sources:
            keys |= {kept.key for kept in self._records.of_source(source).values()}
        if filter is not None:
            keys |= set(self._records.keys_where(filter))
        self._apply(changing.Plan(removed=sorted(keys)), [])
        return len(keys)

    def merge(self, other: Index) -> None:
        """Takes over the chunks of another index; of equal ids the other's counts.

        Raises IndexUnusable where its vectors are of another model.
        """
        _check_same(other.model, self.model)
        theirs = list(other._records.all())
        plan = changing.Plan(
            removed=self._records.keys_of([kept.chunk.id for kept in theirs]),
            added=[kept.chunk for kept in theirs],
        )
        self._apply(plan, other._vectors.of_keys([kept.key for kept in theirs]))

    def save(self, path: str | Path) -> Manifest:
        """Writes it to a folder, whole or not at all; readers of the folder see old or new.

        Raises IndexUnusable where the folder holds other things.
        """
        words = self._get_words()
        writers: dict[str, tuple[str, Callable[[Path], None]]] = {
            "vectors": (".f32", lambda to: _write(self._vectors.rows, to)),
            "keys": (".i64", lambda to: _write(self._vectors.keys, to)),
            "chunks": (".sqlite", self._records.copy_to),
            "words": ("", words.write),
        }
        if self.graph is not None:
            writers["graph"] = (".hnsw", self.graph.write)
        recall = None if self.graph is None else self.graph.recall(self._vectors)
        if recall is not None and recall < _LEAST_RECALL:
            warnings.warn(
                f"the approximate search finds {recall:.0%} of the nearest: take kind='exact'",
                stacklevel=2,
            )
        self.manifest = folder.save(
            Path(path), writers, lambda files, version: self._described(files, version, recall)
        )
        return self.manifest

    def as_langchain_vectorstore(self) -> Any:
        """This index as a vector store of LangChain's. Any: its class is LangChain's kind."""
        from pilothouse.search.langchain.store import vector_store

        return vector_store(self)

    def as_langchain_retriever(self, **how: Any) -> Any:
        """This index as a retriever of LangChain's; `how` as in `search`."""
        from pilothouse.search.langchain.store import retriever

        return retriever(self, how)

    def _apply(self, plan: changing.Plan, rows: Any) -> None:
        """Does what was planned; `rows` are the vectors of what is added."""
        import numpy as np

        if not (plan.removed or plan.added or plan.described):
            return
        added = np.empty((0, self.model.dim), np.float32)
        if plan.added:
            added = np.asarray(rows, np.float32)
            self._check_width(added[0])
        if not self._records.writable:
            self._records = _own_records(self._records)
        keys = [key for key, _ in zip(count(self._next_key), plan.added, strict=False)]
        vectors = self._vectors.changed(plan.removed, keys, added)
        if self.graph is not None:
            self.graph = self.graph.changed(plan.removed, keys, added, vectors)
        self._records.remove(plan.removed)
        self._records.describe(plan.described)
        self._records.add(
            Kept(key=key, chunk=chunk) for key, chunk in zip(keys, plan.added, strict=True)
        )
        self._vectors = vectors
        self._filtered = {}
        self._next_key += len(keys)
        if plan.removed or plan.added:
            self._words = None
            self._settle()

    def _settle(self) -> None:
        """Takes the kind that was asked for, or suits the number of chunks."""
        wanted = self.asked_kind
        if wanted == "auto":
            many = len(self._vectors) > EXACT_UP_TO and find_spec("hnswlib") is not None
            wanted = "hnsw" if many else "exact"
        if wanted == "exact":
            self.graph = None
        elif self.graph is None:
            self.graph = Graph.of(self._vectors)

    def _passing(self, given: Filter) -> Keys:
        """The keys that a filter lets pass; those of the last filters are remembered."""
        import numpy as np

        named = json.dumps(given, sort_keys=True, default=repr)
        with self._lock:
            found = self._filtered.get(named)
        if found is None:
            found = np.asarray(self._records.keys_where(given), np.int64)
            with self._lock:
                if len(self._filtered) >= _REMEMBERED:
                    self._filtered.pop(next(iter(self._filtered)))
                self._filtered[named] = found
        return found

    def _get_words(self) -> Words:
        with self._lock:
            if self._words is None:
                self._words = Words.of(self._records.texts())
            return self._words

    def _check_width(self, vector: Rows) -> None:
        if vector.shape != (self.model.dim,):
            raise IndexUnusable(
                f"a vector of {vector.shape[-1]} numbers among those of {self.model.dim}: "
                f"the index was made by {self.model.id}"
            )

    def _described(self, files: dict[str, File], version: str, recall: float | None) -> Manifest:
        from pilothouse import __version__

        now = datetime.now(UTC)
        return Manifest(
            pilothouse_version=__version__,
            created_at=self.manifest.created_at if self.manifest else now,
            updated_at=now,
            version=version,
            embedder=self.model,
            kind=self.kind,
            asked_kind=self.asked_kind,
            params=dict(PARAMS) if self.graph else {},
            recall=recall,
            chunk_count=len(self),
            source_count=len(self.sources()),
            dead_count=self.graph.dead if self.graph else 0,
            next_key=self._next_key,
            about=self.about,
            files=files,
        )

    @classmethod
    def _opened(cls, where: Path, found: Manifest, given: EmbedderLike | None) -> Index:
        """The index that a manifest describes; its files are checked."""
        paths = {role: where / file.path for role, file in found.files.items()}
        dim = found.embedder.dim
        try:
            vectors = Vectors.mapped(paths["vectors"], paths["keys"], dim=dim)
            words = next(
                (path.parent for role, path in paths.items() if role[:6] == "words/"), None
            )
            graph = None
            if found.kind == "hnsw":
                graph = Graph.read(paths["graph"], dim=dim, dead=found.dead_count)
            return cls(
                records=Records(paths["chunks"], writable=False),
                vectors=vectors,
                embedder=None if given is None else _same(given, found.embedder),
                model=found.embedder,
                kind=found.asked_kind,
                graph=graph,
                words=Words(None) if words is None else Words.read(words),
                about=found.about,
                loaded=found,
            )
        except (KeyError, ValueError) as e:
            raise IndexUnusable(f"{where} is damaged: {e}") from None


def _own_records(copied: Records | None = None) -> Records:
    """Chunks that may be changed, in a file that goes with them; a copy of others."""
    scratch = Path(tempfile.mkdtemp(prefix="pilothouse-index-"))
    path = scratch / "chunks.sqlite"
    if copied is not None:
        copied.copy_to(path)
    records = Records(path, writable=True)
    weakref.finalize(records, shutil.rmtree, scratch, ignore_errors=True)
    return records


def _same(given: EmbedderLike | None, model: Model) -> Embedder:
    """The model of embeddings, which has to be the one that the vectors are of."""
    if given is None:
        raise IndexUnusable(f"the index was made by {model.id}: give it as embedder=")
    found = as_embedder(given)
    if found.id != model.id:
        raise IndexUnusable(f"the index was made by {model.id}, not by {found.id}: build it anew")
    return found


def _check_same(theirs: Model, ours: Model) -> None:
    if (theirs.id, theirs.dim) != (ours.id, ours.dim):
        raise IndexUnusable(f"vectors of {theirs.id} do not go with those of {ours.id}")


def _hit(chunk: Chunk, score: float) -> Hit:
    return Hit(
        id=chunk.id, text=chunk.text, score=score, metadata=chunk.metadata, source=chunk.source
    )


def _write(array: Any, path: Path) -> None:
    array.tofile(path)
