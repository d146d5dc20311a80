"""Answers given again to questions that mean the same, of the same tenant and in the same room.

A room is all but the last question: whose it is, the models, every parameter, the tools, the system
prompt and the conversation before. Within it a question is alike from the route's cosine on, if no
number, negation, name or order of words tells the two apart. All of it is in memory, in each server
process: an answer is somebody's data, a restart costs one question each.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pilothouse.gateway.cache import Entry
from pilothouse.gateway.call import Call
from pilothouse.gateway.embedding import Embedding
from pilothouse.gateway.errors import Refused
from pilothouse.gateway.semantic.likeness import difference
from pilothouse.gateway.semantic.question import Meant, calls_tools, meant_by

if TYPE_CHECKING:
    from pilothouse.gateway.semantic.vectors import Floats, Vectors

log = logging.getLogger("pilothouse.gateway")

MOST: Final = 100_000
"""Entries."""
MOST_BYTES: Final = 512 * 2**20
"""Of vectors and answers together."""
_OVERHEAD: Final = 1500
_AT_ONCE: Final = 2000
"""Rows that are compared on the event loop; more are on a thread."""
_CANDIDATES: Final = 8
_ROUTES: Final = 1000
_EMBED_S: Final = 5.0


@dataclass(slots=True)
class _Kept:
    """A question with its answer."""

    key: str
    text: str
    entry: Entry
    room: bytes
    row: int
    size: int
    source: str
    """The id of the call that it was answered to."""
    threshold: float


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question that may be kept with its answer."""

    meant: Meant
    vector: Floats


@dataclass(slots=True)
class Stats:
    """How well it does, since the process began."""

    hits: int = 0
    misses: int = 0
    guarded: int = 0
    """Misses that were near enough, but said something else."""
    failed: int = 0
    """Questions for which there was no vector."""
    saved_nano: int = 0
    evicted: int = 0
    by_route: dict[str, list[int]] = field(default_factory=dict)
    """Hits, misses and nano-dollars saved of each route."""


class SemanticCache:
    """The newest answers, as many as fit; a step of a call."""

    def __init__(
        self,
        embedding: Embedding,
        *,
        most: int = MOST,
        most_bytes: int = MOST_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.stats = Stats()
        self.bytes = 0
        self._embedding = embedding
        self._most, self._most_bytes = most, most_bytes
        self._now = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._rooms: dict[bytes, Vectors] = {}

    def __len__(self) -> int:
        return len(self._kept)

    async def find(self, call: Call) -> Entry | None:
        """The answer to a question that means the same."""
        meant = meant_by(call)
        caching = call.route.caching
        if meant is None or caching is None or caching.threshold is None:
            return None
        try:
            rows = await self._embedding.vectors(
                caching.embedder, [meant.text], project=call.asked.project, timeout_s=_EMBED_S
            )
        except Refused as refused:  # a cache that does not work must not fail the call
            self._failed(refused.message)
            return None
        except Exception as error:  # noqa: BLE001 - so of any embedder: the model is asked then
            self._failed(f"{type(error).__name__}: {error}")
            return None
        asked = call.meant = _Asked(meant, rows[0])
        found = await self._near(asked, caching.threshold, call.asked.wish.longest_s)
        self._count(call.route.name, found)
        if found is None:
            return None
        cosine, kept = found
        call.cache_key = kept.key
        call.head.append((b"x-litellm-semantic-similarity", b"%.4f" % cosine))
        call.told.notes["similarity"] = round(cosine, 4)
        call.told.notes["cached_from"] = kept.source
        return kept.entry

    async def _near(
        self, asked: _Asked, threshold: float, longest_s: float | None
    ) -> tuple[float, _Kept] | None:
        room = self._rooms.get(asked.meant.room)
        if room is None:
            return None
        if len(room) <= _AT_ONCE:
            near = self._compared(asked, threshold)
        else:
            near = await asyncio.to_thread(self._compared, asked, threshold)
        now = self._now()
        was_near = False
        for cosine, kept in near:
            entry = kept.entry
            if self._kept.get(kept.key) is not kept:
                continue  # it went while the thread compared
            if entry.expires_at <= now:
                self._drop(kept.key)
            elif longest_s is not None and now - entry.stored_at > longest_s:
                continue
            elif difference(asked.meant.text, kept.text):
                was_near = True
            else:
                return cosine, kept
        self.stats.guarded += was_near
        return None

    def _compared(self, asked: _Asked, threshold: float) -> list[tuple[float, _Kept]]:
        with self._lock:
            room = self._rooms.get(asked.meant.room)
            if room is None or room.dim != len(asked.vector):
                return []
            return room.near(asked.vector, threshold, _CANDIDATES)

    def store(self, call: Call, entry: Entry) -> None:
        """Keep an answer with the question that it was given to."""
        asked = call.meant
        caching = call.route.caching
        if not isinstance(asked, _Asked) or caching is None or calls_tools(entry.body):
            return
        self.keep(
            asked.meant,
            asked.vector,
            entry,
            key=call.cache_key,
            source=call.asked.id,
            threshold=caching.threshold or 1.0,
        )

    def keep(
        self, meant: Meant, vector: Floats, entry: Entry, *, key: str, source: str, threshold: float
    ) -> None:
        """Keep an answer; the oldest ones make room."""
        from pilothouse.gateway.semantic.vectors import Vectors

        size = len(entry.body) + 4 * len(vector) + len(meant.text) + _OVERHEAD
        if size > self._most_bytes:
            return
        self._drop(key)
        with self._lock:
            room = self._rooms.get(meant.room)
            if room is not None and room.dim != len(vector):  # the model is another one now
                room = None
            if room is None:
                room = self._rooms[meant.room] = Vectors(len(vector))
            kept = _Kept(key, meant.text, entry, meant.room, 0, size, source, threshold)
            kept.row = room.add(vector, kept)
            self._kept[key] = kept
            self.bytes += size
        while len(self._kept) > self._most or self.bytes > self._most_bytes:
            self._drop(next(iter(self._kept)))
            self.stats.evicted += 1

    def forget(self, key: str) -> bool:
        """Forget the answer of a key, as `x-litellm-cache-key` names it."""
        return self._drop(key)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self._rooms.clear()
            self.bytes = 0

    async def working(self) -> None:
        """Nothing runs beside it."""

    def _drop(self, key: str) -> bool:
        with self._lock:
            kept = self._kept.pop(key, None)
            if kept is None:
                return False
            self.bytes -= kept.size
            room = self._rooms.get(kept.room)
            if room is not None and kept.row < len(room) and room.items[kept.row] is kept:
                moved = room.remove(kept.row)
                if moved is not None:
                    moved.row = kept.row
                if not len(room):
                    del self._rooms[kept.room]
            return True

    def _failed(self, why: str) -> None:
        self.stats.failed += 1
        log.warning("the semantic cache has no vector of a question: %s", why)

    def _count(self, route: str, found: tuple[float, _Kept] | None) -> None:
        told = self.stats.by_route
        of_route = told.setdefault(route if len(told) < _ROUTES else "…", [0, 0, 0])
        if found is None:
            self.stats.misses += 1
            of_route[1] += 1
            return
        saved = found[1].entry.cost_nano
        self._kept.move_to_end(found[1].key)
        self.stats.hits += 1
        self.stats.saved_nano += saved
        of_route[0] += 1
        of_route[2] += saved
