"""The SQL of one trace and of one span.

A trace is found through its row in `traces`, which says in which hours its spans lie. Duplicates
are told apart here or by LIMIT 1 BY, since FINAL is slow where few rows are wanted
(design/store.md §4), and ordering rows of many columns costs a fifth more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Final

import orjson

from pilothouse.platform.store import json_rows, packed_traces, shown
from pilothouse.platform.store.binds import Binds
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.rows import SOURCE_COLUMNS, SPAN_COLUMNS

SHAPED_HERE: Final = 500
"""Up to so many spans are shaped in Python; the tree of a larger trace is the engine's own text."""
_COMPACT: Final = {
    "output_format_json_array_of_rows": 1,
    "output_format_json_skip_null_value_in_named_tuples": 1,  # a third of 20,000 spans is null
}
_ONE_THREAD: Final = {"max_threads": 1}
_BY_KEY: Final = {**_ONE_THREAD, "use_skip_indexes": 0, "optimize_move_to_prewhere": 0}
"""Of a trace within one hour the key alone finds the few granules, which are then read at once."""

_CALL_KEYS: Final = ("gen_ai.tool.call.id", "tool.id", "ai.toolCall.id", "tool_call.id")
"""Where instrumentations put it, as far as it is an attribute: see `dialects.table.tools`."""
_CALL: Final = ", ".join(f"attributes['{key}']" for key in _CALL_KEYS)
TOOL_CALL_ID: Final = (
    f"if(kind = 'tool', arrayFirst(x -> x != '' AND NOT startsWith(x, '\\x01'), [{_CALL}]), '')"
)
"""The call that a tool span answers, `''` for unknown; what is no plain text is left out."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the spans of a trace lie."""

    project: int
    first_hour: int
    last_hour: int
    span_count: int
    trace: dict[str, Any] | None = field(default=None, compare=False)
    """What a list shows of the trace, where it is packed as this release packs it."""


async def places(store: Store, trace_id: str, projects: Sequence[int]) -> list[Place]:
    """The traces of this id, one for each project that has one."""
    binds = Binds()
    sql = f"""
SELECT {packed_traces.COLUMNS}, toUnixTimestamp(hour) AS first_hour,
    toUnixTimestamp(last_hour) AS end_hour, span_count, version, deleted
FROM traces
WHERE {binds.projects(projects)} AND trace_id = {binds.text(trace_id)}"""
    rows = await store.records(sql, binds.params, settings=_ONE_THREAD)
    newest = _newest(rows, "project", "first_hour")
    newest.sort(key=itemgetter("version"), reverse=True)
    return [
        Place(
            row["project"],
            row["first_hour"],
            row["end_hour"],
            row["span_count"],
            packed_traces.unpacked(row),
        )
        for row in newest
        if not row["deleted"]
    ]


def _newest(rows: Iterable[dict[str, Any]], *key: str) -> list[dict[str, Any]]:
    """Of the rows of each key the one with the highest version."""
    newest: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        place = tuple(row[name] for name in key)
        if place not in newest or newest[place]["version"] < row["version"]:
            newest[place] = row
    return list(newest.values())


async def trace_row(store: Store, place: Place, trace_id: str) -> dict[str, Any] | None:
    """The row of a trace itself, as `shown.trace_shown` reads it."""
    if place.trace is not None:
        return place.trace
    binds = Binds()
    sql = f"""
SELECT {shown.TRACE_COLUMNS} FROM traces
WHERE project = {binds.integer(place.project)} AND hour = {binds.hour(place.first_hour)}
  AND trace_id = {binds.text(trace_id)}
ORDER BY version DESC LIMIT 1"""
    rows = await store.records(sql, binds.params, settings=_ONE_THREAD)
    return rows[0] if rows else None


async def places_of_span(
    store: Store, span_id: str, projects: Sequence[int]
) -> list[tuple[int, str]]:
    """(project, trace id) of every span of this id."""
    binds = Binds()
    sql = f"""
SELECT DISTINCT project, trace_id FROM spans
WHERE span_id = {binds.text(span_id)} AND {binds.projects(projects)}
ORDER BY project, trace_id LIMIT 100"""
    return [(int(project), trace_id) for project, trace_id in await store.rows(sql, binds.params)]


def spans_at(binds: Binds, place: Place, trace_id: str) -> str:
    """The condition that picks the spans of a trace."""
    return (
        f"project = {binds.integer(place.project)}"
        f" AND hour BETWEEN {binds.hour(place.first_hour)} AND {binds.hour(place.last_hour)}"
        f" AND trace_id = {binds.text(trace_id)}"
    )


