"""What datasets and examples look like over HTTP."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from pilothouse.platform.datasets.importing import Mapped
from pilothouse.platform.datasets.models import (
    UNSET,
    Attachment,
    AttachmentOperations,
    Dataset,
    DataType,
    Example,
    ExampleChange,
    NewExample,
    Summary,
    Trial,
    Upload,
    Version,
    Violation,
)
from pilothouse.platform.errors import BadRequest

Json = dict[str, Any]
Name = Annotated[str, Field(min_length=1, max_length=500)]
Description = Annotated[str, Field(max_length=100_000)]
MOST_EXAMPLES = 20_000
"""Examples in one request; more come as a file."""


class TransformationIO(BaseModel):
    """What is done to a part of each example before it is kept."""

    model_config = ConfigDict(extra="forbid")

    path: list[str]
    """As `["inputs", "messages"]`."""
    transformation_type: Literal[
        "convert_to_openai_message",
        "convert_to_openai_tool",
        "remove_system_messages",
        "remove_extra_fields",
        "extract_tools_from_run",
    ]


class DatasetOut(BaseModel):
    """A dataset with its figures."""

    id: str
    name: str
    description: str
    data_type: DataType
    metadata: Json
    inputs_schema: Json | None
    outputs_schema: Json | None
    transformations: list[TransformationIO] | None
    created_by: str | None
    created_at: datetime
    modified_at: datetime
    example_count: int
    split_count: int
    """Splits that an example is in now."""
    version_count: int
    experiment_count: int
    last_experiment_at: datetime | None
    version: datetime | None
    """The newest version; null while nothing was ever added."""

    @classmethod
    def of(cls, dataset: Dataset, summary: Summary) -> DatasetOut:
        return cls(
            id=dataset.id,
            name=dataset.name,
            description=dataset.description,
            data_type=dataset.data_type,
            metadata=dict(dataset.metadata),
            inputs_schema=_maybe(dataset.inputs_schema),
            outputs_schema=_maybe(dataset.outputs_schema),
            transformations=None
            if dataset.transformations is None
            else [TransformationIO.model_validate(each) for each in dataset.transformations],
            created_by=dataset.created_by or None,
            created_at=dataset.created_at,
            modified_at=dataset.modified_at,
            example_count=summary.example_count,
            split_count=summary.split_count,
            version_count=summary.version_count,
            experiment_count=summary.experiment_count,
            last_experiment_at=summary.last_experiment_at,
            version=summary.version,
        )


class DatasetPage(BaseModel):
    """Datasets, the newest first."""

    items: list[DatasetOut]
    next_cursor: str | None = None


class NewDataset(BaseModel):
    """A dataset to make."""

    model_config = ConfigDict(extra="forbid")

    id: str | None = None
    """A UUID of the caller's own: the same request again gives the same dataset."""
    name: Name
    description: Description = ""
    data_type: DataType = "kv"
    metadata: Json = {}
    inputs_schema: Json | None = None
    outputs_schema: Json | None = None
    transformations: list[TransformationIO] | None = None


class DatasetChange(BaseModel):
    """What to change of a dataset; null takes a schema or the transformations away."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    description: Description | None = None
    data_type: DataType | None = None
    metadata: Json | None = None
    inputs_schema: Json | None = None
    outputs_schema: Json | None = None
    transformations: list[TransformationIO] | None = None


class AttachmentOut(BaseModel):
    """A file that belongs to an example."""

    mime_type: str
    bytes: int
    path: str
    """Where its bytes are read, below the address of this server."""


class SourceOut(BaseModel):
    """The span that an example was made of."""

    trace_id: str | None
    """null where only the run is known; its id is the span's."""
    span_id: str


class ExampleOut(BaseModel):
    """An example, as of some version."""

    id: str
    dataset_id: str
    inputs: Json
    outputs: Json | None
    metadata: Json
    splits: list[str]
    attachments: dict[str, AttachmentOut]
    source: SourceOut | None
    created_at: datetime
    modified_at: datetime
    """The version that wrote this state."""

    @classmethod
    def of(cls, example: Example) -> ExampleOut:
        return cls(
            id=example.id,
            dataset_id=example.dataset_id,
            inputs=dict(example.inputs),
            outputs=_maybe(example.outputs),
            metadata=dict(example.metadata),
            splits=list(example.splits),
            attachments={
                name: AttachmentOut(
                    mime_type=each.mime_type,
                    bytes=each.bytes,
                    path=f"/api/v1/examples/{example.id}/attachments/{quote(name, safe='')}",
                )
                for name, each in example.attachments.items()
            },
            source=_source(example.source_run_id),
            created_at=example.created_at,
            modified_at=example.modified_at,
        )


class ExamplePage(BaseModel):
    """Examples in the order of their creation."""

    items: list[ExampleOut]
    next_cursor: str | None = None


class ExampleState(ExampleOut):
    """A state that an example had."""

    until: datetime | None
    """The version that ended it; null for the present one."""


class ExampleHistory(BaseModel):
    """Every state of an example, the newest first."""

    items: list[ExampleState]
    next_cursor: str | None = None


class AttachmentIn(BaseModel):
    """A file to attach."""

    model_config = ConfigDict(extra="forbid")

    data: str
    """Its bytes in base64."""
    mime_type: str = Field("application/octet-stream", max_length=300)


