"""The one thread that moves acknowledged rows from the write-ahead file into the store.

It starts the next commit when the last one ended, so load makes commits larger, not more frequent
(design/store.md §7). A segment is forgotten only when its rows are stored and their traces settled:
after a crash both are done again, and both are idempotent.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import orjson

from pilothouse.platform.durations import Durations
from pilothouse.platform.errors import Unavailable
from pilothouse.platform.ingest.errors import Overloaded, StoreUnavailable
from pilothouse.platform.ingest.twins import Twins
from pilothouse.platform.ingest.wal import Chunk, WriteAheadFile
from pilothouse.platform.store.engine import Barrier, Store
from pilothouse.platform.store.failures import QueryTimeout, first_line
from pilothouse.platform.store.live import Mark
from pilothouse.platform.store.settle import Dirty, Settler
from pilothouse.platform.store.tables import TABLES

log = logging.getLogger("pilothouse.ingest")

MAX_WAITING_BYTES: Final = 192 << 20
"""Rows that wait for the store, or are on their way to it; what comes then is sent back."""
COMMIT_BYTES: Final = 24 << 20
COMMIT_ROWS: Final = 4000
LINGER_S: Final = 2.0
"""How long a few rows wait for company; whoever reads ends the wait. A commit of 4,000 rows costs
half as much a row as one of 500."""
SETTLE_S: Final = 2.0
"""How long changed traces wait to be recomputed while nobody looks."""
PAUSE_S: Final = 0.2
"""When nothing came for so long after much, all is stored and settled before somebody asks."""
MUCH: Final = 500
"""Rows and traces that are work enough not to wait for company."""
RETRY_S: Final = 2.0

_TRANSIENT: Final = ("NOT_ENOUGH_SPACE", "No space left", "Cannot write", "MEMORY_LIMIT", "TIMEOUT")


@dataclass(slots=True)
class _Pending:
    chunks: list[Chunk] = field(default_factory=list)
    size: int = 0
    rows: int = 0
    since: float = 0.0

    def add(self, chunks: Sequence[Chunk]) -> None:
        if not self.chunks:
            self.since = time.monotonic()
        self.chunks.extend(chunks)
        for chunk in chunks:
            self.size += len(chunk.rows)
            self.rows += chunk.count

    @property
    def due(self) -> bool:
        return self.rows >= COMMIT_ROWS or self.size >= COMMIT_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What was acknowledged and is not stored yet."""

    bytes: int
    rows: int
    oldest_s: float
    """How long the oldest of it has waited; 0 where nothing waits."""
    file_bytes: int
    """Size of the write-ahead file, which also holds what is stored and not settled yet."""
    failure: str
    """Why the store does not take it, "" where it does."""


