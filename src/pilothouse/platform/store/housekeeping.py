"""Deletes what is too old or unwanted, and says what takes how much room.

Deletion is lightweight (a mask over rows): cheap at once,
and merges drop the rows. Where a large share of a table is masked, the parts are written anew, or
the disk would be given back only by chance.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pilothouse.platform.store.engine import Store

TABLES: Final = ("spans", "traces", "scores", "logs", "blobs", "metric_points")
REWRITE_SHARE: Final = 0.15
"""The share of masked rows from which a table is written anew."""
REWRITE_S: Final = 1_800.0
"""How long to wait for it."""

_CUTOFF: Final = "{cutoff:DateTime('UTC')}"
_OLD: Final[Mapping[str, str]] = {
    "spans": f"hour < {_CUTOFF}",
    # A trace stays until its last span is too old; until then its page says that spans are gone.
    "traces": f"hour < {_CUTOFF} AND last_hour < {_CUTOFF}",
    "scores": f"created_at < {_CUTOFF}",
    "logs": f"time < {_CUTOFF}",
    "blobs": f"hour < {_CUTOFF}",
    "metric_points": f"time < {_CUTOFF}",
}
_OF_PROJECTS: Final = "project IN {projects:Array(UInt32)}"
_BATCH: Final = 5_000
_TEXTS: Final = "concat(input, output, content, events, attributes['langsmith.run.attachments'])"
_MARKER: Final = r'\\*"\$blob\\*"\s*:\s*\\*"([0-9a-f]{64})'
"""How a value that stands apart is mentioned (see `large_values`), as an RE2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSize:
    """How large a table is on disk."""

    table: str
    rows: int
    """Without those that are masked as deleted."""
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectSize:
    """How much of the store is a project's."""

    project: int
    rows: Mapping[str, int]
    """By table."""
    bytes: int
    """Its share of the tables by rows and their size: parts on disk hold several projects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """The disk that the store writes to."""

    free_bytes: int
    total_bytes: int


async def delete_before(store: Store, projects: Iterable[int], cutoff_s: int) -> dict[str, int]:
    """Delete everything of these projects from before a time; -> rows deleted by table."""
    numbers = sorted(projects)
    params = {"projects": numbers, "cutoff": cutoff_s}
    deleted: dict[str, int] = {}
    if not numbers:
        return deleted
    for table, is_old in _OLD.items():
        found = await store.rows(
            f"SELECT count() FROM {table} WHERE {_OF_PROJECTS} AND {is_old}", params
        )
        if found[0][0]:
            await _delete(store, f"{table} WHERE {_OF_PROJECTS} AND {is_old}", params)
            deleted[table] = int(found[0][0])
    return deleted


async def stored_projects(store: Store) -> set[int]:
    """The numbers of the projects that have anything in the store."""
    each = " UNION ALL ".join(f"SELECT DISTINCT project FROM {table}" for table in TABLES)
    return {int(row[0]) for row in await store.rows(f"SELECT DISTINCT project FROM ({each})")}


async def delete_project(store: Store, project: int, table: str) -> int:
    """Delete everything of a project in one of `TABLES`; -> rows deleted."""
    params = {"projects": [project]}
    found = await store.rows(f"SELECT count() FROM {_known(table)} WHERE {_OF_PROJECTS}", params)
    if found[0][0]:
        await _delete(store, f"{table} WHERE {_OF_PROJECTS}", params)
    return int(found[0][0])


async def traces_of_user(store: Store, project: int, user_id: str) -> list[str]:
    """The ids of all traces in which a user stands."""
    rows = await store.rows(
        """
        SELECT DISTINCT trace_id
        FROM (
            SELECT trace_id FROM traces WHERE project = {project:UInt32} AND user_id = {user:String}
            UNION ALL
            SELECT trace_id FROM spans WHERE project = {project:UInt32} AND user_id = {user:String}
        )
        """,
        {"project": project, "user": user_id},
    )
    return [row[0] for row in rows]


async def delete_traces(store: Store, project: int, trace_ids: list[str]) -> dict[str, int]:
    """Delete whole traces with their scores, log records and blobs; -> rows deleted by table."""
    deleted = dict.fromkeys(("spans", "traces", "scores", "logs", "blobs"), 0)
    for at in range(0, len(trace_ids), _BATCH):
        params: dict[str, Any] = {"project": project, "ids": trace_ids[at : at + _BATCH]}
        those = "project = {project:UInt32} AND trace_id IN {ids:Array(String)}"
        markers = await store.rows(
            f"""
            SELECT DISTINCT arrayJoin(extractAll({_TEXTS}, {{marker:String}}))
            FROM spans
            WHERE {those}
            """,
            params | {"marker": _MARKER},
        )
        for table in ("spans", "traces", "scores", "logs"):
            found = await store.rows(f"SELECT count() FROM {table} WHERE {those}", params)
            if found[0][0]:
                await _delete(store, f"{table} WHERE {those}", params)
                deleted[table] += int(found[0][0])
        deleted["blobs"] += await _delete_orphans(store, project, [row[0] for row in markers])
    return deleted


async def _delete_orphans(store: Store, project: int, blobs: list[str]) -> int:
    """Delete those blobs that no span mentions any more: equal values are kept once."""
    if not blobs:
        return 0
    params: dict[str, Any] = {"project": project, "blobs": blobs}
    used = await store.rows(
        f"""
        SELECT DISTINCT arrayJoin(
            arrayIntersect(extractAll({_TEXTS}, {{marker:String}}), {{blobs:Array(String)}})
        )
        FROM spans
        WHERE project = {{project:UInt32}} AND position({_TEXTS}, '$blob') > 0
        """,
        params | {"marker": _MARKER},
        timeout_s=600,
    )
    orphans = sorted(set(blobs) - {row[0] for row in used})
    if orphans:
        await _delete(
            store,
            "blobs WHERE project = {project:UInt32} AND id IN {orphans:Array(String)}",
            {"project": project, "orphans": orphans},
        )
    return len(orphans)


async def _delete(store: Store, what: str, params: Mapping[str, Any]) -> None:
    """Mask rows and wait until no read sees them, however long a large table takes."""
    await store.command(f"DELETE FROM {what} SETTINGS max_execution_time = 0", params)


async def masked_share(store: Store, table: str) -> float:
    """The share of a table's rows on disk that are deleted but still take room."""
    rows = await store.rows(
        f"""
        SELECT sum(rows), (SELECT count() FROM {_known(table)})
        FROM system.parts
        WHERE active AND database = currentDatabase() AND table = {{table:String}}
        """,
        {"table": table},
    )
    stored, alive = int(rows[0][0]), int(rows[0][1])
    return 0.0 if stored == 0 else max(0.0, 1 - alive / stored)


