"""The spans of a trace column by column: all that a tree of very many spans is drawn from.

Twenty thousand spans as objects are 14 MB, two thirds of it names and nulls; as columns, without
those in which nothing is known, they are 3 MB, and a browser reads them in a fifth of the time.
"""

from __future__ import annotations

from typing import Final

from pilothouse.platform.store.binds import Binds
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.spans_read import TOOL_CALL_ID, Place, spans_at

PREVIEW: Final = 256
SHORT_PREVIEW: Final = 80
LARGE: Final = 2_000
"""In a trace of more spans previews are shorter: what is in view is asked for whole anyway."""

_COLUMNS: Final = (
    ("span_id", "span_id"),
    ("parent_span_id", "nullIf(parent_span_id, '')"),
    ("name", "name"),
    ("kind", "kind"),
    ("start_time", "start_time"),
    ("duration_ms", "duration_us / 1000"),
    ("time_to_first_token_ms", "first_token_us / 1000"),
    ("status", "status"),
    ("status_message", "nullIf(status_message, '')"),
    ("error_type", "nullIf(error_type, '')"),
    ("model", "nullIf(model, '')"),
    ("usage.input_tokens", "input_tokens"),
    ("usage.output_tokens", "output_tokens"),
    ("usage.total_tokens", "total_tokens"),
    ("usage_counted", "CAST(usage_counted, 'Bool')"),
    ("cost.total", "cost_total"),
    ("tool_name", "nullIf(tool_name, '')"),
    ("tool_call_id", "nullIf(tool_call_id, '')"),
    ("user_id", "nullIf(user_id, '')"),
    ("input_preview", "nullIf(input_preview, '')"),
    ("output_preview", "nullIf(output_preview, '')"),
)
"""Name in the answer, expression. Names of spans with a dot stand for a member of an object."""

_READ: Final = (
    "span_id, parent_span_id, name, kind, start_time, duration_us, first_token_us, status,"
    " status_message, error_type, model, input_tokens, output_tokens, total_tokens, usage_counted,"
    f" cost_total, tool_name, {TOOL_CALL_ID} AS tool_call_id, user_id"
)
_NOTHING: Final = b"\t[nul, ]"
_ONE_THREAD: Final = {"max_threads": 1}


async def columns(store: Store, place: Place, trace_id: str) -> bytes:
    """A JSON object of arrays of the same length, in the order in which the spans started."""
    binds = Binds()
    length = binds.integer(PREVIEW if place.span_count <= LARGE else SHORT_PREVIEW)
    previews = ", ".join(
        f"substringUTF8({side}_preview, 1, {length}) AS {side}_preview"
        for side in ("input", "output")
    )
    sql = f"""
SELECT {", ".join(expression for _, expression in _COLUMNS)}
FROM (
    SELECT {_READ}, {previews} FROM spans
    WHERE {spans_at(binds, place, trace_id)}
    ORDER BY version DESC LIMIT 1 BY span_id
)
ORDER BY start_time, span_id"""
    body = await store.raw(sql, binds.params, "JSONCompactColumns", settings=_ONE_THREAD)
    return b"{" + b",".join(_known(body)) + b"}"


def _known(body: bytes) -> list[bytes]:
    """The members of the answer; the engine writes one column a line, between two brackets."""
    lines = body.strip().splitlines()[1:-1]
    return [
        b'"%s":%s' % (name.encode(), line.rstrip(b","))
        for (name, _), line in zip(_COLUMNS, lines, strict=True)
        if line.strip(_NOTHING) or name == "span_id"
    ]
