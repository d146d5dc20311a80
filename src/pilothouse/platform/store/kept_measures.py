"""Which questions about spans the sums of hours answer, and the SQL of their measures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from pilothouse.filters import And, Comparison, Exists, Expression, Membership, Not, Or, Path
from pilothouse.platform.store import histograms, key_hours
from pilothouse.platform.store.columns import COLUMNS
from pilothouse.platform.store.compile import Compiler
from pilothouse.platform.store.figures import quantiles, scaled
from pilothouse.platform.store.key_hours import Sums
from pilothouse.platform.store.measures import Call, OfProject
from pilothouse.platform.store.span_hours import CALLS, DIMENSIONS, KNOWN, LISTS, SUMS
from pilothouse.platform.store.splits import Split

_ERRORS: Final = "sumIf(n, status = 'error')"
_BARE: Final = {
    "count": "sum(n)",
    "error_count": _ERRORS,
    "error_rate": f"{_ERRORS} / sum(n)",
    "success_rate": "sumIf(n, status != 'error') / sum(n)",
    **{name: f"sum({name})" for name in (*CALLS, "client_cost")},
    "tokens_per_second": "sum(answered_tokens) * 1000000 / nullIf(sum(answered_us), 0)",
}
_WEIGHED: Final = ("count", "uniq", "sum", "avg", "min", "max")
"""Figures of values of which it is known how often each came."""


def is_kept(path: Path) -> bool:
    """Whether rows of all sums of hours are apart in this field."""
    column = COLUMNS["spans"].get(path.name)
    return column is not None and column.sql in DIMENSIONS


def _is_known(path: Path) -> bool:
    """Whether kept rows tell if spans have a field."""
    column = COLUMNS["spans"].get(path.name)
    return column is not None and column.sql in KNOWN


def sums_for(
    condition: Expression | None, splits: Iterable[Split], calls: Iterable[Call]
) -> Sums | None:
    """The sums that tell these figures of these spans; None where the spans must be read."""
    fields = _in_filter(condition)
    for split in splits:
        fields = _with(fields, _in_split(split))
    for call in calls:
        fields = _with(fields, _in_call(call))
    return None if fields is None else key_hours.sums_by(fields)


_Fields = frozenset[Path]
"""What sums must be apart in besides their dimensions."""
_NONE: Final[_Fields] = frozenset()


def _with(some: _Fields | None, more: _Fields | None) -> _Fields | None:
    return None if some is None or more is None else some | more


def _in_filter(expression: Expression | None) -> _Fields | None:
    """The further fields of a filter; None where kept rows do not tell of which spans it holds."""
    match expression:
        case None:
            return _NONE
        case And(terms=terms) | Or(terms=terms):
            fields: _Fields | None = _NONE
            for term in terms:
                fields = _with(fields, _in_filter(term))
            return fields
        case Not(term=term):
            return _in_filter(term)
        case Exists(path=path) if _is_known(path):
            return _NONE
        case Comparison(path=path) | Membership(path=path) | Exists(path=path):
            if is_kept(path):
                return _NONE
            return frozenset([path]) if key_hours.tells(expression) else None
        case _:
            return None


def _in_split(split: Split) -> _Fields | None:
    if isinstance(split, OfProject):
        return _NONE
    if not isinstance(split, Path):
        return None
    if is_kept(split):
        return _NONE
    return frozenset([split]) if key_hours.can_keep(split) else None


def _in_call(call: Call) -> _Fields | None:
    if call.function == "share":
        found = _in_filter(call.condition) if call.path is None else None
        # What is not known of a kept hour is left out of a selection, but not of a share of it.
        return None if found is None or any(map(key_hours.may_be_payload, found)) else found
    if call.path is None:
        return _NONE if call.function in _BARE else None
    if _is_weighed(call):
        return frozenset([call.path])
    column = COLUMNS["spans"].get(call.path.name)
    if column is None:
        return None
    if column.sql in LISTS or (column.sql in SUMS and call.function in ("sum", "avg", "count")):
        return _NONE
    return None


def _is_weighed(call: Call) -> bool:
    """Whether a figure is made of the values that rows are apart in, each as often as it came."""
    path = call.path
    return (
        path is not None
        and bool(path.key)
        and key_hours.can_keep(path)
        and call.function in _WEIGHED
    )


def aggregate(
    call: Call, compiler: Compiler, levels: dict[Path, list[float]], kept: Mapping[Path, str]
) -> str:
    """The SQL over `rows_of` of a figure that they tell; `kept` are the columns of fields."""
    if call.condition is not None:
        return f"sumIf(n, {compiler.spans(call.condition)}) / sum(n)"
    if call.path is None:
        return _BARE[call.function]
    if call.path in kept:
        return _weighed(call, kept[call.path])
    column = COLUMNS["spans"][call.path.name]
    if column.sql in LISTS:
        return _of_values(call, LISTS[column.sql], column.scale, levels)
    known = f"sum(known_{column.sql})"
    if call.function == "count":
        return known
    total = f"sum(sum_{column.sql})"
    return f"if({known} = 0, NULL, {total if call.function == 'sum' else f'{total} / {known}'})"


def _weighed(call: Call, text: str) -> str:
    """A figure of values of a user's own, as texts; of numbers only, but for their count."""
    if call.function == "count":
        return f"sumIf(n, {text} != '')"
    if call.function == "uniq":
        return f"uniqExact(nullIf({text}, ''))"
    number = f"toFloat64OrNull({text})"
    if call.function in ("min", "max"):
        return f"{call.function}({number})"
    total = f"sum(n * {number})"
    return total if call.function == "sum" else f"{total} / sumIf(n, isNotNull({number}))"


def _of_values(call: Call, values: str, scale: float, levels: dict[Path, list[float]]) -> str:
    match call.function:
        case "count":
            return f"sum(length({values}))"
        case "uniq":
            return f"uniqExactArray({values})"
        case "histogram":
            return histograms.counted_arrays(
                histograms.place_of(f"(toFloat64(x) / {scale})", call.width), values
            )
    of_all = f"{call.function}Array({values})"
    if call.level is not None:
        of_all = quantiles(call, levels, "Array", values)
    return scaled(f"if(sum(length({values})) = 0, NULL, {of_all})", scale)
