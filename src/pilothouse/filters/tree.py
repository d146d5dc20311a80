"""The expression tree of a filter, and its way back to text.

Columns do not take part in comparisons: two filters that say the same are equal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, TypeAlias

Operator = Literal["=", "!=", "<", "<=", ">", ">=", "~", "contains", "matches", "has"]

Whole = Literal["span", "root", "trace", "metadata", "input", "output", "score"]
"""What a condition on any of several is about: spans of the trace, its root, the trace itself; or
one and the same entry of the metadata, of the JSON of input or output, or one score."""
ENTRIES: Final = ("metadata", "input", "output", "score")

MILLISECONDS: Final = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
MULTIPLES: Final = {"k": 1_000, "M": 1_000_000}
_PLAIN_KEY: Final = re.compile(r"[\w\-:/@$*+]+(\.[\w\-:/@$*+]+)*")


@dataclass(frozen=True, slots=True)
class Path:
    """A field of the table, or a key below an open one: ("metadata", "customer.tier")."""

    name: str
    key: str = ""
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Text:
    """A text value."""

    text: str


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written: `4k` is 4 with suffix k, `2s` is 2 with suffix s."""

    number: int | float
    suffix: str = ""

    @property
    def value(self) -> int | float:
        """The number multiplied out; durations in milliseconds."""
        return self.number * (MILLISECONDS.get(self.suffix) or MULTIPLES.get(self.suffix) or 1)

    @property
    def is_duration(self) -> bool:
        return self.suffix in MILLISECONDS


@dataclass(frozen=True, slots=True)
class Truth:
    """true or false."""

    value: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment that is fixed, in UTC."""

    at: datetime

    def resolve(self, now: datetime) -> datetime:
        return self.at


@dataclass(frozen=True, slots=True)
class Now:
    """A moment told from the present one: `now - 2h`."""

    offset: Number | None = None
    """Milliseconds to add, negative for the past, with its unit."""

    def resolve(self, now: datetime) -> datetime:
        """The moment, when it is `now`; what lies beyond the calendar ends at its edge."""
        if self.offset is None:
            return now
        try:
            return now + timedelta(milliseconds=self.offset.value)
        except OverflowError:
            year, month, day = (9999, 12, 31) if self.offset.value > 0 else (1, 1, 1)
            return datetime(year, month, day, tzinfo=UTC)


Value: TypeAlias = Text | Number | Truth | Moment | Now


@dataclass(frozen=True, slots=True)
class Comparison:
    """A field against one value."""

    path: Path
    operator: Operator
    value: Value


@dataclass(frozen=True, slots=True)
class Membership:
    """A field that is one of some values."""

    path: Path
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Exists:
    """A field whose value is known."""

    path: Path


@dataclass(frozen=True, slots=True)
class FullText:
    """A piece of text that stands in the input or the output of one span."""

    text: str
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """What holds where its term does not."""

    term: Expression


@dataclass(frozen=True, slots=True)
class And:
    """What holds where all of its terms do."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """What holds where one of its terms does."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Quantified:
    """A condition on any, or on every, span of a trace, or entry of what a span holds."""

    every: bool
    term: Expression
    over: Whole = "span"
    column: int = field(default=1, compare=False)


Expression: TypeAlias = Comparison | Membership | Exists | FullText | Not | And | Or | Quantified


def both(*terms: Expression | None) -> Expression | None:
    """All of the terms that are there, as one; None of none."""
    kept: list[Expression] = []
    for term in terms:
        if isinstance(term, And):
            kept.extend(term.terms)
        elif term is not None:
            kept.append(term)
    if len(kept) < 2:
        return kept[0] if kept else None
    return And(tuple(kept))


def conjuncts(expression: Expression | None) -> tuple[Expression, ...]:
    """The terms that all have to hold: the chips of the filter bar."""
    if expression is None:
        return ()
    return expression.terms if isinstance(expression, And) else (expression,)


def paths(expression: Expression | None) -> Iterator[Path]:
    """Every field that the expression names, from left to right; of entries, what they are of."""
    match expression:
        case Quantified(over=over, column=column) if over in ENTRIES:
            yield Path("scores" if over == "score" else over, column=column)
        case Comparison(path=path) | Membership(path=path) | Exists(path=path):
            yield path
        case Not(term=term) | Quantified(term=term):
            yield from paths(term)
        case And(terms=terms) | Or(terms=terms):
            for each in terms:
                yield from paths(each)


def to_text(expression: Expression | None) -> str:
    """The filter as text that parses to an equal tree."""
    match expression:
        case None:
            return ""
        case Comparison(path=path, operator=operator, value=value):
            return f"{path_text(path)} {operator} {value_text(value)}"
        case Membership(path=path, values=values):
            return f"{path_text(path)} in ({', '.join(map(value_text, values))})"
        case Exists(path=path):
            return f"{path_text(path)} exists"
        case FullText(text=text):
            return quote(text)
        case Not(term=term):
            return f"not {_grouped(term, And, Or)}"
        case And(terms=terms):
            return " and ".join(_grouped(term, And, Or) for term in terms)
        case Or(terms=terms):
            return " or ".join(_grouped(term, Or) for term in terms)
        case Quantified(every=every, term=term, over=over):
            return f"{'all' if every else 'any'}({over}: {to_text(term)})"


def _grouped(term: Expression, *looser: type) -> str:
    text = to_text(term)
    return f"({text})" if isinstance(term, looser) else text


def path_text(path: Path) -> str:
    """The field as a filter writes it; a key with odd characters stands in quotes."""
    if not path.key:
        return path.name
    if _PLAIN_KEY.fullmatch(path.key):
        return f"{path.name}.{path.key}"
    return f"{path.name}.{quote(path.key)}"


def value_text(value: Value) -> str:
    """The value as a filter writes it."""
    match value:
        case Text(text=text):
            return quote(text)
        case Number(number=number, suffix=suffix):
            return f"{number!r}{suffix}"
        case Truth(value=truth):
            return "true" if truth else "false"
        case Moment(at=at):
            return at.isoformat().replace("+00:00", "Z")
        case Now(offset=offset):
            if offset is None:
                return "now"
            sign = "-" if offset.number < 0 else "+"
            return f"now {sign} {abs(offset.number)!r}{offset.suffix}"


def quote(text: str) -> str:
    """The text in double quotes."""
    for plain, escaped in (
        ("\\", "\\\\"),
        ('"', '\\"'),
        ("\n", "\\n"),
        ("\t", "\\t"),
        ("\r", "\\r"),
    ):
        text = text.replace(plain, escaped)
    return f'"{text}"'
