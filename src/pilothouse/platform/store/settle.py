"""After spans arrive: which of them count, and what the list shows of their traces.

Spans come in any order, some twice, children after their wrappers and log records before or after
their span. So nothing is summed up on the way in. Traces that changed are recomputed from their
deduplicated spans, many at once (design/store.md §5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.rows import SOURCE_COLUMNS, SPAN_COLUMNS
from pilothouse.spans.usage import Node, counted

Mark = tuple[int, str]
"""(project, trace id)"""
Dirty = dict[Mark, tuple[int, int]]
"""The traces to recompute, with the earliest and latest hour of the spans that came."""

BATCH: Final = 2000

_WINDOW: Final = (
    "project IN {projects:Array(UInt32)} AND trace_id IN {ids:Array(String)}"
    " AND hour BETWEEN {first:DateTime('UTC')} AND {last:DateTime('UTC')}"
)
_LATEST: Final = "ORDER BY version DESC LIMIT 1 BY project, trace_id, span_id"

_WRAPPERS: Final = f"""
SELECT project, trace_id
FROM (
    SELECT project, trace_id, span_id, parent_span_id, usage_counted,
           isNotNull(total_tokens) OR isNotNull(input_tokens) OR isNotNull(output_tokens)
               OR isNotNull(cost_total) AS used
    FROM spans WHERE {_WINDOW} {_LATEST}
)
GROUP BY project, trace_id
HAVING hasAny(groupArrayIf(span_id, used), groupArray(parent_span_id))
    OR countIf(used AND NOT usage_counted) > 0
"""  # noqa: S608
"""Traces in which a span with usage has children, or had: few of them need the tree."""

_NODES: Final = f"""
SELECT project, trace_id, span_id, parent_span_id, usage_counted,
       isNotNull(total_tokens) OR isNotNull(input_tokens) OR isNotNull(output_tokens)
           OR isNotNull(cost_total) AS used,
       response_id, scope, toUnixTimestamp64Micro(start_time) AS start_us,
       start_us + ifNull(duration_us, 0) AS end_us, input != '' OR output != '' AS has_content,
       toUnixTimestamp(hour) AS hour_s
FROM spans WHERE {_WINDOW} {_LATEST}
"""  # noqa: S608

_KEEP: Final = ", ".join(c for c in SPAN_COLUMNS if c not in ("usage_counted", "version"))
_FLIP: Final = f"""
INSERT INTO spans ({_KEEP}, usage_counted, version)
SELECT {_KEEP}, 1 - usage_counted, {{version:UInt64}}
FROM (
    SELECT * FROM spans
    WHERE {_WINDOW} AND span_id IN {{span_ids:Array(String)}} {_LATEST}
)
WHERE (project, trace_id, span_id) IN (
    SELECT arrayJoin(arrayZip({{p:Array(UInt32)}}, {{t:Array(String)}}, {{s:Array(String)}}))
)
"""  # noqa: S608

_TRACE_COLUMNS: Final = (
    "project, hour, trace_id, last_hour, root_span_id, name, start_time, duration_us,"
    " first_token_us, first_seen_at, status, status_message, error_type, error_count, span_count,"
    " llm_count, session_id, user_id, environment, release, models, providers, kinds, tools,"
    " prompt_names, span_names, tags, metadata, input_tokens, output_tokens, total_tokens,"
    " cached_tokens, cache_write_tokens, reasoning_tokens, audio_tokens, cost_input, cost_output,"
    " cost_total, input_preview, output_preview, version, deleted"
)

# `place` sorts a trace's spans: a root before a span whose parent is missing, then by start. It is one
# integer because argMin over tuples costs five times as much.
_RECOMPUTE: Final = f"""
INSERT INTO traces ({_TRACE_COLUMNS})
SELECT
    project,
    toStartOfHour(toDateTime(min(s.start_time), 'UTC')) AS trace_hour,
    trace_id,
    max(s.hour),
    if(min(place) >= bitShiftLeft(1, 60), '', argMin(span_id, place)),
    if(max(s.trace_name) != '', argMinIf(s.trace_name, place, s.trace_name != ''), argMin(s.name, place)),
    min(s.start_time) AS began,
    if(countIf(isNotNull(s.duration_us)) = 0, NULL, greatest(0,
        max(toUnixTimestamp64Micro(s.start_time) + ifNull(s.duration_us, 0)) - toUnixTimestamp64Micro(began))),
    minOrNull(toUnixTimestamp64Micro(s.start_time) + s.first_token_us) - toUnixTimestamp64Micro(began),
    fromUnixTimestamp64Micro(toInt64(min(s.version)), 'UTC'),
    if(min(place) >= bitShiftLeft(1, 60) AND countIf(s.status = 'error') > 0, 'error', argMin(s.status, place)) AS trace_status,
    if(trace_status = 'error', if(argMin(s.status_message, place) != '', argMin(s.status_message, place),
        argMaxIf(s.status_message, s.start_time, s.status = 'error')), ''),
    if(countIf(s.status = 'error') = 0, '', argMinIf(s.error_type, place + if(s.error_type = '', bitShiftLeft(1, 61), 0), s.status = 'error')),
    countIf(s.status = 'error'),
    count(),
    countIf(s.kind = 'llm' AND (s.usage_counted OR isNull(s.total_tokens))),
    argMinIf(s.session_id, place + if(s.session_explicit, 0, bitShiftLeft(1, 61)), s.session_id != ''),
    argMinIf(s.user_id, place, s.user_id != ''),
    argMinIf(s.environment, place, s.environment != ''),
    argMinIf(s.release, place, s.release != ''),
    arraySort(groupUniqArrayIf(s.model, s.model != '')),
    arraySort(groupUniqArrayIf(s.provider, s.provider != '')),
    arraySort(groupUniqArray(s.kind)),
    arraySort(groupUniqArrayIf(s.tool_name, s.tool_name != '')),
    arraySort(groupUniqArrayIf(s.prompt_name, s.prompt_name != '')),
    arraySort(groupUniqArray(100)(s.name)),
    arraySort(groupUniqArrayArray(s.tags)),
    argMinIf(s.metadata, place, notEmpty(s.metadata)),
    sumOrNullIf(s.input_tokens, s.usage_counted),
    sumOrNullIf(s.output_tokens, s.usage_counted),
    sumOrNullIf(s.total_tokens, s.usage_counted),
    sumOrNullIf(s.cached_tokens, s.usage_counted),
    sumOrNullIf(s.cache_write_tokens, s.usage_counted),
    sumOrNullIf(s.reasoning_tokens, s.usage_counted),
    sumOrNullIf(s.audio_tokens, s.usage_counted),
    sumOrNullIf(s.cost_input, s.usage_counted),
    sumOrNullIf(s.cost_output, s.usage_counted),
    sumOrNullIf(s.cost_total, s.usage_counted),
    argMinIf(s.input_preview, place, s.input_preview != ''),
    if(argMin(s.output_preview, place) != '' OR min(place) < bitShiftLeft(1, 60) AND argMin(s.status, place) = 'error',
        argMin(s.output_preview, place), argMaxIf(s.output_preview, s.start_time, s.output_preview != '')),
    {{version:UInt64}},
    0