async def rewrite(store: Store, tables: Sequence[str]) -> bool:
    """Write tables anew without their deleted rows; False when that takes too long to wait for.

    The engine does it in its background: waiting by asking now and then holds no handle.
    """
    for table in tables:
        await store.command(f"ALTER TABLE {_known(table)} APPLY DELETED MASK")
    left = """
        SELECT count()
        FROM system.mutations
        WHERE database = currentDatabase() AND table IN {tables:Array(String)} AND NOT is_done
    """
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(REWRITE_S):
            pause_s = 0.05
            while (await store.rows(left, {"tables": list(tables)}))[0][0]:
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, 5.0)
            return True
    return False


async def bytes_of_tables(store: Store) -> dict[str, int]:
    """Bytes on disk by table."""
    rows = await store.rows(
        """
        SELECT table, sum(bytes_on_disk)
        FROM system.parts
        WHERE active AND database = currentDatabase()
        GROUP BY table
        """
    )
    return {row[0]: int(row[1]) for row in rows}


async def table_sizes(store: Store) -> list[TableSize]:
    """Rows and bytes of each table."""
    on_disk = await bytes_of_tables(store)
    sizes = []
    for table in TABLES:
        found = await store.rows(f"SELECT count() FROM {table}")
        sizes.append(TableSize(table=table, rows=int(found[0][0]), bytes=on_disk.get(table, 0)))
    return sizes


async def project_sizes(store: Store, sizes: list[TableSize]) -> list[ProjectSize]:
    """Rows of each project by table, and its share of the bytes."""
    rows: dict[int, dict[str, int]] = {}
    for size in sizes:
        for project, count in await store.rows(
            f"SELECT project, count() FROM {_known(size.table)} GROUP BY project"
        ):
            rows.setdefault(int(project), {})[size.table] = int(count)
    weights = await _weights(store, sorted(rows))
    shares: dict[int, float] = dict.fromkeys(rows, 0.0)
    for size in sizes:
        parts = {
            project: counts.get(size.table, 0) * weights.get((size.table, project), 1.0)
            for project, counts in rows.items()
        }
        whole = sum(parts.values())
        for project, part in parts.items():
            shares[project] += size.bytes * part / whole if whole else 0.0
    return [
        ProjectSize(project=project, rows=counts, bytes=round(shares[project]))
        for project, counts in sorted(rows.items())
    ]


async def _weights(store: Store, projects: list[int]) -> dict[tuple[str, int], float]:
    """How large a row of a project is beside others: of a few spans, and of all blobs."""
    found: dict[tuple[str, int], float] = {}
    for project in projects:
        rows = await store.rows(
            """
            SELECT avg(byteSize(input, output, content, attributes, events) + 300)
            FROM (
                SELECT input, output, content, attributes, events
                FROM spans
                WHERE project = {project:UInt32}
                LIMIT 300
            )
            """,
            {"project": project},
        )
        if isinstance(rows[0][0], (int, float)):
            found["spans", project] = float(rows[0][0])
    for project, average in await store.rows(
        "SELECT project, avg(bytes) FROM blobs GROUP BY project"
    ):
        found["blobs", int(project)] = float(average) + 1
    return found


async def disk(store: Store) -> Disk | None:
    """The disk that the store writes to; None where the engine does not say."""
    rows = await store.rows(
        "SELECT free_space, total_space FROM system.disks WHERE name = 'default'"
    )
    if not rows:
        return None
    return Disk(free_bytes=int(rows[0][0]), total_bytes=int(rows[0][1]))


def _known(table: str) -> str:
    if table not in TABLES:
        raise ValueError(f"unknown table {table!r}")
    return table
