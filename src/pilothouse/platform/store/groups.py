"""The SQL of sessions and users: their traces, summed up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from pilothouse.filters import Expression
from pilothouse.platform.store import json_rows
from pilothouse.platform.store.binds import Binds
from pilothouse.platform.store.columns import Column
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.json_rows import Row, split_rows
from pilothouse.platform.store.orders import Order, pick
from pilothouse.platform.store.selection import Selection
from pilothouse.platform.store.shown import TRACE_TOKENS
from pilothouse.platform.store.text_match import text_condition
from pilothouse.platform.store.weights import WEIGHT, weighed

_TOKENS: Final = TRACE_TOKENS
_END_US: Final = "toUnixTimestamp64Micro(start_time) + ifNull(duration_us, 0)"

_SUMS: Final = ", ".join((
    *(f"sum({name}) AS g_{name}" for name in _TOKENS),
    *(f"sum(cost_{part}) AS g_cost_{part}" for part in ("input", "output", "total")),
    "count() AS g_traces",
    "countIf(status = 'error') AS g_errors",
    "sum(span_count) AS g_spans",
    "sum(llm_count) AS g_calls",
    "min(start_time) AS g_start",
    "max(start_time) AS g_last",
    "min(hour) AS g_hour",
    "max(hour) AS g_last_hour",
))  # fmt: skip

_SESSION: Final = f"""
    {_SUMS},
    max({_END_US}) - toUnixTimestamp64Micro(g_start) AS g_duration_us,
    if(g_errors > 0, 'error', argMax(status, start_time)) AS g_status,
    argMinIf(user_id, start_time, user_id != '') AS g_user_id,
    argMaxIf(environment, start_time, environment != '') AS g_environment,
    argMaxIf(release, start_time, release != '') AS g_release,
    argMin(input_preview, start_time) AS g_input,
    argMax(output_preview, start_time) AS g_output,
    arraySort(groupUniqArrayArray(models)) AS g_models,
    arraySort(groupUniqArrayArray(tags)) AS g_tags"""

_USER: Final = f"""
    {_SUMS},
    uniqExactIf(session_id, session_id != '') AS g_sessions"""

_USAGE: Final = json_rows.json_object(
    "usage", {name: (f"g_{name}", "Nullable(UInt64)") for name in _TOKENS}
)
_COST: Final = json_rows.json_object(
    "cost", {p: (f"g_cost_{p}", "Nullable(Float64)") for p in ("input", "output", "total")}
)

_SESSION_JSON: Final = f"""
    session_id, nullIf(g_user_id, '') AS user_id, g_start AS start_time,
    addMicroseconds(g_start, g_duration_us) AS end_time, g_duration_us / 1000 AS duration_ms,
    g_status AS status, g_traces AS trace_count, g_errors AS error_count, g_spans AS span_count,
    g_calls AS llm_call_count, nullIf(g_input, '') AS input_preview,
    nullIf(g_output, '') AS output_preview, {_USAGE}, {_COST}, g_models AS models,
    g_tags AS tags, nullIf(g_environment, '') AS environment, nullIf(g_release, '') AS release"""

_USER_JSON: Final = f"""
    user_id, g_traces AS trace_count, g_sessions AS session_count, g_errors AS error_count,
    {_USAGE}, {_COST}, g_start AS first_seen_at, g_last AS last_seen_at"""

_SUMMED: Final[dict[str, Column]] = {
    "trace_count": Column("g_traces", "number"),
    "error_count": Column("g_errors", "number"),
    "span_count": Column("g_spans", "number"),
    "llm_call_count": Column("g_calls", "number"),
    **{f"usage.{name}": Column(f"g_{name}", "number", nullable=True) for name in _TOKENS},
    **{
        f"cost.{p}": Column(f"g_cost_{p}", "number", nullable=True)
        for p in ("input", "output", "total")
    },
}


@dataclass(frozen=True, slots=True)
class Grouping:
    """What traces are grouped by, and what is said of a group."""

    key: str
    sums: str
    shown: str
    columns: dict[str, Column]
    """What groups can be ordered and measured by."""

    @property
    def ids(self) -> tuple[str, ...]:
        return (self.key, "project")


SESSIONS: Final = Grouping(
    "session_id",
    _SESSION,
    _SESSION_JSON,
    {
        **_SUMMED,
        "session_id": Column("session_id", "text"),
        "user_id": Column("g_user_id", "text"),
        "environment": Column("g_environment", "text"),
        "release": Column("g_release", "text"),
        "status": Column("g_status", "text"),
        "start_time": Column("g_start", "time"),
        "end_time": Column("addMicroseconds(g_start, g_duration_us)", "time"),
        "duration_ms": Column("g_duration_us", "number", 1000),
        "input_preview": Column("g_input", "text"),
        "output_preview": Column("g_output", "text"),
    },
)
USERS: Final = Grouping(
    "user_id",
    _USER,
    _USER_JSON,
    {
        **_SUMMED,
        "user_id": Column("user_id", "text"),
        "session_count": Column("g_sessions", "number"),
        "first_seen_at": Column("g_start", "time"),
        "last_seen_at": Column("g_last", "time"),
        "start_time": Column("g_last", "time"),
    },
)


@dataclass(frozen=True, slots=True)
class Members:
    """Some groups by project and id, and the hours that all their traces lie in."""

    ids: Sequence[tuple[int, str]]
    hours: tuple[int, int] | None = None

    def where(self, key: str, binds: Binds) -> list[str]:
        """The conditions on their traces; the index knows the ids alone."""
        projects = binds.integers(project for project, _ in self.ids)
        ids = binds.texts(one for _, one in self.ids)
        conditions = [f"{key} IN {ids}", f"(project, {key}) IN arrayZip({projects}, {ids})"]
        if self.hours is not None:
            first, last = map(binds.hour, self.hours)
            conditions.append(f"hour BETWEEN {first} AND {last}")
        return conditions


def groups_sql(
    grouping: Grouping, selection: Selection, binds: Binds, members: Members | None = None
) -> str:
    """The groups of a selection as a subquery; or some of them, known to be in it.

    A session is in when one of its traces is in the window, and is summed up whole. Of users the
    traces that the selection has are summed up.
    """
    compiler = selection.compiler(binds)
    key = grouping.key
    where = [compiler.project_condition(), f"{key} != ''"]
    having = []
    if members is not None:
        where += members.where(key, binds)
    elif grouping is SESSIONS:
        if window := selection.window(binds):
            having.append(f"max({' AND '.join(window)})")
        if selection.filter is not None:
            having.append(compiler.sessions(selection.filter))
        if selection.pieces:
            having.append(f"max({_holds(selection, binds)})")
    else:
        where += selection.window(binds)
        if selection.filter is not None:
            where.append(compiler.traces(selection.filter))
        if selection.pieces:
            where.append(_holds(selection, binds))
    kept = f"HAVING {' AND '.join(having)}" if having else ""
    return (
        f"SELECT project, {key}, {grouping.sums} FROM traces FINAL"
        f" WHERE {' AND '.join(where)} GROUP BY project, {key} {kept}"
    )


def _holds(selection: Selection, binds: Binds) -> str:
    """Whether the search stands in a span of the trace of the row."""
    projects = selection.compiler(binds).project_condition()
    match = text_condition(binds, selection.pieces)
    return (
        "(project, trace_id) IN"
        f" (SELECT project, trace_id FROM spans FINAL WHERE {projects} AND {match})"
    )


async def page(
    store: Store,
    grouping: Grouping,
    selection: Selection,
    order: Order,
    *,
    limit: int,
    after: list[Any] | None = None,
) -> list[Row]:
    """At most `limit` groups in their order, after a place."""
    binds = Binds()
    beyond = "" if after is None else f"WHERE {order.after(after, binds)}"
    if grouping is USERS:
        chosen = f"({groups_sql(USERS, selection, binds)}) {beyond}"
        return await _shown(store, grouping, selection, order, binds, chosen, limit)
    # All sessions are looked at by what orders them, and only those of the page summed up whole.
    sql = f"""