FROM (
    SELECT project, hour, trace_id, span_id, parent_span_id, name, kind, status, status_message,
        error_type, trace_name, start_time, duration_us, first_token_us, session_id,
        session_explicit, user_id, model, provider, environment, release, tool_name, prompt_name,
        tags, metadata, input_tokens, output_tokens, total_tokens, cached_tokens,
        cache_write_tokens, reasoning_tokens, audio_tokens, usage_counted, cost_input, cost_output,
        cost_total, input_preview, output_preview, version,
        toUnixTimestamp64Micro(start_time) + if(parent_span_id = '', 0, bitShiftLeft(1, 60)) AS place
    FROM spans WHERE {_WINDOW} {_LATEST}
) AS s
GROUP BY project, trace_id
"""  # noqa: S608

_KNOWN: Final = """
SELECT project, trace_id, toUnixTimestamp(min(hour)), toUnixTimestamp(max(last_hour)), uniqExact(hour)
FROM traces FINAL
WHERE project IN {projects:Array(UInt32)} AND trace_id IN {ids:Array(String)}
GROUP BY project, trace_id
"""

_BURY: Final = """
INSERT INTO traces (project, hour, trace_id, version, deleted)
SELECT project, hour, trace_id, {version:UInt64}, 1
FROM traces FINAL
WHERE project IN {projects:Array(UInt32)} AND trace_id IN {ids:Array(String)}
  AND (project, trace_id, version) NOT IN (
    SELECT project, trace_id, max(version) FROM traces FINAL
    WHERE project IN {projects:Array(UInt32)} AND trace_id IN {ids:Array(String)}
    GROUP BY project, trace_id
)
"""
"""A trace whose first span moved to another hour leaves a row behind: delete it."""

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

_START_US: Final = ", ".join(
    "toUnixTimestamp64Micro(start_time) AS start_us" if c == "start_us" else c for c in SOURCE_COLUMNS
)
_SOURCES: Final = f"""
SELECT {_START_US}, log_count, usage_counted
FROM spans WHERE {_WINDOW} AND span_id IN {{span_ids:Array(String)}} {_LATEST}
"""  # noqa: S608


@dataclass(slots=True, frozen=True)
class Folding:
    """A span whose log records are not all in its row: its source columns, and the records."""

    row: Mapping[str, Any]
    records: list[str]


class Settler:
    """Recomputes what follows from spans. Runs on the writer's thread: one at a time."""

    def __init__(
        self,
        store: Store,
        next_version: Callable[[], int],
        fold: Callable[[list[Folding]], None],
        *,
        has_logs: bool,
    ) -> None:
        """`fold` derives the given spans again with their log records and inserts them."""
        self._store = store
        self._next_version = next_version
        self._fold = fold
        self.has_logs = has_logs

    def settle(self, dirty: Dirty, suspects: Iterable[frozenset[Mark]] = ()) -> None:
        """Bring `traces` and `usage_counted` up to date for the traces in `dirty`.

        `suspects` are groups of traces that seem to hold one and the same model call twice.
        """
        marks = list(dirty)
        for at in range(0, len(marks), BATCH):
            self._settle({m: dirty[m] for m in marks[at : at + BATCH]})
        for group in suspects:
            self._count_once(group, self._window(dict.fromkeys(group, (0, 0))), together=True)
            self._recompute(self._window(dict.fromkeys(group, (0, 0))))

    def _settle(self, dirty: Dirty) -> None:
        window = self._window(dirty)
        if self.has_logs:
            self._fold_logs(window)
        wrappers = self._store.rows_sync(_WRAPPERS, window)
        if wrappers:
            self._count_once([(p, t) for p, t in wrappers], window)
        self._recompute(window)

    def _window(self, dirty: Dirty) -> dict[str, Any]:
        """Projects, ids and the hours that these traces reach over, as parameters."""
        projects = sorted({p for p, _ in dirty})
        ids = [t for _, t in dirty]
        known = self._store.rows_sync(_KNOWN, {"projects": projects, "ids": ids})
        hours = [h for h in dirty.values() if h != (0, 0)] + [(int(r[2]), int(r[3])) for r in known]
        return {
            "projects": projects,
            "ids": ids,
            "first": min((h[0] for h in hours), default=0),
            "last": max((h[1] for h in hours), default=0),
            "known": bool(known),
        }

    def _recompute(self, window: dict[str, Any]) -> None:
        params = {k: window[k] for k in ("projects", "ids", "first", "last")}
        self._store.command_sync(_RECOMPUTE, params | {"version": self._next_version()})
        if window["known"]:
            twice = self._store.rows_sync(_KNOWN, {k: window[k] for k in ("projects", "ids")})
            ids = [t for _, t, _, _, hours in twice if hours > 1]
            if ids:
                self._store.command_sync(
                    _BURY,
                    {"projects": window["projects"], "ids": ids, "version": self._next_version()},
                )

    def _count_once(
        self, marks: Iterable[Mark], window: dict[str, Any], *, together: bool = False
    ) -> None:
        """Settle `usage_counted` in the given traces; `together` compares calls across them."""
        wanted = set(marks)
        params = {k: window[k] for k in ("projects", "first", "last")}
        params["ids"] = sorted({t for _, t in wanted})
        groups: dict[Any, list[Node]] = {}
        now: dict[tuple[int, str, str], bool] = {}
        for row in self._store.records_sync(_NODES, params):
            mark = (row["project"], row["trace_id"])
            if mark not in wanted:
                continue
            node = Node(
                trace_id=row["trace_id"],
                span_id=row["span_id"],
                parent_span_id=row["parent_span_id"],
                has_usage=bool(row["used"]),
                response_id=row["response_id"],
                scope=row["scope"],
                start=row["start_us"],
                end=row["end_us"],
                has_content=bool(row["has_content"]),
            )
            groups.setdefault(row["project"] if together else mark, []).append(node)
            now[(*mark, row["span_id"])] = bool(row["usage_counted"])
        flips = []
        for key, nodes in groups.items():
            project = key if together else key[0]
            for (trace_id, span_id), counts in counted(nodes).items():
                if counts != now[(project, trace_id, span_id)]:
                    flips.append((project, trace_id, span_id))
        if flips:
            self._store.command_sync(
                _FLIP,
                params
                | {
                    "version": self._next_version(),
                    "span_ids": [s for _, _, s in flips],
                    "p": [p for p, _, _ in flips],
                    "t": [t for _, t, _ in flips],
                    "s": [s for _, _, s in flips],
                },
            )

    def _fold_logs(self, window: dict[str, Any]) -> None:
        params = {k: window[k] for k in ("projects", "ids")}
        counts = {
            (p, t, s): int(n) for p, t, s, n in self._store.rows_sync(_LOG_COUNTS, params)
        }
        if not counts:
            return
        span_ids = sorted({s for _, _, s in counts})
        rows = self._store.records_sync(
            _SOURCES,
            {k: window[k] for k in ("projects", "ids", "first", "last")} | {"span_ids": span_ids},
        )
        behind = {
            key: row
            for row in rows
            if row["log_count"]
            != counts.get(key := (row["project"], row["trace_id"], row["span_id"]), 0)
        }
        if not behind:
            return
        records: dict[tuple[int, str, str], list[str]] = {}
        for p, t, s, record in self._store.rows_sync(_LOGS, params):
            records.setdefault((p, t, s), []).append(record)
        self._fold([Folding(row, records[key]) for key, row in behind.items()])
