"""What datasets look like over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from pilothouse.platform.datasets.example_shapes import MOST_EXAMPLES, Json, maybe
from pilothouse.platform.datasets.models import Dataset, DataType, Summary, Violation

Name = Annotated[str, Field(min_length=1, max_length=500)]
Description = Annotated[str, Field(max_length=100_000)]


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
            inputs_schema=maybe(dataset.inputs_schema),
            outputs_schema=maybe(dataset.outputs_schema),
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
