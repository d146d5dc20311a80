"""Full text over spans, newest first, exact, and honest about how far it looked.

Few texts are scanned. Among many, the words that a piece can be a part of are looked up (words.py),
and the token index tells where they stand; texts are read only for phrases and signs, and where
the words are not known yet, window by window, for as long as the budget lasts (design/store.md §6).
A scan that has passed an hour knows every match whose trace began in it or later, since no span
starts before its trace.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from pilothouse.platform.errors import BadRequest
from pilothouse.platform.store import lists, words
from pilothouse.platform.store.binds import Binds, hour_of
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.extent import extent_of
from pilothouse.platform.store.json_rows import Row
from pilothouse.platform.store.matches import Hits, Scan
from pilothouse.platform.store.orders import Order, bad_cursor
from pilothouse.platform.store.selection import Selection
from pilothouse.platform.store.text_match import edges_of, text_condition, word_condition
from pilothouse.platform.store.versions import EVERYWHERE, versions_in

FEW_ROWS: Final = 20_000
"""So many spans are scanned whole rather than by windows."""
FIRST_ROWS: Final = 10_000
"""Spans in the first window; the next ones are `GROWTH` times as long each."""
GROWTH: Final = 6
BUDGET_S: Final = 0.8
"""What reading texts may take before the answer says how far it came."""
QUICKLY_S: Final = 0.4
"""What one look at all texts that the index names may take of it, before windows are tried."""
FIRST_S: Final = 5.0
"""What the first window may take, from a cold disk: an answer that looked nowhere helps nobody."""
FEWEST: Final = 50
"""So many matches are asked for at least."""
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
    """Texts before this moment were not looked at; None when none was left out."""


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


class _Search:
    """One search in the order of time."""

    def __init__(
        self, store: Store, table: str, selection: Selection, order: Order, limit: int
    ) -> None:
        self._store, self._table, self._selection = store, table, selection
        self._order, self._limit = order, limit
        self._floor = 0 if selection.since is None else hour_of(selection.since)
        self._single = len(selection.projects) == 1
        self._versions = EVERYWHERE
        self._whole: list[Hits] = []
        """What was looked through before the rest: whose rows count when a page may be full."""
        self._last_rows: tuple[tuple[Any, ...], list[Row]] | None = None
        """The rows that were looked up last, after which matches they are of, down to where."""

    async def page(self, place: dict[str, Any]) -> Found:
        after, below = place.get("after"), place.get("below")
        before = None if below is None else _hour_in([below])
        top = _LAST
        if self._selection.until is not None:
            top = min(top, hour_of(self._selection.until))
        if after is not None:
            top = min(top, _hour_in(after))
        if before is not None:
            top = min(top, before - _HOUR)
        named, scanned = Hits(top + _HOUR), Hits(top + _HOUR)
        if top < _LAST and self._table == "traces":
            await self._crossing(scanned, top)
        steps = await self._windows()
        if len(steps) == 1:
            named.complete_to = self._floor
            await self._collect(scanned, steps, after, before, Scan(self._match))
        else:
            await self._by_words(named, scanned, steps, after, before)
        hits = [named, scanned]
        reached = max(each.complete_to for each in hits)
        page = self._cut(await self._rows(hits, after, before))
        if page.next is None and reached > self._floor:
            page.next = {"below": reached}
            page.searched_until = _time(min(reached, hour_of(self._selection.now) + _HOUR))
        return page

    async def _by_words(
        self,
        named: Hits,
        scanned: Hits,
        steps: list[int],
        after: list[Any] | None,
        before: int | None,
    ) -> None:
        """A search among many: by words, and a scan of where they are not known."""
        store, pieces = self._store, self._selection.pieces
        known = await words.vocabulary(store)
        self._versions = await versions_in(store, known.stored)
        edges = list(dict.fromkeys(edge for piece in pieces for edge in edges_of(piece)))
        found = await asyncio.gather(
            *(words.containing(store, known, edge.letters, edge.where) for edge in edges)
        )
        match = partial(word_condition, wanted=pieces, known=dict(zip(edges, found, strict=True)))
        condition = match(Binds())
        jobs = []
        beside = Scan(partial(self._beside, known=known.parts), newest=False)
        if known.rows_beside > FEW_ROWS:
            jobs.append(self._collect(scanned, steps, after, before, beside))
        elif known.rows_beside:
            await self._collect(scanned, steps[-1:], after, before, beside)
            self._whole.append(scanned)
        else:
            scanned.complete_to = self._floor
        if [] in found and not known.rows_beside:
            named.complete_to = self._floor  # no word is of that kind
        else:
            reads_texts = " LIKE " in condition or known.rows_beside > FEW_ROWS
            by_index = "Tokens(" in condition
            scan = Scan(match, final=not by_index, reads_texts=reads_texts, named=by_index)
            # Most words fill a page in the first window; after it, mere keys are read all at once.
            ends = steps[1:] if reads_texts or not self._single else [steps[0], self._floor]
            jobs.append(self._collect(named, ends, after, before, scan))
        await asyncio.gather(*jobs)

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
        bottom = max(oldest, self._floor)
        ends: list[int] = []
        # What is left after a window that is as long is not worth one of its own.
        while len(ends) < 6 and (low := newest - int(hours) * _HOUR) - bottom > int(hours) * _HOUR:
            ends.append(low)
            hours *= GROWTH
        return [*ends, self._floor]

    def _steps(self, ends: list[int], top: int) -> list[tuple[int, int]]:
        """(newest hour, oldest hour) of each window that reaches below `top`."""
        steps, high = [], top
        for end in ends:
            low = max(end, self._floor)
            if high >= low:
                steps.append((high, low))
                high = low - _HOUR
        return steps

    async def _collect(
        self,
        hits: Hits,
        ends: list[int],
        after: list[Any] | None,
        before: int | None,
        scan: Scan,
    ) -> None:
        """Add matches until they fill the page, as far as the budget reaches."""
        now = time.monotonic()
        if (
            scan.named
            and scan.reads_texts
            and await self._fill(hits, ends[-1:], after, before, scan, now + QUICKLY_S)
        ):
            return
        await self._fill(hits, ends, after, before, scan, now + BUDGET_S, first_s=FIRST_S)

    async def _fill(
        self,
        hits: Hits,
        ends: list[int],
        after: list[Any] | None,
        before: int | None,
        scan: Scan,
        deadline: float,
        first_s: float = 0.0,
    ) -> bool:
        """Add matches of some windows until they fill the page; -> whether the time sufficed."""
        # A trace often says the same thing in several of its spans.
        wanted = (self._limit + 5) * (4 if self._table == "traces" else 1)
        steps = self._steps(ends, hits.complete_to - _HOUR)
        for high, low in steps:
            position: int | None = high
            while position is not None and position >= low:
                left = max(deadline - time.monotonic(), first_s)
                first_s = 0.0
                if left <= 0.005:
                    return False
                reached, in_time = await self._scan(hits, position, low, wanted, left, scan)
                if not in_time:
                    return False
                hits.complete_to = low if reached is None else reached
                if hits.complete_to <= self._floor or await self._full(hits, after, before):
                    return True
                if scan.reads_texts:
                    wanted = self._still_wanted(hits, wanted)
                elif high != steps[0][0]:
                    wanted *= 4
                position = None if reached is None else reached - _HOUR
            hits.complete_to = low
        return True

    async def _full(self, hits: Hits, after: list[Any] | None, before: int | None) -> bool:
        """Whether a page is full with these matches and what was looked through before."""
        found = [hits, *(whole for whole in self._whole if whole is not hits)]
        places = set[tuple[Any, ...]]().union(*map(self._places, found))
        return (
            len(places) > self._limit and len(await self._rows(found, after, before)) > self._limit
        )

    def _still_wanted(self, hits: Hits, wanted: int) -> int:
        """How many more matches fill the page, if as many stand in a trace as did so far."""
        found = len(self._places(hits))
        if self._last_rows is not None:  # not all are of traces that the selection has
            found = min(found, len(self._last_rows[1]))
            if not found:
                return wanted * 4
        if not found:
            return wanted
        likely = (self._limit + 5 - found) * len(hits.spans) * 4 // (found * 3)
        return max(FEWEST, min(likely, wanted * 4))

    def _places(self, hits: Hits) -> Collection[tuple[Any, ...]]:
        """The rows that matches are of, whether or not the selection has them."""
        return {key[:2] for key in hits.spans} if self._table == "traces" else hits.spans

    def _match(self, binds: Binds) -> str:
        return text_condition(binds, self._selection.pieces)

    def _beside(self, binds: Binds, known: Sequence[str]) -> str:
        """The condition that all pieces stand in a row of a part whose words are not known."""
        return f"NOT has({binds.texts(known)}, _part) AND {self._match(binds)}"

    async def _scan(
        self,
        hits: Hits,
        high: int,
        low: int,
        wanted: int,
        budget_s: float,
        scan: Scan,
    ) -> tuple[int | None, bool]:
        """Add the newest matches between two hours.

        -> (the hour reached, None for all of them; whether the time sufficed)
        """
        end = time.monotonic() + budget_s
        last, in_time = await self._look(hits, high, low, scan, end, wanted)
        if last is None or last < high or not in_time:
            return None if last is None else last + _HOUR, in_time
        # One hour has more than were asked for: it is looked at whole, so that there is an end.
        _, in_time = await self._look(hits, high, high, scan, end, None)
        return high, in_time

    async def _look(
        self,
        hits: Hits,
        high: int,
        low: int,
        scan: Scan,
        end: float,
        wanted: int | None,
    ) -> tuple[int | None, bool]:
        """Add matches between two hours, the newest `wanted` ones.

        -> (the hour of the last one where there may be more, whether the time sufficed)
        """
        binds = Binds()
        projects = self._selection.compiler(binds).project_condition()
        # Not WITH TIES: for these the engine looks through everything.
        sql = f"""
