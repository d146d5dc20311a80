"""Full text over spans, newest first, exact, and honest about how far it looked.

The newest texts are scanned: that alone answers for what is common. What is rarer comes from the
token index, as far as it is whole words; words that a piece is only a part of are not in the index
under it, so older texts are scanned too, window by window, for as long as the budget lasts
(design/store.md §6). A scan that has passed an hour knows every match whose trace began in it or
later, since no span starts before its trace.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from pilothouse.platform.errors import BadRequest
from pilothouse.platform.store import lists
from pilothouse.platform.store.binds import Binds, hour_of
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.extent import extent_of
from pilothouse.platform.store.json_rows import Row
from pilothouse.platform.store.orders import Order, bad_cursor
from pilothouse.platform.store.selection import Selection
from pilothouse.platform.store.text_match import has_tokens, may_be_part, text_condition

FEW_ROWS: Final = 20_000
"""So many spans are scanned whole rather than by windows."""
FIRST_ROWS: Final = 6_000
"""Spans in the first window; the next ones are `GROWTH` times as long each."""
GROWTH: Final = 6
BESIDE_HITS_S: Final = 0.04
"""What looking for parts of words may take beside whole words that were found, or in a phrase:
people seldom write one from the middle of a word on."""
ALONE_S: Final = 0.9
"""What it may take for a single piece of which no whole word was found."""
WHOLE_S: Final = 10.0
_HOUR: Final = 3600
_LAST: Final = 4_294_965_600  # the last hour that the tables know


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
    inner = f"SELECT project, trace_id FROM spans FINAL WHERE {projects} AND {match}"
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
    spans: dict[tuple[int, str, str], tuple[int, int]] = field(default_factory=dict)
    """(project, trace id, span id) → (hour, version that matched)."""
    rows: list[Row] = field(default_factory=list)
    """The rows behind them, when there may be a page of them."""
    checked: set[tuple[int, str, str]] = field(default_factory=set)


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
        after = place.get("after")
        steps = await self._windows()
        if "below" in place:
            return await self._go_on(int(place["below"]), steps)
        top = _LAST
        if self._selection.until is not None:
            top = min(top, hour_of(self._selection.until))
        if after is not None:
            top = min(top, _hour_in(after))
        parts = _Hits(top + _HOUR)
        if top < _LAST and self._table == "traces":
            await self._crossing(parts, top, words_only=False)
        await self._collect(parts, self._steps(steps[:1], top), after, ALONE_S, newest_rows=True)
        if len(parts.rows) > self._limit or parts.complete_to <= self._floor:
            return self._cut(await self._rows([parts], after))
        return await self._rarer(parts, steps, top, after)

    async def _rarer(
        self, parts: _Hits, steps: list[int], top: int, after: list[Any] | None
    ) -> Found:
        """The page of what does not fill one from the newest texts alone."""
        pieces = self._selection.pieces
        words = _Hits(top + _HOUR, dict(parts.spans))
        budget = ALONE_S
        if all(has_tokens(piece) for piece in pieces):
            whole = [_LAST] if self._single else steps
            await self._collect(words, self._steps(whole, top), after, WHOLE_S, words_only=True)
            if not any(may_be_part(piece) for piece in pieces):
                return self._cut(await self._rows([words], after))
            if words.spans or any(" " in piece.strip() for piece in pieces):
                budget = BESIDE_HITS_S
        rows = words.rows if len(words.rows) > self._limit else []
        bottom = _hour_in(rows[self._limit - 1].key) if rows else self._floor
        await self._collect(
            parts, self._steps(steps, parts.complete_to - _HOUR, bottom), after, budget
        )
        rows = await self._rows([words, parts], after)
        found = self._cut(rows)
        if parts.complete_to > self._floor:
            if len(rows) <= self._limit or parts.complete_to > _hour_in(found.rows[-1].key):
                found.searched_until = _time(parts.complete_to)
            if found.next is None:
                found.next = {"below": parts.complete_to}
        return found

    async def _go_on(self, below: int, steps: list[int]) -> Found:
        """Further matches inside words, before an hour; whole words were all told already.

        Pages of this stage end with an hour, so one may be longer than asked for.
        """
        hits = _Hits(below)
        if self._table == "traces":
            await self._crossing(hits, below - _HOUR, words_only=False, parts_only=True)
        windows = self._steps(steps, below - _HOUR)
        await self._collect(hits, windows, None, ALONE_S, parts_only=True, before=below)
        rows = await self._rows([hits], None, before=below)
        if hits.complete_to <= self._floor:
            return Found(rows)
        return Found(rows, {"below": hits.complete_to}, _time(hits.complete_to))

    def _cut(self, rows: list[Row]) -> Found:
        if len(rows) <= self._limit:
            return Found(rows)
        return Found(rows[: self._limit], {"after": rows[self._limit - 1].key})

    async def _windows(self) -> list[int]:
        """The oldest hour of each window, from the newest window to the beginning."""
        extent = await extent_of(self._store, self._selection.projects)
        if extent.spans <= FEW_ROWS:
            return [self._floor]
        newest, oldest = extent.newest, extent.oldest
        if self._selection.until is not None:
            newest = min(newest, hour_of(self._selection.until))
        hours = max(1, (newest - oldest) // _HOUR) * FIRST_ROWS / extent.spans
        ends: list[int] = []
        low = newest
        while low > max(oldest, self._floor) and len(ends) < 6:
            low = newest - int(hours) * _HOUR
            ends.append(max(low, self._floor))
            hours *= GROWTH
        if not ends or ends[-1] > self._floor:
            ends.append(self._floor)
        return ends

    def _steps(self, ends: list[int], top: int, bottom: int | None = None) -> list[tuple[int, int]]:
        """(newest hour, oldest hour) of each window that reaches below `top`."""
        bottom = self._floor if bottom is None else bottom
        steps, high = [], top
        for end in ends:
            low = max(end if end < _LAST else self._floor, bottom)
            if high >= low:
                steps.append((high, low))
                high = low - _HOUR
        return steps

    async def _collect(
        self,
        hits: _Hits,
        steps: list[tuple[int, int]],
        after: list[Any] | None,
        budget_s: float,
        *,
        words_only: bool = False,
        parts_only: bool = False,
        newest_rows: bool = False,
        before: int | None = None,
    ) -> None:
        """Add matches of some windows until they fill the page, as far as the budget reaches.

        `newest_rows` scans the newest version of each span only: dearer than scanning all, cheaper
        than asking afterwards which of the matches are of an older one, where there are many.
        """
        end = time.monotonic() + budget_s
        # A trace often says the same thing in several of its spans.
        wanted = (self._limit + 5) * (4 if self._table == "traces" else 1)
        for high, low in steps:
            position: int | None = high
            while position is not None and position >= low:
                left = end - time.monotonic()
                if left <= 0.005:
                    return
                match = partial(self._match, words_only=words_only, parts_only=parts_only)
                reached, in_time = await self._scan(
                    hits, position, low, wanted, left, match, newest_rows=newest_rows
                )
                if not in_time:
                    return
                hits.complete_to = low if reached is None else reached
                if len(hits.spans) > self._limit:
                    hits.rows = await self._rows([hits], after, before)
                    if len(hits.rows) > self._limit:
                        return
                    wanted *= 4
                position = None if reached is None else reached - _HOUR
            hits.complete_to = low

    def _match(self, binds: Binds, *, words_only: bool, parts_only: bool = False) -> str:
        match = text_condition(binds, self._selection.pieces, words_only=words_only)
        if not parts_only or not all(has_tokens(p) for p in self._selection.pieces):
            return match
        words = text_condition(binds, self._selection.pieces, words_only=True)
        if self._table == "spans":
            return f"{match} AND NOT {words}"
        projects = self._selection.compiler(binds).project_condition()
        told = f"SELECT project, trace_id FROM spans FINAL WHERE {projects} AND {words}"
        return f"{match} AND (project, trace_id) NOT IN ({told})"

    async def _scan(
        self,
        hits: _Hits,
        high: int,
        low: int,
        wanted: int,
        budget_s: float,
        match: Callable[[Binds], str],
        *,
        newest_rows: bool,
    ) -> tuple[int | None, bool]:
        """Add the newest matches between two hours.

        -> (the hour reached, None for all of them; whether the time sufficed)
        """
        binds = Binds()
        projects = self._selection.compiler(binds).project_condition()
        sql = f"""
