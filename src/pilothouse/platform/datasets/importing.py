"""Files of examples: CSV, JSON lines and Parquet, with a mapping from columns to fields.

A file is gone through twice, once to check it and once to keep it, and never held in memory whole.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import IO, Any, Final, Literal

from pilothouse.platform.datasets.models import NewExample, checked_splits
from pilothouse.platform.datasets.rows import dumps, loads
from pilothouse.platform.errors import BadRequest

Format = Literal["csv", "jsonl", "parquet"]
FORMATS: Final[tuple[Format, ...]] = ("csv", "jsonl", "parquet")
MOST_COLUMNS: Final = 1_000
MOST_ROWS: Final = 2_000_000
LARGEST_FIELD: Final = 20 * 2**20
"""Bytes of one CSV field or one line of JSON."""
SAMPLED: Final = 1_000
"""Rows that are looked at to find the columns of a file of JSON lines."""
_PARQUET_ROWS: Final = 1_000
_HALF: Final = re.compile(rb"\\u[dD][89a-fA-F]")
"""What half of a character may be written as."""

_OUTPUTS: Final = frozenset({
    "output", "outputs", "answer", "answers", "expected", "expected_output", "expected_answer",
    "reference", "reference_output", "ground_truth", "label", "target", "completion", "response",
})  # fmt: skip
_SPLITS: Final = frozenset({"split", "splits", "dataset_split"})
_IDS: Final = frozenset({"id", "example_id"})

Row = dict[str, Any]  # Any: what stands in a cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """Which column becomes what. Names of fields stand before the columns that fill them.

    A column that holds an object may fill a whole part: `{"": "inputs"}`.
    """

    inputs: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    split: str | None = None
    id: str | None = None

    def columns(self) -> list[str]:
        """Every column that it names."""
        named = [*self.inputs.values(), *self.outputs.values(), *self.metadata.values()]
        return [*named, *(column for column in (self.split, self.id) if column)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What a file holds: its columns with a first value of each."""

    columns: list[str]
    samples: dict[str, Any]
    suggested: Mapped


def format_of(name: str) -> Format | None:
    """The format that a file's name tells."""
    suffix = name.lower().rpartition(".")[2]
    known: dict[str, Format] = {
        "csv": "csv", "jsonl": "jsonl", "ndjson": "jsonl", "json": "jsonl", "parquet": "parquet"
    }  # fmt: skip
    return known.get(suffix)


class ImportFile:
    """A file of examples; can be gone through as often as needed."""

    def __init__(self, file: IO[bytes], fmt: Format) -> None:
        if fmt not in FORMATS:
            raise BadRequest(f"cannot read {fmt!r}; there are {', '.join(FORMATS)}")
        self._file = file
        self._format = fmt

    def rows(self) -> Iterator[Row]:
        """The rows. Raises BadRequest with the line or row that cannot be read."""
        self._file.seek(0)
        match self._format:
            case "csv":
                found = _csv(self._file)
            case "jsonl":
                found = _jsonl(self._file)
            case "parquet":
                found = _parquet(self._file)
        for number, row in enumerate(found, 1):
            if number > MOST_ROWS:
                raise BadRequest(f"a file has at most {MOST_ROWS:,} rows; import it in parts")
            yield row

    def outline(self) -> Outline:
        """The columns, and the mapping that their names suggest."""
        samples: dict[str, Any] = {}
        columns: dict[str, None] = {}
        for number, row in enumerate(self.rows()):
            for column, value in row.items():
                columns.setdefault(column)
                if value not in (None, "") and column not in samples:
                    samples[column] = value
            if number >= SAMPLED or (self._format != "jsonl" and number >= 20):
                break
        if len(columns) > MOST_COLUMNS:
            raise BadRequest(f"a file has at most {MOST_COLUMNS} columns, not {len(columns)}")
        names = list(columns)
        return Outline(columns=names, samples=samples, suggested=suggested(names, samples))

    def examples(self, mapped: Mapped | None = None) -> Examples:
        """The rows as examples; without a mapping, as the names of the columns suggest."""
        outline = self.outline()
        chosen = outline.suggested if mapped is None else mapped
        for column in chosen.columns():
            if column not in outline.columns:
                raise BadRequest(f"the file has no column {column!r}", {"columns": outline.columns})
        return Examples(self, chosen)


class Examples:
    """The rows of a file as examples, again and again."""

    def __init__(self, file: ImportFile, mapped: Mapped) -> None:
        self._file, self.mapped = file, mapped

    def __iter__(self) -> Iterator[NewExample]:
        for number, row in enumerate(self._file.rows(), 1):
            yield _example(row, self.mapped, number)


