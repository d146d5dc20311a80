"""From decoded spans, log records and metric points to rows.

Mask, derive, price, and take large values apart.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import orjson

from pilothouse import dialects
from pilothouse.dialects import langsmith_run
from pilothouse.platform.ingest.batch import Batch
from pilothouse.platform.ingest.masking import Masker
from pilothouse.platform.ingest.twins import Twins
from pilothouse.platform.ingest.wal import Chunk, Unended
from pilothouse.platform.store.large_values import (
    LARGE_BYTES,
    LARGE_STATUS_CHARACTERS,
    Blob,
    detach,
    detach_from_log,
)
from pilothouse.platform.store.live import Mark
from pilothouse.platform.store.points import MetricPoint
from pilothouse.platform.store.rows import (
    SPAN_COLUMNS,
    CostLike,
    encode_map,
    hour_of,
    pack,
    pack_all,
    row_of,
    source_of,
)
from pilothouse.platform.store.settle import Folding
from pilothouse.platform.store.tables import blob_row, log_row, metric_row, record_of, score_row
from pilothouse.platform.store.trace_rows import Summary, summary_values
from pilothouse.spans import Fields, LogRecord, Score, Source
from pilothouse.spans.model import Attributes


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

    def next(self, count: int = 1) -> int:
        """The next version, the first of `count` in a row."""
        with self._lock:
            first = max(self._last + 1, time.time_ns() // 1000)
            self._last = first + count - 1
            return first


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
        made = _Made()
        self._add_spans(batch.sources, made)
        for blob in batch.blobs:
            # As young as it can be: of a run that is here, the files are here.
            self._add_blobs(self._projects.id_of(blob.project), [blob], time.time_ns(), made)
        self._add_logs(batch.logs, made)
        made.scores += batch.scores
        chunks = made.chunks()
        if made.scores:
            chunks.append(_chunk("scores", self._scores(made.scores)))
        if batch.metrics:
            chunks.append(_chunk("metric_points", self._metrics(batch.metrics)))
        return chunks

    def _metrics(self, points: Iterable[MetricPoint]) -> list[bytes]:
        rows = []
        for point in points:
            masker = self._masker_of(point.project)
            if masker is not None:
                masker.mask_metric(point)
            project = self._projects.id_of(point.project)
            rows.append(pack(metric_row(project, point, self._clock.next())))
        return rows

    def _add_spans(self, sources: Sequence[Source], made: _Made) -> None:
        first = self._clock.next(len(sources)) if sources else 0
        for at in range(0, len(sources), _SLICE):
            self._add_slice(sources[at : at + _SLICE], first + at, made)

    def _add_slice(self, sources: Sequence[Source], first: int, made: _Made) -> None:
        resources: dict[int, dict[str, str]] = {}
        project_name, project, masker = "", 0, None
        spans: list[_Span] = []
        for number, sent in enumerate(sources, first):
            if sent.project != project_name:
                project_name = sent.project
                project, masker = self._projects.id_of(project_name), self._masker_of(project_name)
            if masker is not None:
                _mask(masker, sent)
                sent.known = None
            source, age = sent, sent.version or number
            begun = dialects.running(sent)
            if begun is not None:
                # As old as its start: whenever it comes, the finished span stays the newer one.
                source, age = begun, begun.start_ns // 1000
            resource = resources.get(id(sent.resource))
            if resource is None:
                resource = resources[id(sent.resource)] = encode_map(sent.resource)
            spans.append((project, source, age, resource))
        rows = self._rows(spans, made.scores)
        for at, row in enumerate(rows):
            if _may_be_large(row) and (taken := detach(spans[at][1])):
                spans[at][1].known = None
                self._add_blobs(spans[at][0], taken, spans[at][1].start_ns, made)
                rows[at : at + 1] = self._rows(spans[at : at + 1], [])
        made.add_spans(rows)

    def _add_logs(self, records: Iterable[LogRecord], made: _Made) -> None:
        for record in records:
            masker = self._masker_of(record.project)
            if masker is not None:
                masker.mask_log(record)
            made.scores += dialects.scores_of_log(record)
            if not record.trace_id:  # it tells of a score, or nothing that anybody looks at
                continue
            project = self._projects.id_of(record.project)
            packed = pack(log_row(project, record, self._clock.next()))
            if len(packed) > LARGE_BYTES and (taken := detach_from_log(record)):
                self._add_blobs(project, taken, record.time_ns, made)
                packed = pack(log_row(project, record, self._clock.next()))
            made.logs.append(packed)
            made.marks.add((project, record.trace_id, hour_of(record.time_ns)))

    def _add_blobs(self, project: int, taken: Iterable[Blob], at_ns: int, made: _Made) -> None:
        for blob in taken:
            made.blobs.append(pack(blob_row(project, blob, at_ns, self._clock.next())))

    def folded(self, found: Iterable[Folding]) -> list[tuple[Any, ...]]:
        """Rows of stored spans, derived again with the log records that name them."""
        spans: list[_Span] = []
        for one in found:
            project = int(one.row["project"])
            name = self._projects.name_of(project)
            if name is None:  # deleted meanwhile
                continue
            source = source_of(one.row, name)
            source.logs = [record_of(r) for r in one.records]
            spans.append((project, source, self._clock.next(), None))
        return self._rows(spans, [])

    def _rows(self, spans: Sequence[_Span], scores: list[Score]) -> list[tuple[Any, ...]]:
        """The rows of spans; what they say of scores is added to `scores`.

        One step for all of them, then the next: so its code stays in the processor's cache.
        """
        derived: list[Fields] = []
        for project, source, _, _ in spans:
            fields = source.known or dialects.derive(source)
            if fields.response_id:
                scores += self._twins.see(project, source, fields.response_id)
            if source.known is None:
                scores += dialects.scores_of(source, fields)
            derived.append(fields)
        price = self._pricer.price
        costs = [
            price(project, fields, source.start_ns)
            for (project, source, _, _), fields in zip(spans, derived, strict=True)
        ]
        return [
            row_of(project, source, fields, cost, version, resource)
            for (project, source, version, resource), fields, cost in zip(
                spans, derived, costs, strict=True
            )
        ]

    def _scores(self, scores: list[Score]) -> list[bytes]:
        rows = []
        for score in scores:
            project = self._projects.id_of(score.project)
            rows += [
                pack(score_row(project, aimed, self._clock.next()))
                for aimed in self._twins.aim(project, [score])
            ]
        return rows


def _mask(masker: Masker, source: Source) -> None:
    """Mask a span, but for what only looks like something to hide."""
    if source.wire != "langsmith":
        masker.mask_source(source)
        return
    said = source.attributes
    kept: Attributes = {key: said.pop(key) for key in langsmith_run.KEPT if key in said}
    files = said.pop(langsmith_run.ATTACHMENTS, None)
    masker.mask_source(source)
    source.attributes |= kept
    if files is not None:
        named = {masker.mask_text(name): file for name, file in orjson.loads(files).items()}
        source.attributes[langsmith_run.ATTACHMENTS] = orjson.dumps(named).decode()


_DURATION: Final = SPAN_COLUMNS.index("duration_us")
_INPUT, _OUTPUT, _CONTENT, _EVENTS, _STATUS = map(
    SPAN_COLUMNS.index, ("input", "output", "content", "events", "status_message")
)
_SLICE: Final = 64
"""Spans that are encoded at a time: so many stay in the processor's cache."""
_Span = tuple[int, Source, int, dict[str, str] | None]
"""The number of a span's project, the span, its version, and its resource where it is encoded."""
_LARGE_CHARACTERS: Final = LARGE_BYTES // 4  # UTF-8 has at most four bytes for each