SELECT project, trace_id, span_id, toUnixTimestamp(hour), version
FROM spans {"FINAL" if scan.final else ""}
WHERE {projects} AND hour <= {binds.hour(high)} AND hour >= {binds.hour(low)}
  AND {scan.match(binds)}
ORDER BY hour DESC
{"" if wanted is None else f"LIMIT {wanted}"}"""
        settings = {"timeout_overflow_mode": "break", **self._reading(in_order=scan.final)}
        began = time.monotonic()
        left = max(0.001, end - began)
        found = await self._store.rows(sql, binds.params, timeout_s=left, settings=settings)
        # Cut short, the answer is a part that says nothing about the rest.
        in_time = time.monotonic() - began < left * 0.95
        hits.add(found, checked=scan.final and scan.newest)
        full = wanted is not None and len(found) >= wanted
        return (int(found[-1][3]) if full else None), in_time

    def _reading(self, *, in_order: bool) -> Mapping[str, Any]:
        """How the engine is to read: by one thread, which stops early; texts in small blocks."""
        if not self._single:
            return {}
        return lists.EARLY_STOP if in_order else {"max_threads": 1}

    async def _crossing(self, hits: Hits, top: int) -> None:
        """Matches after the hour where the scan begins, of traces that began before its end."""
        binds = Binds()
        projects = self._selection.compiler(binds).project_condition()
        match = self._match(binds)
        sql = f"""
