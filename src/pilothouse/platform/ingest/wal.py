"""The write-ahead file: what is acknowledged stands here until the store has it.

A directory of segments. A segment begins with the columns of each table, so that rows written by
an older release still know where they belong, and holds records of (table, what to settle, rows),
each with its length and checksum. A torn last record is what a crash leaves of an unacknowledged
request: reading stops there.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import struct
import threading
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from pilothouse.platform.ingest.errors import StoreUnavailable

log = logging.getLogger("pilothouse.ingest")

_MAGIC: Final = b"PHWAL1\n"
_HEADER: Final = struct.Struct("<IIIB")  # bytes of marks, bytes of rows, crc32 of both, table
_IOV_MAX: Final = 1024
"""How many pieces one system call writes."""
_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_MIB: Final = 1 << 20
KEPT_FREE: Final = 256 * _MIB
"""Bytes of the disk that nothing new is taken into: what was taken has still to go into the store,
parts have to be merged and old spans deleted, and none of it may meet a full disk."""


@dataclass(slots=True, frozen=True, kw_only=True)
class Unended:
    """A row of a span that goes on still; its end may come before the row is stored."""

    key: tuple[int, int, str, str]
    """Project, hour, trace and span: what a newer row replaces it by."""
    version: int
    start: int
    """Where in the rows of its chunk it begins."""
    end: int


@dataclass(slots=True, frozen=True, kw_only=True)
class Chunk:
    """Rows of one table from one request, as the store takes them."""

    table: str
    rows: bytes
    """In ClickHouse's MsgPack format."""
    count: int
    marks: bytes = b"[]"
    """JSON list of [project, trace_id, hour]: the traces to compute anew once the rows are in."""
    summaries: Sequence[tuple[tuple[int, str], Sequence[Any]]] = ()
    """The spans as their traces are computed from them, by (project, trace_id); not written."""
    unended: Sequence[Unended] = ()
    """The last of the rows, one after the other; not written."""


