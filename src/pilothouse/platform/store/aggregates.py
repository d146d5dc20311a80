"""The SQL of measures over time and groups."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from pilothouse.filters import FIELDS, FilterError, Path, Scope, parse_field
from pilothouse.platform.errors import BadRequest
from pilothouse.platform.store import once, rollups, search
from pilothouse.platform.store.binds import Binds
from pilothouse.platform.store.columns import COLUMNS, GATHERED, Column
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.groups import SESSIONS, groups_sql
from pilothouse.platform.store.kept_measures import aggregate as of_hours
from pilothouse.platform.store.kept_measures import is_kept, keeps_all
from pilothouse.platform.store.once import spans_where
from pilothouse.platform.store.rollups import Kept
from pilothouse.platform.store.selection import Selection
from pilothouse.platform.store.span_hours import rows_of

MOST_POINTS: Final = 50_000
_CALL: Final = re.compile(r"(sum|avg|min|max|count|uniq|p\d{1,2}(?:\.\d{1,3})?) *\((.+)\)")
_INTERVAL: Final = re.compile(r"(\d{1,6})([smhdw])")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_MONDAY: Final = 345_600  # 1970 began on a Thursday
_KNOWN: Final = "count, error_count, error_rate, sum|avg|min|max|count|uniq|p50…p99.9(field)"


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure: what is done with which field."""

    text: str
    function: str
    path: Path | None = None

    @property
    def of_scores(self) -> bool:
        return self.path is not None and self.path.name == "scores"


def measure_of(text: str) -> Measure:
    """The measure of a text such as `p99(duration_ms)`. Raises BadRequest."""
    if text in ("count", "error_count", "error_rate"):
        return Measure(text, text)
    match = _CALL.fullmatch(text.strip())
    if match is None:
        raise BadRequest(
            f"there is no measure {text!r}; known are {_KNOWN}", {"parameter": "measures"}
        )
    return Measure(text, match[1], field_of(match[2].strip(), "measures"))


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


