"""Tags and deletion of recorded traces."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from pilothouse.platform.jobs.models import Job
from pilothouse.platform.jobs.service import JobContext, Jobs
from pilothouse.platform.store import housekeeping, retag
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.retag import Known, Tagged


class Spans(Protocol):
    """Where changed spans go: `ingest.pipeline.Ingest`."""

    async def rewrite(self, rows: list[tuple[Any, ...]]) -> None: ...
    def forget(self, marks: Iterable[tuple[int, str]]) -> None: ...


_TRIES: Final = 5
"""Of a span that just then is sent again, the later row counts: its tags are changed anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TagsChanged:
    """What a change of tags came to."""

    found: int
    """Traces that are there."""
    changed: int
    """Those among them whose tags are others now."""


class TraceEdits:
    """Changes what was recorded."""

    def __init__(self, store: Store, spans: Spans, jobs: Jobs) -> None:
        self._store = store
        self._spans = spans
        self._jobs = jobs
        self._tagging = asyncio.Lock()
        jobs.register("delete_traces", self._delete)

    async def change_tags(
        self,
        project: int,
        trace_ids: Sequence[str],
        *,
        add: Collection[str],
        remove: Collection[str],
    ) -> TagsChanged:
        """Tag traces; the same asked twice changes nothing the second time."""
        changed: set[str] = set()
        async with self._tagging:
            for _ in range(_TRIES):
                await self._store.visible()
                traces = await retag.known_traces(self._store, project, trace_ids)
                wanted = await self._wanted(project, traces, add, remove)
                if not wanted:
                    break
                changed.update(span.trace_id for span in wanted)
                await self._rewrite(project, traces, wanted)
        return TagsChanged(found=len(traces), changed=len(changed))

    async def _wanted(
        self, project: int, traces: Sequence[Known], add: Collection[str], remove: Collection[str]
    ) -> list[Tagged]:
        if not traces:
            return []
        spans = await retag.spans_to_tag(self._store, project, traces, remove)
        return _wanted(traces, spans, add, remove)

    async def _rewrite(
        self, project: int, traces: Sequence[Known], wanted: Sequence[Tagged]
    ) -> None:
        for at in range(0, len(wanted), retag.BATCH):
            some = wanted[at : at + retag.BATCH]
            rows = await retag.rows_of(self._store, project, traces, some)
            await self._spans.rewrite(
                [
                    retag.with_tags(rows[s.trace_id, s.span_id], s.tags)
                    for s in some
                    if (s.trace_id, s.span_id) in rows
                ]
            )
        # Runs that go on are read back, with these tags, when more is told of them.
        self._spans.forget({(project, span.trace_id) for span in wanted})

    def start_deleting(self, project: int, trace_ids: Sequence[str], created_by: str = "") -> Job:
        """The job that removes traces with all that belongs to them."""
        ids = list(dict.fromkeys(trace_ids))
        return self._jobs.start(
            "delete_traces",
            title=f"Delete {len(ids)} {'trace' if len(ids) == 1 else 'traces'}",
            project_id=project,
            arguments={"project_id": project, "trace_ids": ids},
            created_by=created_by,
        )

    async def _delete(self, context: JobContext) -> dict[str, Any]:
        project = int(context.job.arguments["project_id"])
        ids = [str(trace_id) for trace_id in context.job.arguments["trace_ids"]]
        await self._store.visible()
        deleted = await housekeeping.delete_traces(self._store, project, ids)
        self._spans.forget((project, trace_id) for trace_id in ids)
        return {"traces": len(ids), "deleted": deleted}


def _wanted(
    traces: Sequence[Known], spans: Sequence[Tagged], add: Collection[str], remove: Collection[str]
) -> list[Tagged]:
    """The spans whose tags have to change, with what they are to be.

    What is added goes to the root, or to the first span while there is no root; a tag that another
    span of the trace keeps is not added again.
    """
    by_trace: dict[str, list[Tagged]] = {}
    for span in spans:
        by_trace.setdefault(span.trace_id, []).append(span)
    found = []
    for trace in traces:
        own = by_trace.get(trace.trace_id, [])
        bearer = next((s for s in own if s.span_id == trace.root_span_id), own[0] if own else None)
        for span in own:
            tags = [tag for tag in span.tags if tag not in remove]
            if span is bearer:
                tags += [tag for tag in dict.fromkeys(add) if tag not in tags]
            if tags != span.tags:
                found.append(span._replace(tags=tags))
    return found
