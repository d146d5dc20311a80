"""What a dataset says of itself: whether it can be used, and whether two say the same."""

from __future__ import annotations

from dataclasses import replace

from pilothouse.platform.datasets.models import DATA_TYPES, Dataset
from pilothouse.platform.datasets.rows import dumps
from pilothouse.platform.datasets.schemas import check_schema
from pilothouse.platform.datasets.transformations import check_transformations
from pilothouse.platform.errors import BadRequest


def checked_dataset(dataset: Dataset) -> Dataset:
    """The dataset, its schemas and transformations found to be usable. Raises BadRequest."""
    if dataset.data_type not in DATA_TYPES:
        raise BadRequest(
            f"there is no data type {dataset.data_type!r}; there are {', '.join(DATA_TYPES)}"
        )
    check_schema(dataset.inputs_schema, "inputs_schema")
    check_schema(dataset.outputs_schema, "outputs_schema")
    return replace(dataset, transformations=check_transformations(dataset.transformations))


def same(one: Dataset, other: Dataset) -> bool:
    """Whether two datasets differ in nothing that people set of them, ids aside."""
    return _content(one) == _content(other)


def rules_of(dataset: Dataset) -> tuple[str, str, str]:
    """What decides whether and how examples are kept, to be compared."""
    return (
        dumps(dataset.inputs_schema),
        dumps(dataset.outputs_schema),
        dumps(dataset.transformations),
    )


def _content(dataset: Dataset) -> tuple[str, ...]:
    return (
        dataset.name,
        dataset.description,
        dataset.data_type,
        dumps(dataset.metadata),
        *rules_of(dataset),
    )