async def narrow_spans(
    store: Store, place: Place, trace_id: str, names: Mapping[int, str]
) -> bytes:
    """The spans of a trace without anything large, as a JSON array."""
    binds = Binds()
    columns = f"{shown.SPAN_COLUMNS}{shown.SPAN_PREVIEWS}, {TOOL_CALL_ID} AS tool_call_id"
    tail = f"FROM spans WHERE {spans_at(binds, place, trace_id)}"
    if place.span_count <= SHAPED_HERE:
        sql = f"SELECT {columns}, version {tail}"
        found = _newest(await store.records(sql, binds.params, settings=_ONE_THREAD), "span_id")
        found.sort(key=_started)
        return orjson.dumps([shown.span_shown(row, names[row["project"]]) for row in found])
    rows = f"SELECT {columns}, start_time {tail} ORDER BY version DESC LIMIT 1 BY span_id"
    named = json_rows.project_name(binds, names)
    sql = f"""
SELECT {json_rows.SPAN_JSON}, {_NARROW_JSON}, {named}
FROM (SELECT *, project AS project_number FROM ({rows}))
ORDER BY start_time, span_id"""
    body = await store.raw(sql, binds.params, settings=_COMPACT)
    return body.strip() or b"[]"


_NARROW_JSON: Final = ", ".join(
    f"nullIf({name}, '') AS {name}" for name in ("input_preview", "output_preview", "tool_call_id")
)


def _started(row: Mapping[str, Any]) -> tuple[int, str]:
    return row["start_us"], row["span_id"]


_SHOWN: Final = (
    *(c for c in SPAN_COLUMNS if c not in ("hour", "version", "start_time", "first_token_us")),
    "toUnixTimestamp64Micro(start_time) AS start_us",
    "first_token_us",
)
_SHOWN_SQL: Final = ", ".join(dict.fromkeys(_SHOWN))
assert set(SOURCE_COLUMNS) <= {c.split(" AS ")[-1] for c in _SHOWN}


async def whole_spans(
    store: Store, place: Place, trace_id: str, span_ids: Sequence[str] | None = None
) -> list[dict[str, Any]]:
    """The rows of a trace's spans, or of some of them, with everything."""
    binds = Binds()
    where = spans_at(binds, place, trace_id)
    if span_ids is not None:
        where += f" AND span_id IN ({binds.texts(span_ids)})"
    sql = f"""
SELECT {_SHOWN_SQL}, version FROM spans
WHERE {where}"""
    settings = _BY_KEY if place.first_hour == place.last_hour else _ONE_THREAD
    rows = _newest(await store.records(sql, binds.params, settings=settings), "span_id")
    rows.sort(key=_started)
    return rows


async def page_of_spans(
    store: Store,
    place: Place,
    trace_id: str,
    kinds: Sequence[str],
    *,
    after: tuple[int, str] | None,
    limit: int,
) -> list[tuple[int, str]]:
    """(start, id) of the next spans of these kinds, or of all, by start."""
    binds = Binds()
    picked = []
    if kinds:
        picked.append(f"kind IN ({binds.texts(kinds)})")
    if after is not None:
        picked.append(f"(start_us, span_id) > ({binds.integer(after[0])}, {binds.text(after[1])})")
    sql = f"""
SELECT start_us, span_id
FROM (
    SELECT toUnixTimestamp64Micro(start_time) AS start_us, span_id, kind FROM spans
    WHERE {spans_at(binds, place, trace_id)}
    ORDER BY version DESC LIMIT 1 BY span_id
)
{"WHERE " + " AND ".join(picked) if picked else ""}
ORDER BY start_us, span_id
LIMIT {binds.integer(limit)}"""
    rows = await store.rows(sql, binds.params, settings=_ONE_THREAD)
    return [(int(start), span_id) for start, span_id in rows]


async def logs(store: Store, project: int, trace_id: str) -> list[tuple[str, str]]:
    """(span id, record) of the log records that name spans of a trace, in their order."""
    binds = Binds()
    sql = f"""
SELECT span_id, record FROM logs FINAL
WHERE project = {binds.integer(project)} AND trace_id = {binds.text(trace_id)} AND span_id != ''
ORDER BY time, record_id"""
    return [(span_id, record) for span_id, record in await store.rows(sql, binds.params)]


async def logs_of(
    store: Store, project: int, trace_ids: Sequence[str]
) -> list[tuple[str, str, str, str]]:
    """(trace id, span id, record id, record) of all log records of some traces, in their order."""
    binds = Binds()
    sql = f"""
SELECT trace_id, span_id, record_id, record FROM logs FINAL
WHERE project = {binds.integer(project)} AND trace_id IN ({binds.texts(trace_ids)})
ORDER BY trace_id, time, record_id"""
    return [(t, s, ident, text) for t, s, ident, text in await store.rows(sql, binds.params)]


