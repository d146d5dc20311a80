"""What versions of datasets, their tags and splits look like over HTTP."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from pilothouse.platform.datasets.example_shapes import MOST_EXAMPLES
from pilothouse.platform.datasets.models import Version


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