class Writer(Barrier):
    """Takes chunks, keeps them safe, and stores them."""

    def __init__(
        self, store: Store, wal: WriteAheadFile, settler: Settler, twins: Twins, rejected: Path
    ) -> None:
        """Rows that the store refuses for good are kept in the folder `rejected`."""
        self._store = store
        self._wal = wal
        self._settler = settler
        self._twins = twins
        self._rejected = rejected
        self._wake = threading.Condition()
        self._pending = _Pending()
        self._held: list[Chunk] = []
        self._held_size = 0
        self._held_since = 0.0
        self._dirty: Dirty = {}
        self._dirty_since = 0.0
        self._last_came = 0.0
        self._sealed = 0
        self._forgotten: set[Mark] = set()
        self._forgotten_projects: set[int] = set()
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = []
        self._failure = ""
        self._stopping = False
        self.commits = Durations()
        """How long each insert of a commit took."""
        self.settles = Durations()
        """How long it took each time to recompute the traces that changed."""
        self.stored: Counter[str] = Counter()
        """Rows that went into each table."""
        self.put_aside = 0
        """Rows that the store refused for good."""
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)

    def start(self) -> None:
        """Store what an earlier process left behind, then begin."""
        count = 0
        held: dict[tuple[str, tuple[str, ...]], list[bytes]] = {}
        for segment, columns, chunk in self._wal.replay():
            rows = held.setdefault((chunk.table, tuple(columns)), [])
            rows.append(chunk.rows)
            if sum(map(len, rows)) > COMMIT_BYTES:
                self._store.insert_packed(chunk.table, columns, b"".join(rows))
                rows.clear()
            self._mark([chunk])
            self._sealed = segment
            count += 1
        for (table, columns_of), rows in held.items():
            if rows:
                self._store.insert_packed(table, columns_of, b"".join(rows))
        if count:
            log.info("stored %d parts of requests from the write-ahead file", count)
        if self._settle():
            self._wal.remove(self._sealed)
        self._thread.start()

    def submit(self, chunks: Sequence[Chunk]) -> None:
        """Return once the chunks are durable.

        Raises Overloaded or StoreUnavailable when nothing was taken.
        """
        with self._wake:
            # One lock around file and queue: a sealed segment holds exactly what was pending.
            if self._pending.size + self._held_size > MAX_WAITING_BYTES:
                raise StoreUnavailable(self._failure) if self._failure else Overloaded()
            position = self._wal.append(chunks)
            first = not self._pending.chunks
            self._pending.add(chunks)
            self._last_came = time.monotonic()
            if first or self._pending.due:
                self._wake.notify_all()
        self._wal.sync(position)

    def queue(self) -> Queue:
        """What waits at the moment."""
        with self._wake:
            pending = self._pending
            size, rows = pending.size + self._held_size, pending.rows
            since = [pending.since] if pending.chunks else []
            held = list(self._held)
        if held:
            since.append(self._held_since)
        return Queue(
            bytes=size,
            rows=rows + sum(chunk.count for chunk in held),
            oldest_s=max(0.0, time.monotonic() - min(since)) if since else 0.0,
            file_bytes=self._wal.size(),
            failure=self._failure,
        )

    async def visible(self) -> None:
        """Return once all that was submitted before is stored and settled."""
        with self._wake:
            forgetting = self._forgotten or self._forgotten_projects
            if not (self._pending.chunks or self._dirty or self._busy or forgetting):
                return
            loop = asyncio.get_running_loop()
            done: asyncio.Future[None] = loop.create_future()
            self._waiting.append((loop, done))
            self._wake.notify_all()
        await done

    def forget(self, marks: Iterable[Mark]) -> None:
        """Let the store be asked for these traces, and compute anew those that were in memory."""
        with self._wake:
            self._forgotten.update(marks)
            self._wake.notify_all()

    def forget_projects(self, projects: Iterable[int]) -> None:
        """Let the store be asked for all traces of these projects when more of their spans come."""
        with self._wake:
            self._forgotten_projects.update(projects)
            self._wake.notify_all()

    def close(self) -> None:
        """Store and settle what is pending, then stop."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    _busy = False

    def _run(self) -> None:
        while True:
            with self._wake:
                self._busy = False
                self._wait_for_work()
                self._busy = True
                pending, self._pending = self._pending, _Pending()
                waiting, self._waiting = self._waiting, []
                forgotten, self._forgotten = self._forgotten, set()
                projects, self._forgotten_projects = self._forgotten_projects, set()
                stopping = self._stopping
                if pending.chunks:
                    self._sealed = self._wal.seal()
                sealed = self._sealed
            self._settler.live.forget_projects(projects)
            self._forget(forgotten)
            stored = self._store_all(pending)
            look = bool(waiting) or stopping or self._pause_over()
            if stored and (look or time.monotonic() - self._dirty_since >= SETTLE_S):
                stored = self._settle()
            if stored and not self._dirty:
                self._wal.remove(sealed)
            for loop, done in waiting:
                with contextlib.suppress(RuntimeError):  # closed: nobody waits there any more
                    loop.call_soon_threadsafe(_resolve, done)
            if stopping:
                if not stored:
                    log.warning(
                        "left for the next start, in the write-ahead file: %s", self._failure
                    )
                return
            if not stored:
                time.sleep(RETRY_S)

    def _forget(self, marks: Iterable[Mark]) -> None:
        for mark in marks:
            hours = self._settler.live.forget(mark)
            if hours is not None:  # its row may have been written while spans were being deleted
                self._make_dirty(mark, hours)

    def _wait_for_work(self) -> None:
        """Return when something is due; called with the lock held."""
        while not (
            self._stopping
            or self._waiting
            or self._pending.due
            or self._held
            or self._forgotten
            or self._forgotten_projects
        ):
            deadlines = []
            if self._pending.chunks:
                deadlines.append(self._pending.since + LINGER_S)
            if self._dirty:
                deadlines.append(self._dirty_since + SETTLE_S)
            if self._is_much():
                deadlines.append(self._last_came + PAUSE_S)
            rest = min(deadlines) - time.monotonic() if deadlines else None
            if rest is not None and rest <= 0:
                return
            self._wake.wait(rest)

    def _is_much(self) -> bool:
        return self._pending.rows + len(self._dirty) >= MUCH

    def _pause_over(self) -> bool:
        """Whether much was stored and nothing comes any more: readers should not wait for it."""
        return len(self._dirty) >= MUCH // 10 and time.monotonic() - self._last_came >= PAUSE_S

    def _store_all(self, pending: _Pending) -> bool:
        """Insert what was held and what came; False when the store does not take it now."""
        if not self._held:
            self._held_since = pending.since
        self._held += pending.chunks
        self._held_size = sum(len(chunk.rows) for chunk in self._held)
        while self._held:
            group = list(commit_of(self._held))
            try:
                self._insert(group)
            except Exception as e:  # noqa: BLE001 - whatever the engine says, the rows must survive it
                if not self._is_lasting(e) or (len(group) == 1 and not self._reject(group[0], e)):
                    self._failure = f"{type(e).__name__}: {first_line(e)}"
                    log.warning(
                        "the span store does not take rows, trying again: %s", self._failure
                    )
                    return False
                if len(group) > 1:  # find the chunk that is refused
                    for chunk in group:
                        try:
                            self._insert([chunk])
                        except Exception as alone:  # noqa: BLE001 - as above
                            if not self._is_lasting(alone) or not self._reject(chunk, alone):
                                return False
            self._mark(group)
            del self._held[: len(group)]
            self._held_size = sum(len(chunk.rows) for chunk in self._held)
        self._failure = ""
        return True

    def _insert(self, group: list[Chunk]) -> None:
        by_table: dict[str, list[bytes]] = {}
        newest = _newest_of_unended(group)
        for chunk in group:
            by_table.setdefault(chunk.table, []).append(_needed(chunk, newest))
        begun = time.monotonic()
        for table, rows in by_table.items():
            self._store.insert_packed(table, TABLES[table], b"".join(rows))
        self.commits.add(time.monotonic() - begun)
        for chunk in group:
            self.stored[chunk.table] += chunk.count

    @staticmethod
    def _is_lasting(e: Exception) -> bool:
        return not isinstance(e, OSError | Unavailable | QueryTimeout) and not any(
            t in str(e) for t in _TRANSIENT
        )

    def _reject(self, chunk: Chunk, reason: Exception) -> bool:
        """Put rows aside that the store will never take; False if even that fails."""
        path = self._rejected / f"{time.time_ns()}-{chunk.table}.msgpack"
        try:
            self._rejected.mkdir(parents=True, exist_ok=True)
            path.write_bytes(chunk.rows)
        except OSError:
            return False
        self.put_aside += chunk.count
        log.error("the span store refused %d rows; kept in %s: %s", chunk.count, path, reason)
        return True

    def _mark(self, chunks: Sequence[Chunk]) -> None:
        live = self._settler.live
        for chunk in chunks:
            if chunk.table == "logs":
                self._settler.has_logs = True
            for mark, summaries in chunk.summaries:
                live.add(mark, summaries)
            for project, trace_id, hour in orjson.loads(chunk.marks):
                self._make_dirty((project, trace_id), (hour, hour))

    def _make_dirty(self, mark: Mark, hours: tuple[int, int]) -> None:
        dirty = self._dirty
        if not dirty:
            self._dirty_since = time.monotonic()
        known = dirty.get(mark, hours)
        dirty[mark] = (min(known[0], hours[0]), max(known[1], hours[1]))

    def _settle(self) -> bool:
        if not self._dirty:
            return True
        begun = time.monotonic()
        try:
            self._settler.settle(self._dirty, self._twins.suspects())
        except Exception as e:
            self._failure = f"{type(e).__name__}: {first_line(e)}"
            log.exception("traces could not be recomputed, trying again")
            return False
        self.settles.add(time.monotonic() - begun)
        with self._wake:
            self._dirty = {}
        return True


def commit_of(chunks: list[Chunk]) -> Iterator[Chunk]:
    """The first chunks that make one commit, of about COMMIT_ROWS or COMMIT_BYTES; at least one.

    What waits is shared out evenly: a few rows that were left over would cost twice as much a row.
    """
    commits = sum(map(_share, chunks))
    wanted = commits / max(1, round(commits)) - 1e-9
    for chunk in chunks:
        if wanted <= 0:
            return
        wanted -= _share(chunk)
        yield chunk


def _newest_of_unended(group: Sequence[Chunk]) -> dict[tuple[int, int, str, str], int]:
    """The newest version in a commit of each span that has a row without an end there."""
    found = {one.key: one.version for chunk in group for one in chunk.unended}
    for chunk in group if found else ():
        for (project, trace_id), spans in chunk.summaries:
            for span in spans:
                key = (project, span.hour, trace_id, span.span_id)
                if key in found and found[key] < span.version:
                    found[key] = span.version
    return found


def _needed(chunk: Chunk, newest: Mapping[tuple[int, int, str, str], int]) -> bytes:
    """A chunk's rows without those that others of the same commit replace."""
    kept = [one for one in chunk.unended if one.version >= newest[one.key]]
    if len(kept) == len(chunk.unended):
        return chunk.rows
    rows = chunk.rows
    return rows[: chunk.unended[0].start] + b"".join(rows[one.start : one.end] for one in kept)


def _share(chunk: Chunk) -> float:
    """How much of a commit a chunk makes."""
    return max(chunk.count / COMMIT_ROWS, len(chunk.rows) / COMMIT_BYTES)


def _resolve(done: asyncio.Future[None]) -> None:
    if not done.done():
        done.set_result(None)