SELECT project, session_id, toUnixTimestamp(g_hour), toUnixTimestamp(g_last_hour)
FROM ({groups_sql(SESSIONS, selection, binds)})
{beyond}
ORDER BY {order.sql()}
LIMIT {limit}"""
    found = await store.rows(sql, binds.params)
    if not found:
        return []
    hours = (min(int(row[2]) for row in found), max(int(row[3]) for row in found))
    binds = Binds()
    members = Members([(int(row[0]), row[1]) for row in found], hours)
    chosen = f"({groups_sql(SESSIONS, selection, binds, members)})"
    return await _shown(store, grouping, selection, order, binds, chosen, limit)


async def session(store: Store, selection: Selection, project: int, session_id: str) -> Row:
    """One session, which some trace of the project is of."""
    binds = Binds()
    members = Members([(project, session_id)])
    chosen = f"({groups_sql(SESSIONS, selection, binds, members)})"
    order = pick("start_time", SESSIONS.columns, SESSIONS.ids)
    [row] = await _shown(store, SESSIONS, selection, order, binds, chosen, 1)
    return row


async def _shown(
    store: Store,
    grouping: Grouping,
    selection: Selection,
    order: Order,
    binds: Binds,
    chosen: str,
    limit: int,
) -> list[Row]:
    named = json_rows.project_name(binds, selection.projects)
    sql = f"""
