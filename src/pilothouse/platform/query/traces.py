"""Traces: lists of them, and one with its spans."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from pilothouse.platform.errors import Conflict, NotFound
from pilothouse.platform.query import detail
from pilothouse.platform.query.scope import Projects, projects_of
from pilothouse.platform.store import lists, outline, scores, search, spans_read
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.json_rows import Row, array
from pilothouse.platform.store.orders import order_of, read_cursor, write_cursor
from pilothouse.platform.store.selection import Selection
from pilothouse.platform.store.shown import trace_shown
from pilothouse.platform.store.spans_read import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """Which part of a list is wanted."""

    order_by: str | None = None
    limit: int = 50
    cursor: str | None = None
    totals: bool = False


_BY_START: Final = "start_time"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpansWanted:
    """Which spans of a trace: those of these ids, else the next ones of these kinds."""

    span_ids: Sequence[str] = ()
    kinds: Sequence[str] = ()
    limit: int = 50
    cursor: str | None = None


class TraceQueries:
    """Reads traces."""

    def __init__(
        self, store: Store, projects: Projects, cost_details: detail.CostDetails | None = None
    ) -> None:
        """`cost_details` answers the lines of a span's bill: type, tokens, price, cost."""
        self._store = store
        self._projects = projects
        self._cost_details = cost_details

    async def page(self, selection: Selection, request: PageRequest) -> bytes:
        """One page of traces as a JSON document."""
        return await list_page(self._store, "traces", selection, request)

    async def find(self, trace_id: str, project: str | None) -> tuple[Place, str]:
        """Where a trace lies, and the name of its project. Raises NotFound, Conflict."""
        names = projects_of(self._projects, project)
        await self._store.visible()
        places = await spans_read.places(self._store, trace_id, list(names))
        return one_place(places, names, f"trace {trace_id!r}")

    async def open(self, trace_id: str, project: str | None, *, payloads: bool) -> bytes:
        """One trace with its spans as a JSON document. Raises NotFound, Conflict."""
        place, name = await self.find(trace_id, project)
        names = {place.project: name}
        trace, verdicts, spans = await asyncio.gather(
            spans_read.trace_row(self._store, place, trace_id),
            scores.of_traces(self._store, {place.project: name}, [trace_id]),
            self._spans(place, trace_id, names, payloads=payloads),
        )
        found = verdicts.get((place.project, trace_id), [])
        if isinstance(spans, bytes):
            body = _with_scores(spans, found) if found else spans
        else:
            body = await detail.documents(spans[0], name, spans[1], found, self._cost_details)
        if trace is None:
            raise NotFound(f"there is no trace {trace_id!r}", {"trace_id": trace_id})
        own = orjson.dumps({**trace_shown(trace, name), "scores": found})
        return b'{"trace":' + own + b',"spans":' + body + b"}"

    async def outline(self, trace_id: str, project: str | None) -> bytes:
        """One trace with its spans as columns, a JSON document. Raises NotFound, Conflict."""
        place, name = await self.find(trace_id, project)
        trace, verdicts, columns = await asyncio.gather(
            spans_read.trace_row(self._store, place, trace_id),
            scores.of_traces(self._store, {place.project: name}, [trace_id]),
            outline.columns(self._store, place, trace_id),
        )
        if trace is None:
            raise NotFound(f"there is no trace {trace_id!r}", {"trace_id": trace_id})
        found = verdicts.get((place.project, trace_id), [])
        own = orjson.dumps({**trace_shown(trace, name), "scores": found})
        return b"".join([b'{"trace":', own, b',"columns":', columns, b"}"])

    async def previews(self, trace_id: str, project: str | None) -> bytes:
        """The beginnings of inputs and outputs of a trace, JSON. Raises NotFound, Conflict."""
        place, _ = await self.find(trace_id, project)
        return await outline.previews(self._store, place, trace_id)

    async def some_spans(self, trace_id: str, project: str | None, wanted: SpansWanted) -> bytes:
        """Some spans of a trace with everything. Raises NotFound, Conflict, BadRequest."""
        place, name = await self.find(trace_id, project)
        ids, next_cursor = wanted.span_ids, None
        if not ids:
            after = read_cursor(wanted.cursor, _BY_START) if wanted.cursor else None
            page = await spans_read.page_of_spans(
                self._store,
                place,
                trace_id,
                wanted.kinds,
                after=(int(after[0]), str(after[1])) if after else None,
                limit=wanted.limit + 1,
            )
            if len(page) > wanted.limit:
                page = page[: wanted.limit]
                next_cursor = write_cursor(_BY_START, list(page[-1]))
            ids = [span_id for _, span_id in page]
        rows, verdicts = await asyncio.gather(
            spans_read.whole_spans(self._store, place, trace_id, ids),
            scores.of_traces(self._store, {place.project: name}, [trace_id]),
        )
        if wanted.kinds:
            rows = [row for row in rows if row["kind"] in wanted.kinds]
        logs: list[tuple[str, str]] = []
        if any(row["log_count"] for row in rows):
            logs = await spans_read.logs(self._store, place.project, trace_id)
        found = verdicts.get((place.project, trace_id), [])
        body = await detail.documents(rows, name, logs, found, self._cost_details)
        return b'{"items":' + body + b',"next_cursor":' + orjson.dumps(next_cursor) + b"}"

    async def _spans(
        self, place: Place, trace_id: str, names: dict[int, str], *, payloads: bool
    ) -> bytes | tuple[list[dict[str, Any]], list[tuple[str, str]]]:
        if not payloads:
            return await spans_read.narrow_spans(self._store, place, trace_id, names)
        rows = await spans_read.whole_spans(self._store, place, trace_id)
        logs: list[tuple[str, str]] = []
        if any(row["log_count"] for row in rows):
            logs = await spans_read.logs(self._store, place.project, trace_id)
        return rows, logs

    async def span(self, trace_id: str, span_id: str, project: str | None) -> bytes:
        """All of one span as a JSON document. Raises NotFound, Conflict."""
        place, name = await self.find(trace_id, project)
        rows, verdicts = await asyncio.gather(
            spans_read.whole_spans(self._store, place, trace_id, [span_id]),
            scores.of_traces(self._store, {place.project: name}, [trace_id]),
        )
        if not rows:
            raise NotFound(f"there is no span {span_id!r} in this trace", {"span_id": span_id})
        logs: list[tuple[str, str]] = []
        if rows[0]["log_count"]:
            logs = await spans_read.logs(self._store, place.project, trace_id)
        found = verdicts.get((place.project, trace_id), [])
        body = await detail.documents(rows, name, logs, found, self._cost_details)
        return body[1:-1]


