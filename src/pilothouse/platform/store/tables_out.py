"""The SQL of flat tables for other programs: one Parquet file, made by the engine."""

from __future__ import annotations

from typing import Final

from pilothouse.platform.store import json_rows, search
from pilothouse.platform.store.binds import Binds
from pilothouse.platform.store.compile import END_TIME, SOURCE
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.groups import SESSIONS, groups_sql
from pilothouse.platform.store.selection import Selection
from pilothouse.platform.store.shown import SPAN_TOKENS, TRACE_TOKENS

_COSTS: Final = ", ".join(f"cost_{p} AS `cost.{p}`" for p in ("input", "output", "total"))


def _usage(tokens: tuple[str, ...]) -> str:
    return ", ".join(f"{name} AS `usage.{name}`" for name in tokens)


_TRACES: Final = (
    f"trace_id, root_span_id, name, start_time, {END_TIME} AS end_time, first_seen_at,"
    " duration_us / 1000 AS duration_ms, first_token_us / 1000 AS time_to_first_token_ms, status,"
    " status_message, error_type, error_count, span_count, llm_count AS llm_call_count,"
    f" input_preview, output_preview, {_usage(TRACE_TOKENS)}, {_COSTS}, models,"
    " providers, kinds, tools, prompt_names, environment, release, session_id, user_id, tags,"
    " metadata"
)
_SPANS: Final = (
    f"trace_id, span_id, parent_span_id, name, kind, start_time, {END_TIME} AS end_time,"
    " duration_us / 1000 AS duration_ms, first_token_us / 1000 AS time_to_first_token_ms,"
    " streaming, status, status_message, error_type, model, provider,"
    f" {_usage(SPAN_TOKENS)}, usage_counted, {_COSTS}, cost_source AS `cost.source`,"
    " tool_name, prompt_name AS `prompt.name`, prompt_version AS `prompt.version`, session_id,"
    f" user_id, tags, metadata, environment, release, {SOURCE} AS source, input, output"
)
_SESSIONS: Final = (
    "session_id, g_user_id AS user_id, g_start AS start_time,"
    " addMicroseconds(g_start, g_duration_us) AS end_time, g_duration_us / 1000 AS duration_ms,"
    " g_status AS status, g_traces AS trace_count, g_errors AS error_count, g_spans AS span_count,"
    " g_calls AS llm_call_count, g_input AS input_preview, g_output AS output_preview, "
    + ", ".join(f"g_{name} AS `usage.{name}`" for name in TRACE_TOKENS)
    + ", "
    + ", ".join(f"g_cost_{p} AS `cost.{p}`" for p in ("input", "output", "total"))
    + ", g_models AS models, g_tags AS tags, g_environment AS environment, g_release AS release"
)


async def parquet(store: Store, scope: str, selection: Selection) -> bytes:
    """The selection as one Parquet file; unknown texts are empty in it."""
    binds = Binds()
    named = json_rows.project_name(binds, selection.projects)
    if scope == "sessions":
        groups = groups_sql(SESSIONS, selection, binds)
        rows, shown = f"SELECT *, project AS project_number FROM ({groups})", _SESSIONS
    else:
        where = selection.where(binds, scope)
        if selection.pieces:
            where += f" AND {search.condition(selection, scope, binds)[0]}"
        rows = f"SELECT *, project AS project_number FROM {scope} FINAL WHERE {where}"
        shown = _TRACES if scope == "traces" else _SPANS
    sql = f"SELECT {named}, {shown} FROM ({rows}) ORDER BY start_time DESC"
    return await store.raw(
        sql,
        binds.params,
        "Parquet",
        timeout_s=300,
        settings={"output_format_parquet_string_as_string": 1},
    )
