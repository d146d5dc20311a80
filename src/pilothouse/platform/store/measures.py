"""What can be measured, and how it is written: `p99(duration_ms)`, `sum(cost.total) / count`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pilothouse.filters import (
    Comparison,
    Expression,
    FilterError,
    Membership,
    Path,
    Scope,
    parse,
    parse_field,
)
from pilothouse.platform.errors import BadRequest

BARE: Final = {
    "count": "how many there are",
    "error_count": "how many of them failed; of sessions, in how many a trace did",
    "error_rate": "`error_count / count`",
    "success_rate": "`1 - error_rate`",
    "tokens_per_second": "tokens of answers a second, of the spans that tell both; over spans only",
    "call_count": "calls that report tokens or a cost, each once; over spans only",
    "unpriced_call_count": "those of them that used something and whose cost is unknown",
    "silent_call_count": "model calls that did not fail and report neither; over spans only",
    "client_cost": "US dollars of the cost that senders reported themselves; over spans only",
}
"""Measures that need no field, and what each is."""
OF_FIELD: Final = {
    "sum": "the sum of the known values; null where none is known",
    "avg": "their mean, also written `mean` or `average`",
    "min": "the smallest",
    "max": "the largest",
    "count": "how many are known",
    "uniq": "how many different ones there are, exactly",
    "histogram": "how many lie in each bucket; `histogram(field, 50)` makes buckets of that width",
    "values": "how often each label of a score comes: `values(scores.mood)`",
}
"""What can be measured of a field."""
AROUND: Final = {
    "share": "`share(filter)`: the share of those for which a filter holds; of a score's verdicts"
    " where it compares a score alone",
    "rate": "`rate(measure)`: so much a second, of a count or sum",
    "all": "`measure / all(measure)`: divided by the count or sum of all groups together",
}
"""What is written around a filter or a measure."""
_SAME: Final = {"mean": "avg", "average": "avg"}
_MEANT: Final = {
    "median": "p50",
    "latency": "p50(duration_ms)",
    "duration": "p50(duration_ms)",
    "cost": "sum(cost.total)",
    "tokens": "sum(usage.total_tokens)",
    "errors": "error_count",
    "users": "uniq(user_id)",
    "qps": "rate(count)",
    "unique": "uniq",
}
"""What people of other tools write; only ever suggested."""
_CALL: Final = re.compile(r"(\w+(?:\.\d+)?) *\((.*)\)", re.DOTALL)
_PERCENTILE: Final = re.compile(r"p\d{1,2}(\.\d{1,3})?")
_WIDTH: Final = re.compile(r"(.+?), *(\d+(?:\.\d+)?|\.\d+)")
_QUOTED: Final = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'", re.DOTALL)
_TRACE: Final = "trace."
ADDITIVE: Final = (
    *("count", "error_count", "sum"),
    *("call_count", "unpriced_call_count", "silent_call_count", "client_cost"),
)
"""Functions whose figure of several groups is the sum of theirs."""
_KNOWN: Final = (
    f"{', '.join(BARE)}, sum|avg|min|max|count|uniq|p50…p99.9|histogram(field),"
    " values(scores.name), share(filter), rate(measure), and one measure / another"
)


@dataclass(frozen=True, slots=True)
class Call:
    """What is done with which field, or how many rows hold a condition."""

    function: str
    path: Path | None = None
    condition: Expression | None = None
    """Of `share`."""
    width: float | None = None
    """Of the buckets of `histogram`, in the units of the field."""

    @property
    def of_scores(self) -> bool:
        return self.path is not None and self.path.name == "scores"

    @property
    def level(self) -> float | None:
        """Of a percentile, between 0 and 1."""
        return float(self.function[1:]) / 100 if _PERCENTILE.fullmatch(self.function) else None


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure, as it was asked for."""

    text: str
    of: Call
    per: Call | None = None
    """What it is divided by."""
    per_all: bool = False
    """Whether that is measured over all groups together."""
    per_second: bool = False

    @property
    def calls(self) -> Iterator[Call]:
        """What the rows of a group have to tell for it."""
        yield self.of
        if self.per is not None and not self.per_all:
            yield self.per


@dataclass(frozen=True, slots=True)
class OfTrace:
    """What the trace of a span has in a field."""

    path: Path


@dataclass(frozen=True, slots=True)
class OfProject:
    """The name of the project that a row is of."""


