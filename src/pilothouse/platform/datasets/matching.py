"""Whether an example is what a filter asks for: the expression tree, held to one example.

Conditions are two-valued as in the span store: a comparison with an unknown value does not hold.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

import re2

from pilothouse.filters import (
    And,
    Comparison,
    Exists,
    Expression,
    FullText,
    Membership,
    Moment,
    Not,
    Now,
    Number,
    Or,
    Path,
    Quantified,
    Text,
    Truth,
    paths,
)
from pilothouse.filters.tree import Value
from pilothouse.platform.datasets.models import Example
from pilothouse.platform.datasets.rows import dumps
from pilothouse.platform.errors import BadRequest

Matches = Callable[[Example], bool]

FIELDS: Final = (
    *("id", "inputs", "outputs", "metadata", "splits", "source_run_id", "created_at"),
    "modified_at",
)
_ALIASES: Final = {
    "input": "inputs",
    "output": "outputs",
    "tags": "splits",
    "run_id": "id",
    "span_id": "id",
    "start_time": "created_at",
}
"""What the fields of spans are in examples."""
_ENTRIES: Final = ("metadata", "input", "output")
_TIMES: Final = frozenset({"created_at", "modified_at"})
_OPEN: Final = frozenset({"inputs", "outputs", "metadata"})


def matcher(expression: Expression, *, strict: bool = True, now: datetime | None = None) -> Matches:
    """The test that a filter means.

    Raises BadRequest for a field that examples do not have; where not `strict` it is unknown.
    """
    for path in paths(expression):
        if strict and _field(path) not in FIELDS:
            raise BadRequest(
                f"examples have no field {path.name!r}; filter by {', '.join(FIELDS)}",
                {"parameter": "filter", "column": path.column},
            )
    moment = now or datetime.now(UTC)
    return lambda example: _holds(expression, _Whole(example), moment)


def contains(whole: Any, part: Any) -> bool:
    """JSON containment: every member of `part` is in `whole`."""
    if isinstance(part, Mapping):
        return isinstance(whole, Mapping) and all(
            key in whole and contains(whole[key], value) for key, value in part.items()
        )
    if isinstance(part, list):
        return isinstance(whole, list) and all(
            any(contains(each, wanted) for each in whole) for wanted in part
        )
    return type(whole) is type(part) and bool(whole == part)


def keys_of(part: Mapping[str, Any]) -> list[str]:
    """Pieces of JSON text that whatever contains `part` has in it."""
    return [f"{dumps(key)}:" for key in part]


def _field(path: Path) -> str:
    return _ALIASES.get(path.name, path.name)


class _Subject(Protocol):
    """What a condition is held to: an example, or one entry of its JSON."""

    def values(self, path: Path) -> Sequence[Any]:
        """What a field is: one value, or each of several that it may be."""

    def has(self, path: Path, wanted: Any) -> bool: ...
    def entries(self, over: str) -> Iterator[_Entry]: ...
    def texts(self) -> Iterator[str]: ...


@dataclass(frozen=True, slots=True)
class _Whole:
    """An example."""

    example: Example

    def values(self, path: Path) -> Sequence[Any]:
        name = _field(path)
        if name not in FIELDS:
            return [None]
        value: Any = getattr(self.example, name)
        if name == "splits":
            return list(value)
        if name in _OPEN and path.key:
            value = _below(value, path.key)
            return value if isinstance(value, list) else [value]
        return [value]

    def has(self, path: Path, wanted: Any) -> bool:
        if _field(path) not in _OPEN:
            return wanted in self.values(path)
        found: Any = getattr(self.example, _field(path))
        if path.key:
            inner = _below(found, path.key)
            return isinstance(inner, list) and wanted in inner
        return isinstance(found, Mapping) and isinstance(wanted, str) and wanted in found

    def entries(self, over: str) -> Iterator[_Entry]:
        return _entries(getattr(self.example, _ALIASES.get(over, over)))

    def texts(self) -> Iterator[str]:
        for value in (self.example.inputs, self.example.outputs):
            yield dumps(value)
            yield from _texts(value)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One value of the JSON of an example, under its path with and without places in lists."""

    keys: tuple[str, ...]
    value: Any

    def values(self, path: Path) -> Sequence[Any]:
        if path.name == "key":
            return self.keys
        return [None if self.value is None else _as_text(self.value)]

    def has(self, path: Path, wanted: Any) -> bool:
        return wanted in self.values(path)

    def entries(self, over: str) -> Iterator[_Entry]:
        return iter(())

    def texts(self) -> Iterator[str]:
        return iter(())


