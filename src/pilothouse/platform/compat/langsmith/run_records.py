"""What the records know of runs: examples made of them, the datasets they ran over, queues."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pilothouse.platform.compat.langsmith.bodies import time_text
from pilothouse.platform.compat.langsmith.services import Services
from pilothouse.spans.run_ids import run_id

IN_DATASET: Final = "in_dataset"
DATASET: Final = "reference_dataset_id"
QUEUED: Final = "last_queued_at"
FIELDS: Final = frozenset((IN_DATASET, DATASET, QUEUED))
"""Fields that are read only where they are asked for."""
_Row = Mapping[str, Any]
Place = tuple[int, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What the records know of one run, as far as it was asked for."""

    in_dataset: bool = False
    reference_dataset_id: str | None = None
    last_queued_at: str | None = None


NOTHING: Final = Recorded()


class RunRecords:
    """Asks the records about runs, about many at once."""

    def __init__(self, services: Services) -> None:
        self._datasets = services.datasets
        self._queues = services.queues

    async def of(self, rows: Sequence[_Row], fields: Collection[str]) -> dict[Place, Recorded]:
        """By project, trace and span."""
        if not rows or not FIELDS & set(fields):
            return {}
        return await asyncio.to_thread(self._read, rows, fields)

    def _read(self, rows: Sequence[_Row], fields: Collection[str]) -> dict[Place, Recorded]:
        names = {_place(row): _names(row) for row in rows}
        every = sorted({name for some in names.values() for name in some})
        sources = self._datasets.sources(every) if IN_DATASET in fields else set()
        queued = self._queues.items.last_added(every) if QUEUED in fields else {}
        owners: dict[str, str] = {}
        if DATASET in fields:
            examples = sorted({row["example_id"] for row in rows} - {""})
            owners = self._datasets.owners(examples)
        found = {}
        for row in rows:
            own = names[_place(row)]
            times = [queued[name] for name in own if name in queued]
            found[_place(row)] = Recorded(
                in_dataset=not sources.isdisjoint(own),
                reference_dataset_id=owners.get(row["example_id"]),
                last_queued_at=time_text(max(times, default=None)),
            )
        return found


def _place(row: _Row) -> Place:
    return row["project"], row["trace_id"], row["span_id"]


def _names(row: _Row) -> set[str]:
    """What records may call a run: its UUID, its span, or trace and span."""
    project, trace_id, span_id = _place(row)
    return {span_id, run_id(project, trace_id, span_id), f"{trace_id}:{span_id}"}