class WriteAheadFile:
    """Appends chunks to the current segment. Safe to call from several threads."""

    def __init__(
        self,
        directory: Path,
        tables: Mapping[str, Sequence[str]],
        *,
        fsync: bool = False,
        kept_free: int = 0,
    ) -> None:
        """`tables` gives the columns of each table that chunks may name; chunks that would leave
        less than `kept_free` bytes of the disk are refused."""
        self._directory = directory
        self._tables = {name: list(columns) for name, columns in tables.items()}
        self._numbers = {name: i for i, name in enumerate(self._tables)}
        self._fsync = fsync
        self._kept_free = kept_free
        self._lock = threading.Lock()
        self._sync_lock = threading.Lock()
        directory.mkdir(parents=True, exist_ok=True)
        self._segment = max((int(p.stem) for p in directory.glob("*.wal")), default=0)
        self._file = -1
        self._size = 0
        self._synced: tuple[int, int] = (0, 0)

    def append(self, chunks: Sequence[Chunk]) -> tuple[int, int]:
        """Write the chunks, all or none; -> the position to `sync` to. Raises StoreUnavailable."""
        parts = []
        for chunk in chunks:
            crc = zlib.crc32(chunk.rows, zlib.crc32(chunk.marks))
            number = self._numbers[chunk.table]
            parts.append(_HEADER.pack(len(chunk.marks), len(chunk.rows), crc, number))
            parts.append(chunk.marks)
            parts.append(chunk.rows)
        size = sum(map(len, parts))
        with self._lock:
            if self._file < 0:
                self._open()
            self._check_room(size)
            try:
                # Not joined first: a large request would be copied once more.
                if os.writev(self._file, parts[:_IOV_MAX]) < size:
                    self._write_rest(parts)
            except OSError as e:
                os.ftruncate(self._file, self._size)
                os.lseek(self._file, self._size, os.SEEK_SET)
                reason = "the disk is full" if e.errno in _FULL else str(e.strerror)
                raise StoreUnavailable(reason) from e
            self._size += size
            return self._segment, self._size

    def _check_room(self, size: int) -> None:
        disk = os.fstatvfs(self._file)
        free = disk.f_bavail * disk.f_frsize
        if free - size < self._kept_free:
            raise StoreUnavailable(
                f"the disk is full: {free // _MIB} MiB are free,"
                f" of which {self._kept_free // _MIB} MiB are kept to finish what was begun"
            )

    def _write_rest(self, parts: Sequence[bytes]) -> None:
        """Write what a write that ended early left of the parts."""
        record = memoryview(b"".join(parts))
        written = os.lseek(self._file, 0, os.SEEK_CUR) - self._size
        while written < len(record):
            written += os.write(self._file, record[written:])

    def sync(self, position: tuple[int, int]) -> None:
        """Return once everything up to `position` would survive a power cut, if that is wanted.

        Callers that wait together share one fdatasync.
        """
        if not self._fsync:
            return
        with self._sync_lock:
            if self._synced >= position:
                return
            with self._lock:
                reached = (self._segment, self._size)
                file = os.dup(self._file) if self._file >= 0 else -1
            if file >= 0:
                try:
                    os.fdatasync(file)
                finally:
                    os.close(file)
            self._synced = max(self._synced, reached)

    def seal(self) -> int:
        """Close the current segment; -> its number. Later chunks go to a new one."""
        with self._lock:
            sealed = self._segment
            if self._file >= 0:
                if self._fsync:
                    os.fdatasync(self._file)
                os.close(self._file)
                self._file = -1
            return sealed

    def remove(self, up_to: int) -> None:
        """Forget the sealed segments up to and including `up_to`: the store has them."""
        for path in sorted(self._directory.glob("*.wal")):
            number = int(path.stem)
            if number <= up_to and not (number == self._segment and self._file >= 0):
                path.unlink(missing_ok=True)

    def size(self) -> int:
        """Bytes of all segments that are not forgotten yet."""
        found = 0
        for path in self._directory.glob("*.wal"):
            with contextlib.suppress(FileNotFoundError):  # forgotten meanwhile
                found += path.stat().st_size
        return found

    def replay(self) -> Iterator[tuple[int, list[str], Chunk]]:
        """(segment, columns, chunk) of all that is left from before; call it first."""
        for path in sorted(self._directory.glob("*.wal")):
            yield from self._read(path)

    def _read(self, path: Path) -> Iterator[tuple[int, list[str], Chunk]]:
        data = path.read_bytes()
        head, newline, _ = data[len(_MAGIC) :].partition(b"\n")
        if not data.startswith(_MAGIC) or not newline:
            if data:
                log.warning("write-ahead file %s has no head; nothing in it was acknowledged", path)
            return
        tables: dict[str, list[str]] = orjson.loads(head)
        names = list(tables)
        at = len(_MAGIC) + len(head) + 1
        while at + _HEADER.size <= len(data):
            marks_size, rows_size, crc, number = _HEADER.unpack_from(data, at)
            start = at + _HEADER.size
            end = start + marks_size + rows_size
            body = data[start:end]
            if (
                len(body) < marks_size + rows_size
                or zlib.crc32(body) != crc
                or number >= len(names)
            ):
                break
            chunk = Chunk(
                table=names[number], rows=body[marks_size:], count=-1, marks=body[:marks_size]
            )
            yield int(path.stem), tables[chunk.table], chunk
            at = end
        if at < len(data):
            log.warning(
                "write-ahead file %s ends with %d bytes of an unfinished request",
                path,
                len(data) - at,
            )

    def _open(self) -> None:
        path = self._directory / f"{self._segment + 1:016d}.wal"
        try:
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as e:
            raise StoreUnavailable(f"cannot create {path}: {e.strerror}") from e
        head = _MAGIC + orjson.dumps(self._tables) + b"\n"
        try:
            _write_whole(file, head)
            if self._fsync:
                _sync_directory(self._directory)
        except OSError as e:
            os.close(file)
            path.unlink(missing_ok=True)
            raise StoreUnavailable(
                "the disk is full" if e.errno in _FULL else str(e.strerror)
            ) from e
        self._file = file
        self._segment += 1
        self._size = len(head)


def _write_whole(file: int, data: bytes) -> None:
    if os.write(file, data) < len(data):
        raise OSError(errno.ENOSPC, "No space left on device")


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