SELECT project, trace_id, span_id, toUnixTimestamp(hour), version FROM spans
WHERE {projects} AND hour > {binds.hour(top)} AND {match}
  AND (project, trace_id) IN (
    SELECT project, trace_id FROM traces FINAL
    WHERE {projects} AND hour <= {binds.hour(top)} AND last_hour > {binds.hour(top)}
)"""
        hits.add(await self._store.rows(sql, binds.params, timeout_s=WHOLE_S))

    async def _checked(self, found: Sequence[Hits]) -> None:
        """Forget matches in older versions of spans: the newest may not have the text any more."""
        new = {
            key: hour
            for hits in found
            for key, (hour, _) in hits.spans.items()
            if key not in hits.checked and self._versions.in_hour(key[0], hour)
        }
        if not new:
            return
        binds = Binds()
        sql = f"""
SELECT project, trace_id, span_id, version FROM spans
WHERE {binds.projects({key[0] for key in new})} AND hour IN {binds.integers(set(new.values()))}
  AND trace_id IN {binds.texts({key[1] for key in new})}
  AND span_id IN {binds.texts({key[2] for key in new})}"""
        rows = await self._store.rows(sql, binds.params, settings={"max_threads": 1})
        for hits in found:
            hits.keep_newest(((int(row[0]), row[1], row[2]), int(row[3])) for row in rows)
            hits.checked.update(key for key in new if key in hits.spans)

    async def _rows(
        self, found: Sequence[Hits], after: list[Any] | None, before: int | None
    ) -> list[Row]:
        """The rows behind matches, as far down as none is missing; one more than a page holds."""
        await self._checked(found)
        down_to = max(hits.complete_to for hits in found)
        known = [hits for hits in found if hits.spans]
        if not known:
            return []
        state = (down_to, *((id(hits), len(hits.spans)) for hits in known))
        if self._last_rows is not None and self._last_rows[0] == state:
            return self._last_rows[1]
        binds = Binds()
        arms = [self._among(hits, binds) for hits in known]
        also = f"hour >= {binds.hour(down_to)} AND ({' OR '.join(arms)})"
        if before is not None:
            also += f" AND hour < {binds.hour(before)}"
        rows = await lists.page(
            self._store,
            self._table,
            self._selection,
            self._order,
            limit=self._limit + 1,
            after=after,
            also=(also, binds),
        )
        self._last_rows = state, rows
        return rows

    def _among(self, hits: Hits, binds: Binds) -> str:
        """The condition that a row is behind one of some matches."""
        if self._table == "traces":
            traces = list(self._places(hits))
            known = f"trace_id IN {binds.texts(trace_id for _, trace_id in traces)}"
            if self._single:
                return known
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
            known = f"trace_id IN {columns[1]}"
        return f"({known} AND ({names}) IN (SELECT arrayJoin(arrayZip({', '.join(columns)}))))"


def _hour_in(key: Sequence[Any]) -> int:
    try:
        return int(key[0])
    except (IndexError, TypeError, ValueError) as e:
        raise BadRequest("this cursor is not one of this list", {"parameter": "cursor"}) from e


def _time(hour: int) -> str:
    moment = datetime.fromtimestamp(max(0, min(hour, 4_294_965_600)), UTC)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
