"""The index that is served: searched by threads, and replaced when its folder holds another."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from pilothouse.search.embedding import EmbedderLike
from pilothouse.search.errors import SearchError
from pilothouse.search.index import Index
from pilothouse.search.index.folder import changing
from pilothouse.search.index.manifest import NAME
from pilothouse.search.index.ranking import Wanted
from pilothouse.search.models import Hit
from pilothouse.search.serving import tracing

if TYPE_CHECKING:
    from pilothouse.search.index.vectors import Rows

Result = TypeVar("Result")
log = logging.getLogger("pilothouse.search")
_LOOK_S: Final = 2.0
"""How often the folder is looked at for a new index."""
_REMEMBERED: Final = 10_000
"""Questions whose vectors are kept; 15 MB at 384 numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """Hits of each question, and how long they took."""

    hits: Sequence[Sequence[Hit]]
    embed_ms: float
    search_ms: float
    version: str


class Held:
    """An index by its folder. Every call may come from another thread."""

    def __init__(self, folder: Path, embedder: EmbedderLike | None = None) -> None:
        """Raises IndexUnusable for a folder that holds none, ImportError without its model."""
        self._folder = folder
        self._given = embedder
        self._lock = threading.Lock()
        self._changing = threading.Lock()
        self._vectors: OrderedDict[str, Rows] = OrderedDict()
        self._seen = self._mark()
        self._looked_at = time.monotonic()
        self.index = Index.load(folder, embedder)
        _ = self.index.embedder  # what it lacks is said now, not at the first question

    @property
    def version(self) -> str:
        """Which save of the index it is."""
        manifest = self.index.manifest
        assert manifest is not None, "it was loaded from a folder"
        return manifest.version

    def ask(self, wanted: Wanted, queries: Sequence[str]) -> Answered:
        """The hits of each question. Raises as `Index.search` does."""
        index = self._current()
        started = time.perf_counter()
        vectors: list[Rows | None] = [None] * len(queries)
        if wanted.needs_vector:
            vectors = list(self._embedded(index, queries))
        embedded = time.perf_counter()
        hits = [
            _found(index, wanted, query, vector)
            for query, vector in zip(queries, vectors, strict=True)
        ]
        manifest = index.manifest
        assert manifest is not None, "it was loaded from a folder"
        return Answered(
            hits=hits,
            embed_ms=(embedded - started) * 1000,
            search_ms=(time.perf_counter() - embedded) * 1000,
            version=manifest.version,
        )

    def change(self, act: Callable[[Index], Result]) -> tuple[Result, str]:
        """What `act` gives after it changed the index on the disk, and the version of that.

        Nothing changes where it raises. Searches go on with the index before until it is saved.
        """
        with self._changing, changing(self._folder):
            fresh = Index.load(self._folder, self._given, verify=False)
            if fresh.model == self.index.model:
                fresh.share_embedder(self.index)
            done = act(fresh)
            version = fresh.save(self._folder).version
        with self._lock:
            self._looked_at = -_LOOK_S
        self._current()
        return done, version

    def _embedded(self, index: Index, queries: Sequence[str]) -> Sequence[Rows]:
        """The vectors of questions; of those that were asked before, from memory."""
        with self._lock:
            found = {query: self._vectors[query] for query in queries if query in self._vectors}
            for query in found:
                self._vectors.move_to_end(query)
        for query in dict.fromkeys(queries):
            if query in found:
                continue
            found[query] = index.embedder.embed_query(query)
            with self._lock:
                self._vectors[query] = found[query]
                if len(self._vectors) > _REMEMBERED:
                    self._vectors.popitem(last=False)
        return [found[query] for query in queries]

    def _current(self) -> Index:
        """The index, after a look whether there is another; who finds one waits for it, once."""
        with self._lock:
            due = time.monotonic() - self._looked_at >= _LOOK_S
            if not due:
                return self.index
            self._looked_at = time.monotonic()
            mark = self._mark()
            if mark == self._seen:
                return self.index
            self._seen = mark
        try:
            fresh = Index.load(self._folder, self._given)
            same = fresh.model == self.index.model
            if same:
                fresh.share_embedder(self.index)
        except (SearchError, OSError) as e:
            log.warning("the new index is not used: %s", e)
            return self.index
        with self._lock:
            self.index = fresh
            if not same:
                self._vectors.clear()
        log.info("a new index of %d chunks is served", len(fresh))
        return fresh

    def _mark(self) -> tuple[int, int]:
        try:
            about = (self._folder / NAME).stat()
        except OSError:
            return (0, 0)
        return about.st_mtime_ns, about.st_ino


def _found(index: Index, wanted: Wanted, query: str, vector: Rows | None) -> list[Hit]:
    with tracing.searching(query, wanted) as of:
        hits = index.find(wanted, query, vector)
        tracing.found(of, hits)
    return hits
