"""Recorded spans for datasets: each with everything, large values put back in."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import orjson

from pilothouse.platform.datasets.import_shapes import SpanRef
from pilothouse.platform.errors import NotFound
from pilothouse.platform.query.put_back import put_back_document
from pilothouse.platform.query.traces import TraceQueries
from pilothouse.platform.store import spans_read
from pilothouse.platform.store.engine import Store

AT_ONCE = 8


class RecordedSpans:
    """Reads spans from the store."""

    def __init__(self, store: Store, traces: TraceQueries) -> None:
        self._store, self._traces = store, traces

    async def __call__(self, wanted: Sequence[SpanRef]) -> list[dict[str, Any]]:
        """The spans in the order asked for. Raises NotFound, Conflict."""
        found: list[dict[str, Any]] = []
        for at in range(0, len(wanted), AT_ONCE):
            found += await asyncio.gather(*map(self._one, wanted[at : at + AT_ONCE]))
        return found

    async def _one(self, wanted: SpanRef) -> dict[str, Any]:
        place, name = await self._traces.find(wanted.trace_id, wanted.project)
        span_id = wanted.span_id or await self._root(place, wanted.trace_id)
        body = await self._traces.span(wanted.trace_id, span_id, name)
        span: dict[str, Any] = orjson.loads(body)
        if b'"$blob"' in body:
            await put_back_document(self._store, place.project, span)
        return span

    async def _root(self, place: spans_read.Place, trace_id: str) -> str:
        row = await spans_read.trace_row(self._store, place, trace_id)
        if row is not None and row["root_span_id"]:
            return str(row["root_span_id"])
        raise NotFound(
            f"trace {trace_id!r} has no root; say which of its spans", {"trace_id": trace_id}
        )
