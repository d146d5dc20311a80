"""How far a copy is, in a file, so that it goes on where it stopped."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from pilothouse.cli.terminal import Failure

VERSION = 1


class State:
    """Steps that are done, with what to remember of each."""

    def __init__(self, file: Path, source: str, target: str) -> None:
        """Raises Failure when the file is of another copy."""
        self._file = file
        self._head = {"version": VERSION, "source": source, "target": target}
        self._done: dict[str, Any] = {}
        self.copied: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()
        if file.exists():
            self._read()

    def _read(self) -> None:
        try:
            kept = json.loads(self._file.read_text("utf-8"))
            head = {name: kept[name] for name in self._head}
            done, copied, left = kept["done"], kept["copied"], kept["left_out"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Failure(f"{self._file} is no state of a copy: {error}") from None
        if head != self._head:
            raise Failure(
                f"{self._file} is of a copy from {head['source']} to {head['target']}; "
                "name another file with --state"
            )
        self._done, self.copied, self.left_out = done, Counter(copied), Counter(left)

    def get(self, step: str, default: Any = None) -> Any:
        """What is remembered of a step."""
        return self._done.get(step, default)

    def keep(self, step: str, value: Any = True) -> None:
        """Remember a step; from then on it is not done again."""
        self._done[step] = value
        kept = {
            **self._head,
            "done": self._done,
            "copied": self.copied,
            "left_out": self.left_out,
        }
        beside = self._file.with_name(self._file.name + ".new")
        beside.write_text(json.dumps(kept), "utf-8")
        beside.replace(self._file)


class Progress:
    """One line on standard error, written over; on a pipe a line now and then would be noise."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._shows = sys.stderr.isatty()

    def show(self, doing: str) -> None:
        """Say what is being done, and how much is."""
        if self._shows:
            counts = ", ".join(f"{n} {what}" for what, n in self._state.copied.items())
            sys.stderr.write(f"\r\x1b[K{doing[:60]}  {counts}"[:200])
            sys.stderr.flush()

    def end(self) -> None:
        """Leave the line."""
        if self._shows:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
