"""A whole result as a file: JSONL, CSV, Parquet or OTLP, read window by window while it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any, Final, Literal

import orjson

from pilothouse.platform import csv_text
from pilothouse.platform.errors import BadRequest
from pilothouse.platform.query import detail, otlp_json
from pilothouse.platform.query.put_back import (
    blobs_of_log,
    blobs_of_span,
    put_back,
    put_back_log,
)
from pilothouse.platform.query.traces import scored
from pilothouse.platform.store import groups, lists, search, spans_read, tables_out
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.groups import SESSIONS
from pilothouse.platform.store.json_rows import Row
from pilothouse.platform.store.orders import order_of, pick
from pilothouse.platform.store.rows import dumps, source_of
from pilothouse.platform.store.selection import Selection
from pilothouse.platform.store.tables import record_of
from pilothouse.spans import LogRecord, Source

Format = Literal["jsonl", "csv", "parquet", "otlp"]
ExportScope = Literal["traces", "spans", "sessions"]
WINDOW: Final = 500
"""Rows read at once."""
WHOLE_WINDOW: Final = 50
"""Traces read at once with all that is in them."""

MEDIA: Final[Mapping[Format, str]] = {
    "jsonl": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "otlp": "application/x-ndjson",
}
SUFFIX: Final[Mapping[Format, str]] = {
    "jsonl": "jsonl",
    "csv": "csv",
    "parquet": "parquet",
    "otlp": "otlp.jsonl",
}


class Export:
    """Writes results as files."""

    def __init__(self, store: Store, cost_details: detail.CostDetails | None = None) -> None:
        self._store = store
        self._cost_details = cost_details

    async def stream(
        self, scope: ExportScope, selection: Selection, fmt: Format, *, payloads: bool
    ) -> AsyncIterator[bytes]:
        """The file piece by piece. Raises BadRequest before its first piece."""
        await self._store.visible()
        if fmt == "parquet":
            return _once(await tables_out.parquet(self._store, scope, selection))
        if fmt == "otlp" and scope == "sessions":
            raise BadRequest(
                "sessions have no OTLP form; export their traces", {"parameter": "format"}
            )
        windows = self._windows(scope, selection, whole=payloads and fmt in ("jsonl", "otlp"))
        if fmt == "csv":
            return self._csv(scope, selection, windows)
        if fmt == "otlp":
            return self._otlp(selection, windows, scope)
        return self._jsonl(scope, selection, windows, payloads=payloads)

    async def _windows(
        self, scope: ExportScope, selection: Selection, *, whole: bool
    ) -> AsyncIterator[list[Row]]:
        after: list[Any] | None = None
        size = WHOLE_WINDOW if whole else WINDOW
        while True:
            rows = await self._rows(scope, selection, size, after)
            if rows:
                yield rows
            if len(rows) < size:
                return
            after = rows[-1].key

    async def _rows(
        self, scope: ExportScope, selection: Selection, size: int, after: list[Any] | None
    ) -> list[Row]:
        if scope == "sessions":
            order = pick("-start_time", SESSIONS.columns, SESSIONS.ids)
            return await groups.page(
                self._store, SESSIONS, selection, order, limit=size, after=after
            )
        also = search.condition(selection, scope) if selection.pieces else None
        order = order_of(None, scope)
        return await lists.page(
            self._store, scope, selection, order, limit=size, after=after, also=also
        )

    async def _documents(
        self, scope: ExportScope, selection: Selection, rows: list[Row]
    ) -> list[dict[str, Any]]:
        if scope == "sessions":
            return [orjson.loads(row.closed()) for row in rows]
        found: list[dict[str, Any]] = orjson.loads(
            await scored(self._store, scope, selection, rows)
        )
        return found

    async def _jsonl(
        self,
        scope: ExportScope,
        selection: Selection,
        windows: AsyncIterator[list[Row]],
        *,
        payloads: bool,
    ) -> AsyncIterator[bytes]:
        async for rows in windows:
            items = await self._documents(scope, selection, rows)
            if payloads and scope != "sessions":
                whole = await self._whole(scope, rows, selection)
                if scope == "spans":
                    items = [
                        whole[_span_key(row)] | {"scores": item["scores"]}
                        for row, item in zip(rows, items, strict=True)
                        if _span_key(row) in whole
                    ]
                else:
                    by_trace: dict[tuple[int, str], list[dict[str, Any]]] = {}
                    for (project, trace_id, _), span in whole.items():
                        by_trace.setdefault((project, trace_id), []).append(span)
                    items = [
                        {"trace": item, "spans": by_trace.get((row.key[-1], row.key[-2]), [])}
                        for row, item in zip(rows, items, strict=True)
                    ]
            yield b"".join(dumps(item) + b"\n" for item in items)

    async def _whole(
        self, scope: ExportScope, rows: list[Row], selection: Selection
    ) -> dict[tuple[int, str, str], dict[str, Any]]:
        """All of the spans of a window, by project, trace and span."""
        found: dict[tuple[int, str, str], dict[str, Any]] = {}
        for project, row, logs in await self._span_rows(scope, rows):
            name = selection.projects[project]
            records = [record_of(text) for text in logs]
            document = await asyncio.to_thread(
                detail.document, row, name, records, [], self._cost_details
            )
            found[(project, row["trace_id"], row["span_id"])] = document
        return found

    async def _span_rows(
        self, scope: ExportScope, rows: list[Row], *, with_logs: bool = True
    ) -> list[tuple[int, dict[str, Any], list[str]]]:
        """(project, row, log records) of the spans of a window."""
        at = -3 if scope == "spans" else -2
        wanted: dict[int, dict[str, None]] = {}
        for row in rows:
            wanted.setdefault(row.key[-1], {})[row.key[at]] = None
        only = {_span_key(row) for row in rows} if scope == "spans" else None
        found = []
        for project, ids in wanted.items():
            first, last = await spans_read.last_hours(self._store, project, list(ids))
            for span in await spans_read.whole_traces(self._store, project, list(ids), first, last):
                if only is not None and (project, span["trace_id"], span["span_id"]) not in only:
                    continue
                logs: list[str] = []
                if with_logs and span["log_count"]:
                    known = await spans_read.logs(self._store, project, span["trace_id"])
                    logs = [record for span_id, record in known if span_id == span["span_id"]]
                found.append((project, span, logs))
        return found

    async def _csv(
        self, scope: ExportScope, selection: Selection, windows: AsyncIterator[list[Row]]
    ) -> AsyncIterator[bytes]:
        header: list[str] = []
        async for rows in windows:
            items = [_flat(item) for item in await self._documents(scope, selection, rows)]
            lines: list[bytes] = []
            if not header:
                header = list(items[0])
                lines.append(csv_text.line(header))
            lines += (csv_text.line([item.get(name) for name in header]) for item in items)
            yield b"".join(lines)

    async def _otlp(
        self, selection: Selection, windows: AsyncIterator[list[Row]], scope: ExportScope
    ) -> AsyncIterator[bytes]:
        async for rows in windows:
            by_project: dict[int, list[Source]] = {}
            for project, row, _ in await self._span_rows(scope, rows, with_logs=False):
                source = source_of(row, selection.projects[project])
                by_project.setdefault(project, []).append(source)
            for project, sources in by_project.items():
                async for line in self._spans_in_otlp(project, sources):
                    yield line
                records = await self._records(project, sources, whole=scope == "traces")
                async for line in self._logs_in_otlp(project, records):
                    yield line

    async def _spans_in_otlp(self, project: int, sources: list[Source]) -> AsyncIterator[bytes]:
        """Spans together; those with large values singly, so that one at a time is in memory."""
        large = {at: blobs for at, s in enumerate(sources) if (blobs := blobs_of_span(s))}
        small = [source for at, source in enumerate(sources) if at not in large]
        if small:
            yield dumps(otlp_json.request(small)) + b"\n"
        for at, blobs in large.items():
            await put_back(self._store, project, sources[at], blobs)
            yield dumps(otlp_json.request([sources[at]])) + b"\n"
            sources[at].attributes, sources[at].events = {}, []

    async def _logs_in_otlp(self, project: int, records: list[LogRecord]) -> AsyncIterator[bytes]:
        """Log records in the same way."""
        large = {at: blobs for at, r in enumerate(records) if (blobs := blobs_of_log(r))}
        small = [record for at, record in enumerate(records) if at not in large]
        if small:
            yield dumps(otlp_json.logs_request(small)) + b"\n"
        for at, blobs in large.items():
            await put_back_log(self._store, project, records[at], blobs)
            yield dumps(otlp_json.logs_request([records[at]])) + b"\n"
            records[at].attributes, records[at].body = {}, None

    async def _records(
        self, project: int, sources: list[Source], *, whole: bool
    ) -> list[LogRecord]:
        """The log records of these spans, or of their traces as a whole."""
        ids = {(source.trace_id, source.span_id) for source in sources}
        traces = list(dict.fromkeys(source.trace_id for source in sources))
        return [
            replace(record_of(text), project=sources[0].project, id=record_id)
            for trace_id, span_id, record_id, text in await spans_read.logs_of(
                self._store, project, traces
            )
            if whole or (trace_id, span_id) in ids
        ]


def _span_key(row: Row) -> tuple[int, str, str]:
    return (row.key[-1], row.key[-3], row.key[-2])


async def _once(body: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(body), 1 << 20):
        yield body[at : at + (1 << 20)]


def _flat(item: Mapping[str, Any]) -> dict[str, Any]:
    """A row for a table: inner objects by dots, lists and metadata as JSON text."""
    flat: dict[str, Any] = {}
    for name, value in item.items():
        if name in ("usage", "cost", "prompt") and isinstance(value, dict):
            flat.update({f"{name}.{key}": inner for key, inner in value.items()})
        elif isinstance(value, dict | list):
            flat[name] = orjson.dumps(value).decode()
        else:
            flat[name] = value
    return flat
