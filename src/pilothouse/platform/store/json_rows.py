"""Rows as JSON text: the outline of a span as the engine writes it, and rows with their keys.

Every row of a list that the engine writes ends with `_k`, what the cursor and the scores need to
know of it; `split_rows` cuts it off again, so that Python never parses a row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from pilothouse.platform.store.binds import Binds
from pilothouse.platform.store.columns import END_TIME, SOURCE
from pilothouse.platform.store.shown import SPAN_TOKENS


def json_object(name: str, members: Mapping[str, tuple[str, str]]) -> str:
    """A JSON object of (expression, type) members."""
    values = "tuple(" + ", ".join(sql for sql, _ in members.values()) + ")"
    types = ", ".join(f"{key} {kind}" for key, (_, kind) in members.items())
    return f"CAST({values}, 'Tuple({types})') AS {name}"


_COST: Final = {
    "input": ("cost_input", "Nullable(Float64)"),
    "output": ("cost_output", "Nullable(Float64)"),
    "total": ("cost_total", "Nullable(Float64)"),
}


def _known(*names: str) -> tuple[str, ...]:
    """Text columns with null for unknown."""
    return tuple(f"nullIf({name}, '') AS {name}" for name in names)


SPAN_COLUMNS: Final = (
    "trace_id, span_id, parent_span_id, name, kind, start_time, duration_us, first_token_us,"
    " streaming, status, status_message, error_type, input_mime_type, output_mime_type, model,"
    f" provider, {', '.join(SPAN_TOKENS)}, usage_counted, cost_input, cost_output, cost_total,"
    " cost_source, price_date, tool_name, prompt_name, prompt_version, session_id, user_id, tags,"
    " metadata, environment, release, wire"
)
"""What a span row is made of, without anything large."""

SPAN_JSON: Final = ", ".join((
    "trace_id",
    "span_id",
    *_known("parent_span_id"),
    "name",
    "kind",
    "start_time",
    f"{END_TIME} AS end_time",
    "duration_us / 1000 AS duration_ms",
    "addMicroseconds(start_time, first_token_us) AS first_token_time",
    "first_token_us / 1000 AS time_to_first_token_ms",
    "CAST(streaming, 'Nullable(Bool)') AS streaming",
    "status",
    *_known("status_message", "error_type", "input_mime_type", "output_mime_type"),
    *_known("model", "provider"),
    json_object("usage", {name: (name, "Nullable(UInt64)") for name in SPAN_TOKENS}),
    "CAST(usage_counted, 'Bool') AS usage_counted",
    json_object(
        "cost",
        {
            **_COST,
            "source": ("nullIf(cost_source, '')", "Nullable(String)"),
            "price_date": ("nullIf(price_date, '')", "Nullable(String)"),
        },
    ),
    *_known("tool_name"),
    json_object(
        "prompt",
        {
            "name": ("nullIf(prompt_name, '')", "Nullable(String)"),
            "version": ("nullIf(prompt_version, '')", "Nullable(String)"),
        },
    ),
    *_known("session_id", "user_id"),
    "tags, metadata",
    *_known("environment", "release"),
    f"{SOURCE} AS source",
))  # fmt: skip


def project_name(binds: Binds, names: Mapping[int, str], column: str = "project_number") -> str:
    """The name of a row's project as an expression."""
    if len(names) == 1:
        return f"{binds.text(next(iter(names.values())))} AS project"
    numbers, texts = binds.integers(names.keys()), binds.texts(names.values())
    return f"transform({column}, {numbers}, {texts}, '') AS project"


_KEY: Final = re.compile(rb',"_k":(\[(?:[^"\]]|"(?:[^"\\]|\\.)*")*\])\}$')


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list: its JSON without the closing brace, and its key."""

    json: bytes
    key: list[Any]

    def closed(self, more: bytes = b"") -> bytes:
        """The row as a JSON object, with further members at its end."""
        return self.json + more + b"}"


def split_rows(body: bytes) -> list[Row]:
    """The rows of a JSONEachRow answer whose last column is `_k`."""
    rows = []
    for line in body.split(b"\n"):
        if line:
            match = _KEY.search(line)
            assert match is not None, line[-200:]
            rows.append(Row(line[: match.start()], orjson.loads(match[1])))
    return rows


def row_of(shown: Mapping[str, Any], key: list[Any]) -> Row:
    """A row that was shaped in Python."""
    return Row(orjson.dumps(shown)[:-1], key)


def array(parts: Iterable[bytes]) -> bytes:
    """A JSON array of what is JSON already."""
    return b"[" + b",".join(parts) + b"]"
