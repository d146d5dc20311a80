"""Which questions about spans the sums of hours answer, and the SQL of their measures."""

from __future__ import annotations

from pilothouse.filters import And, Comparison, Exists, Expression, Membership, Not, Or, Path
from pilothouse.platform.store.columns import COLUMNS, Column
from pilothouse.platform.store.span_hours import DIMENSIONS, LISTS, SUMS


def is_kept(path: Path) -> bool:
    """Whether rows of hours are apart in this field."""
    column = COLUMNS["spans"].get(path.name)
    return column is not None and column.sql in DIMENSIONS


def keeps_all(expression: Expression | None) -> bool:
    """Whether kept rows tell of which spans a filter holds."""
    match expression:
        case None:
            return True
        case And(terms=terms) | Or(terms=terms):
            return all(keeps_all(term) for term in terms)
        case Not(term=term):
            return keeps_all(term)
        case Comparison(path=path) | Membership(path=path) | Exists(path=path):
            return is_kept(path)
        case _:
            return False


def aggregate(function: str, column: Column | None) -> str | None:
    """A measure over `rows_of`, before its scale; None where kept rows do not tell it."""
    if column is None:
        errors = "sumIf(n, status = 'error')"
        return {"count": "sum(n)", "error_count": errors, "error_rate": f"{errors} / sum(n)"}.get(
            function
        )
    if column.sql in LISTS:
        values = LISTS[column.sql]
        if function == "count":
            return f"sum(length({values}))"
        if function == "uniq":
            return f"uniqExactArray({values})"
        of_all = f"{function}Array({values})"
        if function.startswith("p"):
            of_all = f"quantileExactInclusiveArray({float(function[1:]) / 100!r})({values})"
        return f"if(sum(length({values})) = 0, NULL, {of_all})"
    if column.sql in SUMS:
        known = f"sum(known_{column.sql})"
        of_sums = {"sum": f"sum(sum_{column.sql})", "avg": f"sum(sum_{column.sql}) / {known}"}
        if function == "count":
            return known
        return f"if({known} = 0, NULL, {of_sums[function]})" if function in of_sums else None
    return None