def _entries(value: Any) -> Iterator[_Entry]:
    waiting: list[tuple[tuple[str, ...], tuple[str, ...], Any]] = [((), (), value)]
    while waiting:
        exact, short, each = waiting.pop()
        if isinstance(each, Mapping) and each:
            waiting += [((*exact, key), (*short, key), inner) for key, inner in each.items()]
        elif isinstance(each, list) and each:
            waiting += [((*exact, str(i)), short, inner) for i, inner in enumerate(each)]
        elif exact:
            yield _Entry(tuple(dict.fromkeys((".".join(exact), ".".join(short)))), each)


def _holds(expression: Expression, subject: _Subject, now: datetime) -> bool:
    match expression:
        case And(terms=terms):
            return all(_holds(term, subject, now) for term in terms)
        case Or(terms=terms):
            return any(_holds(term, subject, now) for term in terms)
        case Not(term=term):
            return not _holds(term, subject, now)
        case FullText(text=text):
            return any(text.lower() in spelling.lower() for spelling in subject.texts())
        case Quantified(every=every, term=term, over=over) if over in _ENTRIES:
            found = (_holds(term, entry, now) for entry in subject.entries(over))
            return all(found) if every else any(found)
        case Quantified():
            raise BadRequest(
                "examples are rows, not traces: any(span: …) does not apply",
                {"parameter": "filter"},
            )
    return _atom(expression, subject, now)


def _atom(expression: Comparison | Membership | Exists, subject: _Subject, now: datetime) -> bool:
    values = subject.values(expression.path)
    match expression:
        case Exists():
            return any(value not in (None, "", [], {}) for value in values)
        case Membership(values=wanted):
            return any(_compared("=", value, one, now) for value in values for one in wanted)
        case Comparison(operator="has", value=one):
            return subject.has(expression.path, _plain(one))
        case Comparison(operator="!=", value=one):
            return bool(values) and all(_compared("!=", value, one, now) for value in values)
        case Comparison(operator=operator, value=one):
            return any(_compared(operator, value, one, now) for value in values)


def _below(value: Any, key: str) -> Any:
    """The value under a dotted key, taken whole or step by step."""
    if not isinstance(value, Mapping):
        return None
    if key in value:
        return value[key]
    head, dot, rest = key.partition(".")
    return _below(value.get(head), rest) if dot else None


def _compared(operator: str, found: Any, value: Value, now: datetime) -> bool:
    if found is None:
        return False
    if isinstance(value, Moment | Now):
        moment = found if isinstance(found, datetime) else _moment(found)
        return moment is not None and _ordered(operator, moment, value.resolve(now))
    wanted = _plain(value)
    if isinstance(found, datetime):
        found = found.isoformat()
    if isinstance(wanted, bool):
        return _ordered(operator, found, wanted) if isinstance(found, bool) else False
    if isinstance(wanted, int | float):
        number = _number(found)
        return number is not None and _ordered(operator, number, wanted)
    return _text(operator, _as_text(found), wanted)


def _text(operator: str, found: str, wanted: str) -> bool:
    match operator:
        case "=" | "has":
            return found == wanted
        case "contains":
            return wanted.lower() in found.lower()
        case "~":
            return fnmatch.fnmatchcase(found, wanted)
        case "matches":
            try:
                return re2.compile(wanted).search(found) is not None
            except re2.error as error:
                raise BadRequest(
                    f"{wanted!r} is no pattern: {error}", {"parameter": "filter"}
                ) from None
        case _:
            return found != "" and _ordered(operator, found, wanted)


def _ordered(operator: str, found: Any, wanted: Any) -> bool:
    match operator:
        case "=" | "has":
            return bool(found == wanted)
        case "!=":
            return bool(found != wanted)
        case "<":
            return bool(found < wanted)
        case "<=":
            return bool(found <= wanted)
        case ">":
            return bool(found > wanted)
        case ">=":
            return bool(found >= wanted)
    return False


def _plain(value: Value) -> str | int | float | bool:
    match value:
        case Text(text=text):
            return text
        case Number():
            return value.value
        case Truth(value=truth):
            return truth
        case _:
            return ""


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return dumps(value)


def _number(value: Any) -> float | int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    try:
        return float(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _moment(value: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found is None or found.tzinfo else found.replace(tzinfo=UTC)


def _texts(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, Mapping):
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
