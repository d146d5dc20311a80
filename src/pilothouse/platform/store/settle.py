"""After spans arrive: which of them count, and what the list shows of their traces.

Spans come in any order, some twice, children after their wrappers and log records before or after
their span. Traces that changed are computed anew from their deduplicated spans, many at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.live import LiveTraces, Mark
from pilothouse.platform.store.packed_traces import packed
from pilothouse.platform.store.rows import SOURCE_COLUMNS, SPAN_COLUMNS, pack_all
from pilothouse.platform.store.trace_rows import (
    TRACE_COLUMNS,
    Summary,
    node_of,
    tombstone,
    trace_row,
)
from pilothouse.spans.usage import counted

BATCH: Final = 2000
"""How many ids one statement names: a ClickHouse server takes no value above 128 kB."""

_WINDOW: Final = (
    "project IN {projects:Array(UInt32)} AND trace_id IN {ids:Array(String)}"
    " AND hour BETWEEN {first:DateTime('UTC')} AND {last:DateTime('UTC')}"
)
_LATEST: Final = "ORDER BY version DESC LIMIT 1 BY project, trace_id, span_id"

_NOW: Final = "SELECT toUnixTimestamp64Micro(now64(6))"
_HOUR_S: Final = 3600

_KNOWN: Final = """
SELECT project, trace_id, toUnixTimestamp(hour), toUnixTimestamp(last_hour), version
FROM traces FINAL
WHERE project IN {projects:Array(UInt32)} AND trace_id IN {ids:Array(String)}
"""

_TIMES: Final[Mapping[str, str]] = {
    "hour": "toUnixTimestamp(hour)",
    "start_time": "toUnixTimestamp64Micro(start_time)",
}
_SUMMARIES: Final = f"""
SELECT project, trace_id, {", ".join(_TIMES.get(c, c) for c in Summary._fields)}
FROM spans WHERE {_WINDOW} {_LATEST}
"""

_KEPT: Final = ", ".join(c for c in SPAN_COLUMNS if c not in ("usage_counted", "version"))
_FLIP: Final = f"""
INSERT INTO spans ({_KEPT}, usage_counted, version)
SELECT {_KEPT}, 1 - usage_counted, greatest({{version:UInt64}}, version + 1)
FROM (
    SELECT * FROM spans
    WHERE {_WINDOW} AND span_id IN {{span_ids:Array(String)}} {_LATEST}
)
WHERE (project, trace_id, span_id, usage_counted) IN (
    SELECT arrayJoin(arrayZip(
        {{p:Array(UInt32)}}, {{t:Array(String)}}, {{s:Array(String)}}, {{was:Array(UInt8)}}
    ))
)
"""

_LOG_COUNTS: Final = """
SELECT project, trace_id, span_id, uniqExact(record_id)
FROM logs
WHERE project IN {projects:Array(UInt32)} AND trace_id IN {ids:Array(String)} AND span_id != ''
GROUP BY project, trace_id, span_id
"""

_LOGS: Final = """
SELECT project, trace_id, span_id, record
FROM logs FINAL
WHERE project IN {projects:Array(UInt32)} AND trace_id IN {ids:Array(String)} AND span_id != ''
ORDER BY time, record_id
"""

_START_US: Final = "toUnixTimestamp64Micro(start_time) AS start_us"
_SOURCES: Final = f"""
SELECT {", ".join(_START_US if c == "start_us" else c for c in SOURCE_COLUMNS)}, log_count
FROM spans WHERE {_WINDOW} AND span_id IN {{span_ids:Array(String)}} {_LATEST}
"""

_TRACE_COLUMNS: Final = (*TRACE_COLUMNS, "packed")

Dirty = dict[Mark, tuple[int, int]]
"""The traces to compute anew, with the earliest and latest hour of the spans that came."""


@dataclass(slots=True, frozen=True)
class Folding:
    """A span whose log records are not all in its row: its source columns, and the records."""

    row: Mapping[str, Any]
    records: list[str]


Fold = Callable[[list[Folding]], list[tuple[Mark, Summary]]]
"""Derives spans again with their log records and stores them; -> what they are now."""


class Settler:
    """Computes what follows from spans. Runs on the writer's thread: one at a time."""

    def __init__(
        self, store: Store, next_version: Callable[[], int], fold: Fold, *, has_logs: bool
    ) -> None:
        """`has_logs` says whether the store holds any log record."""
        self._store = store
        self._next_version = next_version
        self._fold = fold
        # Other writers may share a server's tables; then what this process has seen is not all.
        self._alone = store.path is not None
        self.live = LiveTraces()
        self.has_logs = has_logs

    def settle(self, dirty: Dirty, suspects: Iterable[frozenset[Mark]] = ()) -> None:
        """Bring `traces` and `usage_counted` up to date for the traces in `dirty`.

        `suspects` are groups of traces that seem to hold one and the same model call twice.
        """
        groups = [set(group) for group in suspects]
        for group in groups:
            for mark in group:
                dirty.setdefault(mark, (0, 0))
        marks = list(dirty)
        for at in range(0, len(marks), BATCH):
            self._settle({m: dirty[m] for m in marks[at : at + BATCH]}, groups)
        self.live.shrink()

    def _settle(self, dirty: Dirty, groups: list[set[Mark]]) -> None:
        now = 0
        if not self._alone:
            self.live.clear()
            now = int(self._store.rows_sync(_NOW)[0][0])
        window, newest = self._load(dirty)
        # Of several servers that compute a trace at once, the one that read last has seen all of
        # its spans, so that its row must win: by the time of reading, on the one clock they share.
        next_version = self._next_version
        if not self._alone:
            next_version = count(max(now, newest + 1)).__next__
        if self.has_logs:
            self._fold_logs(window)
        rows = []
        flips: list[tuple[int, str, str]] = []
        for project, trace_id in dirty:
            mark = (project, trace_id)
            trace = self.live.get(mark)
            if not trace.spans:
                if trace.stored_hour is not None:  # all of them were deleted
                    gone = tombstone(project, trace.stored_hour, trace_id, next_version())
                    rows.append((*gone, ""))
                    trace.stored_hour = None
                continue
            uncounted = self._uncounted(mark, groups)
            flips += [
                (project, trace_id, span.span_id)
                for span in trace.spans.values()
                if bool(span.usage_counted) != (span.has_usage and span.span_id not in uncounted)
            ]
            row = trace_row(project, trace_id, trace.spans.values(), uncounted, next_version())
            hour = row[1]
            if trace.stored_hour not in (None, hour):
                gone = tombstone(project, trace.stored_hour, trace_id, next_version())
                rows.append((*gone, ""))
            trace.stored_hour = hour
            rows.append((*row, packed(row)))
        for at in range(0, len(flips), BATCH):
            self._flip(flips[at : at + BATCH], window)
        if rows:
            self._store.insert_packed("traces", _TRACE_COLUMNS, pack_all(rows))

    def _load(self, dirty: Dirty) -> tuple[dict[str, Any], int]:
        """Read from the store what is not in memory.

        -> projects, ids and hours of these traces, and the newest version of their rows.
        """
        newest = 0
        unknown = [mark for mark in dirty if not self.live.get(mark).whole]
        hours = {mark: span for mark, span in dirty.items() if span != (0, 0)}
        found: Dirty = {}
        if unknown:
            if not self._alone:  # their first spans may lie in another hour, at another server
                hours |= {m: (h[0] - _HOUR_S, h[1] + _HOUR_S) for m, h in hours.items()}
            for project, trace_id, first, last, version in self._store.rows_sync(
                _KNOWN, _names(unknown)
            ):
                mark = (project, trace_id)
                newest = max(newest, int(version))
                found[mark] = (int(first), int(last))
                self.live.get(mark).stored_hour = int(first)
                near = hours.get(mark, found[mark])
                hours[mark] = (min(near[0], int(first)), max(near[1], int(last)))
        # A trace that the list does not know and whose spans all came now is whole already.
        absent = [m for m in unknown if m in found or not self.live.get(m).spans]
        if absent:
            for row in self._store.rows_sync(_SUMMARIES, self._within(absent, hours)):
                self.live.add((row[0], row[1]), [Summary._make(row[2:])])
        for mark in unknown:
            self.live.get(mark).whole = True
        return self._within(list(dirty), hours), newest

    @staticmethod
    def _within(marks: list[Mark], hours: Dirty) -> dict[str, Any]:
        known = [hours[m] for m in marks if m in hours]
        return {
            **_names(marks),
            "first": min((h[0] for h in known), default=0),
            "last": max((h[1] for h in known), default=0),
        }

    def _uncounted(self, mark: Mark, groups: list[set[Mark]]) -> set[str]:
        """The spans of a trace whose usage another span reports as well, further down or better."""
        trace = self.live.get(mark)
        relatives = [g for g in groups if mark in g]
        if not relatives:
            parents = {s.parent_span_id for s in trace.spans.values()}
            users = [s for s in trace.spans.values() if s.has_usage]
            answers = [s.response_id for s in users if s.response_id]
            if len(answers) == len(set(answers)) and not any(s.span_id in parents for s in users):
                return set()
        marks = {mark}.union(*relatives)
        nodes = [node_of(t, s) for p, t in marks for s in self.live.get((p, t)).spans.values()]
        verdicts = counted(nodes)
        return {
            s.span_id
            for s in trace.spans.values()
            if s.has_usage and not verdicts[(mark[1], s.span_id)]
        }

    def _flip(self, flips: list[tuple[int, str, str]], window: dict[str, Any]) -> None:
        version = self._next_version()
        self._store.command_sync(
            _FLIP,
            window
            | {
                "version": version,
                "span_ids": [s for _, _, s in flips],
                "p": [p for p, _, _ in flips],
                "t": [t for _, t, _ in flips],
                "s": [s for _, _, s in flips],
                # What another server turned meanwhile is not turned back.
                "was": [self.live.get((p, t)).spans[s].usage_counted for p, t, s in flips],
            },
        )
        for project, trace_id, span_id in flips:
            spans = self.live.get((project, trace_id)).spans
            span = spans[span_id]
            spans[span_id] = span._replace(usage_counted=1 - span.usage_counted)

    def _fold_logs(self, window: dict[str, Any]) -> None:
        names = {k: window[k] for k in ("projects", "ids")}
        counts = {(p, t, s): int(n) for p, t, s, n in self._store.rows_sync(_LOG_COUNTS, names)}
        if not counts:
            return
        span_ids = sorted({s for _, _, s in counts})
        behind = {}
        for at in range(0, len(span_ids), BATCH):
            some = window | {"span_ids": span_ids[at : at + BATCH]}
            for row in self._store.records_sync(_SOURCES, some):
                key = (row["project"], row["trace_id"], row["span_id"])
                if row["log_count"] != counts.get(key, 0):
                    behind[key] = row
        if not behind:
            return
        records: dict[tuple[int, str, str], list[str]] = {}
        for p, t, s, record in self._store.rows_sync(_LOGS, names):
            records.setdefault((p, t, s), []).append(record)
        for mark, summary in self._fold([Folding(row, records[k]) for k, row in behind.items()]):
            self.live.add(mark, [summary])


def _names(marks: Iterable[Mark]) -> dict[str, Any]:
    marks = list(marks)
    return {"projects": sorted({p for p, _ in marks}), "ids": [t for _, t in marks]}
