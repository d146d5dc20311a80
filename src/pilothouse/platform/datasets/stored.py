"""Attachments in the span store, which keeps large values anyway."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pilothouse.platform.datasets.models import Upload
from pilothouse.platform.store import blobs as table
from pilothouse.platform.store.engine import Store


class StoredBlobs:
    """The `Blobs` of a server."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def save(self, uploads: Sequence[tuple[str, Upload]]) -> None:
        """Keep bytes by their hash."""
        if uploads:
            table.save(
                self._store,
                {
                    blob: table.Bytes(data=upload.data, mime_type=upload.mime_type)
                    for blob, upload in uploads
                },
            )

    def load(self, blob: str) -> tuple[str, bytes] | None:
        """(media type, bytes) of a hash."""
        found = table.load(self._store, blob)
        return None if found is None else (found.mime_type, found.data)

    def remove(self, blobs: Iterable[str]) -> None:
        """Forget bytes."""
        table.remove(self._store, blobs)
