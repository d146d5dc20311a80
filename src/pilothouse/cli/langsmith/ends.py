"""The two ends of a copy, and what every area of it does alike."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pilothouse.cli.langsmith.api import PAGE, Api, Json, Refused
from pilothouse.cli.langsmith.state import Progress, State

T = TypeVar("T")
_BYTES: Final = 4 * 2**20
_ABSENT: Final = frozenset({403, 404, 405, 501})
_WRONG: Final = frozenset({400, 413, 422})
_FILE: Final = "attachment."


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Where everything comes from, where it goes, and how far it is."""

    source: Api
    target: Api
    state: State
    progress: Progress

    @contextlib.contextmanager
    def optional(self, area: str) -> Iterator[None]:
        """An area that not every server has; where the source has none, that is told."""
        try:
            yield
        except Refused as refused:
            if refused.status not in _ABSENT or not refused.is_of(self.source):
                raise
            self.state.left_out[f"lists of {area} (the source answers {refused.status})"] += 1

    def files(self, row: Json, field: str, what: str) -> list[File]:
        """The attachments of a run or an example; what cannot be read is told."""
        found = []
        for name, about in (row.get(field) or {}).items():
            if not name.startswith(_FILE) or not about.get("presigned_url"):
                continue
            data = self.source.file(about["presigned_url"])
            if data is None:
                self.state.left_out[f"attachments of {what}"] += 1
                continue
            kind = about.get("mime_type") or "application/octet-stream"
            found.append(File(name=name.removeprefix(_FILE), data=data, mime_type=kind))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """An attachment."""

    name: str
    data: bytes
    mime_type: str


def only(row: Json, names: Sequence[str]) -> Json:
    """Some fields of a row, as far as it has them."""
    return {name: row[name] for name in names if row.get(name) is not None}


def json_size(value: Any) -> int:  # Any: what JSON holds
    """How long something is as JSON."""
    return len(json.dumps(value))


def pieces(rows: Iterable[T], size_of: Callable[[T], int] = json_size) -> Iterator[list[T]]:
    """Rows in lists that one request holds."""
    piece: list[T] = []
    size = 0
    for row in rows:
        length = size_of(row)
        if piece and (size + length > _BYTES or len(piece) >= PAGE):
            yield piece
            piece, size = [], 0
        piece.append(row)
        size += length
    if piece:
        yield piece


def sent(rows: list[T], send: Callable[[list[T]], object]) -> list[T]:
    """The rows that were taken; what is refused of them is left out alone, not with its request."""
    try:
        send(rows)
    except Refused as refused:
        if refused.status not in _WRONG:
            raise
        if len(rows) == 1:
            return []
        half = len(rows) // 2
        return sent(rows[:half], send) + sent(rows[half:], send)
    return rows
