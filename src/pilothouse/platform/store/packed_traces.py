"""What a list shows of a trace, in one column: forty columns cost twice as much to read.

Half of the time of a page went into the engine's analysis of its columns, not into its rows
(docs/decisions/0006). Every column of `traces` stays for filters, orders and sums; this one is
their copy, written with them. Rows of another `FORM` are read from their columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import Any, Final

import orjson

from pilothouse.platform.store.rows import dumps
from pilothouse.platform.store.shown import TRACE_TOKENS
from pilothouse.platform.store.trace_rows import TRACE_COLUMNS

FORM: Final = 1
"""Which columns are packed, in which order: a new number whenever `_NAMES` changes."""

_NAMES: Final = (
    *("root_span_id", "name", "duration_us", "first_token_us", "first_seen_at", "status"),
    *("status_message", "error_type", "error_count", "span_count", "llm_count", "session_id"),
    *("user_id", "environment", "release", "models", "providers", "kinds", "tools"),
    *("prompt_names", "tags", "metadata", *TRACE_TOKENS, "cost_input", "cost_output"),
    "cost_total",
)
_SHOWN_AS: Final = ("form", *("seen_us" if n == "first_seen_at" else n for n in _NAMES))
_values: Final = itemgetter(*(TRACE_COLUMNS.index(name) for name in _NAMES))

COLUMNS: Final = (
    "project, trace_id, toUnixTimestamp64Micro(start_time) AS start_us, input_preview,"
    " output_preview, packed"
)
"""What `unpacked` reads: previews are long and stand in their own columns only."""


def packed(row: tuple[Any, ...]) -> str:
    """The column `packed` of a row of `traces` in the order of TRACE_COLUMNS."""
    return dumps((FORM, *_values(row))).decode()


def unpacked(row: Mapping[str, Any]) -> dict[str, Any] | None:
    """The row as `shown.trace_shown` reads it; None where it was packed by another release."""
    values = orjson.loads(row["packed"] or b"[0]")
    if values[0] != FORM:
        return None
    return {**row, **dict(zip(_SHOWN_AS, values, strict=True))}
