"""Measures over time and groups: the one compiler of charts, tables and alerts."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import repeat
from typing import Any, Final

from pilothouse.filters import Path, Scope
from pilothouse.platform.errors import BadRequest
from pilothouse.platform.store import intervals, kept_measures, once, ranking, rollups, search
from pilothouse.platform.store.binds import Binds
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.figures import Figures, levels_of
from pilothouse.platform.store.finishing import finished
from pilothouse.platform.store.groups import SESSIONS, groups_sql
from pilothouse.platform.store.key_hours import Sums, condition_of, table_of
from pilothouse.platform.store.measures import Call, Measure, OfTrace
from pilothouse.platform.store.once import spans_where
from pilothouse.platform.store.rollups import Kept
from pilothouse.platform.store.selection import Selection
from pilothouse.platform.store.span_hours import rows_of
from pilothouse.platform.store.splits import UNBOUNDED, Split, Splits, is_of_spans
from pilothouse.platform.store.weights import WEIGHT

_COUNT: Final = Call("count")

Group = tuple[str, ...]
_Row = tuple[int | None, Group | None, tuple[Any, ...]]
"""Time in seconds, group (None: all others together), figures in the order of the calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What to measure, over what."""

    scope: Scope
    selection: Selection
    measures: Sequence[Measure]
    group_by: Sequence[Split]
    interval_s: int | None
    limit: int
    other: bool = False
    """Whether the groups beyond the limit are measured together."""
    chosen: Sequence[Group] | None = None
    """The groups that are wanted; None for those with the largest first measure."""
    whole: bool = False
    """Whether, beside intervals and without groups, a row of all time is wanted."""


@dataclass(slots=True)
class Answer:
    """Rows of (time in seconds or None, group values, measures by text)."""

    rows: list[tuple[int | None, Group, dict[str, Any]]]
    truncated: bool = False
    other: list[tuple[int | None, dict[str, Any]]] = field(default_factory=list)
    """The rows of all other groups together, where they are wanted and there are any."""
    group_count: int | None = None
    """How many groups there are; None where it was not asked."""


@dataclass(slots=True)
class _Found:
    calls: Sequence[Call]
    rows: list[_Row]
    truncated: bool = False
    group_count: int | None = None
    chosen: Sequence[Group] | None = None

    @property
    def columns(self) -> dict[Call, Sequence[Any]]:
        """The figures of all rows, call by call."""
        figures = [of for _, _, of in self.rows]
        columns: Iterable[Sequence[Any]] = zip(*figures, strict=True) if figures else repeat(())
        return dict(zip(self.calls, columns, strict=False))


async def measure(store: Store, question: Question) -> Answer:
    """The measures, by interval and group; the groups with the largest first measure."""
    wanted = list(dict.fromkeys(call for each in question.measures for call in each.calls))
    found = await _figures(store, question, wanted)
    of_all = list(dict.fromkeys(m.per for m in question.measures if m.per and m.per_all))
    totals: dict[Call, dict[int | None, Any]] = {}
    if of_all:
        whole = await _figures(store, replace(question, group_by=(), chosen=None), of_all)
        times = [time for time, _, _ in whole.rows]
        totals = {
            call: dict(zip(times, values, strict=True)) for call, values in whole.columns.items()
        }
    measured = finished(
        question.measures,
        [time for time, _, _ in found.rows],
        found.columns,
        totals,
        question.selection,
        question.interval_s,
    )
    answer = Answer([], found.truncated, group_count=found.group_count)
    for (time, group, _), values in zip(found.rows, measured, strict=True):
        if group is None:
            answer.other.append((time, values))
        else:
            answer.rows.append((time, group, values))
    return answer


def check(question: Question) -> None:
    """Raise BadRequest for a question that `measure` would refuse whatever is stored."""
    calls = dict.fromkeys(call for each in question.measures for call in each.calls)
    _Query(question, [call for call in calls if not call.of_scores] or [_COUNT]).check()
    if of_scores := [call for call in calls if call.of_scores]:
        _Query(question, of_scores).check(of_scores=True)


async def _figures(store: Store, question: Question, calls: Sequence[Call]) -> _Found:
    """The figures, with those of scores from a query of their own."""
    own = [call for call in calls if not call.of_scores]
    of_scores = [call for call in calls if call.of_scores]
    found = await _of_rows(store, question, own or [_COUNT])
    if not of_scores:
        return found
    chosen = replace(question, chosen=found.chosen if found.truncated else None)
    scored = await _Query(chosen, of_scores).scores(store)
    verdicts = {(time, group): of for time, group, of in scored.rows}
    none = tuple(0 if call.function == "count" else _EMPTY.get(call.function) for call in of_scores)
    found.rows = [
        (time, group, (*of, *verdicts.get((time, group), none))) for time, group, of in found.rows
    ]
    found.calls = [*found.calls, *of_scores]
    return found


_MANY: Final = ("user_id", "session_id", "trace_id")
"""Of these there are more than are wanted: what is joined to see that is joined in vain."""


def _is_cut_off(sql: str) -> bool:
    """Whether a bound on the groups of a statement would reach into this part of it."""
    return sql.count("GROUP BY") > sql.count(UNBOUNDED)


def _words(parts: Sequence[str]) -> set[str]:
    """The words in parts of a statement: all columns are among them."""
    return set(re.findall(r"\w+", " ".join(parts)))


_EMPTY: Final = {"histogram": ((), ()), "values": ((), ())}


async def _of_rows(store: Store, question: Question, calls: Sequence[Call]) -> _Found:
    selection = question.selection
    sums = _sums_for(question, calls)
    if sums is None:
        return await _of_spans(store, question, calls)
    try:
        if kept := await rollups.kept(store, selection, sums):
            return await _Query(question, calls, kept).run(store)
        return await _of_spans(store, question, calls)
    finally:
        rollups.answered(store, sums)


async def _of_spans(store: Store, question: Question, calls: Sequence[Call]) -> _Found:
    """The figures from spans and traces themselves."""
    selection = question.selection
    if _asks_spans(question, calls):
        return await once.asked(
            store,
            selection.projects,
            lambda versions: _Query(
                replace(question, selection=replace(selection, versions=versions)), calls
            ).run(store),
        )
    return await _Query(question, calls).run(store)


def _sums_for(question: Question, calls: Sequence[Call]) -> Sums | None:
    """The sums of hours that tell what the spans would."""
    whole_hours = question.interval_s is None or question.interval_s % 3600 == 0
    if question.scope != "spans" or not whole_hours or question.selection.pieces:
        return None
    return kept_measures.sums_for(question.selection.filter, question.group_by, calls)


def _asks_spans(question: Question, calls: Sequence[Call]) -> bool:
    scope = question.scope
    if scope == "spans" or any(is_of_spans(scope, split) for split in question.group_by):
        return True
    selection = question.selection
    asked = [selection.filter, *(call.condition for call in calls)]
    return any(replace(selection, filter=each).asks_spans for each in asked)


class _Query:
    """One query: the rows of the scope, grouped."""

    def __init__(self, question: Question, calls: Sequence[Call], kept: Kept | None = None) -> None:
        self._q, self._calls, self._kept = question, calls, kept
        self._binds = Binds()
        self._fields = {} if kept is None else kept.sums.kept
        self._compiler = question.selection.compiler(self._binds, self._fields)
        self._table = "spans" if question.scope == "spans" else "traces"
        if self._table == "spans":
            self._compiler.traces_within = question.selection.traces_within(self._binds)
        self._sql = Figures(question.scope, self._binds, self._compiler, calls)
        self._levels = levels_of(calls)
        self._splits = Splits(
            question.scope, question.selection, question.group_by, self._binds, self._compiler
        )
        self._groups = [
            self._fields.get(split, sql) if isinstance(split, Path) else sql
            for split, sql in zip(question.group_by, self._splits.groups, strict=True)
        ]
        self._names = [f"g{i}" for i in range(len(self._groups))]
        self._keyed = [f"{g} AS {name}" for g, name in zip(self._groups, self._names, strict=True)]

    def check(self, *, of_scores: bool = False) -> None:
        """Raise BadRequest for what cannot be written as SQL."""
        if of_scores:
            self._check_scores()
        self._splits.joined(self._source(), set())
        for call in self._calls:
            (self._sql.over_scores if of_scores else self._sql.over_rows)(call)

    async def run(self, store: Store) -> _Found:
        """The figures of rows."""
        figures = [self._figure(call) for call in self._calls]
        if self._kept is None:
            used = [*self._groups, *figures, self._rank(), self._time(timed=True)]
            source = self._splits.joined(self._source(), _words(used))
        else:
            source = self._hours(self._kept, self._groups + figures)
        return await self._answer(store, source, figures)

    async def scores(self, store: Store) -> _Found:
        """Figures of scores: the rows of the scope joined with their scores."""
        self._check_scores()
        keys = ["project", "trace_id"] + (["span_id"] if self._table == "spans" else [])
        names = sorted({call.path.key for call in self._calls if call.path is not None})
        on = " AND ".join(f"r.{k} = s.{k}" for k in keys)
        own = ["hour", "start_time"]
        source = self._splits.joined(self._source(), _words([*keys, *self._groups, *own]))
        joined = f"""(
    SELECT r.*, s.name AS name, s.value AS value, s.label AS label, s.weight AS weight
    FROM (SELECT {", ".join([*keys, *self._keyed, *own])} FROM {source}) AS r
    INNER JOIN (
        SELECT {", ".join(keys)}, name, value, label, {WEIGHT} AS weight FROM scores FINAL
        WHERE {self._compiler.project_condition()} AND name IN ({self._binds.texts(names)})
            AND trace_id != ''
    ) AS s ON {on}
)"""
        self._keyed = []
        figures = [self._sql.over_scores(call) for call in self._calls]
        q = self._q
        if q.group_by and q.chosen is None:
            return await self._grouped(store, joined, figures)
        return await self._answer(store, joined, figures)

    def _check_scores(self) -> None:
        if self._q.scope == "sessions":
            raise BadRequest("scores are measured over traces or spans", {"parameter": "measures"})

    # ---- the statements

    async def _answer(self, store: Store, source: str, figures: list[str]) -> _Found:
        """The figures of the largest groups, or of those that are wanted."""
        q = self._q
        if not self._names:
            return await self._grouped(store, source, figures)
        if q.chosen is not None:
            return await self._bounded(store, source, figures, q.chosen)
        if q.interval_s is None:
            if q.other and all(map(ranking.adds_up, self._calls)):
                return await self._largest_and_rest(store, source, figures)
            found = await self._grouped(store, source, figures, ranked=True)
            if found.truncated and q.other:
                found.rows += await self._others(store, source, figures, found.chosen or ())
            return found
        if (all_groups := await self._all_groups(store, source, figures)) is not None:
            return all_groups
        largest = await self._grouped(store, source, [], ranked=True, timed=False)
        if not largest.truncated:
            found = await self._grouped(store, source, figures)
        else:
            found = await self._bounded(store, source, figures, largest.chosen or ())
            found.truncated = True
        found.group_count = largest.group_count
        return found

    async def _all_groups(self, store: Store, source: str, figures: list[str]) -> _Found | None:
        """The figures of all groups from one read, or of the largest of them; None if that fails.

        The engine stops as soon as it has met more points than are answered, or, where it has to be
        asked for the largest groups anyway, than so many groups can have.
        """
        q = self._q
        # Sums of hours are quickly ranked; and groups within the source would be cut off as well.
        if self._kept is not None or any(_is_cut_off(sql) for sql in (source, *figures)):
            return None
        first = q.measures[0]
        by = [call for call in (first.of, first.per) if call is not None and call in self._calls]
        ranked = first.of in by and all(map(ranking.adds_up, by))
        most = intervals.MOST_POINTS
        if not ranked:
            if any(isinstance(split, OfTrace) and split.path.name in _MANY for split in q.group_by):
                return None
            window = q.selection
            until = window.until or window.now
            most = min(most, q.limit * intervals.most_between(window.since, until, q.interval_s))
        found = await self._grouped(store, source, figures, stop_at=most)
        groups = {group for _, group, _ in found.rows}
        if len(found.rows) > most or (len(groups) > q.limit and not ranked):
            return None
        if len(groups) > q.limit:
            chosen = await asyncio.to_thread(
                ranking.largest, found.rows, self._calls, first, q.limit
            )
            if not q.other:
                kept = set(chosen)
                found.rows = [row for row in found.rows if row[1] in kept]
            elif all(map(ranking.adds_up, self._calls)):
                found.rows = await asyncio.to_thread(ranking.others, found.rows, chosen)
            else:
                found = await self._bounded(store, source, figures, chosen)
            found.truncated, found.chosen = True, chosen
        found.group_count = len(groups)
        return found

    async def _grouped(
        self,
        store: Store,
        source: str,
        figures: list[str],
        *,
        ranked: bool = False,
        timed: bool = True,
        stop_at: int | None = None,
    ) -> _Found:
        """The figures by interval and group; of the largest groups only, if they are ranked."""
        timed = timed and self._q.interval_s is not None
        at_most = (self._q.limit if ranked else stop_at or intervals.MOST_POINTS) + 1
        stop = {"max_rows_to_group_by": stop_at, "group_by_overflow_mode": "break"}
        by = [*(["t"] if timed else []), *self._names]
        order = [f"{self._rank()} DESC NULLS LAST"] if ranked else ["t"]
        whole = timed and self._q.whole and not self._names
        settings = {"group_by_use_nulls": 1} if whole else stop if stop_at else None
        sql = f"""
