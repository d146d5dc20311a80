"""What datasets, examples and their versions are, and the shapes in which changes come in."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, get_args

from pilothouse.platform.errors import BadRequest

DataType = Literal["kv", "llm", "chat"]
DATA_TYPES: Final[tuple[str, ...]] = get_args(DataType)
BASE_SPLIT: Final = "base"
"""The split of an example that names none."""
LATEST: Final = "latest"
"""The tag that always means the newest version; nobody moves it."""
LONGEST_NAME: Final = 500
LONGEST_TAG: Final = 200
MOST_ATTACHMENTS: Final = 100

JsonObject = Mapping[str, Any]  # Any: the user's own JSON


class Unset:
    """The type of a value that a change leaves as it is."""


UNSET: Final = Unset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A named collection of examples."""

    id: str
    name: str
    description: str = ""
    data_type: DataType = "kv"
    metadata: JsonObject = field(default_factory=dict)
    inputs_schema: JsonObject | None = None
    outputs_schema: JsonObject | None = None
    transformations: Sequence[JsonObject] | None = None
    created_by: str = ""
    created_at: datetime
    modified_at: datetime
    """When the dataset or one of its examples last changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Figures of a dataset that lists show beside it."""

    example_count: int = 0
    split_count: int = 0
    """Splits that an example is in now."""
    version_count: int = 0
    experiment_count: int = 0
    last_experiment_at: datetime | None = None
    version: datetime | None = None
    """The newest version, None while nothing was ever added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A state of a dataset; each write makes one, strictly later than the one before."""

    dataset_id: str
    at: datetime
    tags: tuple[str, ...] = ()
    added: int = 0
    modified: int = 0
    removed: int = 0
    note: str = ""
    created_by: str = ""
    example_ids: tuple[str, ...] = ()
    """The examples that the write touched, in the order given; only in the answer to a write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """Bytes that belong to an example, kept apart by their hash."""

    blob: str
    mime_type: str
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """Bytes to attach."""

    data: bytes
    mime_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One row of a dataset, as of some version."""

    id: str
    dataset_id: str
    inputs: JsonObject
    outputs: JsonObject | None
    metadata: JsonObject
    """The user's own; splits stand apart."""
    splits: tuple[str, ...]
    attachments: Mapping[str, Attachment]
    source_run_id: str
    """The run that it was made of, "" for none."""
    created_at: datetime
    modified_at: datetime
    """The version that wrote this state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewExample:
    """An example to add. With an id of the caller's own, the same request again adds nothing."""

    id: str | None = None
    inputs: JsonObject = field(default_factory=dict)
    outputs: JsonObject | None = None
    metadata: JsonObject = field(default_factory=dict)
    splits: Sequence[str] | None = None
    attachments: Mapping[str, Upload | Attachment] = field(default_factory=dict)
    source_run_id: str = ""
    created_at: datetime | None = None
    tools: Sequence[Any] = ()  # Any: definitions in the words of their provider
    """What the source run offered its model, for the transformations that take tools from a run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentOperations:
    """Which attachments an update keeps: the renamed, the retained, and no other."""

    rename: Mapping[str, str] = field(default_factory=dict)
    retain: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleChange:
    """What to change of an example; what is left out stays.

    Attachments: with `operations` exactly the renamed, the retained and the uploaded ones are
    kept; uploads alone replace all; without either they stay.
    """

    id: str
    inputs: JsonObject | None = None
    outputs: JsonObject | Unset | None = UNSET
    metadata: JsonObject | None = None
    splits: Sequence[str] | None = None
    attachments: Mapping[str, Upload | Attachment] = field(default_factory=dict)
    operations: AttachmentOperations | None = None
    source_run_id: str | None = None
    dataset_id: str | None = None
    """The dataset that the caller believes it to be in; another one is a conflict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """The ids of the examples that two versions do not share."""

    added: tuple[str, ...]
    modified: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """Where an example breaks its dataset's schema."""

    example_id: str
    position: int
    """Its place in the request, or in the dataset."""
    path: str
    """As `inputs.messages[0].role`."""
    message: str

    def as_json(self) -> dict[str, Any]:
        return {
            "example_id": self.example_id,
            "position": self.position,
            "path": self.path,
            "message": self.message,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What adding some examples would do."""

    count: int
    broken: int
    """How many of them break the schema."""
    first: Sequence[NewExample]
    """The first ones, as the dataset would keep them."""
    violations: Sequence[Violation]


def checked_id(value: object, what: str = "id") -> str:
    """A UUID in its one spelling, lower-case with hyphens; raises BadRequest."""
    text = str(value)
    try:
        found = uuid.UUID(text)
    except ValueError:
        raise BadRequest(f"{what} is no UUID: {text[:80]!r}", {"parameter": what}) from None
    return str(found)


def is_id(value: str) -> bool:
    """Whether a text is a UUID."""
    try:
        uuid.UUID(value)
    except ValueError:
        return False
    return True


def checked_name(name: str) -> str:
    """The name of a dataset without space around it; raises BadRequest."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or "\x00" in name:
        raise BadRequest(f"a dataset's name has 1 to {LONGEST_NAME} characters, not {len(name)}")
    return name


def checked_splits(splits: Sequence[str] | str | None) -> tuple[str, ...]:
    """Splits in the order given, each once; `base` for none. Raises BadRequest."""
    given = [splits] if isinstance(splits, str) else list(splits or ())
    for split in given:
        if not isinstance(split, str) or not split.strip() or len(split) > LONGEST_TAG:
            raise BadRequest(f"a split's name has 1 to {LONGEST_TAG} characters: {split!r}")
    return tuple(dict.fromkeys(given)) or (BASE_SPLIT,)


def without_split(metadata: JsonObject) -> tuple[dict[str, Any], tuple[str, ...] | None]:
    """Metadata of a LangSmith example as (the user's own, the splits it names or None).

    Raises BadRequest.
    """
    kept = dict(metadata)
    named = kept.pop("dataset_split", None)
    if named is None:
        return kept, None
    if not isinstance(named, str | list):
        raise BadRequest(f"dataset_split is a name or a list of names, not {named!r:.80}")
    return kept, checked_splits([named] if isinstance(named, str) else list(named))
