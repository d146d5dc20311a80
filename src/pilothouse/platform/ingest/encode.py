"""From decoded spans, log records and metric points to rows: mask, take blobs apart, derive, price."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, Protocol

import orjson

from pilothouse import dialects
from pilothouse.platform.ingest.batch import Batch
from pilothouse.platform.ingest.blobs import LARGE_BYTES, detach
from pilothouse.platform.ingest.masking import Masker
from pilothouse.platform.ingest.twins import Twins
from pilothouse.platform.ingest.wal import Chunk
from pilothouse.platform.store.rows import CostLike, encode_map, hour_of, pack, row_of, source_of
from pilothouse.platform.store.live import Mark
from pilothouse.platform.store.settle import Folding
from pilothouse.platform.store.tables import blob_row, log_row, metric_row, record_of, score_row
from pilothouse.platform.store.trace_rows import Summary, summary_values
from pilothouse.spans import Fields, LogRecord, Score, Source

_HOUR_NS: Final = 3_600_000_000_000


class Projects(Protocol):
    """What ingest needs of the projects."""

    def id_of(self, name: str) -> int: ...
    def name_of(self, project: int) -> str | None: ...


class Pricer(Protocol):
    """What ingest needs of the price lists."""

    def price(self, project: int, fields: Fields, start_ns: int) -> CostLike | None: ...


MaskerOf = Callable[[str], Masker | None]
"""From the name of a project to its masker; None where nothing is masked."""


class Clock:
    """Row versions: microseconds since 1970, strictly rising."""

    def __init__(self, floor: int = 0) -> None:
        self._last = floor
        self._lock = threading.Lock()

    def next(self) -> int:
        with self._lock:
            self._last = max(self._last + 1, time.time_ns() // 1000)
            return self._last


class Encoder:
    """Makes the rows of a batch. Its methods may run on several threads."""

    def __init__(
        self, projects: Projects, pricer: Pricer, masker_of: MaskerOf, twins: Twins, clock: Clock
    ) -> None:
        self._projects = projects
        self._pricer = pricer
        self._masker_of = masker_of
        self._twins = twins
        self._clock = clock

    def chunks(self, batch: Batch) -> list[Chunk]:
        """The rows of a batch by table, with the traces that they change."""
        spans: list[bytes] = []
        blobs: list[bytes] = []
        scores: list[Score] = []
        marks: set[tuple[int, str, int]] = set()
        summaries: list[tuple[Mark, Summary]] = []
        resources: dict[int, dict[str, str]] = {}
        project_name, project, masker = "", 0, None
        for source in batch.sources:
            if source.project != project_name:
                project_name = source.project
                project, masker = self._projects.id_of(project_name), self._masker_of(project_name)
            if masker is not None:
                masker.mask_source(source)
            shared = resources.get(id(source.resource))
            if shared is None:
                shared = resources[id(source.resource)] = encode_map(source.resource)
            begun = dialects.running(source)
            if begun is not None:
                # As old as its start: whenever it comes, the finished span stays the newer one.
                source, version = begun, begun.start_ns // 1000
            else:
                version = self._clock.next()
            row = self._row(project, source, scores, version, shared)
            packed = pack(row)
            if len(packed) > LARGE_BYTES and (taken := detach(source)):
                for blob in taken:
                    blobs.append(pack(blob_row(project, blob, source.start_ns, self._clock.next())))
                row = self._row(project, source, [], version, shared)
                packed = pack(row)
            spans.append(packed)
            summaries.append(((project, source.trace_id), Summary._make(summary_values(row))))
            marks.add((project, source.trace_id, hour_of(source.start_ns)))
        logs: list[bytes] = []
        for record in batch.logs:
            masker = self._masker_of(record.project)
            if masker is not None:
                masker.mask_log(record)
            scores += dialects.scores_of_log(record)
            if record.trace_id:  # else it tells of a score, or nothing that anybody looks at
                logs.append(self._log(record, marks))
        chunks = []
        if spans or logs:
            told = orjson.dumps(list(marks))
            if logs:
                chunks.append(_chunk("logs", logs, b"[]" if spans else told))
            if spans:
                chunks.append(_chunk("spans", spans, told, summaries))
        if scores:
            chunks.append(_chunk("scores", self._scores(scores)))
        if blobs:
            chunks.append(_chunk("blobs", blobs))
        if batch.metrics:
            rows = [
                pack(metric_row(self._projects.id_of(p.project), p, self._clock.next()))
                for p in batch.metrics
            ]
            chunks.append(_chunk("metric_points", rows))
        return chunks

    def folded(self, spans: Iterable[Folding]) -> list[tuple[Any, ...]]:
        """Rows of stored spans, derived again with the log records that name them."""
        rows = []
        for span in spans:
            project = int(span.row["project"])
            name = self._projects.name_of(project)
            if name is None:  # deleted meanwhile
                continue
            source = source_of(span.row, name)
            source.logs = [record_of(r) for r in span.records]
            rows.append(self._row(project, source, [], self._clock.next()))
        return rows

    def _row(
        self,
        project: int,
        source: Source,
        scores: list[Score],
        version: int,
        resource: dict[str, str] | None = None,
    ) -> tuple[Any, ...]:
        fields = dialects.derive(source)
        cost = self._pricer.price(project, fields, source.start_ns)
        if fields.response_id:
            scores += self._twins.see(project, source, fields.response_id)
        scores += dialects.scores_of(source, fields)
        return row_of(project, source, fields, cost, version, resource)

    def _log(self, record: LogRecord, marks: set[tuple[int, str, int]]) -> bytes:
        project = self._projects.id_of(record.project)
        marks.add((project, record.trace_id, record.time_ns // _HOUR_NS * 3600))
        return pack(log_row(project, record, self._clock.next()))

    def _scores(self, scores: list[Score]) -> list[bytes]:
        rows = []
        for score in scores:
            project = self._projects.id_of(score.project)
            for aimed in self._twins.aim(project, [score]):
                rows.append(pack(score_row(project, aimed, self._clock.next())))
        return rows


def _chunk(
    table: str,
    rows: list[bytes],
    marks: bytes = b"[]",
    summaries: Sequence[tuple[Mark, Summary]] = (),
) -> Chunk:
    return Chunk(
        table=table, rows=b"".join(rows), count=len(rows), marks=marks, summaries=summaries
    )