SELECT {", ".join([self._time(timed), "count() OVER ()", *(self._keyed or self._names), *figures])}
FROM {source}
{f"GROUP BY {', '.join(by)}" if by else ""}{" WITH ROLLUP" if whole else ""}
ORDER BY {", ".join([*order, *self._names])}
LIMIT {at_most}"""
        read = await store.rows(sql, self._binds.params, settings=settings)
        if whole and not read:  # of no rows at all the engine makes no sum
            return await self._grouped(store, source, figures, timed=False)
        if stop_at is not None:  # there may be many, and others wait for the loop
            return _Found(self._calls, await asyncio.to_thread(self._rows, read))
        if not ranked:
            return _Found(self._calls, self._points(read))
        rows = self._rows(read[: self._q.limit])
        chosen = [group for _, group, _ in rows if group is not None]
        count = int(read[0][1]) if read else 0
        return _Found(self._calls, rows, len(read) == at_most, count, chosen)

    async def _bounded(
        self, store: Store, source: str, figures: list[str], chosen: Sequence[Group]
    ) -> _Found:
        """The figures by interval of the chosen groups, and of all others together if wanted."""
        timed, names = self._q.interval_s is not None, self._names
        is_chosen = self._is_one_of(chosen)
        keys, other, where = names, "0", is_chosen
        if self._q.other:
            keys = [f"if({is_chosen}, {name}, '') AS k{i}" for i, name in enumerate(names)]
            other, where = f"NOT {is_chosen}", "1"
        by = ["t", "o", *(key.rpartition(" ")[2] for key in keys)]
        sql = f"""
