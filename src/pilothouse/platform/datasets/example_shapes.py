"""What examples look like over HTTP."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from pilothouse.platform.datasets.models import (
    UNSET,
    Attachment,
    AttachmentOperations,
    Example,
    ExampleChange,
    NewExample,
    Upload,
)
from pilothouse.platform.errors import BadRequest

Json = dict[str, Any]
MOST_EXAMPLES = 20_000
"""Examples in one request; more come as a file."""


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
            outputs=maybe(example.outputs),
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


def maybe(value: Mapping[str, Any] | None) -> Json | None:
    """A JSON object that may be unknown, as answers have it."""
    return None if value is None else dict(value)


def _source(source_run_id: str) -> SourceOut | None:
    if not source_run_id:
        return None
    trace_id, _, span_id = source_run_id.rpartition(":")
    return SourceOut(trace_id=trace_id or None, span_id=span_id)
