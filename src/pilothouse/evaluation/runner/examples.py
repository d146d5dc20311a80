"""The examples of an experiment, one at a time, from whatever holds them."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pilothouse.evaluation.rows import ALIASES, Row
from pilothouse.evaluation.runner.documents import digest
from pilothouse.evaluation.runner.errors import BadData
from pilothouse.evaluation.runner.files import PARTS, FileRows, is_table, rows_of_table

Data = str | Path | Iterable[Row | Mapping[str, Any]] | AsyncIterable[Row | Mapping[str, Any]]
"""A file (`.jsonl`, `.csv`, `.parquet`), the name of a dataset on the server, or rows."""

_IDS: Final = ("id", "example_id")
"""Where a row has both, the last is its id."""
SERVED: Final = re.compile("(dataset|traces|spans):")
"""How a text begins that names data of the server, and no file."""
_OWN: Final = frozenset((*PARTS, *ALIASES, *_IDS))
_INPUTS: Final = frozenset(("inputs", "input"))
"""A row without either is its inputs, but for what has a meaning of its own."""


@dataclass(frozen=True, slots=True)
class Example:
    """A row before the application has seen it."""

    index: int
    """Where it stands in the data: aggregates are summed in this order."""
    id: str
    digest: str
    """Its content; a stored result of other content is not of this example."""
    row: Row


async def examples(
    data: Data, *, answered: bool, unreviewed: bool = False
) -> AsyncGenerator[Example, None]:
    """The examples in order. `answered`: they bring `outputs` that are to be judged.

    Otherwise `outputs` stands for the reference where none is named, as in LangSmith's datasets.
    `unreviewed`: what was generated and nobody has looked at is taken too.
    Raises BadData for what is no row, an id that was there before, a row without a cluster among
    others that have one or with other columns, and where there are no rows.
    """
    index = 0
    data = opened(data)
    source = aiter(data) if isinstance(data, AsyncIterable) else None
    rows: Iterator[Row | Mapping[str, Any]] = iter(()) if source else iter(_rows(data))
    headed = is_table(data) or getattr(rows, "headed", False)
    checks = _Checks(headed=headed, unreviewed=unreviewed)
    while True:
        try:
            given = await anext(source) if source else next(rows)
        except (StopIteration, StopAsyncIteration):
            if index == 0:
                raise BadData("the data have no rows") from None
            return
        try:
            example = example_of(given, index, answered=answered)
            checks.check(given, example)
        except BadData as e:
            if isinstance(rows, FileRows):
                raise BadData(f"{rows.where}: {e}") from None
            raise
        index += 1
        yield example


class _Checks:
    """What examples must have in common, and what each must have of its own."""

    def __init__(self, *, headed: bool, unreviewed: bool) -> None:
        """`headed` rows come of a table that says once which columns there are."""
        self._headed = headed
        self._unreviewed = unreviewed
        self._seen: set[bytes] = set()
        self._clustered: bool | None = None
        self._mapped: bool | None = None
        self._columns: frozenset[str] | None = None

    def check(self, given: Row | Mapping[str, Any], example: Example) -> None:
        """Raises BadData for an example that does not go with those before."""
        number, row = example.index + 1, example.row
        about = row.metadata
        if about and not self._unreviewed and about.get("reviewed") is False:
            _check_reviewed(about, number)
        clustered = row.cluster is not None
        mapped = type(row.inputs) is dict or isinstance(row.inputs, Mapping)
        if self._clustered is None:
            self._clustered, self._mapped = clustered, mapped
        if clustered != self._clustered:
            has = "a cluster, unlike those before" if clustered else "no cluster, unlike others"
            raise BadData(f"example {number} has {has}: give all of them one, or none")
        if mapped != self._mapped:
            said = "a mapping, those of the first are not"
            if not mapped:
                said = f"of type {type(row.inputs).__name__!r}, those of the first a mapping"
            raise BadData(
                f"the inputs of example {number} are {said}: write the inputs of all alike, "
                'as {"question": …}, say'
            )
        if not self._headed and type(given) is dict and _INPUTS.isdisjoint(given):
            self._alike(frozenset(name for name in given if name not in _OWN), number)
        # half the size of a string: 100,000 examples have to fit
        key = example.id.encode("utf-8", "surrogatepass")
        if key in self._seen:
            raise BadData(
                f"example {number} has the id {example.id!r} of an earlier one"
                f"{', by its content' if example.id == example.digest else ''}: "
                "give each example an id of its own"
            )
        self._seen.add(key)

    def _alike(self, columns: frozenset[str], number: int) -> None:
        """A column may be missing; one in the place of another is a mistake."""
        if self._columns is None:
            self._columns = columns
        if columns == self._columns:
            return
        new, gone = sorted(columns - self._columns), sorted(self._columns - columns)
        if new and gone:
            raise BadData(
                f"example {number} has {new[0]!r} and no {gone[0]!r}, unlike the first: "
                "give all of them the same columns"
            )


def _check_reviewed(about: Mapping[str, Any], number: int) -> None:
    """Raises BadData for what says of itself that a model made it."""
    if "generated" in about:
        raise BadData(
            f"example {number} was generated and nobody has reviewed it: look at it by "
            "`pilothouse dataset review FILE`, or allow it by allow_unreviewed=True"
        )


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
    if isinstance(data, Mapping) and data and all(map(is_table, data.values())):
        raise BadData(f"the data have the splits {', '.join(data)}: give one, as data['NAME']")
    if isinstance(data, Row | Mapping):
        raise BadData("the data are one row: give a list of rows")
    if isinstance(data, str | Path):
        return FileRows(Path(data))
    if is_table(data):
        return rows_of_table(data)
    if callable(getattr(data, "to_dict", None)):
        kind = type(data).__name__
        raise BadData(f"the data are a {kind}: give its rows, say .to_dict('records')")
    if not isinstance(data, Iterable):
        raise BadData(f"the data are {type(data).__name__}: give a file or rows")
    return data


def opened(data: Data) -> Data:
    """The data; where a text names none of files but a dataset of the server, that."""
    if isinstance(data, str) and is_served(data):
        from pilothouse.evaluation.data.sources import served

        return served(data)
    return data


def is_served(name: str) -> bool:
    """Whether a text names data of the server: `dataset:…`, `traces:…`, or what is no file."""
    if SERVED.match(name):
        return True
    path = Path(name)
    return not path.suffix and path.name == name and not path.exists()


def is_replayable(data: Data) -> bool:
    """Whether the data may be read twice, to look through them before anything is paid for."""
    return isinstance(data, str | Path | Sequence) or getattr(data, "replayable", is_table(data))
