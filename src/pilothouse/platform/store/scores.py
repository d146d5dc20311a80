"""The SQL of scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from weakref import WeakKeyDictionary

import orjson

from pilothouse.platform.store.binds import Binds
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.json_rows import Row, project_name, split_rows

_COLUMNS: Final = (
    "project, id, name, value, label, comment, source, identifier, evaluator_version, trace_id,"
    " span_id, session_id, status, error, created_at, metadata"
)


def _known(*names: str) -> str:
    return ", ".join(f"nullIf({name}, '') AS {name}" for name in names)


_JSON: Final = (
    f"id, name, value, {_known('label', 'comment')}, source,"
    f" {_known('identifier', 'evaluator_version', 'trace_id', 'span_id', 'session_id')},"
    f" status, {_known('error')}, created_at,"
    " mapApply((k, v) -> (k, trimLeft(v, char(1))), metadata) AS metadata"
)


async def page(
    store: Store,
    projects: dict[int, str],
    *,
    wanted: dict[str, str],
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int,
    after: list[Any] | None = None,
) -> list[Row]:
    """Scores, the newest first; `wanted` are columns with the value that they must have."""
    binds = Binds()
    where = [f"{binds.projects(projects)}"]
    where += [f"{column} = {binds.text(value)}" for column, value in wanted.items()]
    if since is not None:
        where.append(f"created_at >= {binds.moment(since)}")
    if until is not None:
        where.append(f"created_at < {binds.moment(until)}")
    if after is not None:
        created_us, project, score_id = after
        place = (binds.micros(int(created_us)), binds.integer(int(project)))
        where.append(
            f"(created_at, project, id) < ({', '.join(place)}, {binds.text(str(score_id))})"
        )
    sql = f"""
SELECT {_JSON}, {project_name(binds, projects)}, _k
FROM (
    SELECT project AS project_number, {_COLUMNS},
           (toUnixTimestamp64Micro(created_at), project, id) AS _k
    FROM scores FINAL
    WHERE {" AND ".join(where)}
    ORDER BY created_at DESC, project DESC, id DESC
    LIMIT {limit}
)"""
    return split_rows(await store.raw(sql, binds.params))


async def of_traces(
    store: Store, projects: Mapping[int, str], trace_ids: Sequence[str]
) -> dict[tuple[int, str], list[dict[str, Any]]]:
    """The scores of some traces and of their spans, oldest first."""
    return await _grouped(store, projects, "trace_id", trace_ids)


async def of_sessions(
    store: Store, projects: Mapping[int, str], session_ids: Sequence[str]
) -> dict[tuple[int, str], list[dict[str, Any]]]:
    """The scores of some sessions themselves."""
    return await _grouped(store, projects, "session_id", session_ids)


async def _grouped(
    store: Store, projects: Mapping[int, str], key: str, ids: Sequence[str]
) -> dict[tuple[int, str], list[dict[str, Any]]]:
    if not ids or not await any_there(store):
        return {}
    binds = Binds()
    sql = f"""
SELECT project_number, key, {_JSON}, {project_name(binds, projects)}
FROM (
    SELECT project AS project_number, {key} AS key, {_COLUMNS} FROM (
        SELECT * FROM scores
        WHERE {binds.projects(projects)} AND {key} IN ({binds.texts(ids)})
        ORDER BY version DESC LIMIT 1 BY project, id
    )
    WHERE deleted = 0
)
ORDER BY created_at, id"""
    found: dict[tuple[int, str], list[dict[str, Any]]] = {}
    for line in (await store.raw(sql, binds.params)).split(b"\n"):
        if line:
            score = orjson.loads(line)
            found.setdefault((score.pop("project_number"), score.pop("key")), []).append(score)
    return found


_asked: WeakKeyDictionary[Store, tuple[int, bool]] = WeakKeyDictionary()
"""How often this process had written scores when it was asked whether there are any."""


async def any_there(store: Store) -> bool:
    """Whether there is any score at all: most lists need not ask further."""
    written = store.inserts["scores"]
    known = _asked.get(store)
    # Others may write to a server's tables, but to an embedded store only this process.
    if known is not None and (known[1] or (known[0] == written and store.path is not None)):
        return known[1]
    answer = bool(await store.rows("SELECT 1 FROM scores LIMIT 1"))
    _asked[store] = (written, answer)
    return answer


async def found(store: Store, score_id: str, projects: Sequence[int]) -> list[dict[str, Any]]:
    """The rows of a score, one for each project that has one of this id."""
    binds = Binds()
    sql = f"""
SELECT *, toUnixTimestamp64Micro(created_at) AS created_us FROM scores FINAL
WHERE {binds.projects(projects)} AND id = {binds.text(score_id)}
ORDER BY project"""
    return await store.records(sql, binds.params)


def waiting_scores(store: Store, days: int = 7, most: int = 10_000) -> list[dict[str, Any]]:
    """Scores of the last days whose span is known by its provider's response id only."""
    return store.records_sync(
        """
        SELECT project, id, name, value, label, comment, source, identifier, evaluator_version,
            trace_id, span_id, session_id, response_id, status, error,
            toUnixTimestamp64Micro(created_at) AS created_us, metadata
        FROM scores FINAL
        WHERE response_id != '' AND span_id = ''
            AND created_at > now() - toIntervalDay({days:UInt32})
        LIMIT {most:UInt32}
        """,
        {"days": days, "most": most},
    )
