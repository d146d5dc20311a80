"""Attachments of examples: bytes kept apart by their hash, and which an update keeps."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from pilothouse.platform.datasets.models import (
    MOST_ATTACHMENTS,
    Attachment,
    AttachmentOperations,
    Example,
    ExampleChange,
    Upload,
)
from pilothouse.platform.errors import BadRequest, Unprocessable

LONGEST_NAME = 500


class Blobs(Protocol):
    """Where the bytes of attachments lie."""

    def save(self, uploads: Sequence[tuple[str, Upload]]) -> None:
        """Keep bytes by their hash; what is there already stays."""

    def load(self, blob: str) -> tuple[str, bytes] | None:
        """(media type, bytes) of a hash, None when there are none."""

    def remove(self, blobs: Iterable[str]) -> None:
        """Forget bytes that nothing refers to any more."""


def hash_of(data: bytes) -> str:
    """The id of bytes: their SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def checked(given: Mapping[str, Upload | Attachment]) -> Mapping[str, Upload | Attachment]:
    """The attachments of one example; raises BadRequest for an impossible name or too many."""
    if len(given) > MOST_ATTACHMENTS:
        raise BadRequest(f"an example has at most {MOST_ATTACHMENTS} attachments")
    for name in given:
        _check_name(name)
    return given


def as_kept(given: Mapping[str, Upload | Attachment]) -> dict[str, Attachment]:
    """Attachments by name, as the records name them."""
    return {
        name: each
        if isinstance(each, Attachment)
        else Attachment(blob=hash_of(each.data), mime_type=each.mime_type, bytes=len(each.data))
        for name, each in given.items()
    }


def uploads(given: Iterable[Mapping[str, Upload | Attachment]]) -> list[tuple[str, Upload]]:
    """(hash, upload) of all bytes that came along, each once."""
    found: dict[str, Upload] = {}
    for attachments in given:
        for each in attachments.values():
            if isinstance(each, Upload):
                found.setdefault(hash_of(each.data), each)
    return list(found.items())


def after(example: Example, change: ExampleChange) -> dict[str, Attachment]:
    """What an example has attached after a change. Raises Unprocessable for an unknown name."""
    present = dict(example.attachments)
    new = as_kept(change.attachments)
    if change.operations is None:
        return new if change.attachments else present
    return _operated(example.id, present, change.operations) | new


def _operated(
    example_id: str, present: Mapping[str, Attachment], operations: AttachmentOperations
) -> dict[str, Attachment]:
    kept: dict[str, Attachment] = {}
    for old, new in operations.rename.items():
        _check_name(new)
        if old in present:
            kept[new] = present[old]
        elif new in present:  # the same request again, which has renamed it already
            kept[new] = present[new]
        else:
            raise _unknown(example_id, old, present)
    for name in operations.retain:
        if name not in present:
            raise _unknown(example_id, name, present)
        kept[name] = present[name]
    return kept


def _unknown(example_id: str, name: str, present: Mapping[str, Any]) -> Unprocessable:
    return Unprocessable(
        f"example {example_id} has no attachment {name!r}", {"attachments": sorted(present)}
    )


def _check_name(name: str) -> None:
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise BadRequest(f"an attachment's name has 1 to {LONGEST_NAME} printable characters")