SELECT project, trace_id, span_id, toUnixTimestamp(hour), version
FROM spans {"FINAL" if newest_rows else ""}
WHERE {projects} AND hour <= {binds.hour(high)} AND hour >= {binds.hour(low)} AND {match(binds)}
ORDER BY hour DESC
LIMIT {wanted} WITH TIES"""
        settings = {"timeout_overflow_mode": "break", **(lists.EARLY_STOP if self._single else {})}
        began = time.monotonic()
        found = await self._store.rows(sql, binds.params, timeout_s=budget_s, settings=settings)
        # Cut short, the answer is a part that says nothing about the rest.
        in_time = time.monotonic() - began < budget_s * 0.95
        self._add(hits, found)
        if newest_rows:
            hits.checked.update(hits.spans)
        return (min(int(row[3]) for row in found) if len(found) >= wanted else None), in_time

    @staticmethod
    def _add(hits: _Hits, found: list[tuple[Any, ...]]) -> None:
        for project, trace_id, span_id, hour, version in found:
            key = (int(project), trace_id, span_id)
            before = hits.spans.get(key)
            if before is None or before[1] < int(version):
                hits.spans[key] = (int(hour), int(version))

    async def _crossing(
        self, hits: _Hits, top: int, *, words_only: bool, parts_only: bool = False
    ) -> None:
        """Matches after the hour where the scan begins, of traces that began before its end."""
        binds = Binds()
        projects = self._selection.compiler(binds).project_condition()
        match = self._match(binds, words_only=words_only, parts_only=parts_only)
        sql = f"""