class NewExampleIn(BaseModel):
    """An example to add."""

    model_config = ConfigDict(extra="forbid")

    id: str | None = None
    """A UUID of the caller's own: the same example again is not added twice."""
    inputs: Json = {}
    outputs: Json | None = None
    metadata: Json = {}
    splits: list[str] | None = None
    """`["base"]` if left out."""
    attachments: dict[str, AttachmentIn] = {}
    source_run_id: str = Field("", max_length=500)
    created_at: datetime | None = None

    def example(self) -> NewExample:
        return NewExample(
            id=self.id,
            inputs=self.inputs,
            outputs=self.outputs,
            metadata=self.metadata,
            splits=self.splits,
            attachments=uploads(self.attachments),
            source_run_id=self.source_run_id,
            created_at=self.created_at,
        )


class ExampleChangeIn(BaseModel):
    """What to change of an example. What is left out stays; null outputs are unknown ones."""

    model_config = ConfigDict(extra="forbid")

    inputs: Json | None = None
    outputs: Json | None = None
    metadata: Json | None = None
    splits: list[str] | None = None
    attachments: dict[str, AttachmentIn] = {}
    """Files to attach; without `rename` or `retain` they replace all that is there."""
    rename: dict[str, str] | None = None
    retain: list[str] | None = None
    """With either, exactly the renamed, the retained and the new ones are kept."""

    def change(self, example_id: str) -> ExampleChange:
        operations = None
        if self.rename is not None or self.retain is not None:
            operations = AttachmentOperations(rename=self.rename or {}, retain=self.retain or ())
        return ExampleChange(
            id=example_id,
            inputs=self.inputs,
            outputs=self.outputs if "outputs" in self.model_fields_set else UNSET,
            metadata=self.metadata,
            splits=self.splits,
            attachments=uploads(self.attachments),
            operations=operations,
        )


class ExampleChangeOf(ExampleChangeIn):
    """What to change of the example of an id."""

    id: str


class ExampleIds(BaseModel):
    """Examples by their ids."""

    model_config = ConfigDict(extra="forbid")

    ids: list[str] = Field(max_length=MOST_EXAMPLES)
    hard: bool = False
    """Whether to take away what earlier versions say of them, and their attachments."""


class DatasetVersionOut(BaseModel):
    """A state of a dataset."""

    version: datetime
    tags: list[str]
    added: int
    modified: int
    removed: int
    note: str
    created_by: str | None

    @classmethod
    def of(cls, version: Version) -> DatasetVersionOut:
        return cls(
            version=version.at,
            tags=list(version.tags),
            added=version.added,
            modified=version.modified,
            removed=version.removed,
            note=version.note,
            created_by=version.created_by or None,
        )


class DatasetVersionPage(BaseModel):
    """Versions of a dataset, the newest first."""

    items: list[DatasetVersionOut]
    next_cursor: str | None = None


class Written(BaseModel):
    """What a write has done: the version that it made, or found made already."""

    version: DatasetVersionOut
    example_ids: list[str]
    """The examples that it touched, in the order given."""

    @classmethod
    def of(cls, version: Version) -> Written:
        return cls(version=DatasetVersionOut.of(version), example_ids=list(version.example_ids))


class Removed(BaseModel):
    """The versions that removed examples, one a dataset; none where they were gone already."""

    versions: list[DatasetVersionOut]


class DatasetDiff(BaseModel):
    """What two versions do not share, by the ids of the examples."""

    from_version: datetime | None
    """null for the time before there was any."""
    to_version: datetime | None
    added_count: int
    modified_count: int
    removed_count: int
    added: list[str]
    modified: list[str]
    removed: list[str]


class DatasetTag(BaseModel):
    """A tag and the version that it means."""

    tag: str
    version: datetime


class DatasetTagList(BaseModel):
    """The tags of a dataset by name."""

    items: list[DatasetTag]
    next_cursor: str | None = None


class TagTarget(BaseModel):
    """What a tag is to mean."""

    model_config = ConfigDict(extra="forbid")

    version: str = "latest"
    """A time, another tag, or `latest`."""


class SplitList(BaseModel):
    """The names of splits."""

    items: list[str]
    next_cursor: str | None = None


class SplitChange(BaseModel):
    """Which examples a split takes in, or with `remove` lets go."""

    model_config = ConfigDict(extra="forbid")

    example_ids: list[str] = Field(max_length=MOST_EXAMPLES)
    remove: bool = False


class CloneWanted(BaseModel):
    """What to copy, and where to."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    """Of a new dataset with the same schema, to copy to."""
    target_id: str | None = None
    """Or a dataset that is there."""
    as_of: str | None = None
    example_ids: list[str] | None = Field(None, max_length=MOST_EXAMPLES)
    splits: list[str] | None = None


class ViolationOut(BaseModel):
    """Where an example breaks the schema."""

    example_id: str
    position: int
    path: str
    message: str

    @classmethod
    def of(cls, violation: Violation) -> ViolationOut:
        return cls(**violation.as_json())


class ViolationList(BaseModel):
    """The first examples that break the schema of their dataset."""

    items: list[ViolationOut]
    next_cursor: str | None = None


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
                    outputs=_maybe(each.outputs),
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


def uploads(given: Mapping[str, AttachmentIn]) -> dict[str, Upload | Attachment]:
    """Attachments that came as base64. Raises BadRequest."""
    found: dict[str, Upload | Attachment] = {}
    for name, each in given.items():
        try:
            data = base64.b64decode(each.data, validate=True)
        except (binascii.Error, ValueError):
            raise BadRequest(f"attachment {name!r}: data is no base64") from None
        found[name] = Upload(data=data, mime_type=each.mime_type)
    return found


def _maybe(value: Mapping[str, Any] | None) -> Json | None:
    return None if value is None else dict(value)


def _source(source_run_id: str) -> SourceOut | None:
    if not source_run_id:
        return None
    trace_id, _, span_id = source_run_id.rpartition(":")
    return SourceOut(trace_id=trace_id or None, span_id=span_id)
