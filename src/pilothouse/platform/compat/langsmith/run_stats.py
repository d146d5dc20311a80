"""Statistics of runs, as /runs/stats gives them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from pilothouse.platform.compat.langsmith.filter_fields import RUN_TYPES
from pilothouse.platform.compat.langsmith.run_queries import Asked, RunQueries
from pilothouse.platform.compat.langsmith.services import Services
from pilothouse.platform.ingest.langsmith.times import iso_of
from pilothouse.platform.store import feedback, runs

Json = dict[str, Any]
_NOTHING: Json = {"run_count": 0, "kinds": {}}


async def stats_v1(
    services: Services, queries: RunQueries, asked: Asked, *, top_only: bool
) -> Json:
    """The figures of the runs that are asked for; `top_only` runs count for their traces."""
    narrowed = await queries.narrowed(asked)
    if narrowed is None:
        return shown(_NOTHING) | {"feedback_stats": {}}
    selection = narrowed.selection
    found = await runs.figures(services.store, selection, whole_traces=top_only)
    verdicts = await feedback.statistics_of_selection(services.store, selection)
    return shown(found) | {"feedback_stats": {row["name"]: stats(row) for row in verdicts}}


def shown(found: Mapping[str, Any]) -> Json:
    """Figures in the words and units of the protocol."""
    count = int(found["run_count"])
    last = found.get("last_us") if count else None
    return {
        "run_count": count,
        "latency_p50": seconds(found.get("latency_p50_us")),
        "latency_p99": seconds(found.get("latency_p99_us")),
        "first_token_p50": seconds(found.get("first_token_p50_us")),
        "first_token_p99": seconds(found.get("first_token_p99_us")),
        **used(found),
        "median_tokens": whole(found.get("median_tokens")),
        "error_rate": found["error_count"] / count if count else None,
        "streaming_rate": found["streamed"] / count if count else None,
        "last_run_start_time": None if last is None else iso_of(int(last)),
        "run_facets": facets(found),
    }


def used(found: Mapping[str, Any]) -> Json:
    """Tokens and cost by their names in the protocol."""
    return {
        "total_tokens": whole(found.get("total_tokens")) or 0,
        "prompt_tokens": whole(found.get("input_tokens")) or 0,
        "completion_tokens": whole(found.get("output_tokens")) or 0,
        "total_cost": found.get("cost_total"),
        "prompt_cost": found.get("cost_input"),
        "completion_cost": found.get("cost_output"),
    }


def facets(found: Mapping[str, Any]) -> list[Json]:
    """How many runs there are of each type, and that failed; parsers count as chains."""
    counts: Counter[str] = Counter()
    for run_type, kinds in RUN_TYPES.items():
        counts[run_type] = sum(int(found["kinds"].get(kind, 0)) for kind in kinds)
    counted = [("run_type", name, n) for name, n in counts.most_common()]
    counted.append(("status", "error", int(found.get("error_count") or 0)))
    return [
        {"key": key, "value": value, "query": f'eq({key}, "{value}")', "n": n}
        for key, value, n in counted
        if n
    ]


def seconds(micros: float | None) -> float | None:
    """Microseconds as seconds."""
    return None if micros is None else micros / 1_000_000


def whole(number: float | None) -> int | None:
    """A whole number."""
    return None if number is None else int(number)


def stats(row: Mapping[str, Any]) -> Json:
    """Statistics of one key of feedback."""
    return {
        "n": int(row["n"]),
        "avg": row["avg"],
        "values": {label: int(count) for label, count in row["values"].items()},
        "comments": list(row["comments"]),
        "sources": list(row["sources"]),
        "min": row["min"],
        "max": row["max"],
        "stdev": row["stdev"],
        "errors": int(row["errors"]),
    }
