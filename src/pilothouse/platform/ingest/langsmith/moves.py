"""Moves of runs that are under way, in files, so that a crash leaves none half done.

A run that turns out to belong elsewhere is written there before its old row is removed. What is to
be removed is noted first: whoever starts after a crash in between removes it then.
"""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pilothouse.platform.store.langsmith_runs import Move, Place

log = logging.getLogger("pilothouse.langsmith")
_SUFFIX: Final = ".moves"


class Moves:
    """The notes below a folder, each of the moves that one request brought about."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def note(self, moves: Sequence[Move]) -> Path:
        """Keep moves until they are `done` with; -> the note."""
        self._folder.mkdir(parents=True, exist_ok=True)
        note = self._folder / f"{moves[0].version:020}{_SUFFIX}"
        beside = note.with_suffix(".new")
        beside.write_text(json.dumps([dataclasses.asdict(move) for move in moves]), "utf-8")
        beside.replace(note)
        return note

    def unfinished(self) -> dict[Path, list[Move]]:
        """What an earlier process noted and did not finish, the earliest first."""
        return {note: found for note in self._notes() if (found := _read(note))}

    def done(self, note: Path) -> None:
        """Forget a note."""
        note.unlink(missing_ok=True)

    def _notes(self) -> list[Path]:
        return sorted(self._folder.glob(f"*{_SUFFIX}"))


def _read(note: Path) -> list[Move]:
    try:
        return [
            Move(left=Place(**one["left"]), to=Place(**one["to"]), version=one["version"])
            for one in json.loads(note.read_text("utf-8"))
        ]
    except (OSError, ValueError, KeyError, TypeError) as e:
        log.warning("%s cannot be read, runs that moved may be there twice: %s", note, e)
        return []
