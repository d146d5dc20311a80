"""What whoever has the token of a shared dataset may read of it."""

from __future__ import annotations

from typing import Any

from pilothouse.platform.datasets.dataset_shapes import DatasetOut
from pilothouse.platform.datasets.example_shapes import ExampleOut, ExamplePage
from pilothouse.platform.datasets.parameters import page_cursor, place_in
from pilothouse.platform.datasets.reading import place_of
from pilothouse.platform.datasets.service import DatasetService


class SharedDatasets:
    """Datasets as their links show them."""

    def __init__(self, datasets: DatasetService) -> None:
        self._datasets = datasets

    def shown(self, dataset_id: str) -> dict[str, Any]:
        """The dataset without who made it. Raises NotFound."""
        dataset = self._datasets.get(dataset_id)
        summary = self._datasets.summaries([dataset.id])[dataset.id]
        return DatasetOut.of(dataset, summary).model_dump(mode="json") | {"created_by": None}

    def examples_shown(self, dataset_id: str, limit: int, cursor: str | None) -> dict[str, Any]:
        """A page of its examples as they are now. Raises NotFound."""
        found = self._datasets.examples(
            dataset_id, limit=limit + 1, after=place_in(cursor, "examples")
        )
        page = ExamplePage(
            items=[ExampleOut.of(each) for each in found[:limit]],
            next_cursor=page_cursor("examples", found, limit, place_of),
        )
        return page.model_dump(mode="json")
