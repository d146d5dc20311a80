"""What an experiment has done, a line a record, so that a killed one goes on without paying twice.

The first line is the head: what was run with what. Each other is the record of one stage of one
item: the target's answer (`stage: target`), or one evaluator's verdict (`stage: judge`). A record
is in the hands of the operating system before its item counts as done. A later record of the same
item, stage and evaluator replaces an earlier one.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

from pilothouse.evaluation.runner.documents import line, read
from pilothouse.evaluation.runner.errors import JournalError

FORMAT: Final = 1
_TARGET: Final = ""


class Key(NamedTuple):
    """One try at one example."""

    example: str
    repetition: int


class Journal:
    """The file of one experiment. One process writes it at a time."""

    def __init__(self, path: Path, head: Mapping[str, Any], file: BinaryIO) -> None:
        self.path = path
        self.head = head
        self.also: Callable[[bytes], None] | None = None
        """Is given each line that was written, for a second place."""
        self._file = file
        self._at: dict[Key, dict[str, tuple[int, str]]] = {}
        """Of each item: where the record of the target (under "") and of each evaluator begins,
        and for which configuration it was made."""

    @classmethod
    def create(cls, path: Path, head: Mapping[str, Any], *, overwrite: bool = False) -> Journal:
        """A new one. Raises JournalError where one is there already."""
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            file = path.open("r+b" if overwrite and path.exists() else "x+b", buffering=0)
        except FileExistsError:
            raise JournalError(
                f"there is an experiment {path.stem!r} already ({path}): "
                "go on with it by resume=True, replace it by overwrite=True, or give another name"
            ) from None
        _lock(file, path)
        file.truncate()
        head = {"stage": "head", "format": FORMAT, **head}
        file.write(line(head))
        return cls(path, head, file)

    @classmethod
    def open(cls, path: Path, *, write: bool) -> Journal:
        """One that is there. A line that was being written when its process ended is cut off."""
        try:
            file = path.open("r+b" if write else "rb", buffering=0)
        except FileNotFoundError:
            raise JournalError(f"there is no experiment at {str(path)!r}") from None
        if write:
            _lock(file, path)
        try:
            return cls._opened(path, file, write=write)
        except BaseException:
            file.close()
            raise

    @classmethod
    def _opened(cls, path: Path, file: BinaryIO, *, write: bool) -> Journal:
        with path.open("rb") as lines:
            head = _read(lines.readline(), path, 1)
            if head.get("stage") != "head" or head.get("format") != FORMAT:
                raise JournalError(f"{str(path)!r} is no experiment of this version")
            journal = cls(path, head, file)
            whole = journal._index(lines)
        if write:
            file.truncate(whole)
            file.seek(whole)
        return journal

    def _index(self, lines: BinaryIO) -> int:
        """Notes where the records are; -> the length of what is whole."""
        offset = lines.tell()
        names: dict[str, str] = {}  # each once in memory
        for number, text in enumerate(lines, 2):
            if not text.endswith(b"\n"):
                break
            record = _read(text, self.path, number)
            if record.get("stage") == "head":
                self.head = record
                offset += len(text)
                continue
            try:
                key = Key(record["example"], record["repetition"])
                config = names.setdefault(record["config"], record["config"])
            except KeyError:
                raise _no_record(self.path, number) from None
            name = names.setdefault(record.get("evaluator", _TARGET), record.get("evaluator", ""))
            if name == _TARGET:  # verdicts on an earlier answer do not count for this one
                self._at[key] = {_TARGET: (offset, config)}
            else:
                self._at.setdefault(key, {})[name] = (offset, config)
            offset += len(text)
        return offset

    def write(self, *records: Mapping[str, Any]) -> None:
        """Keeps records; when it returns, a kill of the process loses none of them."""
        data = b"".join(map(line, records))
        written = self._file.write(data)
        if written != len(data):
            raise OSError(f"{self.path}: only {written} of {len(data)} bytes could be written")
        if self.also is not None:
            self.also(data)

    def replace_head(self, head: Mapping[str, Any]) -> None:
        """From here on the experiment is run with something else. The last head counts."""
        self.head = {"stage": "head", "format": FORMAT, **head}
        self.write(self.head)

    def has(self, key: Key) -> bool:
        """Whether anything of the item was done before this journal was opened."""
        return key in self._at

    def target(self, key: Key) -> dict[str, Any] | None:
        """The record of the target's answer."""
        at = self._at.get(key, {}).get(_TARGET)
        return None if at is None else self._record(at[0])

    def verdict(self, key: Key, evaluator: str, config: str) -> dict[str, Any] | None:
        """The record of an evaluator's verdict, if it was made with this configuration."""
        at = self._at.get(key, {}).get(evaluator)
        return None if at is None or at[1] != config else self._record(at[0])

    def has_verdict(self, key: Key, evaluator: str, config: str) -> bool:
        """Whether there is such a record, without reading it."""
        at = self._at.get(key, {}).get(evaluator)
        return at is not None and at[1] == config

    def items(self) -> Iterator[Key]:
        """All items that have a record, the first done first."""
        return iter(self._at)

    def records(self, key: Key) -> Iterator[dict[str, Any]]:
        """The records of an item that count."""
        for offset, _ in self._at[key].values():
            yield self._record(offset)

    def _record(self, offset: int) -> dict[str, Any]:
        data = b""
        while b"\n" not in data:
            more = os.pread(self._file.fileno(), 4096, offset + len(data))
            if not more:
                raise JournalError(f"{str(self.path)!r} ends within a record")
            data += more
        return _read(data.partition(b"\n")[0], self.path, None)

    def close(self) -> None:
        """Brings everything to the disk."""
        if not self._file.closed:
            with contextlib.suppress(OSError):  # a pipe, or a file that is only read
                os.fsync(self._file.fileno())
            self._file.close()


def _read(text: bytes, path: Path, number: int | None) -> dict[str, Any]:
    try:
        record = read(text)
    except ValueError:
        record = None
    if not isinstance(record, dict):
        raise _no_record(path, number)
    return record


def _no_record(path: Path, number: int | None) -> JournalError:
    where = f"{path}:{number}" if number else str(path)
    return JournalError(f"{where}: this is no record of an experiment")


def _lock(file: BinaryIO, path: Path) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        return
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise JournalError(f"another process is writing {str(path)!r}") from None
