"""The SQL of online evaluation: what came in since, what lies in a window, and whole entities.

What came in is found by the versions of traces, which rise with every change (`changes`). A trace
that went on changing later than the moment asked for is left out: it comes up again by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

from pilothouse.platform.store.binds import Binds
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.selection import Selection

Unit = Literal["span", "trace", "session"]
MARKER: Final = "pilothouse.evaluator"
"""The metadata by which the traces of evaluators themselves are told apart."""
MOST_TURNS: Final = 500
"""Traces of a session that are read."""
ORDINARY: Final = f"metadata['{MARKER}'] = ''"
START_US: Final = "toUnixTimestamp64Micro(start_time)"


class Found(NamedTuple):
    """A span, trace or session that a filter holds for; thousands are made in a look."""

    trace_id: str
    span_id: str
    session_id: str
    version: int
    start_us: int
    stratum: int = -1
    """Which of the strata it was looked for with it is the first to belong to."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: a filter, and filters that tell parts of what it holds for apart."""

    unit: Unit
    selection: Selection
    strata: tuple[Selection, ...] = ()

    def columns(self, binds: Binds, table: str) -> tuple[str, str]:
        """Whether a row of a table is wanted, and its stratum, as SQL."""
        if table == "traces" and self.unit == "span":
            return "1", "-1"  # that is asked of its spans later
        holds = f"({self.selection.where(binds, table)})"
        if self.unit == "session":
            holds = f"({holds} AND session_id != '')"
        return holds, _stratum(binds, table, self.strata)


@dataclass(frozen=True, slots=True)
class TracePlace:
    """Where the spans of a trace lie, and which of them stands for it."""

    first_hour: int
    last_hour: int
    root_span_id: str
    session_id: str
    span_count: int


@dataclass(frozen=True, slots=True)
class Turn:
    """A trace of a session."""

    trace_id: str
    start_us: int
    version: int
    place: TracePlace


@dataclass(frozen=True, slots=True)
class News:
    """What changed in a project between two versions."""

    last: int = 0
    """The last change."""
    traces: int = 0
    spans: int = 0
    """How many spans these traces have."""


async def news(store: Store, after: int, until: int) -> dict[int, News]:
    """By project what changed between two versions."""
    binds = Binds()
    sql = f"""
SELECT project, max(version), count(), sum(span_count) FROM traces
WHERE version > {binds.integer(after)} AND version <= {binds.integer(until)}
GROUP BY project"""
    rows = await store.rows(sql, binds.params)
    return {int(project): News(*map(int, told)) for project, *told in rows}


async def end_of_page(
    store: Store, project: int, after: int, until: int, most: int, most_spans: int | None = None
) -> int:
    """The version up to which there are at most so many changes of a project, which has some.

    The traces of all but the first have at most so many spans together.
    """
    binds = Binds()
    bound = "" if most_spans is None else f"WHERE place = 1 OR spans <= {int(most_spans)}"
    sql = f"""
SELECT max(version) FROM (
    SELECT version, row_number() OVER (ORDER BY version) AS place,
        sum(span_count) OVER (ORDER BY version ROWS UNBOUNDED PRECEDING) AS spans
    FROM (
        SELECT version, span_count FROM traces
        WHERE project = {binds.integer(project)}
          AND version > {binds.integer(after)} AND version <= {binds.integer(until)}
        ORDER BY version LIMIT {int(most)}
    )
)
{bound}"""
    [(version,)] = await store.rows(sql, binds.params)
    return int(version)


async def scored(store: Store, wanted: Wanted, after: int, until: int, most: int) -> list[Found]:
    """What a filter holds for in the traces that were given scores between two versions."""
    binds = Binds()
    [project] = wanted.selection.projects
    sql = f"""
SELECT DISTINCT trace_id FROM scores
WHERE project = {binds.integer(project)} AND trace_id != ''
    AND version > {binds.integer(after)} AND version <= {binds.integer(until)}
LIMIT {most}"""
    trace_ids = [str(trace_id) for (trace_id,) in await store.rows(sql, binds.params)]
    if not trace_ids:
        return []
    binds = Binds()
    of_spans = wanted.unit == "span"
    table = "spans" if of_spans else "traces"
    holds, stratum = wanted.columns(binds, table)
    sql = f"""
SELECT trace_id, {"span_id" if of_spans else "root_span_id"}, session_id, version, {START_US},
    {stratum}
FROM {table} FINAL
WHERE {holds} AND {ORDINARY} AND trace_id IN ({binds.texts(trace_ids)})
    {"AND duration_us IS NOT NULL" if of_spans else ""}"""
    return _found(await store.rows(sql, binds.params))


def _stratum(binds: Binds, table: str, strata: Sequence[Selection]) -> str:
    """The place of the first selection that a row of a table is in, as SQL; -1 for none."""
    if not strata:
        return "-1"
    cases = (f"({one.where(binds, table)}), {place}" for place, one in enumerate(strata))
    return f"multiIf({', '.join(cases)}, -1)"


