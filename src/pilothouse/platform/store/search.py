"""Full text over spans, newest first, exact, and honest about how far it looked.

Whole words come from the token index. Words that a piece is only a part of are not in the index
under it, so the newest texts are scanned too, window by window, for as long as the budget lasts
(design/store.md §6). A scan that has passed an hour knows every match whose trace began in it or
later, since no span starts before its trace.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from pilothouse.platform.errors import BadRequest
from pilothouse.platform.store import lists
from pilothouse.platform.store.binds import Binds, hour_of
from pilothouse.platform.store.engine import QueryTimeout, Store
from pilothouse.platform.store.json_rows import Row
from pilothouse.platform.store.orders import Order, bad_cursor
from pilothouse.platform.store.selection import Selection
from pilothouse.platform.store.text_match import has_tokens, may_be_part, text_condition

FEW_ROWS: Final = 20_000
"""So many spans are scanned whole rather than by windows."""
WINDOWS_H: Final = (24, 7 * 24, 30 * 24)
BESIDE_HITS_S: Final = 0.06
"""What looking for parts of words may take when whole words were found."""
ALONE_S: Final = 0.9
"""What it may take when nothing else was found."""
WHOLE_S: Final = 10.0
_HOUR: Final = 3600


@dataclass(slots=True)
class Found:
    """A page of matches."""

    rows: list[Row]
    next: dict[str, Any] | None = None
    """Where the next page goes on; None when all was looked through."""
    searched_until: str | None = None
    """Texts before this moment were only asked for whole words; None when none was left out."""


def condition(selection: Selection, table: str, binds: Binds | None = None) -> tuple[str, Binds]:
    """The search as one exact condition on rows of `traces` or `spans`, however long it takes."""
    binds = binds or Binds()
    match = text_condition(binds, selection.pieces)
    if table == "spans":
        return match, binds
    projects = selection.compiler(binds).project_condition()
    inner = f"SELECT project, trace_id FROM spans FINAL WHERE {projects} AND {match}"  # noqa: S608
    return f"(project, trace_id) IN ({inner})", binds


async def page(
    store: Store,
    table: str,
    selection: Selection,
    order: Order,
    *,
    limit: int,
    place: Any = None,
) -> Found:
    """A page of the traces or spans that hold all pieces of the search."""
    if place is not None and not isinstance(place, dict):
        raise bad_cursor()
    if not order.follows_key or not order.descending:
        return await _in_other_order(store, table, selection, order, limit, place or {})
    return await _Search(store, table, selection, order, limit).page(place or {})


async def _in_other_order(
    store: Store, table: str, selection: Selection, order: Order, limit: int, place: dict[str, Any]
) -> Found:
    rows = await lists.page(
        store,
        table,
        selection,
        order,
        limit=limit + 1,
        after=place.get("after"),
        also=condition(selection, table),
        timeout_s=WHOLE_S,
    )
    more = len(rows) > limit
    return Found(rows[:limit], {"after": rows[limit - 1].key} if more else None)


@dataclass(slots=True)
class _Hits:
    """The spans that matched so far, and the hour down to which none is missing."""

    complete_to: int
    spans: dict[tuple[int, str, str], int] = field(default_factory=dict)
    """(project, trace id, span id) → hour. Older versions of spans may be among them."""
    exhausted: bool = False


class _Search:
    """One search in the order of time."""

    def __init__(
        self, store: Store, table: str, selection: Selection, order: Order, limit: int
    ) -> None:
        self._store, self._table, self._selection = store, table, selection
        self._order, self._limit = order, limit
        self._floor = 0 if selection.since is None else hour_of(selection.since)
        self._single = len(selection.projects) == 1

    async def page(self, place: dict[str, Any]) -> Found:
        pieces = self._selection.pieces
        after = place.get("after")
        newest, spans = await self._extent()
        top = newest
        if self._selection.until is not None:
            top = min(top, hour_of(self._selection.until))
        if after is not None:
            top = min(top, _hour_in(after))
        partial = any(may_be_part(piece) for piece in pieces)
        indexed = all(has_tokens(piece) for piece in pieces)
        if "below" in place:
            return await self._go_on(int(place["below"]), spans)
        words: list[Row] = []
        if indexed:
            hits = _Hits(top + _HOUR)
            words = await self._collect(hits, top, spans, after, WHOLE_S, words_only=True)
        if indexed and not partial:
            return self._cut(words)
        floor = _hour_in(words[self._limit - 1].key) if len(words) >= self._limit else self._floor
        hits = _Hits(top + _HOUR)
        budget = BESIDE_HITS_S if words else ALONE_S
        if spans <= FEW_ROWS:
            budget = WHOLE_S
        parts = await self._collect(hits, top, spans, after, budget, floor=floor)
        rows = self._sorted(words, parts)
        found = self._cut(rows)
        if not hits.exhausted:
            enough = len(rows) > self._limit and hits.complete_to <= _hour_in(found.rows[-1].key)
            if not enough:
                found.searched_until = _time(hits.complete_to)
            if found.next is None:
                found.next = {"below": hits.complete_to}
        return found

    async def _go_on(self, below: int, spans: int) -> Found:
        """Further matches inside words, before an hour; whole words were all told already."""
        hits = _Hits(below)
        rows = await self._collect(
            hits, below - _HOUR, spans, None, ALONE_S, parts_only=True, before=below
        )
        found = self._cut(rows)
        if found.next is None and not hits.exhausted:
            found.next = {"below": hits.complete_to}
            found.searched_until = _time(hits.complete_to)
        elif found.next is not None:
            # Whole hours only: the cursor of this stage is an hour, so the page may be longer.
            found = Found(rows, {"below": hits.complete_to}, _time(hits.complete_to))
            if hits.exhausted:
                found.next, found.searched_until = None, None
        return found

    def _cut(self, rows: list[Row]) -> Found:
        if len(rows) <= self._limit:
            return Found(rows)
        return Found(rows[: self._limit], {"after": rows[self._limit - 1].key})

    def _sorted(self, *lists_of_rows: list[Row]) -> list[Row]:
        by_key = {tuple(row.key): row for rows in lists_of_rows for row in rows}
        return [by_key[key] for key in sorted(by_key, reverse=True)]

    async def _extent(self) -> tuple[int, int]:
        """The newest hour that has spans, and how many spans there are."""
        binds = Binds()
        projects = self._selection.compiler(binds).project_condition()
        sql = f"SELECT toUnixTimestamp(max(hour)), count() FROM spans WHERE {projects}"  # noqa: S608
        [(hour, count)] = await self._store.rows(sql, binds.params)
        return int(hour), int(count)

    async def _collect(
        self,
        hits: _Hits,
        top: int,
        spans: int,
        after: list[Any] | None,
        budget_s: float,
        *,
        floor: int | None = None,
        words_only: bool = False,
        parts_only: bool = False,
        before: int | None = None,
    ) -> list[Row]:
        """Rows of the page, one more than it holds, as far as the budget reaches."""
        end = time.monotonic() + budget_s
        bottom = self._floor if floor is None else floor
        wanted = self._limit + 20
        if self._table == "traces" and (after is not None or self._selection.until is not None):
            await self._crossing(hits, top, words_only=words_only)
        for high, low in self._windows(top, bottom, spans, whole=words_only and self._single):
            position: int | None = high
            while position is not None and position >= low:
                left = end - time.monotonic()
                if left <= 0.005:
                    return await self._rows(hits, after, before)
                try:
                    reached = await self._scan(
                        hits,
                        position,
                        low,
                        wanted,
                        left,
                        words_only=words_only,
                        parts_only=parts_only,
                    )
                except QueryTimeout:
                    return await self._rows(hits, after, before)
                hits.complete_to = low if reached is None else reached
                if len(hits.spans) > self._limit:
                    rows = await self._rows(hits, after, before)
                    if len(rows) > self._limit:
                        return rows
                    wanted *= 4
                position = None if reached is None else reached - _HOUR
            hits.complete_to = low
        hits.exhausted = bottom <= self._floor
        return await self._rows(hits, after, before)

    def _windows(self, top: int, bottom: int, spans: int, *, whole: bool) -> list[tuple[int, int]]:
        """(newest hour, oldest hour) of each step."""
        if whole or spans <= FEW_ROWS:
            return [(top, bottom)]
        steps, high = [], top
        for hours in WINDOWS_H:
            low = max(bottom, top - hours * _HOUR)
            if high >= low:
                steps.append((high, low))
            high = low - _HOUR
        if high >= bottom:
            steps.append((high, bottom))
        return steps

    def _match(self, binds: Binds, *, words_only: bool, parts_only: bool = False) -> str:
        match = text_condition(binds, self._selection.pieces, words_only=words_only)
        if not parts_only or not all(has_tokens(p) for p in self._selection.pieces):
            return match
        words = text_condition(binds, self._selection.pieces, words_only=True)
        if self._table == "spans":
            return f"{match} AND NOT {words}"
        projects = self._selection.compiler(binds).project_condition()
        told = f"SELECT project, trace_id FROM spans FINAL WHERE {projects} AND {words}"  # noqa: S608
        return f"{match} AND (project, trace_id) NOT IN ({told})"

    async def _scan(
        self,
        hits: _Hits,
        high: int,
        low: int,
        wanted: int,
        budget_s: float,
        *,
        words_only: bool,
        parts_only: bool,
    ) -> int | None:
        """Add the newest matches between two hours; -> the hour reached, None for all of them."""
        binds = Binds()
        projects = self._selection.compiler(binds).project_condition()
        match = self._match(binds, words_only=words_only, parts_only=parts_only)
        sql = f"""