def one_place(places: list[Place], names: dict[int, str], what: str) -> tuple[Place, str]:
    """The only place, and the name of its project. Raises NotFound, Conflict."""
    if not places:
        raise NotFound(f"there is no {what}")
    numbers = sorted({place.project for place in places})
    if len(numbers) > 1:
        known = sorted(names[n] for n in numbers)
        raise Conflict(
            f"{what} stands in {len(known)} projects; say which with ?project=", {"projects": known}
        )
    return places[0], names[numbers[0]]


async def list_page(store: Store, table: str, selection: Selection, request: PageRequest) -> bytes:
    """One page of traces or spans as a JSON document."""
    order = order_of(request.order_by, table)
    await store.visible()
    searched: str | None = None
    if selection.pieces:
        place = read_cursor(request.cursor, f"q:{order.text}") if request.cursor else None
        found = await search.page(store, table, selection, order, limit=request.limit, place=place)
        rows = found.rows
        next_cursor = None if found.next is None else write_cursor(f"q:{order.text}", found.next)
        searched = found.searched_until
    else:
        place = read_cursor(request.cursor, order.text) if request.cursor else None
        rows = await lists.page(
            store, table, selection, order, limit=request.limit + 1, after=place
        )
        more = len(rows) > request.limit
        rows = rows[: request.limit]
        next_cursor = write_cursor(order.text, rows[-1].key) if more else None
    items = await scored(store, table, selection, rows)
    body = b'{"items":' + items + b',"next_cursor":' + orjson.dumps(next_cursor)
    if selection.pieces:
        body += b',"searched_until":' + orjson.dumps(searched)
    if request.totals:
        also = search.condition(selection, table) if selection.pieces else None
        body += b',"totals":' + await lists.totals(store, table, selection, also)
    return body + b"}"


async def scored(store: Store, table: str, selection: Selection, rows: list[Row]) -> bytes:
    """The rows as a JSON array, each with its scores."""
    if not rows:
        return b"[]"
    if not await scores.any_there(store):
        return array(row.closed(b',"scores":[]') for row in rows)
    ids = [_ids(table, row) for row in rows]
    found = await scores.of_traces(
        store, selection.projects, list({trace_id for _, trace_id, _ in ids})
    )
    parts = []
    for row, (project, trace_id, span_id) in zip(rows, ids, strict=True):
        own = found.get((project, trace_id), [])
        if span_id is not None:
            own = [score for score in own if score["span_id"] == span_id]
        parts.append(row.closed(b',"scores":' + orjson.dumps(own)))
    return array(parts)


def _ids(table: str, row: Row) -> tuple[int, str, str | None]:
    """Project, trace and span of a row, from the end of its key."""
    if table == "spans":
        return row.key[-1], row.key[-3], row.key[-2]
    return row.key[-1], row.key[-2], None


def _with_scores(spans: bytes, found: list[dict[str, Any]]) -> bytes:
    """Rows made by the engine, with the scores of those that have some."""
    by_span: dict[str, list[dict[str, Any]]] = {}
    for score in found:
        if score["span_id"] is not None:
            by_span.setdefault(score["span_id"], []).append(score)
    if not by_span:
        return spans
    rows = orjson.loads(spans)
    for row in rows:
        row["scores"] = by_span.get(row["span_id"], [])
    return orjson.dumps(rows)
