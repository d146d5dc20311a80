"""Spans: lists of them, one by its id, and how many there are."""

from __future__ import annotations

from pilothouse.platform.errors import Conflict, NotFound
from pilothouse.platform.query.scope import Projects, projects_of
from pilothouse.platform.query.traces import PageRequest, TraceQueries, list_page
from pilothouse.platform.store import lists, search, spans_read
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.selection import Selection


class SpanQueries:
    """Reads spans."""

    def __init__(self, store: Store, projects: Projects, traces: TraceQueries) -> None:
        self._store = store
        self._projects = projects
        self._traces = traces

    async def page(self, selection: Selection, request: PageRequest) -> bytes:
        """One page of spans as a JSON document."""
        return await list_page(self._store, "spans", selection, request)

    async def open(self, span_id: str, project: str | None) -> bytes:
        """All of a span of which only its own id is known. Raises NotFound, Conflict."""
        names = projects_of(self._projects, project)
        await self._store.visible()
        found = await spans_read.places_of_span(self._store, span_id, list(names))
        if not found:
            raise NotFound(f"there is no span {span_id!r}", {"span_id": span_id})
        if len(found) > 1:
            raise Conflict(
                f"span {span_id!r} stands in {len(found)} traces; ask for it by its trace",
                {
                    "projects": sorted({names[number] for number, _ in found}),
                    "traces": [trace_id for _, trace_id in found],
                },
            )
        [(number, trace_id)] = found
        return await self._traces.span(trace_id, span_id, names[number])

    async def count(self, selection: Selection) -> int:
        """How many spans the selection has."""
        await self._store.visible()
        also = search.condition(selection, "spans") if selection.pieces else None
        return await lists.count(self._store, "spans", selection, also)
