"""Where a run lies: protocols name a span by one id of its own, without project and trace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pilothouse.platform.query.scope import Projects, projects_of
from pilothouse.platform.store import places
from pilothouse.platform.store.engine import Store


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
    """Runs whose id is the id of their span, as the store has them."""

    def __init__(self, store: Store, projects: Projects) -> None:
        self._store = store
        self._projects = projects

    async def find(self, run_ids: Sequence[str], traces: Sequence[str] = ()) -> dict[str, RunPlace]:
        """The places of those of the runs that are here; of several, the latest."""
        if not run_ids:
            return {}
        await self._store.visible()
        names = projects_of(self._projects, None)
        return {
            span_id: RunPlace(project=project, trace_id=trace_id, span_id=span_id, start_us=start)
            for span_id, project, trace_id, start in await places.of_spans(
                self._store, list(names), run_ids, sorted(_spellings(traces))
            )
        }


def _spellings(traces: Sequence[str]) -> set[str]:
    """A trace as a UUID and as the 32 digits that OpenTelemetry writes."""
    return {*traces, *(trace.replace("-", "") for trace in traces)}