def _may_be_large(row: tuple[Any, ...]) -> bool:
    """Whether a value of the span may be one that `detach` takes out."""
    return (
        len(row[_CONTENT]) > LARGE_BYTES
        or len(row[_INPUT]) > _LARGE_CHARACTERS
        or len(row[_OUTPUT]) > _LARGE_CHARACTERS
        or len(row[_EVENTS]) > LARGE_BYTES
        or len(row[_STATUS]) > LARGE_STATUS_CHARACTERS
    )


@dataclass(slots=True)
class _Made:
    """What a batch came to so far."""

    logs: list[bytes] = field(default_factory=list)
    blobs: list[bytes] = field(default_factory=list)
    scores: list[Score] = field(default_factory=list)
    marks: set[tuple[int, str, int]] = field(default_factory=set)
    _packed: list[bytes] = field(default_factory=list)
    _unended: list[tuple[Any, ...]] = field(default_factory=list)
    _spans: int = 0
    _by_trace: dict[Mark, list[Summary]] = field(default_factory=dict)

    def add_spans(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Keep rows of `spans`, a slice at a time: they are packed while still in the cache."""
        by_trace = self._by_trace
        for row in rows:
            project, hour, trace_id = row[:3]
            mark = project, trace_id
            if mark not in by_trace:
                by_trace[mark] = []
            by_trace[mark].append(Summary._make(summary_values(row)))
            self.marks.add((project, trace_id, hour))
        self._spans += len(rows)
        if None in [row[_DURATION] for row in rows]:
            self._unended += [row for row in rows if row[_DURATION] is None]
            rows = [row for row in rows if row[_DURATION] is not None]
        if rows:
            self._packed.append(pack_all(rows))

    def chunks(self) -> list[Chunk]:
        """Spans, log records and blobs; the marks ride on the last of the first two."""
        found = []
        told = orjson.dumps(list(self.marks))
        if self.blobs:
            found.append(_chunk("blobs", self.blobs))
        if self.logs:
            found.append(_chunk("logs", self.logs, b"[]" if self._spans else told))
        if self._spans:
            packed, unended = self._packed, self._with_unended()
            found.append(
                Chunk(
                    table="spans",
                    rows=packed[0] if len(packed) == 1 else b"".join(packed),
                    count=self._spans,
                    marks=told,
                    summaries=list(self._by_trace.items()),
                    unended=unended,
                )
            )
        return found

    def _with_unended(self) -> list[Unended]:
        """Add the rows of spans that go on still, each by itself; -> where they are."""
        found, at = [], sum(map(len, self._packed))
        for row in self._unended:
            self._packed.append(pack(row))
            end = at + len(self._packed[-1])
            found.append(Unended(key=row[:4], version=row[-1], start=at, end=end))
            at = end
        self._unended = []
        return found


def chunks_of_spans(rows: list[tuple[Any, ...]]) -> list[Chunk]:
    """Rows of `spans` that are there already, as they go to the store."""
    made = _Made()
    for at in range(0, len(rows), _SLICE):
        made.add_spans(rows[at : at + _SLICE])
    return made.chunks()


def _chunk(table: str, rows: list[bytes], marks: bytes = b"[]") -> Chunk:
    return Chunk(table=table, rows=b"".join(rows), count=len(rows), marks=marks)
