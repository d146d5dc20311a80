"""The examples of one dataset as new ones of another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID, uuid5

from pilothouse.platform.datasets.models import NewExample
from pilothouse.platform.datasets.reading import ReadsExamples
from pilothouse.platform.datasets.versions import AsOf


class Copies:
    """The examples of a dataset as new ones of another; can be gone through again."""

    def __init__(
        self,
        datasets: ReadsExamples,
        source_id: str,
        target: UUID,
        as_of: AsOf,
        chosen: set[str] | None,
        splits: Sequence[str] | None,
    ) -> None:
        self._datasets, self._source_id, self._target = datasets, source_id, target
        self._as_of = datasets.state(source_id, as_of)
        self._chosen, self._splits = chosen, splits

    def __iter__(self) -> Iterator[NewExample]:
        for example in self._datasets.every(
            self._source_id, as_of=self._as_of, splits=self._splits
        ):
            if self._chosen is None or example.id in self._chosen:
                yield NewExample(
                    id=str(uuid5(self._target, example.id)),
                    inputs=example.inputs,
                    outputs=example.outputs,
                    metadata=example.metadata,
                    splits=example.splits,
                    attachments=dict(example.attachments),
                    source_run_id=example.source_run_id,
                )
