"""The SQL of flat tables for other programs: one Parquet file, made by the engine."""

from __future__ import annotations

from typing import Final

from pilothouse.platform.store import json_rows, search
from pilothouse.platform.store.binds import Binds
from pilothouse.platform.store.columns import END_TIME, SOURCE
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.groups import SESSIONS, groups_sql
from pilothouse.platform.store.selection import Selection
from pilothouse.platform.store.shown import SPAN_TOKENS, TRACE_TOKENS

_COSTS: Final = ", ".join(f"cost_{p} AS `cost.{p}`" for p in ("input", "output", "total"))


def _usage(tokens: tuple[str, ...]) -> str:
    return ", ".join(f"{name} AS `usage.{name}`" for name in tokens)


def _known(*names: str) -> str:
    """Texts, null where they are not known."""
    return ", ".join(f"nullIf({name}, '') AS {name}" for name in names)


_TRACES: Final = (
    f"trace_id, {_known('root_span_id')}, name, start_time, {END_TIME} AS end_time,"
    " first_seen_at, duration_us / 1000 AS duration_ms,"
    " first_token_us / 1000 AS time_to_first_token_ms, status,"
    f" {_known('status_message', 'error_type')}, error_count, span_count,"
    f" llm_count AS llm_call_count, {_known('input_preview', 'output_preview')},"
    f" {_usage(TRACE_TOKENS)}, {_COSTS}, models, providers, kinds, tools, prompt_names,"
    f" {_known('environment', 'release', 'session_id', 'user_id')}, tags, metadata, scores"
)
_SPANS: Final = (
    f"trace_id, span_id, {_known('parent_span_id')}, name, kind, start_time,"
    f" {END_TIME} AS end_time, duration_us / 1000 AS duration_ms,"
    " first_token_us / 1000 AS time_to_first_token_ms, streaming, status,"
    f" {_known('status_message', 'error_type', 'model', 'provider')}, {_usage(SPAN_TOKENS)},"
    f" usage_counted, {_COSTS}, nullIf(cost_source, '') AS `cost.source`,"
    f" {_known('tool_name')}, nullIf(prompt_name, '') AS `prompt.name`,"
    " nullIf(prompt_version, '') AS `prompt.version`,"
    f" {_known('session_id', 'user_id')}, tags, metadata, {_known('environment', 'release')},"
    f" {SOURCE} AS source, {_known('input', 'output')}, scores"
)
_SESSIONS: Final = (
    "session_id, nullIf(g_user_id, '') AS user_id, g_start AS start_time,"
    " addMicroseconds(g_start, g_duration_us) AS end_time, g_duration_us / 1000 AS duration_ms,"
    " g_status AS status, g_traces AS trace_count, g_errors AS error_count, g_spans AS span_count,"
    " g_calls AS llm_call_count, nullIf(g_input, '') AS input_preview,"
    " nullIf(g_output, '') AS output_preview, "
    + ", ".join(f"g_{name} AS `usage.{name}`" for name in TRACE_TOKENS)
    + ", "
    + ", ".join(f"g_cost_{p} AS `cost.{p}`" for p in ("input", "output", "total"))
    + ", g_models AS models, g_tags AS tags, nullIf(g_environment, '') AS environment,"
    " nullIf(g_release, '') AS release"
)
_SCORE: Final = (
    "CAST((name, value, label, comment, source), 'Tuple(name String, value Nullable(Float64),"
    " label String, comment String, source String)')"
)


async def parquet(store: Store, scope: str, selection: Selection) -> bytes:
    """The selection as one Parquet file, traces and spans with their scores."""
    binds = Binds()
    named = json_rows.project_name(binds, selection.projects)
    if scope == "sessions":
        groups = groups_sql(SESSIONS, selection, binds)
        rows, shown = f"SELECT *, project AS project_number FROM ({groups})", _SESSIONS
    else:
        where = selection.where(binds, scope)
        if selection.pieces:
            where += f" AND {search.condition(selection, scope, binds)[0]}"
        rows = _with_scores(scope, where, binds, selection)
        shown = _TRACES if scope == "traces" else _SPANS
    sql = f"SELECT {named}, {shown} FROM ({rows}) ORDER BY start_time DESC"
    return await store.raw(
        sql,
        binds.params,
        "Parquet",
        timeout_s=300,
        settings={"output_format_parquet_string_as_string": 1},
    )


def _with_scores(scope: str, where: str, binds: Binds, selection: Selection) -> str:
    """The rows that fulfil `where`; a trace has the scores of its spans, too, oldest first."""
    ids = ["trace_id"] if scope == "traces" else ["trace_id", "span_id"]
    of = ", ".join(f"{name} AS of_{name}" for name in ids)
    same = " AND ".join(f"found.{name} = given.of_{name}" for name in ids)
    return f"""
SELECT found.*, found.project AS project_number, given.scores AS scores
FROM (SELECT * FROM {scope} FINAL WHERE {where}) AS found
LEFT JOIN (
    SELECT project AS of_project, {of},
        arrayMap(s -> s.2, arraySort(s -> s.1, groupArray((created_at, {_SCORE})))) AS scores
    FROM scores FINAL
    WHERE {binds.projects(selection.projects)} AND trace_id != ''
    GROUP BY project, {", ".join(ids)}
) AS given ON found.project = given.of_project AND {same}"""
