"""The SQL of experiments: a row of one is the root of a trace in its project, with its example."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pilothouse.filters import Expression
from pilothouse.platform.store.binds import Binds
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.selection import Selection

COMPARATIVE: Final = "feedback.comparative_experiment_id"
"""The metadata of a score that is a preference in a comparative experiment: its id."""
MOST_COMMENTS: Final = 10
BINS: Final = 10
_FIGURES: Final = """
    count() AS run_count,
    uniqExactIf(example_id, example_id != '') AS example_count,
    countIf(status = 'error') AS error_count,
    quantileExactInclusive(0.5)(duration_us) AS latency_p50_us,
    quantileExactInclusive(0.99)(duration_us) AS latency_p99_us,
    quantileExactInclusive(0.5)(first_token_us) AS first_token_p50_us,
    quantileExactInclusive(0.99)(first_token_us) AS first_token_p99_us,
    sum(input_tokens) AS input_tokens,
    sum(output_tokens) AS output_tokens,
    sum(total_tokens) AS total_tokens,
    sum(cost_input) AS cost_input,
    sum(cost_output) AS cost_output,
    sum(cost_total) AS cost_total,
    toUnixTimestamp64Micro(min(start_time)) AS first_us,
    toUnixTimestamp64Micro(max(start_time)) AS last_us"""
_STATISTICS: Final = f"""
    name,
    count() AS n,
    countIf(status = 'error') AS errors,
    avg(value) AS mean,
    min(value) AS min,
    max(value) AS max,
    stddevSamp(value) AS stdev,
    histogramIf({BINS})(value, isNotNull(value)) AS bins,
    mapFilter((k, v) -> k != '', sumMap(map(toString(label), toUInt64(1)))) AS labels,
    groupArrayIf({MOST_COMMENTS})(comment, comment != '') AS comments"""
_RUN: Final = """
    project, example_id, repetition, trace_id, root_span_id, name,
    toUnixTimestamp64Micro(start_time) AS start_us, duration_us, first_token_us, status,
    status_message, error_type, input_tokens, output_tokens, total_tokens, cost_input, cost_output,
    cost_total, input_preview, output_preview"""


async def figures(
    store: Store, projects: Sequence[int], of_roots: Selection | None = None
) -> dict[int, dict[str, Any]]:
    """Counts, times, tokens and cost of the runs of some experiments, by project.

    `of_roots` narrows them to traces whose roots are of that selection of spans.
    """
    binds = Binds()
    where = binds.projects(projects)
    if of_roots is not None:
        where += f""" AND (project, trace_id, root_span_id) IN (
    SELECT project, trace_id, span_id FROM spans FINAL WHERE {of_roots.where(binds, "spans")}
)"""
    sql = f"""
SELECT project, {_FIGURES}
FROM traces FINAL
WHERE {where}
GROUP BY project"""
    return {int(row["project"]): row for row in await store.records(sql, binds.params)}


async def kinds(
    store: Store, projects: Sequence[int], of_roots: Selection | None = None
) -> dict[int, dict[str, int]]:
    """By project: how many roots of traces there are of each kind."""
    binds = Binds()
    where = binds.projects(projects) if of_roots is None else of_roots.where(binds, "spans")
    sql = f"""
SELECT project, toString(kind) AS kind, count() AS n
FROM spans FINAL
WHERE {where} AND parent_span_id = ''
GROUP BY project, kind"""
    found: dict[int, dict[str, int]] = {}
    for project, kind, n in await store.rows(sql, binds.params):
        found.setdefault(int(project), {})[kind] = int(n)
    return found


def _counting(own: str) -> str:
    """The scores that make an experiment's figures.

    People score a judge's runs under its own name, to see whether it can be trusted: that is held
    against its verdicts, not mixed into them.
    """
    return (
        "NOT (source = 'human' AND (project, name) IN (SELECT project, name FROM scores FINAL"
        f" WHERE {own} AND trace_id != '' AND status = 'ok' AND source IN ('judge', 'code')))"
    )


async def score_figures(store: Store, projects: Sequence[int]) -> list[dict[str, Any]]:
    """Statistics of scores by project and name.

    `of_whole` = 1: of the experiment as a whole; 0: of its runs, where only what is said of a root
    counts. Preferences of comparative experiments are figures of those, not of these.
    """
    binds = Binds()
    own = binds.projects(projects)
    sql = f"""
SELECT project, of_whole, {_STATISTICS}
FROM (
    SELECT *, trace_id = '' AND session_id = '' AS of_whole
    FROM scores FINAL
    WHERE {own} AND metadata['{COMPARATIVE}'] = '' AND {_counting(own)}
        AND (trace_id = '' OR span_id = ''
            OR (project, trace_id, span_id) IN (
                SELECT project, trace_id, root_span_id FROM traces FINAL WHERE {own}
            ))
    ORDER BY created_at, id
)
WHERE session_id = ''
GROUP BY project, of_whole, name
ORDER BY name"""
    return await store.records(sql, binds.params)


async def runs(
    store: Store, projects: Sequence[int], example_ids: Sequence[str]
) -> list[dict[str, Any]]:
    """The runs of some examples in some experiments, in the order of their start."""
    if not example_ids or not projects:
        return []
    binds = Binds()
    sql = f"""
SELECT {_RUN}
FROM traces FINAL
WHERE {binds.projects(projects)} AND example_id IN ({binds.texts(example_ids)})
ORDER BY start_time, trace_id"""
    return await store.records(sql, binds.params)


async def measured(
    store: Store, projects: Sequence[int], *, succeeded: bool = False
) -> list[tuple[Any, ...]]:
    """(project, example, duration, tokens, cost, runs, failed) of each example, means of its runs.

    Durations are in milliseconds. With `succeeded` the means leave out runs that failed.
    """
    binds = Binds()
    which = "status != 'error'" if succeeded else "1"
    duration, tokens, cost = (
        f"avgOrNullIf({column}, {which})"
        for column in ("duration_us", "total_tokens", "cost_total")
    )
    sql = f"""