async def texts(
    store: Store, projects: Sequence[int], ids: Sequence[tuple[str, str]]
) -> dict[tuple[int, str, str], tuple[str, str]]:
    """Input and output by (project, trace id, span id), for some spans."""
    return await _columns_of(store, projects, ids, "input, output")


async def previews(
    store: Store, projects: Sequence[int], ids: Sequence[tuple[str, str]]
) -> dict[tuple[int, str, str], tuple[str, str, str]]:
    """Name and the first words of input and output by (project, trace id, span id)."""
    return await _columns_of(store, projects, ids, "name, input_preview, output_preview")


async def _columns_of(
    store: Store, projects: Sequence[int], ids: Sequence[tuple[str, str]], columns: str
) -> dict[tuple[int, str, str], Any]:  # Any: as many texts as columns
    if not ids:
        return {}
    binds = Binds()
    traces, spans = binds.texts(t for t, _ in ids), binds.texts(s for _, s in ids)
    sql = f"""
SELECT project, trace_id, span_id, {columns} FROM spans
WHERE {binds.projects(projects)} AND trace_id IN ({traces}) AND span_id IN ({spans})
ORDER BY version DESC LIMIT 1 BY project, trace_id, span_id"""
    return {(p, t, s): tuple(rest) for p, t, s, *rest in await store.rows(sql, binds.params)}


async def blob(store: Store, blob_id: str, projects: Sequence[int]) -> tuple[str, bytes] | None:
    """Media type and bytes of a value that was kept apart."""
    binds = Binds()
    where = f"id = {binds.text(blob_id)} AND {binds.projects(projects)}"
    kinds = await store.rows(f"SELECT mime_type FROM blobs WHERE {where} LIMIT 1", binds.params)
    if not kinds:
        return None
    sql = f"SELECT data FROM blobs WHERE {where} LIMIT 1"
    return str(kinds[0][0]), await store.raw(sql, binds.params, "RawBLOB")


async def projects_of_traces(
    store: Store, trace_ids: Sequence[str], projects: Sequence[int]
) -> dict[str, list[int]]:
    """In which projects each of some traces lies."""
    if not trace_ids:
        return {}
    binds = Binds()
    sql = f"""
SELECT DISTINCT trace_id, project FROM traces FINAL
WHERE {binds.projects(projects)} AND trace_id IN ({binds.texts(trace_ids)})
ORDER BY project"""
    found: dict[str, list[int]] = {}
    for trace_id, project in await store.rows(sql, binds.params):
        found.setdefault(trace_id, []).append(int(project))
    return found


async def whole_traces(
    store: Store,
    project: int,
    trace_ids: Sequence[str],
    first_hour: int,
    last_hour: int,
    span_ids: Sequence[str] | None = None,
    others: int = 0,
) -> list[dict[str, Any]]:
    """The rows of the spans of some traces of a project, or of those of these ids, with everything.

    By trace and start. With `others` it is so many of each trace: those of the ids, and the first.
    """
    binds = Binds()
    chosen = bound = ""
    if span_ids is not None:
        asked = f"span_id IN ({binds.texts(span_ids)})"
        chosen = f" AND {asked}"
        if others:
            chosen, bound = "", f"ORDER BY {asked} DESC, start_us LIMIT {others} BY trace_id"
    sql = f"""
SELECT * FROM (
    SELECT * FROM (
        SELECT {_SHOWN_SQL} FROM spans
        WHERE project = {binds.integer(project)}
          AND hour BETWEEN {binds.hour(first_hour)} AND {binds.hour(last_hour)}
          AND trace_id IN ({binds.texts(trace_ids)}){chosen}
        ORDER BY version DESC LIMIT 1 BY trace_id, span_id
    )
    {bound}
)
ORDER BY trace_id, start_us, span_id"""
    return await store.records(sql, binds.params)


async def last_hours(store: Store, project: int, trace_ids: Sequence[str]) -> tuple[int, int]:
    """The hours between which the spans of some traces lie."""
    binds = Binds()
    sql = f"""
SELECT toUnixTimestamp(min(hour)), toUnixTimestamp(max(last_hour)) FROM traces FINAL
WHERE project = {binds.integer(project)} AND trace_id IN ({binds.texts(trace_ids)})"""
    [(first, last)] = await store.rows(sql, binds.params)
    return int(first), int(last)