def interval_s(text: str) -> int:
    """The seconds of an interval such as `5m`. Raises BadRequest."""
    match = _INTERVAL.fullmatch(text)
    seconds = int(match[1]) * _SECONDS[match[2]] if match else 0
    if not 0 < seconds <= 366 * 86_400:
        raise BadRequest(
            f"{text!r} is no interval; write it as 30s, 5m, 1h, 1d or 1w", {"parameter": "interval"}
        )
    return seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What to measure, over what."""

    scope: Scope
    selection: Selection
    measures: Sequence[Measure]
    group_by: Sequence[Path]
    interval_s: int | None
    limit: int


@dataclass(slots=True)
class Answer:
    """Rows of (time in seconds or None, group values, measures by text)."""

    rows: list[tuple[int | None, tuple[str, ...], dict[str, Any]]]
    truncated: bool = False


async def measure(store: Store, question: Question) -> Answer:
    """The measures, by interval and group; the groups with the largest first measure."""
    selection = question.selection
    if _told_by_hours(question) and (kept := await rollups.kept(store, selection)):
        return await _measure(store, question, kept)
    if question.scope == "spans" or selection.asks_spans:
        return await once.asked(
            store,
            selection.projects,
            lambda versions: _measure(
                store, replace(question, selection=replace(selection, versions=versions))
            ),
        )
    return await _measure(store, question)


def _told_by_hours(question: Question) -> bool:
    """Whether the sums of hours tell what the spans would."""
    whole_hours = question.interval_s is None or question.interval_s % 3600 == 0
    return (
        question.scope == "spans"
        and whole_hours
        and not question.selection.pieces
        and keeps_all(question.selection.filter)
        and all(is_kept(path) for path in question.group_by)
        and all(
            each.path is None
            or (
                each.path.name in COLUMNS["spans"]
                and of_hours(each.function, COLUMNS["spans"][each.path.name]) is not None
            )
            for each in question.measures
        )
    )


async def _measure(store: Store, question: Question, kept: Kept | None = None) -> Answer:
    own = [m for m in question.measures if not m.of_scores]
    of_scores = [m for m in question.measures if m.of_scores]
    answer = await _Query(question, own, kept).run(store)
    if of_scores:
        found = {(time, group): values for time, group, values in answer.rows}
        for time, group, values in (await _Query(question, of_scores).scores(store)).rows:
            if (time, group) in found:
                found[(time, group)].update(values)
        for values in found.values():
            for each in of_scores:
                values.setdefault(each.text, 0 if each.function == "count" else None)
    return answer


class _Query:
    """One query: the rows of the scope, grouped."""

    def __init__(
        self, question: Question, measures: Sequence[Measure], kept: Kept | None = None
    ) -> None:
        self._q, self._measures = question, measures or [Measure("count", "count")]
        self._kept = kept
        self._binds = Binds()
        self._table = "spans" if question.scope == "spans" else "traces"

    async def run(self, store: Store) -> Answer:
        groups = [self._group(path) for path in self._q.group_by]
        aggregates = [self._aggregate(m) for m in self._measures]
        source = (
            self._source() if self._kept is None else self._hours(self._kept, groups + aggregates)
        )
        return await self._answer(store, source, groups, aggregates)

    async def scores(self, store: Store) -> Answer:
        """Measures of scores: the rows of the scope joined with their scores."""
        if self._q.scope == "sessions":
            raise BadRequest("scores are measured over traces or spans", {"parameter": "measures"})
        source, binds = self._source(), self._binds
        projects = self._q.selection.compiler(binds).project_condition()
        keys = ["project", "trace_id"] + (["span_id"] if self._table == "spans" else [])
        names = sorted({m.path.key for m in self._measures if m.path is not None})
        groups = [f"g{i}" for i in range(len(self._q.group_by))]
        shown = ", ".join(
            [
                *keys,
                *(f"{self._group(p)} AS g{i}" for i, p in enumerate(self._q.group_by)),
                "hour",
                "start_time",
            ]
        )
        on = " AND ".join(f"r.{k} = s.{k}" for k in keys)
        joined = f"""(
    SELECT r.*, s.name AS score_name, s.value AS score_value
    FROM (SELECT {shown} FROM {source}) AS r
    INNER JOIN (
        SELECT {", ".join(keys)}, name, value FROM scores FINAL
        WHERE {projects} AND name IN ({binds.texts(names)}) AND trace_id != ''
    ) AS s ON {on}
)"""
        aggregates = []
        for each in self._measures:
            assert each.path is not None
            value = f"if(score_name = {binds.text(each.path.key)}, score_value, NULL)"
            if each.function == "count":  # labels count too
                aggregates.append(f"countIf(score_name = {binds.text(each.path.key)})")
            else:
                aggregates.append(_applied(each.function, value, 1.0))
        return await self._answer(store, joined, groups, aggregates, limited=False)

    async def _answer(
        self,
        store: Store,
        source: str,
        groups: list[str],
        aggregates: list[str],
        *,
        limited: bool = True,
    ) -> Answer:
        q = self._q
        time = "NULL" if q.interval_s is None else self._bucket(q.interval_s)
        names = [f"g{i}" for i in range(len(groups))]
        keyed = [f"{sql} AS {name}" for sql, name in zip(groups, names, strict=True)]
        figures = [f"{sql} AS m{i}" for i, sql in enumerate(aggregates)]
        rows = source
        truncated = False
        if groups and limited and q.interval_s is not None:
            rows, truncated = await self._largest(store, source, keyed, names, figures)
            keyed = names if truncated else keyed
        by = [*names] if q.interval_s is None else ["t", *names]
        order = "m0 DESC NULLS LAST" if q.interval_s is None else "t"
        at_most = q.limit + 1 if groups and limited and q.interval_s is None else MOST_POINTS + 1
        sql = f"""
SELECT {", ".join([f"{time} AS t", *keyed, *figures])}
FROM {rows}
{f"GROUP BY {', '.join(by)}" if by else ""}
ORDER BY {", ".join([order, *names])}
LIMIT {at_most}"""
        found = await store.rows(sql, self._binds.params)
        if len(found) == at_most:
            found, truncated = found[:-1], True
        width = len(groups)
        answer = [
            (
                None if row[0] is None else int(row[0]),
                tuple(row[1 : 1 + width]),
                {m.text: v for m, v in zip(self._measures, row[1 + width :], strict=True)},
            )
            for row in found
        ]
        return Answer(answer, truncated)

    async def _largest(
        self, store: Store, source: str, keyed: list[str], names: list[str], figures: list[str]
    ) -> tuple[str, bool]:
        """The source, bounded to the groups with the largest first measure."""
        limit = self._q.limit
        sql = f"""
