"""Rows of benchmarks from local files, each with where it stands, so that mistakes can be found."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pilothouse.evaluation.benchmarks.columns import Columns
from pilothouse.evaluation.benchmarks.mmlu import HEADLESS
from pilothouse.evaluation.benchmarks.tasks import Row, Task
from pilothouse.evaluation.runner.documents import digest
from pilothouse.evaluation.runner.errors import BadData
from pilothouse.evaluation.runner.files import READERS, placed_rows_of

Data = str | Path | Iterable[Mapping[str, Any]]
"""A file (JSONL, CSV, Parquet), a folder of them, or rows."""
_SPLIT: Final = re.compile(r"[_-](test|val|validation|dev|train)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A row in the public format of its benchmark."""

    id: str
    """Where it stands and a digest of what it says: the same row has the same id in every run."""
    row: Row
    group: str | None


def load_rows(
    task: Task, data: Data, *, columns: Mapping[str, str] | None = None, limit: int | None = None
) -> list[Loaded]:
    """The rows of a benchmark.

    `columns` says under which name a column stands, {"question": "frage"}; the usual names are
    found without. `limit` keeps the first rows, of MMLU those of each subject. Raises BadData, with
    file and line, for what is missing or no row of this benchmark, and where there are no rows.
    """
    loaded: list[Loaded] = []
    counts: dict[str | None, int] = {}
    for index, (_, row) in enumerate(_read(task.read, data, columns, headless=_headless(task))):
        group = task.group(row)
        unit = group if task.per_group else None
        counts[unit] = counts.get(unit, 0) + 1
        if limit is not None and counts[unit] > limit:
            continue
        loaded.append(Loaded(id=f"{index:05}-{digest(row)[:8]}", row=row, group=group))
    if not loaded:
        raise BadData(f"{data if isinstance(data, str | Path) else 'the data'}: there are no rows")
    return loaded


class Worked:
    """Worked examples: the first rows of a pool, of MMLU those of the question's subject."""

    def __init__(
        self,
        task: Task,
        data: Data | None,
        shots: int,
        *,
        columns: Mapping[str, str] | None = None,
    ) -> None:
        """Raises BadData where there are fewer than `shots`."""
        self._task, self._shots = task, shots
        self._pools: dict[str | None, list[Row]] = {}
        if shots == 0:
            return
        if data is None:
            raise BadData(
                f"{shots} worked examples need rows to take them from: give shots_data, or shots=0"
            )
        read = task.read_shot or task.read
        for place, row in _read(read, data, columns, headless=_headless(task)):
            if task.read_shot is None and not _has_answer(task, row):
                raise BadData(f"{place}: a worked example needs its answer")
            unit = task.group(row) if task.per_group else None
            self._pools.setdefault(unit, []).append(row)

    def of(self, loaded: Loaded) -> list[Row]:
        """Those of one question, which is never its own example."""
        unit = loaded.group if self._task.per_group else None
        pool = [row for row in self._pools.get(unit, ()) if row != loaded.row][: self._shots]
        if len(pool) < self._shots:
            of = f" of {unit}" if unit else ""
            raise BadData(
                f"{self._shots} worked examples{of} are needed, and there are {len(pool)}"
            )
        return pool


def _read(
    read: Callable[[Columns], Row],
    data: Data,
    columns: Mapping[str, str] | None,
    *,
    headless: Sequence[str] | None,
) -> Iterator[tuple[str, Row]]:
    """Each row with the place that an error names."""
    for place, raw in _raw(data, None if columns else headless):
        try:
            yield place, read(Columns(raw, columns))
        except ValueError as e:
            raise BadData(f"{place}: {e}") from None


def _raw(data: Data, headless: Sequence[str] | None) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if not isinstance(data, str | Path):
        for number, row in enumerate(data, 1):
            if not isinstance(row, Mapping):
                raise BadData(f"row {number} is {type(row).__name__}: give mappings")
            yield f"row {number}", row
        return
    for path in _files(Path(data)):
        head = headless if headless and _has_no_head(path) else None
        tells = headless and (head or _SPLIT.search(path.stem))
        named = {"subject": _SPLIT.sub("", path.stem)} if tells else {}
        for number, row in placed_rows_of(path, head=head):
            parquet = path.suffix.lower() == ".parquet"
            place = f"{path}: row {number}" if parquet else f"{path}:{number}"
            yield place, ({**named, **row} if not _names(row, "subject") else row)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(p for p in path.rglob("*") if p.suffix.lower() in READERS)
    if not found:
        raise BadData(f"{str(path)!r} has no file ending in {', '.join(READERS)}")
    return found


def _headless(task: Task) -> Sequence[str] | None:
    """The columns of files that may lack a line with their names, and a subject but in their own.

    Only those of MMLU do.
    """
    return HEADLESS if task.per_group else None


def _has_no_head(path: Path) -> bool:
    """Whether the first line is a question already."""
    if path.suffix.lower() != ".csv" or not path.is_file():
        return False
    with path.open(encoding="utf-8-sig", newline="", errors="replace") as lines:
        first = next(csv.reader(lines), [])
    return len(first) == len(HEADLESS) and "question" not in {
        cell.strip().lower() for cell in first
    }


def _names(row: Mapping[str, Any], column: str) -> bool:
    return any(str(name).strip().lower() == column for name in row)


def _has_answer(task: Task, row: Row) -> bool:
    if task.question is None:
        return True
    question = task.question(row, ())
    return question.gold in range(len(question.choices))
