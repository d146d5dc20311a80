"""What the workers of one app on one machine count together: a file that all of them map.

Each who asks has a slot: when its allowance is whole again, and in a column of each worker how many
requests of it are at work there. A worker holds its column by a lock that ends with it, so what a
killed one left behind is found and forgotten.
"""

from __future__ import annotations

import fcntl
import hashlib
import mmap
import os
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pilothouse.rates import Rate

SLOTS: Final = 8_192
PROBED: Final = 16
COLUMNS: Final = 32
_slot: Final = struct.Struct(f"<Qd{COLUMNS}H")
SIZE: Final = SLOTS * _slot.size


class Shared:
    """One who asks, for as long as the board is held."""

    __slots__ = ("active", "elsewhere", "requests")

    def __init__(self, due: float, active: int, elsewhere: int) -> None:
        self.requests = Rate(due)
        self.active = active
        """Requests at work in this worker."""
        self.elsewhere = elsewhere
        """And in the others."""


class Board:
    """The file, as one worker has it. Its clock is the machine's, which all processes share."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR)
        self._map = mmap.mmap(self._file, SIZE)
        self._column = self._claimed()

    @contextmanager
    def asker(self, who: str) -> Iterator[Shared]:
        """Whoever asks; what is changed of it is written at the end."""
        name = int.from_bytes(hashlib.blake2b(who.encode(), digest_size=8).digest()) or 1
        with self._held():
            at = self._place(name)
            found, due, *counts = _slot.unpack_from(self._map, at)
            if found != name:
                due, counts = 0.0, [0] * COLUMNS
            own = counts[self._column]
            shared = Shared(due, own, sum(counts) - own)
            yield shared
            counts[self._column] = max(0, min(shared.active, 65_535))
            _slot.pack_into(self._map, at, name, shared.requests.due, *counts)

    def forget_dead(self) -> None:
        """Take back the places of workers that are gone."""
        for column in range(COLUMNS):
            if column != self._column and self._lock(column):
                with self._held():
                    self._clear(column)
                fcntl.lockf(self._file, fcntl.LOCK_UN, 1, SIZE + column)

    def close(self) -> None:
        """Give the column back."""
        self._map.close()
        os.close(self._file)

    def _claimed(self) -> int:
        for column in range(COLUMNS):
            if self._lock(column):
                with self._held():
                    self._clear(column)
                return column
        raise OSError(f"more than {COLUMNS} workers share one board")

    def _lock(self, column: int) -> bool:
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, SIZE + column)
        except OSError:
            return False
        return True

    def _clear(self, column: int) -> None:
        width = struct.calcsize("<H")
        for slot in range(SLOTS):
            at = slot * _slot.size + 16 + column * width
            self._map[at : at + width] = b"\0" * width

    def _place(self, name: int) -> int:
        """Where who asks stands, or may: the one that was whole first makes room."""
        oldest, oldest_due = 0, float("inf")
        for step in range(PROBED):
            at = (name + step) % SLOTS * _slot.size
            found, due, *counts = _slot.unpack_from(self._map, at)
            if found in (0, name):
                return at
            if due < oldest_due and not any(counts):
                oldest, oldest_due = at, due
        return oldest

    @contextmanager
    def _held(self) -> Iterator[None]:
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)


def new_board() -> Path:
    """An empty one; whoever made it removes it."""
    handle, path = tempfile.mkstemp(prefix="pilothouse-serve-")
    os.ftruncate(handle, SIZE)
    os.close(handle)
    return Path(path)
