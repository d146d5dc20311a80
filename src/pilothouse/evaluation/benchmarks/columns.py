"""What a row of a published file has, under whichever of the names in use, and of which kind.

Exports differ: a list is a list in Parquet and a text in CSV, a column is `question` or `Question`.
Whatever does not fit raises Misfit in words; who reads the file adds its name and line.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence
from typing import Any

from pilothouse.evaluation.runner.gates import nearest


class Misfit(ValueError):
    """A row lacks something, or has it of another kind."""


class Columns:
    """The cells of one row. Names are found whatever their case."""

    def __init__(self, row: Mapping[str, Any], renamed: Mapping[str, str] | None = None) -> None:
        """`renamed` says under which name a column stands in the file: {"question": "frage"}."""
        self._cells = {str(name).strip().lower(): value for name, value in row.items()}
        for ours, theirs in (renamed or {}).items():
            if theirs.lower() not in self._cells:
                said = nearest(theirs.lower(), self._cells)
                raise Misfit(f"there is no column {theirs!r}{said}")
            self._cells[ours.lower()] = self._cells[theirs.lower()]

    def has(self, *names: str) -> bool:
        """Whether all of the columns are there."""
        return all(name.lower() in self._cells for name in names)

    def value(self, *names: str) -> Any:
        """The first of these columns that is there. Raises Misfit where none is."""
        for name in names:
            if name.lower() in self._cells:
                return self._cells[name.lower()]
        said = " or ".join(repr(name) for name in names)
        raise Misfit(f"there is no column {said}{nearest(names[0].lower(), self._cells)}")

    def text(self, *names: str, default: str | None = None) -> str:
        """A text; a number is taken as one."""
        if default is not None and not any(self.has(name) for name in names):
            return default
        value = self.value(*names)
        if value is None and default is not None:
            return default
        if isinstance(value, bool) or not _is_text(value):
            raise Misfit(f"{names[0]!r} has to be a text, not {_kind(value)}")
        return str(value)

    def texts(self, *names: str, count: int | None = None) -> tuple[str, ...]:
        """A list of texts, `count` of them if that is given."""
        value = written(self.value(*names))
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise Misfit(f"{names[0]!r} has to be a list, not {_kind(value)}")
        if not all(map(_is_text, value)):
            raise Misfit(f"{names[0]!r} has to be a list of texts")
        if count is not None and len(value) != count:
            raise Misfit(f"{names[0]!r} has {len(value)} entries, not {count}")
        return tuple(map(str, value))

    def mapping(self, *names: str) -> Mapping[str, Any]:
        """Keys and values."""
        value = written(self.value(*names))
        if not isinstance(value, Mapping):
            raise Misfit(f"{names[0]!r} has to be an object, not {_kind(value)}")
        return value

    def list(self, *names: str) -> Sequence[Any]:
        """A list of anything."""
        value = written(self.value(*names))
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise Misfit(f"{names[0]!r} has to be a list, not {_kind(value)}")
        return value


def written(value: Any) -> Any:
    """The list or object that the text of a CSV's cell writes down, as JSON or as Python does."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("[", "{"):
        return value
    try:
        return json.loads(value)
    except ValueError:
        pass
    try:
        return ast.literal_eval(value.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return value


def _is_text(value: Any) -> bool:
    """Whether it is one, or a number to be taken as one; NaN is an empty cell of pandas'."""
    return isinstance(value, str | int | float) and value == value


def _kind(value: Any) -> str:
    return "empty" if value is None else f"{type(value).__name__} {str(value)[:40]!r}"
