"""What `span_hours` holds of spans, hour by hour.

A row is the spans of one hour that agree in everything that dashboards split and filter by. Its
columns bear the names of those of `spans`, so that one condition fits both tables; durations stand
in lists, since a percentile of percentiles is none.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Final

DIMENSIONS: Final = (
    *("kind", "status", "error_type", "model", "provider", "environment", "release"),
    *("tool_name", "prompt_name", "prompt_version", "streaming"),
)
LISTS: Final = {"duration_us": "durations", "first_token_us": "first_tokens"}
"""Columns of spans whose every value is kept, by that of the list."""
SUMS: Final = (
    *("input_tokens", "output_tokens", "total_tokens", "cached_tokens", "cache_write_tokens"),
    *("cache_write_1h_tokens", "reasoning_tokens", "audio_tokens", "input_audio_tokens"),
    *("output_audio_tokens", "input_image_tokens", "output_image_tokens"),
    *("cost_input", "cost_output", "cost_total"),
)
"""Columns of which a sum is kept, and how many values are known."""
KNOWN: Final = {"total_tokens": "has_tokens", "cost_total": "has_cost"}
"""Columns of which a row tells whether its spans have them: reports ask for what was billed."""
CALLS: Final = {
    "call_count": "usage_counted = 1",
    "unpriced_call_count": (
        "(usage_counted = 1 AND isNull(cost_total) AND ifNull(total_tokens, 1) != 0)"
    ),
    "silent_call_count": (
        "(kind = 'llm' AND status != 'error' AND isNull(total_tokens)"
        " AND isNull(output_tokens) AND isNull(cost_total))"
    ),
}
"""Which spans are counted by these measures."""
CLIENT_COST: Final = "if(usage_counted = 1 AND cost_source = 'client', ifNull(cost_total, 0), 0)"
_COUNTED: Final = {name: f"if(usage_counted = 1, {name}, NULL)" for name in SUMS}
"""Each model call once."""
ANSWERED: Final = "(usage_counted = 1 AND isNotNull(output_tokens) AND ifNull(duration_us, 0) > 0)"
"""Of which spans it is known how fast their tokens came."""
_SPEED: Final = {
    "answered_tokens": f"if({ANSWERED}, toUInt64(assumeNotNull(output_tokens)), 0)",
    "answered_us": f"if({ANSWERED}, toUInt64(assumeNotNull(duration_us)), 0)",
}

_OF_MANY: Final = {
    "n": "count()",
    **{name: f"countIf({holds})" for name, holds in CALLS.items()},
    "client_cost": f"sum({CLIENT_COST})",
    **{name: f"arraySort(groupArray({value}))" for value, name in LISTS.items()},
    **{f"sum_{name}": f"sum(ifNull({value}, 0))" for name, value in _COUNTED.items()},
    **{f"known_{name}": f"count({value})" for name, value in _COUNTED.items()},
    **{name: f"sum({value})" for name, value in _SPEED.items()},
}
_OF_ONE: Final = {
    "n": "toUInt64(1)",
    **{name: f"toUInt64({holds})" for name, holds in CALLS.items()},
    "client_cost": CLIENT_COST,
    **{name: f"arrayFilter(x -> isNotNull(x), [{value}])" for value, name in LISTS.items()},
    **{f"sum_{name}": f"ifNull({value}, 0)" for name, value in _COUNTED.items()},
    **{f"known_{name}": f"toUInt64(isNotNull({value}))" for name, value in _COUNTED.items()},
    **_SPEED,
}
_GROUPED: Final = ("project", "hour", *DIMENSIONS, *KNOWN.values())
_MARKED: Final = ", ".join(
    f"toUInt8(isNotNull({value})) AS {mark}" for value, mark in KNOWN.items()
)

COLUMNS_KEPT: Final = (*_GROUPED, "parts", *_OF_MANY)
BODY: Final = f"""
    {", ".join(f"{name} LowCardinality(String)" for name in DIMENSIONS if name != "streaming")},
    streaming           Nullable(UInt8),
    {", ".join(f"{mark} UInt8" for mark in KNOWN.values())},
    {", ".join(f"{name} Nullable(UInt8) ALIAS if({has}, 1, NULL)" for name, has in KNOWN.items())},
    parts               UInt64,
    n                   UInt64,
    {", ".join(f"{name} UInt64" for name in CALLS)},
    client_cost         Float64,
    {", ".join(f"{name} Array(Int64) CODEC(T64, LZ4)" for name in LISTS.values())},
    {", ".join(f"sum_{name} {'Float64' if 'cost' in name else 'UInt64'}" for name in SUMS)},
    {", ".join(f"known_{name} UInt64" for name in SUMS)},
    {", ".join(f"{name} UInt64" for name in _SPEED)}"""
"""What rows of all sums of hours have; of tokens and cost under the names of spans, for filters."""
SPAN_HOURS: Final = f"""
CREATE TABLE IF NOT EXISTS span_hours (
    project             UInt32,
    hour                DateTime('UTC') CODEC(Delta, ZSTD(1)),
    {BODY.strip()}
)
ENGINE = MergeTree
ORDER BY (project, kind, hour, parts)
SETTINGS index_granularity = 256, old_parts_lifetime = 60
"""
"""`parts` says of which parts of `spans` a row was made (rollups.py). Most charts ask for kinds."""


def summed(where: str, parts: str, further: Mapping[str, str]) -> str:
    """The statement that makes rows of spans; `parts` is what their column `parts` shall be.

    `further` are more columns that tell rows apart, and what they are of a span.
    """
    apart = [f"{value} AS {name}" for name, value in further.items()]
    return f"""
SELECT {", ".join(("project", "hour", *DIMENSIONS))}, {_MARKED}, {parts} AS parts,
    {", ".join([*(f"{v} AS {k}" for k, v in _OF_MANY.items()), *apart])}
FROM spans FINAL WHERE {where}
GROUP BY {", ".join([*_GROUPED, *further])}"""


def rows_of(
    table: str, hours_where: str, spans: str | None, used: Set[str], further: Mapping[str, str]
) -> str:
    """FROM what: kept rows, and those spans that no kept row stands for, each as a row.

    Only the columns that are `used`: all of them would take 20 ms to be analysed.
    """
    shared = ["hour", *(name for name in ("project", *DIMENSIONS, *KNOWN) if name in used)]
    apart = [name for name in further if name in used]
    kept = [*shared, *apart, *(name for name in _OF_ONE if name in used)]
    of_hours = f"SELECT {', '.join(kept)} FROM {table} WHERE {hours_where}"
    if spans is None:
        return f"({of_hours})"
    own = {name: further[name] for name in apart}
    own |= {name: value for name, value in _OF_ONE.items() if name in used}
    one = [*shared, *(f"{value} AS {name}" for name, value in own.items())]
    return f"({of_hours} UNION ALL SELECT {', '.join(one)} FROM {spans})"
