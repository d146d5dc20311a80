"""The SQL that finds spans: by their own id alone, or by a selection, as places without content."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pilothouse.platform.store.binds import Binds
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.langsmith_runs import FORGED_FIRST
from pilothouse.platform.store.selection import Selection

SpanPlace = tuple[str, int, str, int]
"""(span id, project, trace id, start in microseconds)"""
_PLACE: Final = "span_id, project, trace_id, toUnixTimestamp64Micro(start_time) AS start_us"


async def of_spans(
    store: Store,
    projects: Sequence[int],
    span_ids: Sequence[str],
    trace_ids: Sequence[str] = (),
) -> list[SpanPlace]:
    """The places of some spans, of these traces if any are named; whose an id is comes last."""
    binds = Binds()
    where = f"{binds.projects(projects)} AND span_id IN ({binds.texts(span_ids)})"
    if trace_ids:  # indexed, which a span's own id is not
        where += f" AND trace_id IN ({binds.texts(trace_ids)})"
    sql = f"""
SELECT {_PLACE} FROM spans
WHERE {where}
ORDER BY {FORGED_FIRST}, start_us, trace_id
LIMIT 1 BY span_id, project, trace_id, start_us"""
    return [(s, int(p), t, int(at)) for s, p, t, at in await store.rows(sql, binds.params)]


async def of_sessions(
    store: Store, projects: Sequence[int], session_ids: Sequence[str]
) -> dict[tuple[int, str], SpanPlace]:
    """By (project, session): the root of the last trace of each that has one."""
    if not session_ids:
        return {}
    binds = Binds()
    sql = f"""
SELECT session_id, root_span_id, project, trace_id, toUnixTimestamp64Micro(start_time) AS start_us
FROM traces FINAL
WHERE {binds.projects(projects)} AND session_id IN ({binds.texts(session_ids)})
ORDER BY start_time DESC, trace_id DESC
LIMIT 1 BY project, session_id"""
    return {
        (int(project), session): (span, int(project), trace, int(at))
        for session, span, project, trace, at in await store.rows(sql, binds.params)
    }


async def selected(store: Store, scope: str, selection: Selection, limit: int) -> list[SpanPlace]:
    """The newest spans of a selection, or the roots of its newest traces."""
    binds = Binds()
    where = selection.where(binds, scope)
    place = _PLACE if scope == "spans" else _PLACE.replace("span_id", "root_span_id", 1)
    sql = f"""
SELECT {place} FROM {scope} FINAL
WHERE {where}
ORDER BY start_time DESC, trace_id DESC, 1 DESC
LIMIT {limit}"""
    return [(s, int(p), t, int(at)) for s, p, t, at in await store.rows(sql, binds.params)]
