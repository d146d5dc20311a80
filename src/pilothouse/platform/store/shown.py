"""Rows as the API shows them. A page is shaped here: for a few hundred rows that costs less than
letting the engine analyse the same as SQL; the tree of a very large trace is the engine's own text
(`json_rows`), with the same members.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

TRACE_TOKENS: Final = (
    *("input_tokens", "output_tokens", "total_tokens", "cached_tokens", "cache_write_tokens"),
    *("reasoning_tokens", "audio_tokens"),
)
SPAN_TOKENS: Final = (
    *("input_tokens", "output_tokens", "total_tokens", "cached_tokens", "cache_write_tokens"),
    *("cache_write_1h_tokens", "reasoning_tokens", "audio_tokens", "input_audio_tokens"),
    *("output_audio_tokens", "input_image_tokens", "output_image_tokens"),
)

TRACE_COLUMNS: Final = (
    "project, trace_id, root_span_id, name, toUnixTimestamp64Micro(start_time) AS start_us,"
    " duration_us, first_token_us, toUnixTimestamp64Micro(first_seen_at) AS seen_us, status,"
    " status_message, error_type, error_count, span_count, llm_count, session_id, user_id,"
    " environment, release, models, providers, kinds, tools, prompt_names, tags, metadata,"
    f" {', '.join(TRACE_TOKENS)}, cost_input, cost_output, cost_total, input_preview,"
    " output_preview"
)
"""What `trace_shown` reads."""

SPAN_COLUMNS: Final = (
    "project, trace_id, span_id, parent_span_id, name, kind,"
    " toUnixTimestamp64Micro(start_time) AS start_us, duration_us, first_token_us, streaming,"
    " status, status_message, error_type, input_mime_type, output_mime_type, model, provider,"
    f" {', '.join(SPAN_TOKENS)}, usage_counted, cost_input, cost_output, cost_total, cost_source,"
    " price_date, tool_name, prompt_name, prompt_version, session_id, user_id, tags, metadata,"
    " environment, release, wire"
)
"""What `span_shown` reads."""

SPAN_PREVIEWS: Final = ", input_preview, output_preview"

_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - UTC; without a zone it is written faster


def rfc3339(micros: int | None) -> str | None:
    """Microseconds since 1970 as text."""
    if micros is None:
        return None
    return (_EPOCH + timedelta(microseconds=micros)).isoformat(timespec="microseconds") + "Z"


def _plus(start_us: int, offset_us: int | None) -> str | None:
    return None if offset_us is None else rfc3339(start_us + offset_us)


def _ms(micros: int | None) -> float | None:
    return None if micros is None else micros / 1000


def _cost(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"input": row["cost_input"], "output": row["cost_output"], "total": row["cost_total"]}


def trace_shown(row: Mapping[str, Any], project: str) -> dict[str, Any]:
    """A trace."""
    start_us = row["start_us"]
    return {
        "trace_id": row["trace_id"],
        "root_span_id": row["root_span_id"] or None,
        "project": project,
        "name": row["name"],
        "start_time": rfc3339(start_us),
        "end_time": _plus(start_us, row["duration_us"]),
        "first_seen_at": rfc3339(row["seen_us"]),
        "duration_ms": _ms(row["duration_us"]),
        "status": row["status"],
        "status_message": row["status_message"] or None,
        "error_type": row["error_type"] or None,
        "error_count": row["error_count"],
        "span_count": row["span_count"],
        "llm_call_count": row["llm_count"],
        "input_preview": row["input_preview"] or None,
        "output_preview": row["output_preview"] or None,
        "usage": {name: row[name] for name in TRACE_TOKENS},
        "cost": _cost(row),
        "time_to_first_token_ms": _ms(row["first_token_us"]),
        "models": row["models"],
        "providers": row["providers"],
        "kinds": row["kinds"],
        "tools": row["tools"],
        "prompt_names": row["prompt_names"],
        "environment": row["environment"] or None,
        "release": row["release"] or None,
        "session_id": row["session_id"] or None,
        "user_id": row["user_id"] or None,
        "tags": row["tags"],
        "metadata": row["metadata"],
    }


def span_shown(row: Mapping[str, Any], project: str) -> dict[str, Any]:
    """A span without anything large; with previews where the row has them."""
    start_us = row["start_us"]
    shown = {
        "trace_id": row["trace_id"],
        "span_id": row["span_id"],
        "parent_span_id": row["parent_span_id"] or None,
        "project": project,
        "name": row["name"],
        "kind": row["kind"],
        "start_time": rfc3339(start_us),
        "end_time": _plus(start_us, row["duration_us"]),
        "duration_ms": _ms(row["duration_us"]),
        "first_token_time": _plus(start_us, row["first_token_us"]),
        "time_to_first_token_ms": _ms(row["first_token_us"]),
        "streaming": None if row["streaming"] is None else bool(row["streaming"]),
        "status": row["status"],
        "status_message": row["status_message"] or None,
        "error_type": row["error_type"] or None,
        "input_mime_type": row["input_mime_type"] or None,
        "output_mime_type": row["output_mime_type"] or None,
        "model": row["model"] or None,
        "provider": row["provider"] or None,
        "usage": {name: row[name] for name in SPAN_TOKENS},
        "usage_counted": bool(row["usage_counted"]),
        "cost": {
            **_cost(row),
            "source": row["cost_source"] or None,
            "price_date": row["price_date"] or None,
        },
        "tool_name": row["tool_name"] or None,
        "prompt": {"name": row["prompt_name"] or None, "version": row["prompt_version"] or None},
        "session_id": row["session_id"] or None,
        "user_id": row["user_id"] or None,
        "tags": row["tags"],
        "metadata": row["metadata"],
        "environment": row["environment"] or None,
        "release": row["release"] or None,
        "source": row["wire"].partition("\x01")[0],
    }
    if "input_preview" in row:
        shown["input_preview"] = row["input_preview"] or None
        shown["output_preview"] = row["output_preview"] or None
    if "tool_call_id" in row:
        shown["tool_call_id"] = row["tool_call_id"] or None
    return shown
