"""The SQL of scores as feedback: pages by run, key and source, and statistics of many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pilothouse.platform.store.binds import Binds
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.selection import Selection

MOST_COMMENTS: Final = 10
"""Comments of one key in statistics."""
_SAID: Final = (
    "if(startsWith(metadata['feedback.value'], '\"'),"
    " JSONExtractString(metadata['feedback.value']), label)"
)
"""What a verdict is called: the text that came as its value, else its label."""
_STATISTICS: Final = f"""
    name,
    count() AS n,
    countIf(status = 'error') AS errors,
    avg(value) AS avg,
    min(value) AS min,
    max(value) AS max,
    stddevSamp(value) AS stdev,
    mapFilter((k, v) -> k != '', sumMap(map(said, toUInt64(1)))) AS values,
    groupArrayIf({MOST_COMMENTS})(comment, comment != '') AS comments,
    arraySort(groupUniqArray(source)) AS sources"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackQuery:
    """Which feedback is wanted; what is empty does not matter."""

    projects: Sequence[int]
    span_ids: Sequence[str] = ()
    whole_traces: Sequence[str] = ()
    """Traces whose own verdicts are wanted beside those of `span_ids`: these are their roots."""
    trace_ids: Sequence[str] = ()
    names: Sequence[str] = ()
    sources: Sequence[str] = ()
    """Types as LangSmith calls them (`feedback.type`), or our own sources."""
    identifiers: Sequence[str] = ()
    comparative_id: str = ""
    project_level: bool | None = None
    """True for what is about a project as a whole, False for all else."""
    has_score: bool | None = None
    has_comment: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 100
    offset: int = 0


async def page(store: Store, query: FeedbackQuery) -> list[dict[str, Any]]:
    """Rows of `scores` as `score_of` reads them, the newest first."""
    binds = Binds()
    sql = f"""
SELECT *, toUnixTimestamp64Micro(created_at) AS created_us FROM scores FINAL
WHERE {" AND ".join(_where(query, binds))}
ORDER BY created_at DESC, project DESC, id DESC
LIMIT {binds.integer(query.limit)} OFFSET {binds.integer(query.offset)}"""
    return await store.records(sql, binds.params)


def _where(query: FeedbackQuery, binds: Binds) -> list[str]:
    where = [binds.projects(query.projects)]
    for column, values in (
        ("trace_id", query.trace_ids),
        ("name", query.names),
        ("identifier", query.identifiers),
    ):
        if values:
            where.append(f"{column} IN ({binds.texts(values)})")
    where += _of_runs(query, binds)
    if query.sources:
        texts = binds.texts(query.sources)
        where.append(f"(source IN ({texts}) OR metadata['feedback.type'] IN ({texts}))")
    if query.comparative_id:
        where.append(
            f"metadata['feedback.comparative_experiment_id'] = {binds.text(query.comparative_id)}"
        )
    if query.project_level is not None:
        about_all = "(trace_id = '' AND session_id = '' AND response_id = '')"
        where.append(about_all if query.project_level else f"NOT {about_all}")
    if query.has_score is not None:
        where.append(f"value IS {'NOT NULL' if query.has_score else 'NULL'}")
    if query.has_comment is not None:
        where.append(f"comment {'!=' if query.has_comment else '='} ''")
    if query.since is not None:
        where.append(f"created_at >= {binds.moment(query.since)}")
    if query.until is not None:
        where.append(f"created_at < {binds.moment(query.until)}")
    return where


def _of_runs(query: FeedbackQuery, binds: Binds) -> list[str]:
    if not query.span_ids:
        return []
    runs = f"span_id IN ({binds.texts(query.span_ids)})"
    if not query.whole_traces:
        return [runs]
    return [f"({runs} OR span_id = '' AND trace_id IN ({binds.texts(query.whole_traces)}))"]


async def found(store: Store, ids: Sequence[str], projects: Sequence[int]) -> list[dict[str, Any]]:
    """The rows of some scores by id."""
    binds = Binds()
    sql = f"""
SELECT *, toUnixTimestamp64Micro(created_at) AS created_us FROM scores FINAL
WHERE {binds.projects(projects)} AND id IN ({binds.texts(ids)})
ORDER BY project, id"""
    return await store.records(sql, binds.params)


async def statistics_of_runs(
    store: Store,
    projects: Sequence[int],
    span_ids: Sequence[str],
    roots: Mapping[str, str],
) -> list[dict[str, Any]]:
    """Statistics by project, trace, span and name; a trace's own verdicts count for its root.

    `roots` has the root span of each trace, "" where it is not among the wanted.
    """
    binds = Binds()
    traces = binds.texts(roots.keys())
    sql = f"""
SELECT project, trace_id, run, {_STATISTICS}
FROM (
    SELECT
        project, trace_id, name, status, value, comment, source, {_SAID} AS said, created_at,
        if(span_id = '', transform(trace_id, {traces}, {binds.texts(roots.values())}, ''), span_id)
            AS run
    FROM (
        SELECT * FROM scores
        WHERE {binds.projects(projects)} AND trace_id IN ({traces})
        ORDER BY version DESC
        LIMIT 1 BY project, id
    )
    WHERE deleted = 0
    ORDER BY created_at, id
)
WHERE run IN ({binds.texts(span_ids)})
GROUP BY project, trace_id, run, name
ORDER BY name"""
    return await store.records(sql, binds.params)


async def statistics_of_projects(
    store: Store, projects: Sequence[int], since: datetime | None = None
) -> list[dict[str, Any]]:
    """Statistics by project and name, of runs and (`about_all` = 1) of the project as a whole."""
    binds = Binds()
    recent = "" if since is None else f" AND created_at >= {binds.moment(since)}"
    sql = f"""
SELECT project, about_all, {_STATISTICS}
FROM (
    SELECT
        project, name, status, value, comment, source, {_SAID} AS said,
        trace_id = '' AND session_id = '' AND response_id = '' AS about_all
    FROM scores FINAL
    WHERE {binds.projects(projects)}{recent}
    ORDER BY created_at, id
)
GROUP BY project, about_all, name
ORDER BY name"""
    return await store.records(sql, binds.params)


async def statistics_of_selection(store: Store, selection: Selection) -> list[dict[str, Any]]:
    """Statistics by name of what is said of the runs of a selection."""
    binds = Binds()
    where = selection.where(binds, "spans")
    own = binds.projects(list(selection.projects))
    sql = f"""
SELECT {_STATISTICS}
FROM (
    SELECT name, status, value, comment, source, {_SAID} AS said
    FROM scores FINAL
    WHERE {own} AND span_id != '' AND (project, trace_id, span_id) IN (
        SELECT project, trace_id, span_id FROM spans FINAL WHERE {where}
    )
    ORDER BY created_at, id
)
GROUP BY name
ORDER BY name"""
    return await store.records(sql, binds.params)
