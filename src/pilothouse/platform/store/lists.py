"""The SQL of lists of traces and spans.

The newest rows of a project are read backwards in the order of the key, by one thread in small
blocks, so that the engine stops after a page (design/store.md §4). In any other order, or over
several projects, the keys of the page are found in narrow columns first, and its rows then fetched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import orjson

from pilothouse.platform.store import once, packed_traces, shown
from pilothouse.platform.store.binds import Binds, hour_of
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.extent import HOUR, Extent, extent_of
from pilothouse.platform.store.json_rows import Row, row_of
from pilothouse.platform.store.orders import Order
from pilothouse.platform.store.packed_traces import unpacked
from pilothouse.platform.store.selection import Selection
from pilothouse.platform.store.versions import Versions

FIRST_SPANS: Final = 25_000
"""Spans that a filter on spans looks at first."""
GROWTH: Final = 8
"""How many times as much is looked at next where nothing was found."""
WORTH: Final = 8
"""How many times as much there must be for a window to pay, when nothing is known."""
LIKELY: Final = 2
"""The same for a window that will fill the page if it is like those before."""
EARLY_STOP: Final[dict[str, Any]] = {"max_threads": 1, "max_block_size": 1024}
_Shape = Callable[[Mapping[str, Any], str], dict[str, Any]]
_ROWS: Final[dict[str, tuple[str, _Shape, str]]] = {
    "traces": (shown.TRACE_COLUMNS, shown.trace_shown, "project, hour, trace_id"),
    "spans": (
        shown.SPAN_COLUMNS + shown.SPAN_PREVIEWS,
        shown.span_shown,
        "project, hour, trace_id, span_id",
    ),
}


async def page(
    store: Store,
    table: str,
    selection: Selection,
    order: Order,
    *,
    limit: int,
    after: list[Any] | None = None,
    also: tuple[str, Binds] | None = None,
    timeout_s: float = 30,
) -> list[Row]:
    """At most `limit` rows of `traces` or `spans` in their order, after a place.

    `also` is one more condition, with the values that it binds.
    """
    newest_first = order.follows_key and order.descending
    if table == "traces" and newest_first and also is None and selection.asks_spans:
        return await _by_windows(store, selection, order, limit, after, timeout_s)
    return await _page(
        store, table, selection, order, limit=limit, after=after, also=also, timeout_s=timeout_s
    )


async def _by_windows(
    store: Store,
    selection: Selection,
    order: Order,
    limit: int,
    after: list[Any] | None,
    timeout_s: float,
) -> list[Row]:
    """The newest traces of which the filter asks the spans: those of the newest ones first."""
    rows: list[Row] = []
    extent = await extent_of(store, selection.projects)
    top, floor = _reach(selection, extent, after)
    until, seen, window = selection.until, 0, FIRST_SPANS
    while True:
        low = top - extent.hours_of(window) * HOUR
        last = extent.spans - seen <= (LIKELY if rows else WORTH) * window or low <= floor
        since = selection.since if last else datetime.fromtimestamp(low, UTC)
        ask = partial(
            _page_of_versions,
            store,
            replace(selection, since=since, until=until),
            order,
            limit=limit - len(rows),
            after=after,
            timeout_s=timeout_s,
        )
        rows += await once.asked(store, selection.projects, ask)
        if last or len(rows) >= limit:
            return rows
        top, until, seen = low, since, seen + window
        window = _next_window(seen, found=len(rows), missing=limit - len(rows))


async def _page_of_versions(
    store: Store, selection: Selection, order: Order, versions: Versions, **how: Any
) -> list[Row]:
    return await _page(store, "traces", replace(selection, versions=versions), order, **how)


def _next_window(seen: int, *, found: int, missing: int) -> int:
    """How many spans are to be looked at next: half more than it takes if all are like those."""
    grown = GROWTH * seen
    return min(grown, max(seen, seen * missing * 3 // (found * 2))) if found else grown


def _reach(selection: Selection, extent: Extent, after: list[Any] | None) -> tuple[int, int]:
    """The newest and the oldest hour that the selection can reach."""
    top = extent.newest
    if selection.until is not None:
        top = min(top, hour_of(selection.until))
    if after is not None and isinstance(after[0], int):
        top = min(top, after[0])
    return top, extent.oldest if selection.since is None else hour_of(selection.since)


async def _page(
    store: Store,
    table: str,
    selection: Selection,
    order: Order,
    *,
    limit: int,
    after: list[Any] | None = None,
    also: tuple[str, Binds] | None = None,
    timeout_s: float = 30,
) -> list[Row]:
    binds = also[1] if also else Binds()
    where = selection.where(binds, table)
    if also:
        where += f" AND {also[0]}"
    if after is not None:
        where += f" AND {order.after(after, binds)}"
    _, shape, key = _ROWS[table]
    tail = f"FROM {table} FINAL WHERE {where} ORDER BY {order.sql()} LIMIT {limit}"
    names = selection.projects
    if order.follows_key and len(names) == 1:
        rows = await _records(
            store,
            table,
            lambda columns: f"SELECT {columns}, {order.key()} AS _k {tail}",
            binds,
            timeout_s=timeout_s,
            settings=EARLY_STOP,
        )
        return [row_of(shape(row, names[row["project"]]), row["_k"]) for row in rows]
    sql = f"SELECT {order.key()}, {key.replace('hour', 'toUnixTimestamp(hour)')} {tail}"
    found = await store.rows(sql, binds.params, timeout_s=timeout_s)
    rows_by_key = await _fetched(store, table, [row[1:] for row in found])
    return [
        row_of(shape(row, names[row["project"]]), place)
        for place, *ids in found
        if (row := rows_by_key.get(tuple(ids))) is not None
    ]


async def _fetched(
    store: Store, table: str, keys: list[tuple[Any, ...]]
) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The rows of some keys. Without FINAL, which is slow where few rows are wanted."""
    if not keys:
        return {}
    binds = Binds()
    _, _, key = _ROWS[table]
    alive = "deleted" if table == "traces" else "0"
    where = [
        f"project IN {binds.integers({k[0] for k in keys})}",
        f"hour IN {binds.integers({k[1] for k in keys})}",
        f"trace_id IN {binds.texts({k[2] for k in keys})}",
    ]
    if table == "spans":
        where.append(f"span_id IN {binds.texts({k[3] for k in keys})}")
    rows = await _records(
        store,
        table,
        lambda columns: (
            f"SELECT {columns}, toUnixTimestamp(hour) AS hour_s, {alive} AS gone FROM {table}"
            f" WHERE {' AND '.join(where)} ORDER BY version DESC LIMIT 1 BY {key}"
        ),
        binds,
    )
    ids = ("project", "hour_s", *key.split(", ")[2:])
    return {tuple(row[name] for name in ids): row for row in rows if not row["gone"]}