SELECT {", ".join([self._time(timed), f"{other} AS o", *keys, *figures])}
FROM {self._with_keys(source)} WHERE {where}
GROUP BY {", ".join(by if timed else by[1:])}
ORDER BY {", ".join(by)}
LIMIT {intervals.MOST_POINTS + 1}"""
        read = await store.rows(sql, self._binds.params)
        return _Found(self._calls, self._points(read, other=True), chosen=chosen)

    async def _largest_and_rest(self, store: Store, source: str, figures: list[str]) -> _Found:
        """The figures over all time of the largest groups, and of all others, from one read."""
        limit = self._q.limit
        sql = ranking.largest_and_rest(self._keyed, figures, source, self._rank(), limit)
        read = await store.rows(sql, self._binds.params)
        rows = self._rows([(None, *row[1:]) for row in read if not row[0]])
        chosen = [group for _, group, _ in rows if group is not None]
        width = 2 + len(self._names)
        others: list[_Row] = [(None, None, tuple(row[width:])) for row in read if row[0]]
        count = int(read[0][1]) if read else 0
        return _Found(self._calls, rows + others, count > limit, count, chosen)

    async def _others(
        self, store: Store, source: str, figures: list[str], chosen: Sequence[Group]
    ) -> list[_Row]:
        """The figures of all groups but the chosen ones together, over all time."""
        sql = f"""
