"""The SQL of groupings and figures over rows of spans, traces, sessions and scores."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from pilothouse.filters import FIELDS, Path, Scope
from pilothouse.platform.errors import BadRequest
from pilothouse.platform.store import histograms
from pilothouse.platform.store.binds import Binds
from pilothouse.platform.store.columns import COLUMNS, GATHERED, Column
from pilothouse.platform.store.compile import Compiler
from pilothouse.platform.store.groups import SESSIONS
from pilothouse.platform.store.measures import Call
from pilothouse.platform.store.span_hours import ANSWERED, CALLS, CLIENT_COST
from pilothouse.platform.store.weights import weighed

_VERDICT: Final = "(value IS NOT NULL OR label != '')"

_OF_CALLS: Final = {
    **{name: f"countIf({holds})" for name, holds in CALLS.items()},
    "client_cost": f"sum({CLIENT_COST})",
}
"""Figures of model calls, over spans."""


class Figures:
    """Writes what one query asks of its rows."""

    def __init__(
        self, scope: Scope, binds: Binds, compiler: Compiler, calls: Iterable[Call]
    ) -> None:
        self._scope, self._binds, self._compiler = scope, binds, compiler
        self._table = "spans" if scope == "spans" else "traces"
        self._levels = levels_of(calls)

    def column(self, path: Path, parameter: str) -> Column:
        """Where a field stands. Raises BadRequest."""
        field, name = FIELDS[path.name], path.name
        if field.type == "open" and not path.key:
            raise BadRequest(f"say which key: {name}.KEY", {"parameter": parameter})
        if field.type == "open":
            if self._scope == "sessions" or self._table not in field.owners:
                raise BadRequest(f"{name} belongs to spans", {"parameter": parameter})
            value = f"{name}[{self._binds.text(path.key)}]"
            return Column(value if name == "metadata" else f"trimLeft({value}, char(1))", "text")
        known = SESSIONS.columns if self._scope == "sessions" else COLUMNS[self._table]
        if name not in known:
            raise BadRequest(
                f"{name} cannot be used over {self._scope}",
                {"parameter": parameter, "known": sorted(known)},
            )
        return known[name]

    def group(self, path: Path) -> str:
        """A grouping as text, "" for unknown. Raises BadRequest."""
        values, is_list = self.values(path)
        return each_of(values) if is_list else values

    def values(self, path: Path) -> tuple[str, bool]:
        """What rows are grouped by, as text or as a list of texts. Raises BadRequest."""
        if self._scope == "traces" and path.name in GATHERED:
            return GATHERED[path.name], True
        column = self.column(path, "group_by")
        match column.kind:
            case "list":
                return column.sql, True
            case "text" | "boolean":
                return text_of(column), False
            case _:
                raise BadRequest(
                    f"cannot group by {path.name}: it is a number or a time",
                    {"parameter": "group_by"},
                )

    def over_rows(self, call: Call) -> str:
        """A figure over rows of the scope. Raises BadRequest."""
        errors = "g_errors > 0" if self._scope == "sessions" else "status = 'error'"
        if call.function == "share":
            return f"countIf({self._condition(call)}) / count()"
        if call.path is None:
            return self._bare(call.function, errors)
        column = self.column(call.path, "measures")
        value = column.sql
        if column.kind == "text":
            if call.function in ("count", "uniq"):
                value = f"nullIf({value}, '')"
            elif call.path.key:
                value = f"toFloat64OrNull({value})"
            else:
                raise BadRequest(
                    f"{call.function}({call.path.name}): it is a text; count or uniq it",
                    {"parameter": "measures"},
                )
        elif column.kind != "number":
            raise BadRequest(
                f"{call.function}({call.path.name}) cannot be measured", {"parameter": "measures"}
            )
        elif self._table == "spans" and call.path.name.startswith(("usage.", "cost.")):
            value = f"if(usage_counted = 1, {value}, NULL)"  # each model call once
        return self._applied(call, value, column.scale)

    def over_scores(self, call: Call) -> str:
        """A figure over scores, of which rows have `name`, `value`, `label` and `weight`.

        Means and shares are those of all that rules drew from. All else is of the verdicts
        themselves: how many there are, their sum, the smallest, how they lie.
        """
        assert call.path is not None
        named = f"name = {self._binds.text(call.path.key)}"
        match call.function:
            case "count":  # labels count too
                return f"countIf({named})"
            case "share":
                assert call.condition is not None
                holds = self._compiler.verdicts(call.condition)
                every = f"sumIf(weight, {named} AND {_VERDICT})"
                return f"sumIf(weight, {holds}) / nullIf({every}, 0)"
            case "avg":
                return weighed("value", "weight", named)
            case "values":
                return histograms.counted("toString(label)", f"{named} AND label != ''")
            case _:
                return self._applied(call, f"if({named}, value, NULL)", 1.0)

    def _condition(self, call: Call) -> str:
        assert call.condition is not None
        if self._scope == "sessions":
            raise BadRequest("shares are measured over traces or spans", {"parameter": "measures"})
        compiled = self._compiler.spans if self._table == "spans" else self._compiler.traces
        return compiled(call.condition)

    def _bare(self, function: str, errors: str) -> str:
        match function:
            case "count":
                return "count()"
            case "error_count":
                return f"countIf({errors})"
            case "error_rate":
                return f"countIf({errors}) / count()"
            case "success_rate":
                return f"countIf(NOT {errors}) / count()"
        if self._scope != "spans":
            raise BadRequest(f"{function} is measured over spans", {"parameter": "measures"})
        if function in _OF_CALLS:
            return _OF_CALLS[function]
        took = f"sumIf(assumeNotNull(duration_us), {ANSWERED})"
        return f"sumIf(assumeNotNull(output_tokens), {ANSWERED}) * 1000000 / nullIf({took}, 0)"

    def _applied(self, call: Call, value: str, scale: float) -> str:
        match call.function:
            case "count":
                return f"count({value})"
            case "uniq":
                return f"uniqExact({value})"
            case "histogram":
                number = f"(assumeNotNull(toFloat64({value})) / {scale})"
                place = histograms.place_of(number, call.width)
                return histograms.counted(place, f"isNotNull({value})")
            case "sum" | "avg" | "min" | "max":
                return scaled(f"{call.function}({value})", scale)
        quantile = quantiles(call, self._levels, "", value)
        return scaled(f"if(count({value}) = 0, NULL, {quantile})", scale)


def levels_of(calls: Iterable[Call]) -> dict[Path, list[float]]:
    """The percentiles that are asked of each field: all of a field are found at once."""
    found: dict[Path, set[float]] = {}
    for call in calls:
        if call.path is not None and call.level is not None:
            found.setdefault(call.path, set()).add(call.level)
    return {path: sorted(levels) for path, levels in found.items()}


def quantiles(call: Call, levels: dict[Path, list[float]], suffix: str, value: str) -> str:
    """One of the percentiles of a field; the engine computes equal texts once."""
    assert call.path is not None
    assert call.level is not None
    of_field = levels[call.path]
    shown = ", ".join(map(repr, of_field))
    return f"quantilesExactInclusive{suffix}({shown})({value})[{of_field.index(call.level) + 1}]"


def each_of(values: str) -> str:
    """A row for each text of a list; one with "" where it is empty."""
    return f"arrayJoin(if(empty({values}), [''], {values}))"


def scaled(sql: str, scale: float) -> str:
    """A figure in the units of its field."""
    return sql if scale == 1 else f"{sql} / {scale}"


def text_of(column: Column) -> str:
    """A text or a truth as text, "" for unknown."""
    if column.kind == "boolean":
        return f"if({column.sql} IS NULL, '', if({column.sql} = 1, 'true', 'false'))"
    return f"toString({column.sql})"


def shown(call: Call, value: Any) -> Any:
    """A figure as the API shows it."""
    match call.function:
        case "histogram":
            return histograms.buckets(value, call.width)
        case "values":
            return histograms.values(value)
        case _:
            return value
