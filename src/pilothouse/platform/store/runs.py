"""The SQL of spans as runs of the LangSmith protocol: pages of keys, rows, the tree around them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pilothouse.platform.store.binds import Binds
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.langsmith_runs import FORGED_FIRST
from pilothouse.platform.store.lists import EARLY_STOP
from pilothouse.platform.store.orders import order_of
from pilothouse.platform.store.rows import SPAN_COLUMNS
from pilothouse.platform.store.selection import Selection

_ONE_THREAD: Final = {"max_threads": 1}
_NEAR: Final = 8
"""Rows of so many hours are read by one thread."""
_SUMMED: Final = {"prefer_column_name_to_alias": 1}
"""Sums bear the names of what they sum."""
_HEAVY: Final = ("input", "output", "content", "events", "links", "resource")
_ROW: Final = tuple(name for name in SPAN_COLUMNS if name not in ("hour", "start_time", *_HEAVY))
_OF_DIALECTS: Final = frozenset(
    (
        *("error_type", "trace_name", "streaming", "session_explicit", "model", "provider"),
        *("environment", "release", "tool_name", "prompt_name", "prompt_version"),
        *("experiment_id", "repetition", "scope", "response_id", "usage_counted", "cost_source"),
        *("price_date", "input_mime_type", "output_mime_type", "metadata", "log_count"),
        *("input_preview", "output_preview", "input_key", "output_key"),
    )
)
"""Columns that only reading a span's content asks for; every column costs."""
_UNREAD: Final[dict[str, Any]] = {
    **dict.fromkeys(_OF_DIALECTS, ""),
    **dict.fromkeys(_HEAVY, ""),
    "metadata": {},
    "resource": {},
    "log_count": 0,
    "streaming": None,
    "repetition": None,
}
"""What a row has in place of columns that were not read."""
_USED: Final = "input_tokens, output_tokens, total_tokens, cost_input, cost_output, cost_total"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunKey:
    """Where a run stands in a list by start time."""

    hour_s: int
    start_us: int
    trace_id: str
    span_id: str
    project: int
    parent_span_id: str
    kind: str
    is_own: bool
    """Whether it came by the LangSmith protocol."""

    @property
    def place(self) -> list[Any]:
        """As `Order.after` of the default order reads it."""
        return [self.hour_s, self.start_us, self.trace_id, self.span_id, self.project]