def split_of(text: str, scope: Scope) -> Path | OfTrace | OfProject:
    """What a chart over a scope is split by: a field, or that of the trace. Raises BadRequest."""
    if text.strip() == "project":
        return OfProject()
    above = text.strip().removeprefix(_TRACE)
    path = field_of(above, "group_by")
    return OfTrace(path) if above != text.strip() and scope == "spans" else path


def measure_of(text: str) -> Measure:
    """The measure of a text. Raises BadRequest."""
    asked = text.strip()
    if (at := _division(asked)) is not None:
        above, below = asked[:at].strip(), asked[at + 1 :].strip()
        around = _CALL.fullmatch(below)
        if around is None or around[1] != "all":
            return Measure(text, _number_of(above), _number_of(below))
        return Measure(text, _number_of(above), _additive(around[2], "all"), per_all=True)
    around = _CALL.fullmatch(asked)
    if around is not None and around[1] == "rate":
        return Measure(text, _additive(around[2], "rate"), per_second=True)
    return Measure(text, _call_of(asked))


def field_of(text: str, parameter: str) -> Path:
    """The field that a parameter names. Raises BadRequest."""
    try:
        return parse_field(text)
    except FilterError as e:
        message = e.problem
        if e.suggestion:
            message += f"; did you mean {e.suggestion!r}?"
        raise BadRequest(
            message, {"parameter": parameter, "field": text, "suggestion": e.suggestion}
        ) from e


def _division(text: str) -> int | None:
    """Where a stroke stands that is in no parentheses and no quotation marks."""
    plain = _QUOTED.sub(lambda match: "_" * len(match[0]), text)
    depth = 0
    for at, char in enumerate(plain):
        if char == "/" and depth == 0:
            return at
        depth += (char == "(") - (char == ")")
    return None


def _number_of(text: str) -> Call:
    """A call whose figure is a number. Raises BadRequest."""
    call = _call_of(text)
    if call.function in ("histogram", "values"):
        raise BadRequest(f"{text} is no number that could be divided", {"parameter": "measures"})
    return call


def _additive(text: str, around: str) -> Call:
    """A call whose figure grows with the rows. Raises BadRequest."""
    call = _call_of(text.strip())
    if call.function not in ADDITIVE:
        raise BadRequest(
            f"{around}({text}): write {around} around count, error_count, sum(…) or count(…)",
            {"parameter": "measures"},
        )
    return call


def _call_of(text: str) -> Call:
    if text in BARE:
        return Call(text)
    match = _CALL.fullmatch(text)
    if match is None:
        raise _unknown(text, text)
    function, inner = _SAME.get(match[1], match[1]), match[2].strip()
    if function == "share":
        return _share(inner)
    if function == "histogram" and (sized := _WIDTH.fullmatch(inner)):
        if not float(sized[2]):
            raise BadRequest("a bucket has a width above 0", {"parameter": "measures"})
        return Call(function, field_of(sized[1], "measures"), width=float(sized[2]))
    if function not in OF_FIELD and not _PERCENTILE.fullmatch(function):
        raise _unknown(text, function)
    path = field_of(inner, "measures")
    if function == "values" and path.name != "scores":
        raise BadRequest(
            f"{text}: values are counted of scores; group by {inner} instead",
            {"parameter": "measures"},
        )
    return Call(function, path)


def _share(text: str) -> Call:
    """The rows that hold a condition; of a score, its verdicts that do. Raises BadRequest."""
    try:
        condition = parse(text)
    except FilterError as e:
        raise BadRequest(f"share({text}): {e}", {"parameter": "measures"}) from e
    if condition is None:
        raise BadRequest(
            "share of what? write a filter: share(streaming = true)", {"parameter": "measures"}
        )
    path = None
    match condition:
        case (
            Comparison(path=Path(name="scores") as named)
            | Membership(path=Path(name="scores") as named)
        ):
            path = named if named.key else None
    return Call("share", path, condition)


def _unknown(text: str, name: str) -> BadRequest:
    close = difflib.get_close_matches(name.lower(), (*BARE, *OF_FIELD, *AROUND), 1, 0.6)
    nearest = _MEANT.get(name.lower()) or (close[0] if close else None)
    meant = f"did you mean {nearest!r}? " if nearest else ""
    return BadRequest(
        f"there is no measure {text!r}; {meant}known are {_KNOWN}",
        {"parameter": "measures", "suggestion": nearest},
    )
