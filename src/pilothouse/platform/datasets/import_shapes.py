"""What becomes examples, files and spans, as it looks over HTTP."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from pilothouse.platform.datasets.dataset_shapes import ViolationOut
from pilothouse.platform.datasets.example_shapes import Json, maybe
from pilothouse.platform.datasets.importing import Mapped
from pilothouse.platform.datasets.models import Trial
from pilothouse.platform.datasets.version_shapes import Written


class ColumnMapping(BaseModel):
    """Which column of a file becomes what: names of fields before the columns that fill them.

    A column that holds a JSON object fills a whole part under the empty name: `{"": "inputs"}`.
    """

    model_config = ConfigDict(extra="forbid")

    inputs: dict[str, str] = {}
    outputs: dict[str, str] = {}
    metadata: dict[str, str] = {}
    split: str | None = None
    id: str | None = None

    def mapped(self) -> Mapped:
        return Mapped(**self.model_dump())

    @classmethod
    def of(cls, mapped: Mapped) -> ColumnMapping:
        return cls(
            inputs=dict(mapped.inputs),
            outputs=dict(mapped.outputs),
            metadata=dict(mapped.metadata),
            split=mapped.split,
            id=mapped.id,
        )


class ColumnOut(BaseModel):
    """A column of a file with its first value."""

    name: str
    sample: Any


class PreviewRow(BaseModel):
    """A row as the dataset would keep it."""

    inputs: Json
    outputs: Json | None
    metadata: Json
    splits: list[str] | None


class ImportPreview(BaseModel):
    """What an import would do; nothing is kept."""

    columns: list[ColumnOut]
    mapping: ColumnMapping
    """The one given, or the one that the names of the columns suggest."""
    row_count: int
    rows: list[PreviewRow]
    broken_count: int
    """Rows that break the schema."""
    violations: list[ViolationOut]

    @classmethod
    def of(cls, columns: list[ColumnOut], mapped: Mapped, trial: Trial) -> ImportPreview:
        return cls(
            columns=columns,
            mapping=ColumnMapping.of(mapped),
            row_count=trial.count,
            rows=[
                PreviewRow(
                    inputs=dict(each.inputs),
                    outputs=maybe(each.outputs),
                    metadata=dict(each.metadata),
                    splits=None if each.splits is None else list(each.splits),
                )
                for each in trial.first
            ],
            broken_count=trial.broken,
            violations=[ViolationOut.of(each) for each in trial.violations],
        )


class SpanRef(BaseModel):
    """A span, or with its trace alone the trace's root."""

    model_config = ConfigDict(extra="forbid")

    project: str | None = None
    trace_id: str = Field(min_length=1, max_length=500)
    span_id: str | None = Field(None, min_length=1, max_length=500)


class FromSpans(BaseModel):
    """Spans to make examples of, and what of them goes where.

    Paths lead into a span's document: `input.question`, `messages_in[-1].parts[0].text`.
    """

    model_config = ConfigDict(extra="forbid")

    spans: list[SpanRef] = Field(min_length=1, max_length=1_000)
    inputs: dict[str, str] = {}
    outputs: dict[str, str] = {}
    metadata: dict[str, str] = {}
    with_outputs: bool = True
    with_metadata: bool = False
    constant: Json = {}
    """Metadata for all of them."""
    splits: list[str] | None = None


class FromSpansDone(Written):
    """What became of spans that were added."""

    skipped: int
    """How many were in the dataset already and stayed as they are."""