SELECT project, example_id, {duration} / 1000, {tokens}, {cost}, count(),
    countIf(status = 'error')
FROM traces FINAL
WHERE {binds.projects(projects)} AND example_id != ''
GROUP BY project, example_id"""
    return await store.rows(sql, binds.params)


async def scored(store: Store, projects: Sequence[int]) -> list[tuple[int, str, str, float]]:
    """(project, example, name, mean of the example's runs) of every score that is a number."""
    binds = Binds()
    sql = f"""
SELECT t.project, t.example_id, s.name, avg(s.value)
{_of_roots(binds.projects(projects), "value IS NOT NULL")}
GROUP BY t.project, t.example_id, s.name"""
    rows = await store.rows(sql, binds.params)
    return [(int(project), example, name, float(mean)) for project, example, name, mean in rows]


async def labelled(
    store: Store, projects: Sequence[int]
) -> list[tuple[int, str, str, dict[str, int]]]:
    """(project, example, name, how often each label was given) of every score that is a word."""
    binds = Binds()
    sql = f"""
SELECT t.project, t.example_id, s.name, sumMap(map(toString(s.label), toUInt64(1)))
{_of_roots(binds.projects(projects), "value IS NULL AND label != ''")}
GROUP BY t.project, t.example_id, s.name"""
    rows = await store.rows(sql, binds.params)
    return [(int(project), example, name, dict(counts)) for project, example, name, counts in rows]


def _of_roots(own: str, condition: str) -> str:
    """The traces `t` of examples with the scores `s` of them or of their roots."""
    return f"""FROM (
    SELECT project, trace_id, example_id, root_span_id
    FROM traces FINAL
    WHERE {own} AND example_id != ''
) AS t
INNER JOIN (
    SELECT project, trace_id, span_id, name, value, label
    FROM scores FINAL
    WHERE {own} AND trace_id != '' AND status = 'ok' AND {condition}
        AND metadata['{COMPARATIVE}'] = '' AND {_counting(own)}
) AS s ON t.project = s.project AND t.trace_id = s.trace_id
WHERE s.span_id IN ('', t.root_span_id)"""


async def unscored(store: Store, projects: Sequence[int]) -> list[tuple[int, str, int]]:
    """(project, name, runs) of the runs on which an evaluator came to no verdict."""
    binds = Binds()
    sql = f"""
SELECT project, name, uniqExact(trace_id)
FROM scores FINAL
WHERE {binds.projects(projects)} AND trace_id != '' AND status = 'error'
GROUP BY project, name"""
    rows = await store.rows(sql, binds.params)
    return [(int(project), name, int(count)) for project, name, count in rows]


async def verdicts(store: Store, project: int, names: Sequence[str]) -> list[dict[str, Any]]:
    """What was said of an experiment's runs by some names, oldest first."""
    binds = Binds()
    own = binds.projects([project])
    sql = f"""
SELECT t.trace_id AS trace_id, t.root_span_id AS span_id, t.example_id AS example_id,
    s.name AS name, s.value AS value, s.label AS label, s.comment AS comment,
    toString(s.source) AS source, toString(s.status) AS status
FROM (
    SELECT trace_id, example_id, root_span_id
    FROM traces FINAL
    WHERE {own}
) AS t
INNER JOIN (
    SELECT id, trace_id, span_id, name, value, label, comment, source, status, created_at
    FROM scores FINAL
    WHERE {own} AND trace_id != '' AND name IN ({binds.texts(names)})
        AND metadata['{COMPARATIVE}'] = ''
) AS s ON t.trace_id = s.trace_id
WHERE s.span_id IN ('', t.root_span_id)
ORDER BY s.created_at, s.id"""
    return await store.records(sql, binds.params)


async def matching(store: Store, project: int, name: str, filter: Expression) -> set[str]:
    """The examples that have a run in an experiment which a filter lets through."""
    binds = Binds()
    where = Selection(projects={project: name}, filter=filter).where(binds, "traces")
    sql = f"""
SELECT DISTINCT example_id
FROM traces FINAL
WHERE {where} AND example_id != ''"""
    return {row[0] for row in await store.rows(sql, binds.params)}


async def newest_runs(
    store: Store, projects: Sequence[int], example_ids: Sequence[str]
) -> Mapping[tuple[int, str], tuple[str, str]]:
    """(trace, root span) of the newest run of each example in each experiment."""
    if not example_ids or not projects:
        return {}
    binds = Binds()
    sql = f"""
SELECT project, example_id, argMax(trace_id, start_time), argMax(root_span_id, start_time)
FROM traces FINAL
WHERE {binds.projects(projects)} AND example_id IN ({binds.texts(example_ids)})
GROUP BY project, example_id"""
    rows = await store.rows(sql, binds.params)
    return {(int(project), example): (trace, span) for project, example, trace, span in rows}


async def preferences(
    store: Store, projects: Sequence[int], comparative_id: str
) -> list[dict[str, Any]]:
    """How a comparative experiment went: statistics by project and name."""
    binds = Binds()
    sql = f"""
SELECT project, {_STATISTICS}
FROM (
    SELECT * FROM scores FINAL
    WHERE {binds.projects(projects)} AND metadata['{COMPARATIVE}'] = {binds.text(comparative_id)}
    ORDER BY created_at, id
)
GROUP BY project, name
ORDER BY name"""
    return await store.records(sql, binds.params)
