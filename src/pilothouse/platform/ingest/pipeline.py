"""From a decoded batch to durable, visible rows. Every protocol comes through `Ingest.accept`.

accept: mask → blobs apart → derive → price → rows → write-ahead file → acknowledged
writer: rows → one insert a table → recompute what changed → forget the segment
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, Protocol

from pilothouse.platform.ingest.batch import Batch
from pilothouse.platform.ingest.encode import (
    Clock,
    Encoder,
    MaskerOf,
    Pricer,
    Projects,
    chunks_of_spans,
)
from pilothouse.platform.ingest.intake import Intake
from pilothouse.platform.ingest.together import Together
from pilothouse.platform.ingest.twins import Twins
from pilothouse.platform.ingest.wal import KEPT_FREE, WriteAheadFile
from pilothouse.platform.ingest.writer import Writer
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.live import Mark
from pilothouse.platform.store.rows import SPAN_COLUMNS, pack_all
from pilothouse.platform.store.scores import waiting_scores
from pilothouse.platform.store.settle import Folding, Settler
from pilothouse.platform.store.tables import TABLES, score_of
from pilothouse.platform.store.trace_rows import Summary, summary_values

INLINE_BYTES: Final = 64 * 1024
"""Smaller requests are encoded on the event loop, with others that come then; larger ones on a
thread."""

FSYNC_WAITERS: Final = 16
"""Requests that may wait together for one fsync."""


class Remembers(Protocol):
    """What keeps more in memory of what was stored: `langsmith.service.RunIngest`."""

    def forget(self, marks: Collection[Mark]) -> None: ...
    def forget_projects(self, projects: Collection[int]) -> None: ...


class Ingest:
    """Takes batches and answers once they cannot be lost."""

    def __init__(
        self,
        store: Store,
        projects: Projects,
        pricer: Pricer,
        masker_of: MaskerOf,
        directory: Path,
        *,
        fsync: bool = False,
        prepare: Callable[[], None] = lambda: None,
    ) -> None:
        """Keep the write-ahead file in `directory`; what it still holds is stored first.

        With `fsync` an answer survives a power cut, without it a crash or a kill. `prepare` is run
        once, beside the event loop, before the first batch: a server that is only started and
        looked at does without what takes long to load.
        """
        newest = store.rows_sync("SELECT max(version) FROM traces")[0][0]
        has_logs = bool(store.rows_sync("SELECT 1 FROM logs LIMIT 1"))
        self._store = store
        self._fsync = fsync
        self._prepare: Callable[[], None] | None = prepare
        twins = Twins()
        for row in waiting_scores(store):
            if (name := projects.name_of(row["project"])) is not None:
                twins.aim(row["project"], [score_of(row, name)])
        self.clock = Clock(int(newest or 0))
        self._encoder = Encoder(projects, pricer, masker_of, twins, self.clock)
        settler = Settler(store, self.clock.next, self._fold, has_logs=has_logs)
        wal = WriteAheadFile(directory / "wal", TABLES, fsync=fsync, kept_free=KEPT_FREE)
        self.writer = Writer(store, wal, settler, twins, directory / "rejected")
        self._threads = ThreadPoolExecutor(
            FSYNC_WAITERS if fsync else 1, thread_name_prefix="ingest"
        )
        self._together = Together(self._take)
        self.intake = Intake()
        self._remembering: list[Remembers] = []
        self.writer.start()
        store.use_barrier(self.writer)

    async def accept(self, batch: Batch) -> None:
        """Return once the batch is durable; any later read sees it.

        Raises Overloaded or StoreUnavailable when nothing of it was taken.
        """
        if batch.size_bytes < INLINE_BYTES and not self._fsync and self._prepare is None:
            await self._together.take(batch)
        else:
            await self.accept_from(lambda: batch)

    async def accept_from(self, decode: Callable[[], Batch]) -> None:
        """As `accept`, for a large request: it is decoded on the thread that takes it.

        One thread does both, while the spans are in the processor's cache; more would only wait
        for each other. Raises what `decode` does, too.
        """
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._threads, lambda: self._take(decode()))

    async def rewrite(self, rows: list[tuple[Any, ...]]) -> None:
        """Store rows of `spans` that were changed here, as safely as spans that were sent.

        Each needs a later version than the row it replaces; any later read sees it.
        """
        await asyncio.to_thread(lambda: self.writer.submit(chunks_of_spans(rows)))

    def remembered_by(self, other: Remembers) -> None:
        """Have another forget as well what is to be forgotten."""
        self._remembering.append(other)

    def forget(self, marks: Iterable[Mark]) -> None:
        """Keep nothing in memory of traces that were deleted from the store."""
        gone = set(marks)
        self.writer.forget(gone)
        for other in self._remembering:
            other.forget(gone)

    def forget_projects(self, projects: Iterable[int]) -> None:
        """Keep nothing in memory of projects of which something was deleted from the store."""
        gone = set(projects)
        self.writer.forget_projects(gone)
        for other in self._remembering:
            other.forget_projects(gone)

    def _take(self, batch: Batch) -> None:
        if self._prepare is not None:
            self._prepare()
            self._prepare = None
        chunks = self._encoder.chunks(batch)
        if chunks:
            self.writer.submit(chunks)

    def _fold(self, spans: list[Folding]) -> list[tuple[Mark, Summary]]:
        rows = self._encoder.folded(spans)
        if rows:
            self._store.insert_packed("spans", SPAN_COLUMNS, pack_all(rows))
        return [((row[0], row[2]), Summary._make(summary_values(row))) for row in rows]

    def close(self) -> None:
        """Store everything that was acknowledged and stop."""
        self._threads.shutdown(wait=True)
        self.writer.close()