SELECT {grouping.shown}, {named}, _k
FROM (
    SELECT *, project AS project_number, {order.key()} AS _k
    FROM {chosen}
    ORDER BY {order.sql()}
    LIMIT {limit}
)"""
    return split_rows(await store.raw(sql, binds.params))


async def totals(store: Store, grouping: Grouping, selection: Selection) -> bytes:
    """Sums over all groups, as a JSON object."""
    binds = Binds()
    duration = "g_duration_us" if grouping is SESSIONS else "CAST(NULL, 'Nullable(Int64)')"
    sql = f"""
SELECT count() AS count,
       countIf(g_errors > 0) AS error_count,
       quantilesExactInclusive(0.5, 0.99)({duration}) AS quantiles,
       quantiles[1] / 1000 AS p50_duration_ms,
       quantiles[2] / 1000 AS p99_duration_ms,
       sum(g_input_tokens) AS input_tokens,
       sum(g_output_tokens) AS output_tokens,
       sum(g_total_tokens) AS total_tokens,
       sum(g_cost_total) AS total_cost
FROM ({groups_sql(grouping, selection, binds)})"""
    [sums] = await store.records(sql, binds.params)
    del sums["quantiles"]
    return orjson.dumps(sums)


async def projects_of_session(store: Store, session_id: str, projects: Sequence[int]) -> list[int]:
    """The projects that have a session of this id."""
    binds = Binds()
    sql = f"""
SELECT DISTINCT project FROM traces FINAL
WHERE {binds.projects(projects)} AND session_id = {binds.text(session_id)}
ORDER BY project"""
    return [int(project) for (project,) in await store.rows(sql, binds.params)]


async def user_scores(
    store: Store, selection: Selection, users: Sequence[str], condition: Expression | None
) -> dict[tuple[int, str], list[dict[str, Any]]]:
    """The mean of each score by (project, user), over the user's traces of the selection."""
    binds = Binds()
    compiler = selection.compiler(binds)
    where = [compiler.project_condition(), *selection.window(binds)]
    where.append(f"user_id IN ({binds.texts(users)})")
    if condition is not None:
        where.append(compiler.traces(condition))
    sql = f"""
SELECT t.project, t.user_id, s.name, {weighed("s.value", "s.weight")}, count()
FROM (
    SELECT project, trace_id, name, value, {WEIGHT} AS weight FROM scores FINAL
    WHERE {compiler.project_condition()} AND trace_id != ''
) AS s
INNER JOIN (
    SELECT project, trace_id, user_id FROM traces FINAL WHERE {" AND ".join(where)}
) AS t ON s.project = t.project AND s.trace_id = t.trace_id
GROUP BY t.project, t.user_id, s.name
ORDER BY s.name"""
    found: dict[tuple[int, str], list[dict[str, Any]]] = {}
    for project, user, name, mean, number in await store.rows(sql, binds.params):
        found.setdefault((int(project), user), []).append(
            {"name": name, "value": mean, "count": int(number)}
        )
    return found
