"""Rows of spans with other tags: a trace's tags are those of its spans, so these are rewritten."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

from pilothouse.dialects import changed_tags
from pilothouse.platform.store.binds import Binds
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.rows import SPAN_COLUMNS

BATCH: Final = 500
"""So many rows are read and written at once: a row holds all that a span carries."""

_TIMES: Final[Mapping[str, str]] = {
    "hour": "toUnixTimestamp(hour) AS hour_s",
    "start_time": "toUnixTimestamp64Micro(start_time) AS start_us",
}
_COLUMNS: Final = ", ".join(_TIMES.get(name, name) for name in SPAN_COLUMNS)


class Known(NamedTuple):
    """A trace whose tags may change."""

    trace_id: str
    root_span_id: str
    first_hour: int
    last_hour: int


class Tagged(NamedTuple):
    """A span and its tags."""

    trace_id: str
    span_id: str
    tags: list[str]


async def known_traces(store: Store, project: int, trace_ids: Sequence[str]) -> list[Known]:
    """Those of the traces that are there."""
    binds = Binds()
    sql = f"""
SELECT trace_id, root_span_id, toUnixTimestamp(hour), toUnixTimestamp(last_hour)
FROM traces FINAL
WHERE project = {binds.integer(project)} AND trace_id IN ({binds.texts(trace_ids)})"""
    return [Known(*row) for row in await store.rows(sql, binds.params)]


def _window(binds: Binds, project: int, traces: Sequence[Known]) -> str:
    first, last = min(t.first_hour for t in traces), max(t.last_hour for t in traces)
    return (
        f"project = {binds.integer(project)}"
        f" AND hour BETWEEN {binds.hour(first)} AND {binds.hour(last)}"
        f" AND trace_id IN ({binds.texts(t.trace_id for t in traces)})"
    )


async def spans_to_tag(
    store: Store, project: int, traces: Sequence[Known], removed: Collection[str]
) -> list[Tagged]:
    """The first span of each trace, and every span that has one of the tags to be removed."""
    binds = Binds()
    roots = [t.root_span_id for t in traces if t.root_span_id]
    sql = f"""
SELECT trace_id, span_id, tags
FROM (
    SELECT trace_id, span_id, tags, start_time FROM spans
    WHERE {_window(binds, project, traces)}
    ORDER BY version DESC LIMIT 1 BY trace_id, span_id
)
WHERE span_id IN ({binds.texts(roots)}) OR hasAny(tags, {binds.texts(removed)})
   OR (trace_id, start_time, span_id) IN (
       SELECT trace_id, tupleElement(min((start_time, span_id)) AS first, 1), first.2
       FROM spans WHERE {_window(binds, project, traces)}
       GROUP BY trace_id
   )"""
    return [Tagged(*row) for row in await store.rows(sql, binds.params)]


async def rows_of(
    store: Store, project: int, traces: Sequence[Known], spans: Sequence[Tagged]
) -> dict[tuple[str, str], tuple[Any, ...]]:
    """The newest rows of these spans, as `rows.SPAN_COLUMNS` has them, by trace and span."""
    binds = Binds()
    sql = f"""
SELECT {_COLUMNS} FROM spans
WHERE {_window(binds, project, traces)} AND span_id IN ({binds.texts(s.span_id for s in spans)})
ORDER BY version DESC LIMIT 1 BY trace_id, span_id"""
    trace, span = SPAN_COLUMNS.index("trace_id"), SPAN_COLUMNS.index("span_id")
    return {(row[trace], row[span]): row for row in await store.rows(sql, binds.params)}


_TAGS: Final = SPAN_COLUMNS.index("tags")
_ATTRIBUTES: Final = SPAN_COLUMNS.index("attributes")
_VERSION: Final = SPAN_COLUMNS.index("version")


def with_tags(row: tuple[Any, ...], tags: Sequence[str]) -> tuple[Any, ...]:
    """The row with other tags.

    It replaces that very row: what comes of the span meanwhile has a later version, and counts.
    """
    changed = list(row)
    attributes = dict(row[_ATTRIBUTES])
    attributes[changed_tags.KEY] = changed_tags.told(
        attributes.get(changed_tags.KEY), row[_TAGS], tags
    )
    changed[_TAGS], changed[_ATTRIBUTES], changed[_VERSION] = (
        list(tags),
        attributes,
        row[_VERSION] + 1,
    )
    return tuple(changed)
