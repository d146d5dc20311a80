"""Which questions about spans the sums of hours answer, and the SQL of their measures."""

from __future__ import annotations

from typing import Final

from pilothouse.filters import And, Comparison, Exists, Expression, Membership, Not, Or, Path
from pilothouse.platform.store import histograms
from pilothouse.platform.store.columns import COLUMNS
from pilothouse.platform.store.compile import Compiler
from pilothouse.platform.store.figures import quantiles, scaled
from pilothouse.platform.store.measures import Call
from pilothouse.platform.store.span_hours import CALLS, DIMENSIONS, KNOWN, LISTS, SUMS

_ERRORS: Final = "sumIf(n, status = 'error')"
_BARE: Final = {
    "count": "sum(n)",
    "error_count": _ERRORS,
    "error_rate": f"{_ERRORS} / sum(n)",
    "success_rate": "sumIf(n, status != 'error') / sum(n)",
    **{name: f"sum({name})" for name in (*CALLS, "client_cost")},
    "tokens_per_second": "sum(answered_tokens) * 1000000 / nullIf(sum(answered_us), 0)",
}


def is_kept(path: Path) -> bool:
    """Whether rows of hours are apart in this field."""
    column = COLUMNS["spans"].get(path.name)
    return column is not None and column.sql in DIMENSIONS


def _is_known(path: Path) -> bool:
    """Whether kept rows tell if spans have a field."""
    column = COLUMNS["spans"].get(path.name)
    return column is not None and column.sql in KNOWN


def keeps_all(expression: Expression | None) -> bool:
    """Whether kept rows tell of which spans a filter holds."""
    match expression:
        case None:
            return True
        case And(terms=terms) | Or(terms=terms):
            return all(keeps_all(term) for term in terms)
        case Not(term=term):
            return keeps_all(term)
        case Exists(path=path) if _is_known(path):
            return True
        case Comparison(path=path) | Membership(path=path) | Exists(path=path):
            return is_kept(path)
        case _:
            return False


def tells(call: Call) -> bool:
    """Whether kept rows tell a figure."""
    if call.function == "share":
        return call.path is None and keeps_all(call.condition)
    if call.path is None:
        return call.function in _BARE
    column = COLUMNS["spans"].get(call.path.name)
    if column is None:
        return False
    return column.sql in LISTS or (column.sql in SUMS and call.function in ("sum", "avg", "count"))


def aggregate(call: Call, compiler: Compiler, levels: dict[Path, list[float]]) -> str:
    """The SQL over `rows_of` of a figure that they tell."""
    if call.condition is not None:
        return f"sumIf(n, {compiler.spans(call.condition)}) / sum(n)"
    if call.path is None:
        return _BARE[call.function]
    column = COLUMNS["spans"][call.path.name]
    if column.sql in LISTS:
        return _of_values(call, LISTS[column.sql], column.scale, levels)
    known = f"sum(known_{column.sql})"
    if call.function == "count":
        return known
    total = f"sum(sum_{column.sql})"
    return f"if({known} = 0, NULL, {total if call.function == 'sum' else f'{total} / {known}'})"


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