SELECT project, trace_id, span_id, toUnixTimestamp(hour), version FROM spans
WHERE {projects} AND hour > {binds.hour(top)} AND {match}
  AND (project, trace_id) IN (
    SELECT project, trace_id FROM traces FINAL
    WHERE {projects} AND hour <= {binds.hour(top)} AND last_hour > {binds.hour(top)}
)"""
        self._add(hits, await self._store.rows(sql, binds.params, timeout_s=WHOLE_S))

    async def _checked(self, hits: _Hits) -> None:
        """Forget matches in older versions of spans: the newest may not have the text any more."""
        new = [key for key in hits.spans if key not in hits.checked]
        if not new:
            return
        binds = Binds()
        hours = {hits.spans[key][0] for key in new}
        sql = f"""
SELECT project, trace_id, span_id, max(version) FROM spans
WHERE {binds.projects({key[0] for key in new})} AND hour IN {binds.integers(hours)}
  AND trace_id IN {binds.texts({key[1] for key in new})}
  AND span_id IN {binds.texts({key[2] for key in new})}
GROUP BY project, trace_id, span_id"""
        for project, trace_id, span_id, version in await self._store.rows(sql, binds.params):
            key = (int(project), trace_id, span_id)
            if key in hits.spans and hits.spans[key][1] < int(version):
                del hits.spans[key]
        hits.checked.update(new)

    async def _rows(
        self, found: list[_Hits], after: list[Any] | None, before: int | None = None
    ) -> list[Row]:
        """The rows behind matches, as far down as none is missing; one more than a page holds."""
        binds = Binds()
        arms = []
        for hits in found:
            await self._checked(hits)
            if hits.spans:
                arms.append(self._among(hits, binds))
        if not arms:
            return []
        if len(found) == 1 and found[0].rows and len(found[0].rows) > self._limit:
            return found[0].rows
        lowest = min(hits.complete_to for hits in found)
        also = f"hour >= {binds.hour(lowest)} AND ({' OR '.join(arms)})"
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

    def _among(self, hits: _Hits, binds: Binds) -> str:
        """The condition that a row is behind one of some matches."""
        known = f"hour >= {binds.hour(hits.complete_to)}"
        if self._table == "traces":
            traces = list({key[:2]: None for key in hits.spans})
            known += f" AND trace_id IN {binds.texts(trace_id for _, trace_id in traces)}"
            if self._single:
                return f"({known})"
            names = "project, trace_id"
            columns = [
                binds.integers(project for project, _ in traces),
                binds.texts(trace_id for _, trace_id in traces),
            ]
        else:
            names = "project, trace_id, span_id"
            columns = [
                binds.integers(project for project, _, _ in hits.spans),
                binds.texts(trace_id for _, trace_id, _ in hits.spans),
                binds.texts(span_id for _, _, span_id in hits.spans),
            ]
            known += f" AND trace_id IN {columns[1]}"
        return f"({known} AND ({names}) IN (SELECT arrayJoin(arrayZip({', '.join(columns)}))))"


def _hour_in(key: Sequence[Any]) -> int:
    try:
        return int(key[0])
    except (IndexError, TypeError, ValueError) as e:
        raise BadRequest("this cursor is not one of this list", {"parameter": "cursor"}) from e


def _time(hour: int) -> str:
    moment = datetime.fromtimestamp(max(0, min(hour, 4_294_965_600)), UTC)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
