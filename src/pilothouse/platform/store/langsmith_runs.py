"""Runs of the LangSmith protocol in the table of spans: found by their ids, and moved."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from pilothouse.dialects import langsmith_run
from pilothouse.platform.store import retag
from pilothouse.platform.store.binds import Binds
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.large_values import attach
from pilothouse.platform.store.live import Mark
from pilothouse.platform.store.rows import SOURCE_COLUMNS, SPAN_COLUMNS, source_of
from pilothouse.platform.store.schema import RUN_KEY, RUN_NAMESPACE
from pilothouse.spans import Source

_HOUR_S: Final = 3600
_START_US: Final = "toUnixTimestamp64Micro(start_time) AS start_us"
_COLUMNS: Final = ", ".join(_START_US if c == "start_us" else c for c in SOURCE_COLUMNS)
CONFINED: Final = f"mapContains(attributes, '{langsmith_run.CONFINED}')"
FORGED_FIRST: Final = f"{CONFINED} DESC, if({CONFINED}, project, 0) DESC"
"""Orders runs of one id so that the last is whose the id is: one that no key confined to its
project, since whoever knows an id may post it with theirs; else that of the oldest project."""
_BEGUN: Final = f"NOT mapContains(attributes, '{langsmith_run.HALF}')"
_VERSION: Final = SPAN_COLUMNS.index("version")


class Names(Protocol):
    """What is needed of the projects."""

    def name_of(self, project: int) -> str | None: ...
    def find(self, name: str) -> int | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A run that is looked for; where its place is not known, its id alone has to do."""

    id: str
    trace_id: str = ""
    start_us: int | None = None
    is_new: bool = False
    """Whether it may well not be there: then it is only looked for where it names itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a run stands."""

    project: str
    trace_id: str
    id: str
    start_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A run that stood in one place until it turned out to belong in another."""

    left: Place
    to: Place
    version: int
    """Of the row in its new place."""


class StoredRuns:
    """Reads runs back, and removes what is left behind of those that moved."""

    def __init__(self, store: Store, projects: Names) -> None:
        self._store = store
        self._projects = projects

    @property
    def alone(self) -> bool:
        """Whether no other server can write into the store."""
        return self._store.path is not None

    async def visible(self) -> None:
        """Return once all that came to this server before is in the store."""
        await self._store.visible()

    async def sources(self, wanted: Iterable[Wanted], only: str | None = None) -> list[Source]:
        """The newest rows of those of the runs that are in the store, as they came.

        A run that is confined to its project counts for itself beside others of its id. With
        `only` no other project is looked into.
        """
        project = None if only is None else self._projects.find(only)
        if only is not None and project is None:
            return []
        runs = list(wanted)
        placed = [run for run in runs if run.trace_id and run.start_us is not None]
        rows: list[dict[str, Any]] = []
        if placed:
            binds = Binds()
            hours = sorted({_hour_s(run.start_us or 0) for run in placed})
            where = f"""span_id IN ({binds.texts(sorted({run.id for run in placed}))})
  AND trace_id IN ({binds.texts(sorted({run.trace_id for run in placed}))})
  AND hour IN ({", ".join(binds.hour(hour) for hour in hours)})"""
            rows = await self._rows(where, binds, project)
        found = {row["span_id"] for row in rows if only or not row["confined"]}
        rest = {run.id for run in runs if run.id not in found and not _is_placed(run)}
        if rest:
            binds = Binds()
            rows += await self._rows(f"span_id IN ({binds.texts(sorted(rest))})", binds, project)
        return await asyncio.to_thread(self._sources, rows)

    async def begun(self, ids: Iterable[str]) -> list[Source]:
        """The newest rows of those of the runs whose beginnings are in the store."""
        binds = Binds()
        where = f"span_id IN ({binds.texts(sorted(ids))}) AND {_BEGUN}"
        return await asyncio.to_thread(self._sources, await self._rows(where, binds))

    async def _rows(
        self, where: str, binds: Binds, project: int | None = None
    ) -> list[dict[str, Any]]:
        if project is not None:
            where += f" AND project = {binds.integer(project)}"
        sql = f"""
SELECT {_COLUMNS}, {CONFINED} AS confined FROM spans
WHERE {where}
ORDER BY version DESC LIMIT 1 BY span_id, if(confined, project, 0)"""
        return await self._store.records(sql, binds.params)

    def _sources(self, rows: Iterable[dict[str, Any]]) -> list[Source]:
        sources = []
        for row in rows:
            name = self._projects.name_of(int(row["project"]))
            if name is None or not row["wire"].startswith("langsmith"):
                continue
            source = source_of(row, name)
            attach(source, self._blob_of(int(row["project"])))
            sources.append(source)
        return sources

    def _blob_of(self, project: int) -> Callable[[str], bytes | None]:
        def fetch(blob: str) -> bytes | None:
            binds = Binds()
            where = f"project = {binds.integer(project)} AND id = {binds.text(blob)}"
            if not self._store.rows_sync(
                f"SELECT 1 FROM blobs WHERE {where} LIMIT 1", binds.params
            ):
                return None
            sql = f"SELECT data FROM blobs WHERE {where} LIMIT 1"
            return self._store.raw_sync(sql, binds.params, "RawBLOB")

        return fetch

    async def newest_start_us(self, since_us: int) -> int:
        """The latest start of a run among those that began after a time, 0 where none did."""
        binds = Binds()
        sql = f"""
