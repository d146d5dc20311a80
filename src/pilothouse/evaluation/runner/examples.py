"""The examples of an experiment, one at a time, from whatever holds them."""

from __future__ import annotations

import csv
from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pilothouse.evaluation.extras import required
from pilothouse.evaluation.rows import ALIASES, Row
from pilothouse.evaluation.runner.documents import digest, read
from pilothouse.evaluation.runner.errors import BadData

Data = str | Path | Iterable[Row | Mapping[str, Any]] | AsyncIterable[Row | Mapping[str, Any]]
"""A file (`.jsonl`, `.csv`, `.parquet`), or rows."""

_IDS: Final = ("example_id", "id")
_OWN: Final = ("inputs", "outputs", "reference_outputs", "metadata", "cluster", "fields")


@dataclass(frozen=True, slots=True)
class Example:
    """A row before the application has seen it."""

    index: int
    """Where it stands in the data: aggregates are summed in this order."""
    id: str
    digest: str
    """Its content; a stored result of other content is not of this example."""
    row: Row


async def examples(data: Data, *, answered: bool) -> AsyncGenerator[Example, None]:
    """The examples in order. `answered`: they bring `outputs` that are to be judged.

    Otherwise `outputs` stands for the reference where none is named, as in LangSmith's datasets.
    Raises BadData for what is no row, and for an id that was there before.
    """
    seen: set[bytes] = set()
    index = 0
    source = aiter(data) if isinstance(data, AsyncIterable) else None
    rows: Iterator[Row | Mapping[str, Any]] = iter(()) if source else iter(_rows(data))
    while True:
        try:
            given = await anext(source) if source else next(rows)
        except (StopIteration, StopAsyncIteration):
            return
        example = example_of(given, index, answered=answered)
        # half the size of a string: 100,000 examples have to fit
        key = example.id.encode("utf-8", "surrogatepass")
        if key in seen:
            raise BadData(
                f"example {index + 1} has the id {example.id!r} of an earlier one: "
                "give each example an id of its own"
            )
        seen.add(key)
        index += 1
        yield example


def example_of(given: Row | Mapping[str, Any], index: int, *, answered: bool) -> Example:
    """A row or mapping as an example. Raises BadData for anything else."""
    if isinstance(given, Row):
        row = given
    elif isinstance(given, Mapping):
        row = _row(given, index)
    else:
        raise BadData(f"example {index + 1} is {type(given).__name__}: give mappings or rows")
    outputs, reference = row.outputs, row.reference_outputs
    if not answered and reference is None:
        outputs, reference = None, outputs
    content = digest(
        {
            "inputs": row.inputs,
            "reference_outputs": reference,
            "metadata": row.metadata,
            "fields": row.fields,
            **({"outputs": outputs} if answered else {}),
        }
    )
    identity = row.example_id or content
    return Example(
        index,
        identity,
        content,
        Row(
            inputs=row.inputs,
            outputs=outputs,
            reference_outputs=reference,
            metadata=row.metadata,
            example_id=identity,
            cluster=row.cluster,
            fields=row.fields,
        ),
    )


def _row(given: Mapping[str, Any], index: int) -> Row:
    named: dict[str, Any] = {}
    rest: dict[str, Any] = {}
    for key, value in given.items():
        own = ALIASES.get(key, key)
        if own in _OWN or key in _IDS:
            named["example_id" if key in _IDS else own] = value
        else:
            rest[key] = value
    if rest and "inputs" not in named:
        named["inputs"] = rest
    elif rest:
        named["fields"] = {**(named.get("fields") or {}), **rest}
    for part in ("metadata", "fields"):
        if not isinstance(named.setdefault(part, {}) or {}, Mapping):
            raise BadData(f"{part} of example {index + 1} is no mapping")
        named[part] = named[part] or {}
    for text in ("example_id", "cluster"):
        if named.get(text) is not None:
            named[text] = str(named[text])
    return Row(**named)


def _rows(data: Any) -> Iterable[Row | Mapping[str, Any]]:
    if isinstance(data, Row | Mapping):
        raise BadData("the data are one row: give a list of rows")
    if not isinstance(data, str | Path):
        if not isinstance(data, Iterable):
            raise BadData(f"the data are {type(data).__name__}: give a file or rows")
        return data
    path = Path(data)
    readers = {".jsonl": _jsonl, ".ndjson": _jsonl, ".csv": _csv, ".parquet": _parquet}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise BadData(f"{str(data)!r} is no file ending in {', '.join(readers)}")
    if not path.is_file():
        raise BadData(f"there is no file {str(path)!r}")
    return reader(path)


def _jsonl(path: Path) -> Iterator[Mapping[str, Any]]:
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = read(line)
            except ValueError as e:
                raise BadData(f"{path}:{number}: no JSON: {e}") from None
            if not isinstance(row, dict):
                raise BadData(f"{path}:{number}: a row has to be an object")
            yield row


def _csv(path: Path) -> Iterator[Mapping[str, Any]]:
    """A column `inputs.question` is the key `question` of `inputs`; an empty cell is absent."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines, strict=True)
        for row in reader:
            if None in row:
                raise BadData(f"{path}:{reader.line_num}: more cells than the head has columns")
            yield _nested({name: cell for name, cell in row.items() if cell})


def _parquet(path: Path) -> Iterator[Mapping[str, Any]]:
    parquet = required("pyarrow.parquet", extra="parquet")
    with closing(parquet.ParquetFile(path)) as file:
        for batch in file.iter_batches(batch_size=1000):  # memory does not grow with the file
            yield from map(_nested, batch.to_pylist())


def _nested(cells: Mapping[str, Any]) -> Mapping[str, Any]:
    row: dict[str, Any] = {}
    for name, cell in cells.items():
        part, dot, key = name.partition(".")
        own = ALIASES.get(part, part)
        if dot and own in _OWN:
            row.setdefault(own, {})[key] = cell
        else:
            row[name] = cell
    return row


def is_replayable(data: Data) -> bool:
    """Whether the data may be read twice, to look through them before anything is paid for."""
    return isinstance(data, str | Path | Sequence)