async def in_window(
    store: Store, wanted: Wanted, after: Sequence[Any] | None, most: int
) -> tuple[list[Found], list[Any] | None]:
    """The next of what a filter holds for in the window of a selection, and where to go on."""
    binds = Binds()
    unit = wanted.unit
    key = "hour, trace_id, span_id" if unit == "span" else "hour, trace_id"
    source = _window(binds, unit, wanted.selection)
    table = "spans" if unit == "span" else "traces"
    if after is not None:
        place = [binds.hour(int(after[0])), *(binds.text(str(one)) for one in after[1:])]
        source += f" AND ({key}) > ({', '.join(place)})"
    sql = f"""
SELECT toUnixTimestamp(hour), trace_id, {"span_id" if unit == "span" else "root_span_id"},
    session_id, version, {START_US}, {_stratum(binds, table, wanted.strata)}
FROM {source}
ORDER BY {key}
LIMIT {most}"""
    rows = await store.rows(sql, binds.params)
    found = _found([row[1:] for row in rows])
    if len(rows) < most:
        return found, None
    last = rows[-1]
    return found, [int(last[0]), *(last[1:3] if unit == "span" else last[1:2])]


async def count_in_window(store: Store, unit: Unit, selection: Selection) -> int:
    """How much a filter holds for in the window of a selection."""
    binds = Binds()
    counted = "uniqExact(session_id)" if unit == "session" else "count()"
    sql = f"SELECT {counted} FROM {_window(binds, unit, selection)}"
    [(n,)] = await store.rows(sql, binds.params)
    return int(n)


def _window(binds: Binds, unit: Unit, selection: Selection) -> str:
    """A table, and what is asked of its rows in a window."""
    table = "spans" if unit == "span" else "traces"
    where = f"{selection.where(binds, table)} AND {ORDINARY}"
    if unit == "session":
        where += " AND session_id != ''"
    if unit == "span":
        where += " AND duration_us IS NOT NULL"
    return f"{table} FINAL WHERE {where}"


async def stratum_of(store: Store, wanted: Wanted, trace_id: str, span_id: str) -> int | None:
    """The stratum of one trace or span of it, -1 for none; None where the filter does not hold."""
    binds = Binds()
    table = "spans" if wanted.unit == "span" else "traces"
    holds, stratum = wanted.columns(binds, table)
    where = f"{holds} AND trace_id = {binds.text(trace_id)}"
    if wanted.unit == "span":
        where += f" AND span_id = {binds.text(span_id)}"
    rows = await store.rows(
        f"SELECT {stratum} FROM {table} FINAL WHERE {where} LIMIT 1", binds.params
    )
    return int(rows[0][0]) if rows else None


async def trace_version(store: Store, project: int, trace_id: str) -> tuple[int, str] | None:
    """The version and the session of a trace; None where it is not there."""
    binds = Binds()
    sql = f"""
SELECT version, session_id FROM traces FINAL
WHERE project = {binds.integer(project)} AND trace_id = {binds.text(trace_id)}"""
    rows = await store.rows(sql, binds.params)
    return (int(rows[0][0]), str(rows[0][1])) if rows else None


async def places_of(store: Store, project: int, trace_ids: Sequence[str]) -> dict[str, TracePlace]:
    """Where some traces lie."""
    if not trace_ids:
        return {}
    binds = Binds()
    sql = f"""
SELECT trace_id, toUnixTimestamp(hour), toUnixTimestamp(last_hour), root_span_id, session_id,
    span_count, deleted
FROM traces
WHERE project = {binds.integer(project)} AND trace_id IN ({binds.texts(trace_ids)})
ORDER BY version DESC LIMIT 1 BY trace_id, hour"""
    found: dict[str, TracePlace] = {}
    for trace_id, first, last, root, session, n, deleted in await store.rows(sql, binds.params):
        if not deleted and trace_id not in found:
            found[trace_id] = TracePlace(int(first), int(last), root, session, int(n))
    return found


async def turns_of(store: Store, project: int, session_ids: Sequence[str]) -> dict[str, list[Turn]]:
    """The traces of some sessions, in the order in which they began."""
    if not session_ids:
        return {}
    binds = Binds()
    sql = f"""
SELECT session_id, trace_id, {START_US}, toUnixTimestamp(hour), toUnixTimestamp(last_hour),
    root_span_id, span_count, version
FROM traces FINAL
WHERE project = {binds.integer(project)} AND session_id IN ({binds.texts(session_ids)})
ORDER BY session_id, start_time, trace_id
LIMIT {MOST_TURNS} BY session_id"""
    found: dict[str, list[Turn]] = {}
    rows = await store.rows(sql, binds.params)
    for session, trace_id, start, first, last, root, n, version in rows:
        place = TracePlace(int(first), int(last), root, session, int(n))
        found.setdefault(session, []).append(Turn(trace_id, int(start), int(version), place))
    return found


def _found(rows: Iterable[tuple[Any, ...]]) -> list[Found]:
    return [*map(Found._make, rows)]


async def first_inputs(
    store: Store, project: int, trace_ids: Sequence[str], kind: str
) -> dict[str, str]:
    """The input of the first span of a kind in some traces."""
    places = await places_of(store, project, trace_ids)
    if not places:
        return {}
    binds = Binds()
    first = min(place.first_hour for place in places.values())
    last = max(place.last_hour for place in places.values())
    sql = f"""
SELECT trace_id, input FROM (
    SELECT trace_id, span_id, kind, start_time, input FROM spans
    WHERE project = {binds.integer(project)}
      AND hour BETWEEN {binds.hour(first)} AND {binds.hour(last)}
      AND trace_id IN ({binds.texts(places)})
    ORDER BY version DESC LIMIT 1 BY trace_id, span_id
)
WHERE kind = {binds.text(kind)}
ORDER BY start_time, span_id LIMIT 1 BY trace_id"""
    rows = await store.rows(sql, binds.params)
    return {str(trace_id): str(text) for trace_id, text in rows}
