"""The spans of a trace column by column: all that a tree of very many spans is drawn from.

Twenty thousand spans as objects are 14 MB, two thirds of it names and nulls. As columns, with the
places of words and parents in a list and what few spans have beside the places of those, they are
1.2 MB: what a browser takes until it can draw them grows with the bytes.
"""

from __future__ import annotations

from typing import Final

from pilothouse.platform.store.binds import Binds
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.spans_read import TOOL_CALL_ID, Place, spans_at
from pilothouse.spans import KINDS

PREVIEW: Final = 256
SHORT_PREVIEW: Final = 80
LARGE: Final = 2_000
"""A trace of more spans comes without its previews, which are twice as much as all the rest."""

_STATUSES: Final = ("unset", "ok", "error")
_FEW_TEXTS: Final = (
    *("status_message", "error_type", "model", "tool_name", "tool_call_id", "user_id"),
)
_FEW_NUMBERS: Final = (
    *("first_token_us", "input_tokens", "output_tokens", "total_tokens", "cost_total"),
)
_TYPES: Final = {"first_token_us": "Int64", "cost_total": "Float64"}
_PREVIEWS: Final = ("input_preview", "output_preview")
_READ: Final = (
    "span_id, parent_span_id, name, kind, status, start_time, duration_us, usage_counted,"
    f" status_message, error_type, model, tool_name, {TOOL_CALL_ID} AS tool_call_id, user_id,"
    f" {', '.join(_FEW_NUMBERS)}"
)
_ONE_THREAD: Final = {"max_threads": 1}


def _few(name: str) -> str:
    """Where a member is known, and what it is there."""
    kind = _TYPES.get(name, "UInt32" if name in _FEW_NUMBERS else "String")
    known = f"isNotNull(s.{name})" if name in _FEW_NUMBERS else f"s.{name} != ''"
    both = f"groupArrayIf(s.n, {known}), groupArrayIf(s.{name}, {known})"
    return f"CAST(({both}), 'Tuple(spans Array(UInt32), values Array({kind}))') AS {name}"


_ANY_USAGE: Final = " OR ".join(f"isNotNull(s.{name})" for name in _FEW_NUMBERS[1:])
_SHAPED: Final = f"""
WITH
    groupArray(s.span_id) AS ids,
    arrayConcat(ids, groupArray(s.parent_span_id)) AS ids_and_parents,
    groupArray(s.name) AS all_names,
    toUnixTimestamp64Micro(min(s.start_time)) AS first_us,
    groupArray(toUnixTimestamp64Micro(s.start_time)) AS starts
SELECT
    ids AS span_id,
    arraySlice(arrayDistinct(ids_and_parents), length(ids) + 1) AS outside,
    arrayMap(x -> x - 1, arraySlice(arrayEnumerateDense(ids_and_parents), length(ids) + 1))
        AS parent,
    arrayDistinct(all_names) AS names,
    arrayMap(x -> x - 1, arrayEnumerateDense(all_names)) AS name,
    {list(KINDS)} AS kinds,
    groupArray(indexOf(kinds, s.kind) - 1) AS kind,
    {list(_STATUSES)} AS statuses,
    groupArray(indexOf(statuses, s.status) - 1) AS status,
    min(s.start_time) AS start_time,
    arrayMap(x -> x - first_us, starts) AS start_us,
    groupArray(ifNull(s.duration_us, 0)) AS duration_us,
    groupArrayIf(s.n, isNull(s.duration_us)) AS running,
    groupArrayIf(s.n, s.usage_counted = 0 AND (s.kind = 'llm' OR {_ANY_USAGE})) AS repeated,
    {", ".join(_few(name) for name in (*_FEW_TEXTS, *_FEW_NUMBERS))}"""


async def columns(store: Store, place: Place, trace_id: str) -> bytes:
    """A JSON object of the columns, in the order in which the spans started."""
    binds = Binds()
    shaped, read = _SHAPED, _READ
    if place.span_count <= LARGE:
        shaped += "".join(f", {_few(name)}" for name in _PREVIEWS)
        read += f", {_shortened(binds, PREVIEW)}"
    sql = f"""{shaped}
FROM (
    SELECT *, toUInt32(rowNumberInAllBlocks()) AS n
    FROM (
        SELECT * FROM (
            SELECT {read} FROM spans
            WHERE {spans_at(binds, place, trace_id)}
            ORDER BY version DESC LIMIT 1 BY span_id
        )
        ORDER BY start_time, span_id
    )
) AS s"""
    body = await store.raw(sql, binds.params, settings=_ONE_THREAD)
    return body.strip()


async def previews(store: Store, place: Place, trace_id: str) -> bytes:
    """A JSON object of columns: the ids of the spans that have previews, and those."""
    binds = Binds()
    sql = f"""
SELECT * FROM (
    SELECT span_id, {_shortened(binds, SHORT_PREVIEW)} FROM spans
    WHERE {spans_at(binds, place, trace_id)}
    ORDER BY version DESC LIMIT 1 BY span_id
)
WHERE {" OR ".join(f"{name} != ''" for name in _PREVIEWS)}"""
    body = await store.raw(sql, binds.params, "JSONColumns", settings=_ONE_THREAD)
    return body.strip()


def _shortened(binds: Binds, length: int) -> str:
    bound = binds.integer(length)
    return ", ".join(f"substringUTF8({name}, 1, {bound}) AS {name}" for name in _PREVIEWS)