async def _records(
    store: Store, table: str, sql: Callable[[str], str], binds: Binds, **how: Any
) -> list[dict[str, Any]]:
    """The rows of a statement that is given the columns to read."""
    columns, _, _ = _ROWS[table]
    if table == "traces":
        rows = await store.records(sql(packed_traces.COLUMNS), binds.params, **how)
        whole = [row if row.get("gone") else unpacked(row) for row in rows]
        known = [row for row in whole if row is not None]
        if len(known) == len(rows):
            return known
    return await store.records(sql(columns), binds.params, **how)


async def count(
    store: Store, table: str, selection: Selection, also: tuple[str, Binds] | None = None
) -> int:
    """How many rows of `traces` or `spans` the selection has."""
    binds = also[1] if also else Binds()
    where = selection.where(binds, table) + (f" AND {also[0]}" if also else "")
    sql = f"SELECT count() FROM {table} FINAL WHERE {where}"
    [(number,)] = await store.rows(sql, binds.params)
    return int(number)


async def totals(
    store: Store, table: str, selection: Selection, also: tuple[str, Binds] | None = None
) -> bytes:
    """Sums over all rows of the selection, as a JSON object."""
    binds = also[1] if also else Binds()
    where = selection.where(binds, table) + (f" AND {also[0]}" if also else "")
    condition = "usage_counted = 1" if table == "spans" else "1"
    sql = f"""
SELECT count() AS count,
       countIf(status = 'error') AS error_count,
       quantilesExactInclusive(0.5, 0.99)(duration_us) AS quantiles,
       quantiles[1] / 1000 AS p50_duration_ms,
       quantiles[2] / 1000 AS p99_duration_ms,
       sumIf(input_tokens, {condition}) AS input_tokens,
       sumIf(output_tokens, {condition}) AS output_tokens,
       sumIf(total_tokens, {condition}) AS total_tokens,
       sumIf(cost_total, {condition}) AS total_cost
FROM {table} FINAL
WHERE {where}"""
    [sums] = await store.records(sql, binds.params)
    del sums["quantiles"]
    return orjson.dumps(sums)
