"""Rows of files: JSON Lines, CSV and Parquet. Whatever is wrong is said with file and line."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO, Final

from pilothouse.evaluation.extras import required
from pilothouse.evaluation.rows import ALIASES
from pilothouse.evaluation.runner.documents import read
from pilothouse.evaluation.runner.errors import BadData

PARTS: Final = ("inputs", "outputs", "reference_outputs", "metadata", "cluster", "fields")
_BOM: Final = b"\xef\xbb\xbf"
_LARGEST_CELL: Final = 2**31 - 1  # the csv module's own limit is 128 kB, less than many documents


Placed = tuple[int, Mapping[str, Any]]
"""A row with the line on which it ends; in Parquet with its number."""


class FileRows(Iterator[Mapping[str, Any]]):
    """The rows of a file, one at a time. Raises BadData for what cannot be read."""

    def __init__(self, path: Path) -> None:
        self._rows = placed_rows_of(path)
        self.headed = path.suffix.lower() not in (".jsonl", ".ndjson")
        """Whether the file says once which columns there are."""
        self._name = f"{path}: row " if path.suffix.lower() == ".parquet" else f"{path}:"
        self._number = 0

    def __next__(self) -> Mapping[str, Any]:
        self._number, row = next(self._rows)
        return row

    @property
    def where(self) -> str:
        """The place of the row that came last."""
        return f"{self._name}{self._number}"


def rows_of_table(table: Any) -> Iterator[Mapping[str, Any]]:
    """The rows of a dataset of Hugging Face's. Raises BadData for columns that clash."""
    columns = table.column_names
    if columns is None:  # a stream does not know them before its first row
        return iter(table)
    return map(_nesting(columns, "the data"), table)


def is_table(data: Any) -> bool:
    """Whether rows are to be had of it as of Hugging Face's datasets."""
    return hasattr(data, "column_names") and hasattr(data, "features")


def placed_rows_of(path: Path, *, head: Sequence[str] | None = None) -> Iterator[Placed]:
    """The rows with their places. `head` names the columns of a CSV whose first line does not."""
    if path.suffix.lower() not in READERS:
        raise BadData(f"{str(path)!r} is no file ending in {', '.join(READERS)}")
    if not path.is_file():
        raise BadData(f"there is no file {str(path)!r}")
    return READERS[path.suffix.lower()](path, head)


def _jsonl(path: Path, _: Sequence[str] | None) -> Iterator[Placed]:
    with path.open("rb") as lines:
        _skip_mark(lines)
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = _value(line)
            except json.JSONDecodeError as e:
                raise BadData(f"{path}:{number}:{e.pos + 1}: no JSON: {e.msg}") from None
            except ValueError as e:
                raise BadData(f"{path}:{number}: no JSON: {e}") from None
            if not isinstance(row, dict):
                raise BadData(f"{path}:{number}: a row has to be an object")
            yield number, row


def _skip_mark(lines: BinaryIO) -> None:
    """Passes over the mark of the byte order, which spreadsheets write."""
    if lines.read(len(_BOM)) != _BOM:
        lines.seek(0)


def _value(line: bytes) -> Any:
    try:
        return read(line)
    except ValueError:
        return json.loads(line)  # which also knows NaN, and halves of surrogate pairs


def _csv(path: Path, head: Sequence[str] | None) -> Iterator[Placed]:
    """A column `inputs.question` is the key `question` of `inputs`; an empty cell is absent."""
    csv.field_size_limit(_LARGEST_CELL)
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines, head, strict=True)
        try:
            columns = reader.fieldnames or ()
            if len(columns) == 1 and (other := next((m for m in ";\t|" if m in columns[0]), None)):
                raise BadData(f"{path}:1: cells are set apart by a comma, not by {other!r}")
            nest = _nesting(columns, f"{path}:1")
            for row in reader:
                if None in row:
                    raise BadData(f"{path}:{reader.line_num}: more cells than the head has columns")
                if None in row.values():
                    column = next(name for name, cell in row.items() if cell is None)
                    raise BadData(f"{path}:{reader.line_num}: no cell for column {column!r}")
                yield reader.line_num, nest({name: cell for name, cell in row.items() if cell})
        except csv.Error as e:
            raise BadData(f"{path}:{reader.line_num}: no CSV: {e}") from None
        except UnicodeDecodeError as e:
            raise BadData(f"{path}: the file has to be in UTF-8: {e}") from None


def _parquet(path: Path, _: Sequence[str] | None) -> Iterator[Placed]:
    parquet = required("pyarrow.parquet", extra="parquet")
    try:
        opened = parquet.ParquetFile(path)
    except (ValueError, OSError) as e:  # pyarrow's own errors are kinds of these
        raise BadData(f"{path}: no Parquet: {e}") from None
    with closing(opened) as file:
        nest = _nesting(file.schema_arrow.names, str(path))
        batches = file.iter_batches(batch_size=1000)  # memory does not grow with the file
        rows = (row for batch in batches for row in batch.to_pylist())
        for number, row in enumerate(rows, 1):
            yield number, nest(row)


READERS: Final[Mapping[str, Callable[[Path, Sequence[str] | None], Iterator[Placed]]]] = {
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
    ".csv": _csv,
    ".parquet": _parquet,
}


def _nesting(columns: Sequence[str], where: str) -> Any:
    """What makes `inputs.question` a key of `inputs`. Raises BadData for columns that clash."""
    places: dict[str, tuple[str, str]] = {}
    whole: set[str] = set()
    for column in columns:
        part, dot, key = column.partition(".")
        own = ALIASES.get(part, part)
        place = (own, key) if dot and own in PARTS else (column, "")
        if place in places.values():
            raise BadData(f"{where}: column {column!r} stands there twice")
        places[column] = place
        if not place[1]:
            whole.add(ALIASES.get(column, column))
    for column, (own, key) in places.items():
        if key and own in whole:
            raise BadData(f"{where}: column {column!r} is part of column {own!r}: keep one of them")

    def nested(cells: Mapping[str, Any]) -> Mapping[str, Any]:
        row: dict[str, Any] = {}
        for column, cell in cells.items():
            own, key = places[column]
            if key:
                row.setdefault(own, {})[key] = cell
            else:
                row[own] = cell
        return row

    return nested
