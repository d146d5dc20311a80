"""The runs of annotation queues, with what the queue knows of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from pilothouse.platform.annotation.models import Item
from pilothouse.platform.compat.langsmith.run import run_v1
from pilothouse.platform.compat.langsmith.run_queries import RunQueries
from pilothouse.platform.compat.langsmith.services import Services
from pilothouse.platform.query.run_places import RunPlace, RunPlaces, StoredRunPlaces
from pilothouse.spans.run_ids import run_id, trace_uuid

_OF_ITEM: Final = ("added_at", "last_reviewed_time", "other_run_id")


def _uuid(place: RunPlace) -> str:
    return run_id(place.project, place.trace_id, place.span_id)


def item_json(item: Item) -> dict[str, Any]:
    """An item without its run; `other_run_id` is the run on the right of a pair."""
    return {
        "id": item.id,
        "queue_id": item.queue_id,
        "run_id": None if item.thread_id else _uuid(item.place),
        **({} if item.other is None else {"other_run_id": _uuid(item.other)}),
        "added_at": item.added_at.isoformat(),
        "last_reviewed_time": _text(item.reviewed_at),
    }


class QueueRuns:
    """Reads the runs of items, and finds items by runs."""

    def __init__(self, services: Services) -> None:
        self._queries = RunQueries(services)
        self._projects = services.projects
        self._places: RunPlaces = StoredRunPlaces(services.store, services.projects)

    async def shown(self, items: Sequence[Item]) -> list[dict[str, Any]]:
        """The runs of some items, in their order; one that is gone is shown without content."""
        names = {project.id: project.name for project in self._projects.all()}
        places = {(i.place.project, i.place.trace_id, i.place.span_id) for i in items}
        keys = await self._queries.located(list(names), places) if places else []
        runs = await self._queries.shaped(names, keys, None, lambda run: run_v1(run, None))
        by_id = {str(run["id"]): run for run in runs}
        return [_with_run(item, by_id.get(_uuid(item.place))) for item in items]

    async def spellings(self, ids: Sequence[str]) -> list[str]:
        """Ids of items or runs, and what the spans of these runs are called."""
        found = await self._places.find(ids)
        return list(dict.fromkeys([*ids, *(place.span_id for place in found.values())]))

    def project_of(self, item: Item) -> str | None:
        """The UUID of the project that an item's run lies in."""
        project = self._projects.by_id(item.place.project)
        return None if project is None else project.uuid


def _with_run(item: Item, run: dict[str, Any] | None) -> dict[str, Any]:
    about = item_json(item)
    base = run or {
        "id": about["run_id"],
        "trace_id": trace_uuid(item.place.trace_id),
        "name": "(no longer here)",
        "run_type": "chain",
        "start_time": started(item) or about["added_at"],
    }
    return {
        **base,
        "inputs": base.get("inputs") or {},
        "queue_run_id": item.id,
        **{name: about[name] for name in _OF_ITEM if name in about},
        "effective_added_at": about["added_at"],
    }


def started(item: Item) -> str | None:
    """When an item's run began, as far as the queue knows."""
    at = item.place.start_us
    return None if at is None else datetime.fromtimestamp(at / 1_000_000, UTC).isoformat()


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
