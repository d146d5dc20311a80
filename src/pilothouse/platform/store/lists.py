"""The SQL of lists of traces and spans.

The newest rows are read backwards in the order of the key, by one thread in small blocks, so that
the engine stops after a page (design/store.md §4). With several projects each is read so, and the
pages are merged. Other orders find the keys of the page in narrow columns first.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from pilothouse.platform.store import json_rows
from pilothouse.platform.store.binds import Binds
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.json_rows import Row, split_rows
from pilothouse.platform.store.orders import Order
from pilothouse.platform.store.selection import Selection

EARLY_STOP: Final[dict[str, Any]] = {"max_threads": 1, "max_block_size": 1024}
_MERGED_PROJECTS: Final = 24
"""Up to so many projects are read each in its order; beyond, all rows are sorted."""

_ROWS: Final = {
    "traces": (json_rows.TRACE_COLUMNS, json_rows.TRACE_JSON),
    "spans": (
        json_rows.SPAN_COLUMNS + json_rows.SPAN_PREVIEWS,
        json_rows.SPAN_JSON + json_rows.SPAN_PREVIEWS_JSON,
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
    binds = also[1] if also else Binds()
    where = selection.where(binds, table)
    if also:
        where += f" AND {also[0]}"
    if after is not None:
        where += f" AND {order.after(after, binds)}"
    columns, shown = _ROWS[table]
    inner = f"SELECT project AS project_number, {columns}, {order.key()} AS _k FROM {table} FINAL"  # noqa: S608
    tail = f"ORDER BY {order.sql()} LIMIT {limit}"
    settings: dict[str, Any] = {}
    if order.follows_key and len(selection.projects) <= _MERGED_PROJECTS:
        settings = EARLY_STOP
        sql = _merged(inner, where, tail, selection, binds, order, limit)
    else:
        sql = _by_keys(table, inner, where, tail)
    named = json_rows.project_name(binds, selection.projects)
    sql = f"SELECT {shown}, {named}, _k FROM ({sql})"  # noqa: S608 - values are bound
    return split_rows(await store.raw(sql, binds.params, timeout_s=timeout_s, settings=settings))


def _merged(
    inner: str, where: str, tail: str, selection: Selection, binds: Binds, order: Order, limit: int
) -> str:
    numbers = list(selection.projects)
    if len(numbers) == 1:
        return f"{inner} WHERE project = {binds.integer(numbers[0])} AND {where} {tail}"
    each = " UNION ALL ".join(
        f"SELECT * FROM ({inner} WHERE project = {binds.integer(n)} AND {where} {tail})"  # noqa: S608
        for n in numbers
    )
    way = "DESC" if order.descending else "ASC"
    return f"SELECT * FROM ({each}) ORDER BY _k {way} LIMIT {limit}"  # noqa: S608


_KEYS: Final = {
    "traces": "project, hour, trace_id",
    "spans": "project, hour, trace_id, span_id",
}


def _by_keys(table: str, inner: str, where: str, tail: str) -> str:
    key = _KEYS[table]
    keys = f"SELECT {key} FROM {table} FINAL WHERE {where} {tail}"  # noqa: S608
    return f"{inner} WHERE ({key}) IN ({keys}) {tail}"


async def count(
    store: Store, table: str, selection: Selection, also: tuple[str, Binds] | None = None
) -> int:
    """How many rows of `traces` or `spans` the selection has."""
    binds = also[1] if also else Binds()
    where = selection.where(binds, table) + (f" AND {also[0]}" if also else "")
    sql = f"SELECT count() FROM {table} FINAL WHERE {where}"  # noqa: S608
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
WHERE {where}"""  # noqa: S608
    [sums] = await store.records(sql, binds.params)
    del sums["quantiles"]
    return orjson.dumps(sums)