SELECT toUnixTimestamp64Micro(max(start_time)) FROM spans
WHERE hour >= {binds.hour(_hour_s(since_us))} AND startsWith(wire, 'langsmith')"""
        rows = await self._store.rows(sql, binds.params)
        return max(0, int(rows[0][0] or 0))

    async def remove(self, moves: Iterable[Move]) -> list[tuple[Mark, tuple[Any, ...] | None]]:
        """Delete rows that runs left behind, and the rows of traces that are empty now.

        A run that did not get to its new place stays where it is. -> the traces that were left; of
        each that has spans still the row of one, to be written again so that the trace is computed
        anew.
        """
        await self._store.visible()
        marks: dict[Mark, None] = {}
        for move in moves:
            project = self._projects.find(move.left.project)
            if project is None or not await self._has_arrived(move):
                continue
            where, binds = _where(project, move.left)
            await self._store.command(f"DELETE FROM spans WHERE {where}", binds.params)
            marks[project, move.left.trace_id] = None
        return [(mark, await self._bereft(*mark)) for mark in marks]

    async def _has_arrived(self, move: Move) -> bool:
        project = self._projects.find(move.to.project)
        if project is None:
            return False
        where, binds = _where(project, move.to)
        arrived = f"{where} AND version >= {binds.integer(move.version)}"
        return bool(
            await self._store.rows(f"SELECT 1 FROM spans WHERE {arrived} LIMIT 1", binds.params)
        )

    async def _bereft(self, project: int, trace_id: str) -> tuple[Any, ...] | None:
        known = await retag.known_traces(self._store, project, [trace_id])
        binds = Binds()
        where = f"project = {binds.integer(project)} AND trace_id = {binds.text(trace_id)}"
        spans = await self._store.rows(
            f"SELECT span_id FROM spans WHERE {where} LIMIT 1", binds.params
        )
        if not spans:
            await self._store.command(f"DELETE FROM traces WHERE {where}", binds.params)
            return None
        if not known:
            return None
        one = retag.Tagged(trace_id, spans[0][0], [])
        rows = await retag.rows_of(self._store, project, known, [one])
        return next(iter(rows.values()), None)


def _where(project: int, place: Place) -> tuple[str, Binds]:
    """The condition that a run's row meets, with the values that it binds."""
    binds = Binds()
    return (
        f"project = {binds.integer(project)} AND hour = {binds.hour(_hour_s(place.start_us))}"
        f" AND trace_id = {binds.text(place.trace_id)} AND span_id = {binds.text(place.id)}"
    ), binds


def renewed(row: tuple[Any, ...], version: int) -> tuple[Any, ...]:
    """The same row in another version."""
    return (*row[:_VERSION], version, *row[_VERSION + 1 :])


def run_uuid(project: int, trace_id: str, span_id: str) -> str:
    """The id by which the protocol knows a span whose own id is no UUID."""
    return str(uuid.uuid5(RUN_NAMESPACE, f"{project}:{trace_id}:{span_id}"))


async def by_run_uuid(
    store: Store, projects: Sequence[int], run_ids: Iterable[str]
) -> dict[str, tuple[int, str, str]]:
    """(project, trace id, span id) of the spans that are known by these ids of `run_uuid`."""
    wanted = {run_id: _key_of(run_id) for run_id in run_ids}
    if not wanted:
        return {}
    binds = Binds()
    keys = binds.texts(sorted(set(wanted.values())))
    sql = f"""
SELECT DISTINCT project, trace_id, span_id FROM spans
WHERE {binds.projects(projects)} AND {RUN_KEY} IN ({keys})"""
    found: dict[str, tuple[int, str, str]] = {}
    for project, trace_id, span_id in await store.rows(sql, binds.params):
        run_id = run_uuid(int(project), trace_id, span_id)
        if run_id in wanted:
            found[run_id] = (int(project), trace_id, span_id)
    return found


def _key_of(run_id: str) -> str:
    return run_id.replace("-", "")[18:]


def _is_placed(run: Wanted) -> bool:
    """Whether a run that is not where it says is nowhere."""
    return run.is_new and bool(run.trace_id) and run.start_us is not None


def _hour_s(start_us: int) -> int:
    return start_us // 1_000_000 // _HOUR_S * _HOUR_S
