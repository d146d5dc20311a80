"""Reviewed runs as examples of a dataset."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from pilothouse.platform.annotation.reviewing import ProjectNames
from pilothouse.platform.datasets.from_spans import SpanMapping, example_of
from pilothouse.platform.datasets.import_shapes import SpanRef
from pilothouse.platform.datasets.service import DatasetService
from pilothouse.platform.errors import NotFound
from pilothouse.platform.query.run_places import RunPlace

ReadSpans = Callable[[Sequence[SpanRef]], Awaitable[list[dict[str, Any]]]]  # Any: span documents


class DatasetExamples:
    """Makes examples of runs; a run is one example of a dataset, however it came there."""

    def __init__(self, datasets: DatasetService, spans: ReadSpans, projects: ProjectNames) -> None:
        self._datasets = datasets
        self._spans = spans
        self._projects = projects

    async def add_reviewed(
        self,
        dataset_id: str,
        run: RunPlace,
        *,
        run_id: str,
        outputs: Mapping[str, Any] | None,
        metadata: Mapping[str, Any],
        by: str,
    ) -> str:
        """The id of the example that the run is now. Raises NotFound, Unprocessable."""
        dataset = await asyncio.to_thread(self._datasets.get, dataset_id)
        project = self._projects.name_of(run.project)
        if project is None:
            raise NotFound(f"the project of run {run_id!r} was deleted", {"run_id": run_id})
        wanted = SpanRef(project=project, trace_id=run.trace_id, span_id=run.span_id)
        [span] = await self._spans([wanted])
        example = example_of(span, dataset, SpanMapping(constant=metadata))
        if outputs is not None:
            example = dataclasses.replace(example, outputs=dict(outputs))
        await asyncio.to_thread(
            self._datasets.add,
            dataset.id,
            [example],
            replacing=True,
            by=by,
            note="reviewed in an annotation queue",
        )
        return str(example.id)
