"""The SQL of releases: what the units of each arm contributed, step by step.

A call of an arm says so in its metadata (`gateway.experiment`, `gateway.arm`, `gateway.step`), and
who was assigned by a digest (`gateway.unit`). What the client broke off is no error of an arm; an
answer that another arm had to give is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from pilothouse.platform.store.binds import Binds
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.selection import Selection

_GONE: Final = "client_gone"
_KEYS: Final = """metadata['gateway.arm'] AS arm, metadata['gateway.step'] AS step,
    metadata['gateway.unit'] AS unit"""
_FAILED: Final = (
    f"((status = 'error' AND error_type != '{_GONE}') OR metadata['gateway.fallbacks'] != '')"
)
_PRIMARY: Final = "toFloat64OrNull(metadata['gateway.primary.{}'])"
MOST_TIMES: Final = 2000
"""Durations of a unit in a step that percentiles are made of."""


async def totals(
    store: Store, projects: Sequence[int], name: str, since: datetime
) -> list[dict[str, Any]]:
    """Sums by arm, step and unit.

    `calls`, `errors`, `log_us` (of the `timed` calls that went well), `cost` (of the `priced`),
    `tokens` (of the `counted`), `durations` and `first_tokens` in microseconds, and for shadows
    the same of the answers they stand next to: `primary_log_us`, `primary_timed`, `primary_cost`,
    `primary_priced`.
    """
    binds = Binds()
    duration, cost = _PRIMARY.format("duration_ms"), _PRIMARY.format("cost_usd")
    sql = f"""
SELECT arm, step, unit,
    count() AS calls,
    countIf(failed) AS errors,
    sumIf(log(duration_us), timed_well) AS log_us,
    countIf(timed_well) AS timed,
    sumIf(cost_total, isNotNull(cost_total) AND NOT failed) AS cost,
    countIf(isNotNull(cost_total) AND NOT failed) AS priced,
    sumIf(total_tokens, isNotNull(total_tokens) AND NOT failed) AS tokens,
    countIf(isNotNull(total_tokens) AND NOT failed) AS counted,
    groupArrayIf({MOST_TIMES})(duration_us, timed_well) AS durations,
    groupArrayIf({MOST_TIMES})(first_token_us, isNotNull(first_token_us)) AS first_tokens,
    sumIf(log({duration} * 1000), {duration} > 0 AND NOT failed) AS primary_log_us,
    countIf({duration} > 0 AND NOT failed) AS primary_timed,
    sumIf({cost}, isNotNull({cost}) AND NOT failed) AS primary_cost,
    countIf(isNotNull({cost}) AND NOT failed) AS primary_priced
FROM (
    SELECT {_KEYS}, {_FAILED} AS failed, duration_us, first_token_us, cost_total, total_tokens,
        metadata, isNotNull(duration_us) AND duration_us > 0 AND NOT failed AS timed_well
    FROM spans FINAL
    WHERE {_of(binds, projects, name, since)}
)
GROUP BY arm, step, unit"""
    return await store.records(sql, binds.params)


async def scores(
    store: Store, projects: Sequence[int], name: str, since: datetime
) -> list[tuple[str, str, str, str, int, float]]:
    """(arm, step, unit, name of a score, traces, sum of their means), of numbers alone."""
    binds = Binds()
    own = binds.projects(projects)
    sql = f"""
SELECT arm, step, unit, name, count(), sum(mean)
FROM (
    SELECT s.arm AS arm, s.step AS step, s.unit AS unit, c.name AS name, avg(c.value) AS mean
    FROM (
        SELECT project, trace_id, span_id, {_KEYS}
        FROM spans FINAL
        WHERE {_of(binds, projects, name, since)}
    ) AS s
    INNER JOIN (
        SELECT project, trace_id, span_id, toString(name) AS name, value
        FROM scores FINAL
        WHERE {own} AND trace_id != '' AND status = 'ok' AND value IS NOT NULL
            AND created_at >= {binds.moment(since)}
    ) AS c ON s.project = c.project AND s.trace_id = c.trace_id
    WHERE c.span_id IN ('', s.span_id)
    GROUP BY s.project, s.trace_id, s.arm, s.step, s.unit, c.name
)
GROUP BY arm, step, unit, name"""
    return [
        (arm, step, unit, score, int(traces), float(total))
        for arm, step, unit, score, traces, total in await store.rows(sql, binds.params)
    ]


async def pairs(
    store: Store, projects: Sequence[int], name: str, since: datetime, limit: int
) -> list[dict[str, Any]]:
    """The newest shadows with the calls that they stand next to, for people to look at."""
    binds = Binds()
    sql = f"""
SELECT project, trace_id, span_id, toUnixTimestamp64Micro(start_time) AS start_us, status,
    status_message, duration_us, cost_total, input_preview, output_preview,
    metadata['gateway.shadow_of.project'] AS primary_project,
    metadata['gateway.shadow_of.trace_id'] AS primary_trace_id,
    metadata['gateway.shadow_of.span_id'] AS primary_span_id
FROM spans FINAL
WHERE {_of(binds, projects, name, since)} AND metadata['gateway.arm'] = 'shadow'
ORDER BY start_time DESC, span_id
LIMIT {binds.integer(limit)}"""
    return await store.records(sql, binds.params)


def _of(binds: Binds, projects: Sequence[int], name: str, since: datetime) -> str:
    window = Selection(projects={}, since=since).window(binds)
    told = [f"metadata['gateway.experiment'] = {binds.text(name)}", "startsWith(wire, 'gateway')"]
    return " AND ".join([binds.projects(projects), *window, *told])