SELECT {", ".join([*keyed, figures[0]])}
FROM {source} GROUP BY {", ".join(names)}
ORDER BY m0 DESC NULLS LAST, {", ".join(names)}
LIMIT {limit + 1}"""
        found = await store.rows(sql, self._binds.params)
        if len(found) <= limit:
            return source, False
        columns = [
            self._binds.texts(str(row[i]) for row in found[:limit]) for i in range(len(names))
        ]
        kept = f"(SELECT arrayJoin(arrayZip({', '.join(columns)})))"
        if len(columns) == 1:
            kept = f"({columns[0]})"
        bounded = (
            f"(SELECT *, {', '.join(keyed)} FROM {source}) WHERE ({', '.join(names)}) IN {kept}"
        )
        return bounded, True

    # ---- parts of the SQL

    def _source(self) -> str:
        """The rows of the scope: FROM what, WHERE what."""
        selection = self._q.selection
        if self._q.scope == "sessions":
            return f"({groups_sql(SESSIONS, selection, self._binds)})"
        where = selection.where(self._binds, self._table)
        if selection.pieces:
            where += f" AND {search.condition(selection, self._table, self._binds)[0]}"
        if self._table == "spans":
            return spans_where(self._binds, where, selection.projects, selection.versions)
        return f"{self._table} FINAL WHERE {where}"

    def _hours(self, kept: Kept, asked: Sequence[str]) -> str:
        """The sums of hours, and the spans of all other hours, which are the last few mostly."""
        binds, selection = self._binds, self._q.selection
        compiler = selection.compiler(binds)
        hours = [compiler.project_condition(), f"parts IN {binds.wide(kept.marks)}"]
        if selection.filter is not None:
            hours.append(compiler.spans(selection.filter))
        spans = None
        if kept.others:
            where = selection.where(binds, "spans")
            spans = f"spans FINAL WHERE {where} AND hour IN {binds.integers(kept.others)}"
        return rows_of(" AND ".join(hours), spans, set(re.findall(r"\w+", " ".join(asked))))

    def _bucket(self, seconds: int) -> str:
        """The start of the interval that a row falls in."""
        if self._q.scope != "sessions" and seconds % 3600 == 0:
            at = "toInt64(toUnixTimestamp(hour))"
        else:
            column = "g_start" if self._q.scope == "sessions" else "start_time"
            at = f"intDiv(toUnixTimestamp64Micro({column}), 1000000)"
        if seconds % 604_800 == 0:
            return f"intDiv({at} - {_MONDAY}, {seconds}) * {seconds} + {_MONDAY}"
        return f"intDiv({at}, {seconds}) * {seconds}"

    def _column(self, path: Path, parameter: str) -> Column:
        field, name = FIELDS[path.name], path.name
        if path.key and field.type == "open":
            if self._q.scope == "sessions" or self._table not in field.owners:
                raise BadRequest(f"{name} belongs to spans", {"parameter": parameter})
            value = f"{name}[{self._binds.text(path.key)}]"
            return Column(value if name == "metadata" else f"trimLeft({value}, char(1))", "text")
        known = SESSIONS.columns if self._q.scope == "sessions" else COLUMNS[self._table]
        if name not in known:
            raise BadRequest(
                f"{name} cannot be used over {self._q.scope}",
                {"parameter": parameter, "known": sorted(known)},
            )
        return known[name]

    def _group(self, path: Path) -> str:
        """A grouping as text, "" for unknown."""
        if self._q.scope == "traces" and path.name in GATHERED:
            column = Column(GATHERED[path.name], "list")
        else:
            column = self._column(path, "group_by")
        match column.kind:
            case "list":
                return f"arrayJoin(if(empty({column.sql}), [''], {column.sql}))"
            case "text":
                return f"toString({column.sql})"
            case "boolean":
                return f"if({column.sql} IS NULL, '', if({column.sql} = 1, 'true', 'false'))"
            case _:
                raise BadRequest(
                    f"cannot group by {path.name}: it is a number or a time",
                    {"parameter": "group_by"},
                )

    def _aggregate(self, each: Measure) -> str:
        if self._kept is not None:
            column = None if each.path is None else self._column(each.path, "measures")
            sql = of_hours(each.function, column)
            assert sql is not None, each  # _told_by_hours
            return _scaled(each.function, sql, 1 if column is None else column.scale)
        errors = "g_errors > 0" if self._q.scope == "sessions" else "status = 'error'"
        match each.function, each.path:
            case "count", None:
                return "count()"
            case "error_count", None:
                return f"countIf({errors})"
            case "error_rate", None:
                return f"countIf({errors}) / count()"
        assert each.path is not None
        column = self._column(each.path, "measures")
        value = column.sql
        if column.kind == "text":
            if each.function in ("count", "uniq"):
                value = f"nullIf({value}, '')"
            elif each.path.key:
                value = f"toFloat64OrNull({value})"
            else:
                raise BadRequest(
                    f"{each.function}({each.path.name}): it is a text; count or uniq it",
                    {"parameter": "measures"},
                )
        elif column.kind != "number":
            raise BadRequest(f"{each.text} cannot be measured", {"parameter": "measures"})
        elif self._table == "spans" and each.path.name.startswith(("usage.", "cost.")):
            value = f"if(usage_counted = 1, {value}, NULL)"  # each model call once
        return _applied(each.function, value, column.scale)


def _applied(function: str, value: str, scale: float) -> str:
    match function:
        case "count":
            return f"count({value})"
        case "uniq":
            return f"uniqExact({value})"
        case "sum" | "avg" | "min" | "max":
            sql = f"{function}({value})"
        case _:
            level = float(function[1:]) / 100
            sql = f"quantileExactInclusive({level!r})({value})"
    return _scaled(function, sql, scale)


def _scaled(function: str, sql: str, scale: float) -> str:
    return sql if scale == 1 or function in ("count", "uniq") else f"{sql} / {scale}"