def suggested(columns: Sequence[str], samples: Mapping[str, Any]) -> Mapped:
    """The mapping that the names of columns and their first values suggest."""
    inputs: dict[str, str] = {}
    outputs: dict[str, str] = {}
    metadata: dict[str, str] = {}
    split = chosen_id = None
    parts = {"inputs": inputs, "outputs": outputs, "metadata": metadata}
    for column in columns:
        head, dot, rest = column.partition(".")
        lower = column.strip().lower()
        if dot and rest and head in parts:  # as our own CSV export writes them
            parts[head][rest] = column
        elif column in parts and isinstance(samples.get(column), dict | None):
            parts[column][""] = column
        elif lower in _SPLITS and split is None:
            split = column
        elif lower in _IDS and chosen_id is None and _is_uuid(samples.get(column)):
            chosen_id = column
        elif lower in _OUTPUTS:
            outputs[column] = column
        elif lower == "metadata":
            metadata[column] = column
        elif lower not in {"created_at", "modified_at", "source_run_id", "attachments"} or (
            not inputs and column == columns[-1]
        ):
            inputs[column] = column
    return Mapped(inputs=inputs, outputs=outputs, metadata=metadata, split=split, id=chosen_id)


# ---- rows of files


def _csv(file: IO[bytes]) -> Iterator[Row]:
    text = io.TextIOWrapper(file, "utf-8-sig", newline="")
    try:
        csv.field_size_limit(LARGEST_FIELD)
        lines = csv.reader(text, strict=True)
        header = next(lines, None)
        if header is None:
            raise BadRequest("the file is empty; its first line names the columns")
        _check_header(header)
        for values in lines:
            if not values:
                continue
            if len(values) != len(header):
                raise BadRequest(
                    f"line {lines.line_num} has {len(values)} values for {len(header)} columns"
                )
            yield dict(zip(header, values, strict=True))
    except csv.Error as error:
        raise BadRequest(f"line {lines.line_num}: {error}") from None
    except UnicodeDecodeError:
        raise BadRequest("the file is not UTF-8") from None
    finally:
        text.detach()


def _check_header(header: Sequence[str]) -> None:
    if len(header) > MOST_COLUMNS:
        raise BadRequest(f"a file has at most {MOST_COLUMNS} columns, not {len(header)}")
    twice = [name for name in header if header.count(name) > 1]
    if twice:
        raise BadRequest(f"the column {twice[0]!r} is there twice")


def _jsonl(file: IO[bytes]) -> Iterator[Row]:
    number = 0
    while line := file.readline(LARGEST_FIELD + 1):
        number += 1
        if len(line) > LARGEST_FIELD:
            raise BadRequest(f"line {number} is longer than {LARGEST_FIELD:,} bytes")
        text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        if not text.strip():
            continue
        try:
            row = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise BadRequest(f"line {number} is no JSON: {error}") from None
        if not isinstance(row, dict):
            raise BadRequest(f"line {number} is no JSON object")
        yield loads(dumps(row)) if _HALF.search(text) else row
    if number == 0:
        raise BadRequest("the file is empty")


def _parquet(file: IO[bytes]) -> Iterator[Row]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ModuleNotFoundError:
        raise BadRequest("Parquet needs one more package: pip install pyarrow") from None
    try:
        opened = pq.ParquetFile(file)
        _check_header(opened.schema_arrow.names)
        for batch in opened.iter_batches(batch_size=_PARQUET_ROWS):
            for row in batch.to_pylist():
                yield {column: _plain(value) for column, value in row.items()}
    except (pa.ArrowException, OSError) as error:
        raise BadRequest(f"this is no Parquet file: {str(error).partition(chr(10))[0]}") from None


def _plain(value: Any) -> Any:
    """A cell in words that JSON has."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, bytes):
        return [_plain(each) for each in value]
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return float(value) if isinstance(value, Decimal) else str(value)


# ---- rows to examples


def _example(row: Row, mapped: Mapped, number: int) -> NewExample:
    outputs = _part(row, mapped.outputs, "outputs", number)
    if all(row.get(column) in (None, "") for column in mapped.outputs.values()):
        outputs = None
    try:
        splits = None if mapped.split is None else _splits(row.get(mapped.split))
    except BadRequest as error:
        raise BadRequest(f"row {number}: {error.message}") from None
    chosen = None if mapped.id is None else row.get(mapped.id)
    if chosen not in (None, "") and not _is_uuid(chosen):
        raise BadRequest(f"row {number}: {mapped.id} is no UUID: {str(chosen)[:80]!r}")
    return NewExample(
        id=str(chosen) if chosen else None,
        inputs=_part(row, mapped.inputs, "inputs", number) or {},
        outputs=outputs,
        metadata=_part(row, mapped.metadata, "metadata", number) or {},
        splits=splits,
    )


def _part(row: Row, fields: Mapping[str, str], part: str, number: int) -> dict[str, Any] | None:
    made: dict[str, Any] = {}
    for name, column in fields.items():
        value = row.get(column)
        if name:
            made[name] = value
            continue
        whole = _object(value)
        if whole is None and value not in (None, ""):
            raise BadRequest(f"row {number}: {column} is no JSON object, which {part} are")
        made |= whole or {}
    return made


def _object(value: Any) -> dict[str, Any] | None:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    return value if isinstance(value, dict) else None


def _splits(value: Any) -> tuple[str, ...] | None:
    """One split, a list of them, or a list as JSON text."""
    if value in (None, "", []):
        return None
    if isinstance(value, str) and value.startswith("["):
        try:
            value = json.loads(value)
        except ValueError:
            return checked_splits([str(value)])
    return checked_splits([str(each) for each in value] if isinstance(value, list) else str(value))


def _is_uuid(value: Any) -> bool:
    try:
        uuid.UUID(str(value))
    except ValueError:
        return False
    return True
