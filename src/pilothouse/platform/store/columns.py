"""Where the fields of filters, orders and measures stand in `spans` and `traces`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pilothouse.platform.store.run_ids import PARENT_RUN_ID, RUN_ID


@dataclass(frozen=True, slots=True)
class Column:
    """Where a field stands: an expression, and what it is."""

    sql: str
    kind: str
    """text ("" is unknown), number, time, boolean, list."""
    scale: float = 1.0
    """What one unit of the field is in the column: 1000 for milliseconds kept in microseconds."""
    nullable: bool = False


_TEXTS: Final = (
    *("name", "status", "status_message", "error_type", "session_id", "user_id", "environment"),
    *("release", "trace_id", "input_preview", "output_preview", "experiment_id", "example_id"),
)
_TOKENS: Final = (
    *("input_tokens", "output_tokens", "total_tokens", "cached_tokens", "cache_write_tokens"),
    *("reasoning_tokens", "audio_tokens"),
)
_SPAN_TOKENS: Final = (
    *("cache_write_1h_tokens", "input_audio_tokens", "output_audio_tokens"),
    *("input_image_tokens", "output_image_tokens"),
)
END_TIME: Final = "addMicroseconds(start_time, duration_us)"
BEGAN_TO_ANSWER: Final = "addMicroseconds(start_time, first_token_us)"
SOURCE: Final = "substringIndex(wire, char(1), 1)"

_SHARED: Final[dict[str, Column]] = {
    **{name: Column(name, "text") for name in _TEXTS},
    "duration_ms": Column("duration_us", "number", 1000, nullable=True),
    "time_to_first_token_ms": Column("first_token_us", "number", 1000, nullable=True),
    "start_time": Column("start_time", "time"),
    "end_time": Column(END_TIME, "time", nullable=True),
    **{f"usage.{name}": Column(name, "number", nullable=True) for name in _TOKENS},
    **{
        f"cost.{p}": Column(f"cost_{p}", "number", nullable=True)
        for p in ("input", "output", "total")
    },
    "tags": Column("tags", "list"),
}
COLUMNS: Final[dict[str, dict[str, Column]]] = {
    "spans": {
        **_SHARED,
        **{
            f: Column(f, "text")
            for f in ("kind", "model", "provider", "input", "output", "span_id")
        },
        **{f: Column(f, "text") for f in ("parent_span_id", "tool_name", "cost_source")},
        "cost.source": Column("cost_source", "text"),
        "prompt.name": Column("prompt_name", "text"),
        "prompt.version": Column("prompt_version", "text"),
        "streaming": Column("streaming", "boolean", nullable=True),
        "source": Column(SOURCE, "text"),
        "run_id": Column(RUN_ID, "text"),
        "parent_run_id": Column(PARENT_RUN_ID, "text"),
        "first_token_time": Column(BEGAN_TO_ANSWER, "time", nullable=True),
        **{f"usage.{name}": Column(name, "number", nullable=True) for name in _SPAN_TOKENS},
    },
    "traces": {
        **_SHARED,
        "root_span_id": Column("root_span_id", "text"),
        "first_seen_at": Column("first_seen_at", "time"),
        "span_count": Column("span_count", "number"),
        "error_count": Column("error_count", "number"),
        "llm_call_count": Column("llm_count", "number"),
        **{f: Column(f, "list") for f in ("models", "providers", "kinds", "tools", "prompt_names")},
    },
}

GATHERED: Final = {
    "model": "models",
    "provider": "providers",
    "kind": "kinds",
    "tool_name": "tools",
    "prompt.name": "prompt_names",
}
"""Fields of spans whose values a trace keeps as a list: one look at the trace answers for all."""