SELECT {", ".join(figures)} FROM {self._with_keys(source)} WHERE NOT {self._is_one_of(chosen)}"""
        read = await store.rows(sql, self._binds.params)
        return [(None, None, tuple(row)) for row in read]

    def _points(self, read: Sequence[Sequence[Any]], *, other: bool = False) -> list[_Row]:
        """The rows by time, unless they are more than are answered. Raises BadRequest."""
        rows = self._rows(read, other=other)
        if len(rows) <= intervals.MOST_POINTS:
            return rows
        selection = self._q.selection
        first, last = (time or 0 for time, _, _ in (rows[0], rows[-1]))
        since = first if selection.since is None else selection.since.timestamp()
        until = max(last, (selection.until or selection.now).timestamp())
        raise intervals.too_many_points(since, until, len({group for _, group, _ in rows}))

    def _rows(self, read: Sequence[Sequence[Any]], *, other: bool = False) -> list[_Row]:
        """Rows of a time, a number, the group and the figures; it may say that they are `other`."""
        width = len(self._names)
        return [
            (
                None if row[0] is None else int(row[0]),
                None if other and row[1] else tuple(row[2 : 2 + width]),
                tuple(row[2 + width :]),
            )
            for row in read
        ]

    # ---- parts of the SQL

    def _figure(self, call: Call) -> str:
        if self._kept is not None:
            return kept_measures.aggregate(call, self._compiler, self._levels, self._fields)
        return self._sql.over_rows(call)

    def _rank(self) -> str:
        """What the largest groups are largest in: the first measure that is a number of rows."""
        for each in self._q.measures:
            if each.of in self._calls and each.of.function not in _EMPTY:
                rank = self._figure(each.of)
                if each.per in self._calls and each.per is not None:
                    return f"({rank}) / nullIf({self._figure(each.per)}, 0)"
                return rank
        return self._figure(_COUNT)

    def _is_one_of(self, chosen: Sequence[Group]) -> str:
        columns = [self._binds.texts(of) for of in zip(*chosen, strict=True)]
        if not columns:
            return "0"
        if len(columns) == 1:
            return f"{self._names[0]} IN ({columns[0]})"
        listed = f"(SELECT arrayJoin(arrayZip({', '.join(columns)})))"
        return f"({', '.join(self._names)}) IN {listed}"

    def _with_keys(self, source: str) -> str:
        return f"(SELECT {', '.join(['*', *self._keyed])} FROM {source})"

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
        fields = kept.sums.text
        hours = [self._compiler.project_condition(), f"parts IN {binds.wide(kept.marks)}"]
        hours.append(condition_of(fields, binds))
        if selection.filter is not None:
            hours.append(self._compiler.spans(selection.filter))
        spans = None
        if kept.others:
            where = selection.where(binds, "spans")
            spans = f"spans FINAL WHERE {where} AND hour IN {binds.integers(kept.others)}"
        used = _words([*asked, self._rank()])
        further = kept.sums.of_spans(binds)
        return rows_of(table_of(fields), " AND ".join(hours), spans, used, further)

    def _time(self, timed: bool) -> str:
        """The start of the interval that a row falls in."""
        seconds = self._q.interval_s
        if not timed or seconds is None:
            return "NULL AS t"
        column = "g_start" if self._q.scope == "sessions" else "start_time"
        at = f"intDiv(toUnixTimestamp64Micro({column}), 1000000)"
        if self._q.scope != "sessions" and seconds % 3600 == 0:
            at = "toInt64(toUnixTimestamp(hour))"
        return f"{intervals.start_of(at, seconds)} AS t"
