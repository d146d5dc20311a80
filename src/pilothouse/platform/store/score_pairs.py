"""The SQL of scores that stand on the same traces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pilothouse.platform.store.binds import Binds
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.selection import Selection


async def names(store: Store, selection: Selection, most: int) -> list[dict[str, Any]]:
    """The names of scores on the traces of a selection, those on most traces first.

    Each with `traces`, how many have a number of it, `labelled`, how many have any, and `sources`.
    """
    binds = Binds()
    sql = f"""
SELECT name, uniqExactIf((project, trace_id), value IS NOT NULL) AS traces,
       uniqExact((project, trace_id)) AS labelled, arraySort(groupUniqArray(source)) AS sources
FROM scores FINAL
WHERE {_of(selection, binds)}
GROUP BY name
ORDER BY traces DESC, labelled DESC, name
LIMIT {binds.integer(most)}"""
    return await store.records(sql, binds.params)


async def values(
    store: Store, selection: Selection, wanted: Sequence[str], most: int
) -> list[tuple[list[str], list[float]]]:
    """Of each trace with scores of several names these and their means; the last scored first."""
    binds = Binds()
    sql = f"""
SELECT groupArray(name), groupArray(mean)
FROM (
    SELECT project, trace_id, name, avg(value) AS mean, max(created_at) AS at
    FROM scores FINAL
    WHERE {_of(selection, binds)} AND value IS NOT NULL AND name IN ({binds.texts(wanted)})
    GROUP BY project, trace_id, name
)
GROUP BY project, trace_id
HAVING count() > 1
ORDER BY max(at) DESC, trace_id
LIMIT {binds.integer(most)}"""
    return [
        (list(of), [float(value) for value in means])
        for of, means in await store.rows(sql, binds.params)
    ]


def _of(selection: Selection, binds: Binds) -> str:
    """What holds for scores that went well of the traces of a selection."""
    where = selection.where(binds, "traces")
    return (
        f"{binds.projects(selection.projects)} AND trace_id != '' AND status = 'ok'"
        f" AND (project, trace_id) IN (SELECT project, trace_id FROM traces FINAL WHERE {where})"
    )
