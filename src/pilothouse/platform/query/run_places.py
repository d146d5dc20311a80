"""Where a run lies: protocols name a span by one id of its own, without project and trace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pilothouse.platform.query.scope import Projects, projects_of
from pilothouse.platform.store import places
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.langsmith_runs import by_run_uuid
from pilothouse.spans.run_ids import is_uuid


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlace:
    """A span, by all that it takes to find it."""

    project: int
    trace_id: str
    span_id: str
    start_us: int | None = None


class RunPlaces(Protocol):
    """Finds runs by id."""

    async def find(self, run_ids: Sequence[str], traces: Sequence[str] = ()) -> dict[str, RunPlace]:
        """The places of those of the runs that are here.

        `traces` are those in which all of them lie, if that is known: no other is looked through.
        """
        ...


class StoredRunPlaces:
    """Runs as the store has them: by the ids of their spans, or by the UUIDs that protocols with
    ids of another form give to such spans."""

    def __init__(self, store: Store, projects: Projects) -> None:
        self._store = store
        self._projects = projects

    async def find(self, run_ids: Sequence[str], traces: Sequence[str] = ()) -> dict[str, RunPlace]:
        """The places of those of the runs that are here; of several, the latest."""
        if not run_ids:
            return {}
        await self._store.visible()
        names = list(projects_of(self._projects, None))
        found = await self._of_spans(names, run_ids, traces)
        rest = [run_id for run_id in run_ids if run_id not in found and _is_made(run_id)]
        if rest:
            others = await by_run_uuid(self._store, names, rest)
            spans = sorted({span_id for _, _, span_id in others.values()})
            within = sorted({trace_id for _, trace_id, _ in others.values()})
            at = await self._of_spans(names, spans, within) if spans else {}
            for run_id, (project, trace_id, span_id) in others.items():
                place = at.get(span_id)
                if place is None or (place.project, place.trace_id) != (project, trace_id):
                    place = RunPlace(project=project, trace_id=trace_id, span_id=span_id)
                found[run_id] = place
        return found

    async def _of_spans(
        self, projects: Sequence[int], span_ids: Sequence[str], traces: Sequence[str]
    ) -> dict[str, RunPlace]:
        return {
            span_id: RunPlace(project=project, trace_id=trace_id, span_id=span_id, start_us=start)
            for span_id, project, trace_id, start in await places.of_spans(
                self._store, projects, span_ids, sorted(_spellings(traces))
            )
        }


def _is_made(run_id: str) -> bool:
    """Whether an id is a UUIDv5: those that spans of other protocols get are."""
    return is_uuid(run_id) and run_id[14] == "5"


def _spellings(traces: Sequence[str]) -> set[str]:
    """A trace as a UUID and as the 32 digits that OpenTelemetry writes."""
    return {*traces, *(trace.replace("-", "") for trace in traces)}
