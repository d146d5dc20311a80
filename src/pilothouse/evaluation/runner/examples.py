"""The examples of an experiment, one at a time, from whatever holds them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pilothouse.evaluation.rows import ALIASES, Row
from pilothouse.evaluation.runner.documents import digest
from pilothouse.evaluation.runner.errors import BadData
from pilothouse.evaluation.runner.files import PARTS, rows_of

Data = str | Path | Iterable[Row | Mapping[str, Any]] | AsyncIterable[Row | Mapping[str, Any]]
"""A file (`.jsonl`, `.csv`, `.parquet`), or rows."""

_IDS: Final = ("id", "example_id")
"""Where a row has both, the last is its id."""


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
    Raises BadData for what is no row, an id that was there before, a row without a cluster among
    others that have one, and where there are no rows.
    """
    seen: set[bytes] = set()
    index = 0
    clustered: bool | None = None
    source = aiter(data) if isinstance(data, AsyncIterable) else None
    rows: Iterator[Row | Mapping[str, Any]] = iter(()) if source else iter(_rows(data))
    while True:
        try:
            given = await anext(source) if source else next(rows)
        except (StopIteration, StopAsyncIteration):
            if index == 0:
                raise BadData("the data have no rows") from None
            return
        example = example_of(given, index, answered=answered)
        if clustered is None:
            clustered = example.row.cluster is not None
        elif clustered != (example.row.cluster is not None):
            has = "a cluster, unlike those before" if not clustered else "no cluster, unlike others"
            raise BadData(f"example {index + 1} has {has}: give all of them one, or none")
        # half the size of a string: 100,000 examples have to fit
        key = example.id.encode("utf-8", "surrogatepass")
        if key in seen:
            raise BadData(
                f"example {index + 1} has the id {example.id!r} of an earlier one"
                f"{', by its content' if example.id == example.digest else ''}: "
                "give each example an id of its own"
            )
        seen.add(key)
        index += 1
        yield example


def example_of(given: Row | Mapping[str, Any], index: int, *, answered: bool) -> Example:
    """A row or mapping as an example. Raises BadData for anything else."""
    if isinstance(given, Row):
        parts = {name: getattr(given, name) for name in Row.__slots__ if name != "repetition"}
    elif isinstance(given, Mapping):
        parts = _named(given, index)
    else:
        raise BadData(f"example {index + 1} is {type(given).__name__}: give mappings or rows")
    outputs, reference = parts.get("outputs"), parts.get("reference_outputs")
    if not answered and reference is None:
        outputs, reference = None, outputs
    said = {
        "inputs": parts.get("inputs"),
        "reference_outputs": reference,
        "metadata": parts["metadata"],
        "fields": parts["fields"],
    }
    content = digest({**said, "outputs": outputs} if answered else said)
    identity, cluster = parts.get("example_id"), parts.get("cluster")
    identity = str(identity) if identity is not None and identity != "" else content
    row = Row(
        outputs=outputs,
        example_id=identity,
        cluster=None if cluster is None else str(cluster),
        **said,
    )
    return Example(index, identity, content, row)


def _named(given: Mapping[str, Any], index: int) -> dict[str, Any]:
    """What a mapping says, under the names of a row's parts; the rest is the inputs, or fields."""
    named: dict[str, Any] = {}
    rest: dict[str, Any] = {}
    for key, value in given.items():
        own = ALIASES.get(key, key)
        if own not in PARTS:
            rest[key] = value
        elif own in named:
            raise BadData(f"example {index + 1} has {own} under two names, one of them {key!r}")
        else:
            named[own] = value
    for key in _IDS:
        if key in rest:
            named["example_id"] = rest.pop(key)
    if rest and "inputs" not in named:
        named["inputs"] = rest
    elif rest:
        named["fields"] = {**(named.get("fields") or {}), **rest}
    for part in ("metadata", "fields"):
        named[part] = named.get(part) or {}
        if not isinstance(named[part], Mapping):
            raise BadData(f"{part} of example {index + 1} is no mapping")
    return named


def _rows(data: Any) -> Iterable[Row | Mapping[str, Any]]:
    if isinstance(data, Row | Mapping):
        raise BadData("the data are one row: give a list of rows")
    if not isinstance(data, str | Path):
        if callable(getattr(data, "to_dict", None)):
            kind = type(data).__name__
            raise BadData(f"the data are a {kind}: give its rows, say .to_dict('records')")
        if not isinstance(data, Iterable):
            raise BadData(f"the data are {type(data).__name__}: give a file or rows")
        return data
    return rows_of(Path(data))


def is_replayable(data: Data) -> bool:
    """Whether the data may be read twice, to look through them before anything is paid for."""
    return isinstance(data, str | Path | Sequence)
