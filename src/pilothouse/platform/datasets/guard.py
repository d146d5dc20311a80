"""Keeps apart those who add bytes from whoever removes them.

Bytes are kept by their hash and counted by who refers to them. Without this, an upload of bytes
that are there already could be taken in between the count that finds nobody and the removal.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class BytesGuard:
    """Uploads go on side by side; a removal waits for them and is alone.

    It holds within one server: of several that share a database, one may still remove what another
    takes in at that moment.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._uploads = 0
        self._removing = False

    @contextmanager
    def uploading(self) -> Iterator[None]:
        """From looking which bytes are there until the examples that refer to them are kept."""
        with self._changed:
            self._changed.wait_for(lambda: not self._removing)
            self._uploads += 1
        try:
            yield
        finally:
            with self._changed:
                self._uploads -= 1
                self._changed.notify_all()

    @contextmanager
    def removing(self) -> Iterator[None]:
        """From counting who refers to bytes until those that nobody does are gone."""
        with self._changed:
            self._changed.wait_for(lambda: not self._removing)
            self._removing = True
            self._changed.wait_for(lambda: not self._uploads)
        try:
            yield
        finally:
            with self._changed:
                self._removing = False
                self._changed.notify_all()