SELECT project, trace_id, span_id, toUnixTimestamp(hour)
FROM (
    SELECT project, trace_id, span_id, hour FROM spans
    WHERE {projects} AND hour <= {binds.hour(high)} AND hour >= {binds.hour(low)} AND {match}
    ORDER BY hour DESC
    LIMIT {wanted} WITH TIES
)"""  # noqa: S608
        early = lists.EARLY_STOP if self._single else {}
        found = await self._store.rows(sql, binds.params, timeout_s=budget_s, settings=early)
        for project, trace_id, span_id, hour in found:
            hits.spans[(int(project), trace_id, span_id)] = int(hour)
        return min(int(row[-1]) for row in found) if len(found) >= wanted else None

    async def _crossing(self, hits: _Hits, top: int, *, words_only: bool) -> None:
        """Matches after the hour where the scan begins, of traces that began before its end."""
        binds = Binds()
        projects = self._selection.compiler(binds).project_condition()
        match = self._match(binds, words_only=words_only)
        sql = f"""
SELECT project, trace_id, span_id, toUnixTimestamp(hour) FROM spans
WHERE {projects} AND hour > {binds.hour(top)} AND {match}
  AND (project, trace_id) IN (
    SELECT project, trace_id FROM traces FINAL
    WHERE {projects} AND hour <= {binds.hour(top)} AND last_hour > {binds.hour(top)}
)"""  # noqa: S608
        found = await self._store.rows(sql, binds.params, timeout_s=WHOLE_S)
        for project, trace_id, span_id, hour in found:
            hits.spans[(int(project), trace_id, span_id)] = int(hour)

    async def _rows(self, hits: _Hits, after: list[Any] | None, before: int | None) -> list[Row]:
        """The rows behind the matches that are surely in order."""
        if not hits.spans:
            return []
        binds = Binds()
        hours = hits.spans.values()
        columns = (
            binds.integers(project for project, _, _ in hits.spans),
            binds.texts(trace_id for _, trace_id, _ in hits.spans),
            binds.texts(span_id for _, _, span_id in hits.spans),
            f"arrayMap(h -> toDateTime(h, 'UTC'), {binds.integers(hours)})",
        )
        # The match again: a newer version of the span may not have the text any more.
        is_hit = (
            f"hour >= {binds.hour(min(hours))} AND hour <= {binds.hour(max(hours))}"
            f" AND trace_id IN ({columns[1]}) AND (project, trace_id, span_id, hour)"
            f" IN (SELECT arrayJoin(arrayZip({', '.join(columns)})))"
            f" AND {text_condition(binds, self._selection.pieces)}"
        )
        also = f"hour >= {binds.hour(hits.complete_to)} AND trace_id IN ({columns[1]})"
        if self._table == "spans":
            also += f" AND {is_hit}"
        else:
            also += (
                " AND (project, trace_id) IN"
                f" (SELECT project, trace_id FROM spans FINAL WHERE {is_hit})"
            )
        if before is not None:
            also += f" AND hour < {binds.hour(before)}"
        limit = 1000 if before is not None else self._limit + 1
        return await lists.page(
            self._store,
            self._table,
            self._selection,
            self._order,
            limit=limit,
            after=after,
            also=(also, binds),
        )


def _hour_in(key: Sequence[Any]) -> int:
    try:
        return int(key[0])
    except (IndexError, TypeError, ValueError) as e:
        raise BadRequest("this cursor is not one of this list", {"parameter": "cursor"}) from e


def _time(hour: int) -> str:
    moment = datetime.fromtimestamp(max(0, min(hour, 4_294_965_600)), UTC)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
