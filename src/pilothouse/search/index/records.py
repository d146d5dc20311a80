"""The chunks of an index in SQLite: all of their SQL, and nothing else's."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any, Final

from pilothouse.search.errors import IndexUnusable
from pilothouse.search.index.filters import Filter, condition
from pilothouse.search.models import Chunk, Metadata

_SCHEMA: Final = """
    CREATE TABLE chunks (
        key INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        source TEXT NOT NULL,
        text TEXT NOT NULL,
        metadata TEXT NOT NULL
    ) STRICT;
    CREATE INDEX chunks_by_source ON chunks (source);
"""
_MANY: Final = 500
"""Values that one statement binds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A chunk under its key, which vectors and words are kept by."""

    key: int
    chunk: Chunk


class Records:
    """One file of chunks; safe to be asked from several threads."""

    def __init__(self, path: Path, *, writable: bool) -> None:
        """Raises IndexUnusable for a file that holds no chunks."""
        self.path = path
        self.writable = writable
        self._lock = threading.Lock()
        where = f"{path.absolute().as_uri()}?{'mode=rwc' if writable else 'mode=ro&immutable=1'}"
        try:
            self._connection = sqlite3.connect(
                where, uri=True, check_same_thread=False, isolation_level=None
            )
            if writable:
                self._connection.execute("PRAGMA journal_mode = OFF")
                self._connection.execute("PRAGMA synchronous = OFF")  # a copy that nobody else has
            known = self._connection.execute("SELECT name FROM sqlite_master").fetchall()
            if writable and not known:
                self._connection.executescript(_SCHEMA)
            elif ("chunks",) not in known:
                raise IndexUnusable(f"{path} holds no chunks")
        except sqlite3.DatabaseError as e:
            raise IndexUnusable(f"{path} is damaged: {e}") from None

    def close(self) -> None:
        """Lets go of the file."""
        self._connection.close()

    def copy_to(self, path: Path) -> None:
        """Writes all of it, without gaps, to a new file."""
        self._run("VACUUM INTO ?", (str(path),))

    def add(self, chunks: Iterable[Kept]) -> None:
        """Adds chunks under new keys."""
        rows = (
            (k.key, k.chunk.id, k.chunk.source, _plain(k.chunk.text), dumped(k.chunk.metadata))
            for k in chunks
        )
        with self._lock, self._connection:
            self._connection.execute("BEGIN")
            self._connection.executemany("INSERT INTO chunks VALUES (?, ?, ?, ?, ?)", rows)
            self._connection.execute("COMMIT")

    def describe(self, chunks: Iterable[Kept]) -> None:
        """Sets the metadata of chunks that are there."""
        rows = [(dumped(kept.chunk.metadata), kept.key) for kept in chunks]
        with self._lock:
            self._connection.execute("BEGIN")
            self._connection.executemany("UPDATE chunks SET metadata = ? WHERE key = ?", rows)
            self._connection.execute("COMMIT")

    def remove(self, keys: Iterable[int]) -> None:
        """Takes chunks out."""
        with self._lock:
            self._connection.execute("BEGIN")
            self._connection.executemany(
                "DELETE FROM chunks WHERE key = ?", ((key,) for key in keys)
            )
            self._connection.execute("COMMIT")

    def count(self) -> int:
        """How many chunks there are."""
        return int(self._run("SELECT count(*) FROM chunks")[0][0])

    def sources(self) -> dict[str, int]:
        """How many chunks each source has."""
        found = self._run("SELECT source, count(*) FROM chunks GROUP BY source ORDER BY source")
        return {str(source): int(count) for source, count in found}

    def by_keys(self, keys: Sequence[int]) -> dict[int, Chunk]:
        """The chunks under these keys."""
        found: dict[int, Chunk] = {}
        for some in _parts(list(keys)):
            marks = ", ".join("?" * len(some))
            rows = self._run(
                f"SELECT key, id, text, metadata FROM chunks WHERE key IN ({marks})",  # noqa: S608 - marks only
                some,
            )
            found.update((int(row[0]), _chunk(row[1:])) for row in rows)
        return found

    def keys_of(self, ids: Sequence[str]) -> list[int]:
        """The keys of those of these chunks that are there."""
        found: list[int] = []
        for some in _parts(list(ids)):
            marks = ", ".join("?" * len(some))
            rows = self._run(f"SELECT key FROM chunks WHERE id IN ({marks})", some)  # noqa: S608 - marks only
            found += [int(row[0]) for row in rows]
        return found

    def keys_where(self, given: Filter) -> list[int]:
        """The keys that a filter lets pass, in order. Raises FilterError."""
        said, values = condition(given)
        rows = self._run(f"SELECT key FROM chunks WHERE {said} ORDER BY key", values)  # noqa: S608 - built of fixed words, values bound
        return [int(row[0]) for row in rows]

    def of_source(self, source: str) -> dict[str, Kept]:
        """What is kept of a source, by id."""
        rows = self._run(
            "SELECT key, id, text, metadata FROM chunks WHERE source = ? ORDER BY key", (source,)
        )
        return {row[1]: Kept(key=int(row[0]), chunk=_chunk(row[1:])) for row in rows}

    def texts(self) -> Iterator[str]:
        """All texts in the order of their keys; some at a time are held."""
        last = -1
        while rows := self._run(
            "SELECT key, text FROM chunks WHERE key > ? ORDER BY key LIMIT 1000", (last,)
        ):
            last = int(rows[-1][0])
            yield from (str(text) for _, text in rows)

    def all(self) -> Iterator[Kept]:
        """All chunks in the order of their keys; some at a time are held."""
        last = -1
        while rows := self._run(
            "SELECT key, id, text, metadata FROM chunks WHERE key > ? ORDER BY key LIMIT 1000",
            (last,),
        ):
            last = int(rows[-1][0])
            yield from (Kept(key=int(row[0]), chunk=_chunk(row[1:])) for row in rows)

    def keys(self) -> list[int]:
        """All keys, in order."""
        return [int(row[0]) for row in self._run("SELECT key FROM chunks ORDER BY key")]

    def _run(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        try:
            with self._lock, closing(self._connection.execute(statement, values)) as cursor:
                return cursor.fetchall()
        except sqlite3.DatabaseError as e:
            raise IndexUnusable(f"{self.path} is damaged: {e}") from e


def dumped(metadata: Mapping[str, Any]) -> str:
    """Metadata as JSON; what it has no form for becomes its text, and what is no number null."""
    try:
        text = json.dumps(metadata, ensure_ascii=False, allow_nan=False, default=str)
    except ValueError:
        text = json.dumps(_finite(metadata), ensure_ascii=False, default=str)
    return _plain(text)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(name): _finite(one) for name, one in value.items()}
    return [_finite(one) for one in value] if isinstance(value, list | tuple) else value


def _plain(text: str) -> str:
    """The text as UTF-8 has it: halves of surrogate pairs become question marks."""
    return text.encode("utf-8", "replace").decode()


def _chunk(row: Sequence[Any]) -> Chunk:
    metadata: Metadata = json.loads(row[2])
    return Chunk(id=row[0], text=row[1], metadata=metadata)


def _parts(values: list[Any]) -> Iterator[list[Any]]:
    for at in range(0, len(values), _MANY):
        yield values[at : at + _MANY]