_KEY: Final = (
    "toUnixTimestamp(hour), toUnixTimestamp64Micro(start_time), trace_id, span_id, project,"
    " parent_span_id, kind, startsWith(wire, 'langsmith')"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A span as far as its place in the tree and its usage go."""

    span_id: str
    parent_span_id: str
    start_us: int
    input_tokens: int | None
    output_tokens: int | None
    total_tokens: int | None
    cost_input: float | None
    cost_output: float | None
    cost_total: float | None
    usage_counted: bool


async def page(
    store: Store,
    selection: Selection,
    *,
    descending: bool,
    limit: int,
    after: Sequence[Any] | None = None,
) -> list[RunKey]:
    """The keys of the next runs of a selection, by start."""
    order = order_of("-start_time" if descending else "start_time", "spans")
    binds = Binds()
    where = selection.where(binds, "spans")
    if after is not None:
        where += f" AND {order.after(list(after), binds)}"
    sql = f"""
SELECT {_KEY} FROM spans FINAL WHERE {where} ORDER BY {order.sql()} LIMIT {binds.integer(limit)}"""
    early = EARLY_STOP if len(selection.projects) == 1 else None
    return [_key(row) for row in await store.rows(sql, binds.params, settings=early)]


def _key(row: Sequence[Any]) -> RunKey:
    hour_s, start_us, trace_id, span_id, project, parent_span_id, kind, is_own = row
    return RunKey(
        hour_s=int(hour_s),
        start_us=int(start_us),
        trace_id=trace_id,
        span_id=span_id,
        project=int(project),
        parent_span_id=parent_span_id,
        kind=kind,
        is_own=bool(is_own),
    )


async def keys_of(store: Store, projects: Sequence[int], span_ids: Collection[str]) -> list[RunKey]:
    """The keys of some spans by their own ids; the last of an id is whose it is, at its latest."""
    if not span_ids:
        return []
    binds = Binds()
    sql = f"""
SELECT {_KEY} FROM spans
WHERE {binds.projects(projects)} AND span_id IN ({binds.texts(sorted(span_ids))})
ORDER BY {FORGED_FIRST}, version"""
    return [_key(row) for row in await store.rows(sql, binds.params)]


async def rows(
    store: Store, keys: Sequence[RunKey], heavy: Collection[str]
) -> dict[tuple[int, str, str], dict[str, Any]]:
    """The newest rows of some runs by project, trace and id; large columns only if asked for.

    `heavy` may name any column; with a large one come all that reading a span's content asks for.
    """
    if not keys:
        return {}
    binds = Binds()
    whole = any(name in _HEAVY for name in heavy)
    lean = _OF_DIALECTS
    if all(key.is_own for key in keys):
        # What a client of the protocol sent is given back as it is, not read by a dialect.
        whole, lean = False, _OF_DIALECTS - {"input_key", "output_key"}
    columns = [name for name in _ROW if whole or name in heavy or name not in lean]
    columns += [name for name in _HEAVY if name in heavy]
    hours_s = sorted({key.hour_s for key in keys})
    sql = f"""
SELECT {", ".join(columns)}, toUnixTimestamp64Micro(start_time) AS start_us FROM spans
WHERE {binds.projects(sorted({key.project for key in keys}))}
  AND hour IN {binds.integers(hours_s)}
  AND trace_id IN {binds.texts(sorted({key.trace_id for key in keys}))}
  AND span_id IN {binds.texts(sorted({key.span_id for key in keys}))}"""
    # One thread is cheaper, but rows that lie far apart take long.
    how = _ONE_THREAD if len(hours_s) <= _NEAR else None
    # Told apart here: ordering such wide rows costs the engine a quarter more.
    found: dict[tuple[int, str, str], dict[str, Any]] = {}
    for row in await store.records(sql, binds.params, settings=how):
        place = (row["project"], row["trace_id"], row["span_id"])
        if place not in found or found[place]["version"] < row["version"]:
            found[place] = row
    return {place: _UNREAD | row for place, row in found.items()}


async def hours(store: Store, project: int, trace_ids: Collection[str]) -> tuple[int, int] | None:
    """Between which hours the spans of some traces of a project lie."""
    binds = Binds()
    sql = f"""
SELECT count(), toUnixTimestamp(min(hour)), toUnixTimestamp(max(last_hour)) FROM traces
WHERE project = {binds.integer(project)} AND trace_id IN {binds.texts(sorted(trace_ids))}"""
    [(count, first, last)] = await store.rows(sql, binds.params, settings=_ONE_THREAD)
    return (int(first), int(last)) if count else None


async def trees(
    store: Store, traces: Iterable[tuple[int, str]]
) -> dict[tuple[int, str], dict[str, Node]]:
    """All spans of some traces by (project, trace) and id, without anything large."""
    by_project: dict[int, set[str]] = {}
    for project, trace_id in traces:
        by_project.setdefault(project, set()).add(trace_id)
    found: dict[tuple[int, str], dict[str, Node]] = {}
    versions: dict[tuple[int, str, str], int] = {}
    for project, ids in by_project.items():
        bounds = await hours(store, project, ids)
        if bounds is None:
            continue
        binds = Binds()
        sql = f"""
SELECT trace_id, span_id, parent_span_id, toUnixTimestamp64Micro(start_time), version,
    usage_counted, {_USED}
FROM spans
WHERE project = {binds.integer(project)}
  AND hour BETWEEN {binds.hour(bounds[0])} AND {binds.hour(bounds[1])}
  AND trace_id IN {binds.texts(sorted(ids))}"""
        for row in await store.rows(sql, binds.params, settings=_ONE_THREAD):
            trace_id, span_id, parent, start_us, version, counted, *used = row
            if versions.get((project, trace_id, span_id), -1) >= int(version):
                continue
            versions[project, trace_id, span_id] = int(version)
            node = Node(
                span_id=span_id,
                parent_span_id=parent,
                start_us=int(start_us),
                usage_counted=bool(counted),
                input_tokens=used[0],
                output_tokens=used[1],
                total_tokens=used[2],
                cost_input=used[3],
                cost_output=used[4],
                cost_total=used[5],
            )
            found.setdefault((project, trace_id), {})[span_id] = node
    return found


async def totals(
    store: Store, traces: Iterable[tuple[int, str]], near: Collection[int] = ()
) -> dict[tuple[int, str], Node]:
    """What whole traces used, each as if it were one span.

    `near` are hours in which most of them began: these are found without looking at all hours.
    """
    wanted = set(traces)
    found = await _totals(store, wanted, sorted(near)) if near else {}
    return found | await _totals(store, wanted - found.keys(), None)


async def _totals(
    store: Store, wanted: Collection[tuple[int, str]], hours_s: Sequence[int] | None
) -> dict[tuple[int, str], Node]:
    if not wanted:
        return {}
    binds = Binds()
    within = "" if hours_s is None else f" AND hour IN {binds.integers(hours_s)}"
    sql = f"""
SELECT project, trace_id, root_span_id, toUnixTimestamp64Micro(start_time), version, deleted,
    {_USED}
FROM traces
WHERE {binds.projects(sorted({project for project, _ in wanted}))}{within}
  AND trace_id IN {binds.texts(sorted({trace_id for _, trace_id in wanted}))}"""
    newest: dict[tuple[int, str], tuple[int, Node | None]] = {}
    for row in await store.rows(sql, binds.params, settings=_ONE_THREAD):
        project, trace_id, root, start_us, version, deleted, *used = row
        if newest.get((project, trace_id), (-1, None))[0] >= int(version):
            continue
        node = Node(
            span_id=root,
            parent_span_id="",
            start_us=int(start_us),
            usage_counted=True,
            input_tokens=used[0],
            output_tokens=used[1],
            total_tokens=used[2],
            cost_input=used[3],
            cost_output=used[4],
            cost_total=used[5],
        )
        newest[project, trace_id] = (int(version), None if deleted else node)
    return {place: node for place, (_, node) in newest.items() if node is not None}


_FIGURES: Final = """
    count() AS run_count,
    countIf(status = 'error' OR status_message = 'interrupted') AS error_count,
    countIf(first_token_us IS NOT NULL OR streaming = 1) AS streamed,
    quantileExactInclusive(0.5)(duration_us) AS latency_p50_us,
    quantileExactInclusive(0.99)(duration_us) AS latency_p99_us,
    quantileExactInclusive(0.5)(first_token_us) AS first_token_p50_us,
    quantileExactInclusive(0.99)(first_token_us) AS first_token_p99_us,
    quantileExactInclusive(0.5)(total_tokens) AS median_tokens,
    toUnixTimestamp64Micro(max(start_time)) AS last_us"""
_SUMS: Final = """
    sum(input_tokens) AS input_tokens,
    sum(output_tokens) AS output_tokens,
    sum(total_tokens) AS total_tokens,
    sum(cached_tokens) AS cached_tokens,
    sum(cache_write_tokens) AS cache_write_tokens,
    sum(reasoning_tokens) AS reasoning_tokens,
    sum(cost_input) AS cost_input,
    sum(cost_output) AS cost_output,
    sum(cost_total) AS cost_total"""


async def figures(store: Store, selection: Selection, *, whole_traces: bool) -> dict[str, Any]:
    """Counts, times, tokens and cost of a selection of runs.

    `whole_traces` sums what their traces used: runs at the top have little of their own.
    """
    binds = Binds()
    where = selection.where(binds, "spans")
    sql = f"""
SELECT {_FIGURES}, sumMap(map(toString(kind), toUInt64(1))) AS kinds
FROM spans FINAL WHERE {where}"""
    [found] = await store.records(sql, binds.params, settings=_SUMMED)
    if whole_traces:
        sums = f"""
SELECT {_SUMS}, quantileExactInclusive(0.5)(total_tokens) AS median_tokens
FROM traces FINAL
WHERE {binds.projects(list(selection.projects))}
  AND (project, trace_id) IN (SELECT project, trace_id FROM spans FINAL WHERE {where})"""
    else:
        sums = f"SELECT {_SUMS} FROM spans FINAL WHERE {where} AND usage_counted = 1"
    [used] = await store.records(sums, binds.params, settings=_SUMMED)
    return {**found, **used}


async def threads(
    store: Store, selection: Selection, *, limit: int, after: Sequence[Any] | None = None
) -> list[dict[str, Any]]:
    """Threads of a selection of traces, the latest active first."""
    binds = Binds()
    where = selection.where(binds, "traces")
    having = ""
    if after is not None:
        having = (
            f"HAVING (last_us, session_id) < ({binds.integer(int(after[0]))},"
            f" {binds.text(str(after[1]))})"
        )
    sql = f"""
SELECT session_id, {_THREAD}
FROM traces FINAL
WHERE {where} AND session_id != ''
GROUP BY session_id
{having}
ORDER BY last_us DESC, session_id DESC
LIMIT {binds.integer(limit)}"""
    return await store.records(sql, binds.params, settings=_SUMMED)


async def thread_figures(store: Store, selection: Selection) -> dict[str, Any]:
    """The figures of all threads of a selection together."""
    binds = Binds()
    where = selection.where(binds, "traces")
    sql = f"""
SELECT uniqExact(session_id) AS threads, {_THREAD},
    countIf(first_token_us IS NOT NULL) AS streamed,
    quantileExactInclusive(0.5)(first_token_us) AS first_token_p50_us,
    quantileExactInclusive(0.99)(first_token_us) AS first_token_p99_us,
    quantileExactInclusive(0.5)(total_tokens) AS median_tokens
FROM traces FINAL WHERE {where} AND session_id != ''"""
    [found] = await store.records(sql, binds.params, settings=_SUMMED)
    return found


_THREAD: Final = f"""
    count() AS turns,
    countIf(status = 'error') AS errors,
    toUnixTimestamp64Micro(min(start_time)) AS first_us,
    toUnixTimestamp64Micro(max(start_time)) AS last_us,
    toUnixTimestamp64Micro(max(addMicroseconds(start_time, ifNull(duration_us, 0)))) AS end_us,
    argMin(trace_id, (start_time, trace_id)) AS first_trace,
    argMax(trace_id, (start_time, trace_id)) AS last_trace,
    argMin(root_span_id, (start_time, trace_id)) AS first_root,
    argMax(root_span_id, (start_time, trace_id)) AS last_root,
    argMin(project, (start_time, trace_id)) AS project,
    groupArray(10000)(trace_id) AS trace_ids,
    quantileExactInclusive(0.5)(duration_us) AS latency_p50_us,
    quantileExactInclusive(0.99)(duration_us) AS latency_p99_us,{_SUMS}"""


async def roots(
    store: Store,
    selection: Selection,
    *,
    descending: bool,
    limit: int,
    after: Sequence[Any] | None = None,
) -> list[dict[str, Any]]:
    """Traces of a selection by start: the trace, its root and its sums."""
    order = order_of("-start_time" if descending else "start_time", "traces")
    binds = Binds()
    where = selection.where(binds, "traces")
    if after is not None:
        where += f" AND {order.after(list(after), binds)}"
    sql = f"""
SELECT {order.key()} AS _k, project, trace_id, root_span_id, session_id, first_token_us,
    toUnixTimestamp64Micro(start_time) AS start_us, total_tokens, cost_total
FROM traces FINAL WHERE {where} ORDER BY {order.sql()} LIMIT {binds.integer(limit)}"""
    return await store.records(sql, binds.params)
