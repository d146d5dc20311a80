"""Runs of the LangSmith protocol in the table of spans: found by their ids, and moved."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from pilothouse.platform.ingest.blobs import attach
from pilothouse.platform.store import retag
from pilothouse.platform.store.binds import Binds
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.live import Mark
from pilothouse.platform.store.rows import SOURCE_COLUMNS, SPAN_COLUMNS, source_of
from pilothouse.platform.store.schema import RUN_KEY, RUN_NAMESPACE
from pilothouse.spans import Source

_HOUR_S: Final = 3600
_START_US: Final = "toUnixTimestamp64Micro(start_time) AS start_us"
_COLUMNS: Final = ", ".join(_START_US if c == "start_us" else c for c in SOURCE_COLUMNS)
_NEWEST: Final = "ORDER BY version DESC LIMIT 1 BY span_id"
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
class Left:
    """Where a run stood until it turned out to belong elsewhere."""

    project: str
    trace_id: str
    id: str
    start_us: int


class StoredRuns:
    """Reads runs back, and removes what is left behind of those that moved."""

    def __init__(self, store: Store, projects: Names) -> None:
        self._store = store
        self._projects = projects

    async def sources(self, wanted: Iterable[Wanted]) -> list[Source]:
        """The newest rows of those of the runs that are here, as they came."""
        await self._store.visible()
        runs = list(wanted)
        placed = [run for run in runs if run.trace_id and run.start_us is not None]
        rows = await self._rows(placed) if placed else []
        found = {row["span_id"] for row in rows}
        rest = {run.id for run in runs if run.id not in found and not (_is_placed(run))}
        if rest:
            binds = Binds()
            sql = f"""
SELECT {_COLUMNS} FROM spans WHERE span_id IN ({binds.texts(sorted(rest))}) {_NEWEST}"""
            rows += await self._store.records(sql, binds.params)
        return await asyncio.to_thread(self._sources, rows)

    async def _rows(self, placed: Sequence[Wanted]) -> list[dict[str, Any]]:
        binds = Binds()
        hours = sorted({_hour_s(run.start_us or 0) for run in placed})
        sql = f"""
SELECT {_COLUMNS} FROM spans
WHERE hour IN ({", ".join(binds.hour(hour) for hour in hours)})
  AND trace_id IN ({binds.texts(sorted({run.trace_id for run in placed}))})
  AND span_id IN ({binds.texts(sorted({run.id for run in placed}))})
{_NEWEST}"""
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

    async def remove(self, left: Iterable[Left]) -> list[tuple[Mark, tuple[Any, ...] | None]]:
        """Delete rows that runs left behind, and the rows of traces that are empty now.

        -> the traces that were left; of each that has spans still the row of one, to be written
        again so that the trace is computed anew.
        """
        await self._store.visible()
        marks: dict[Mark, None] = {}
        for place in left:
            project = self._projects.find(place.project)
            if project is None:
                continue
            binds = Binds()
            where = (
                f"project = {binds.integer(project)} AND hour = "
                f"{binds.hour(_hour_s(place.start_us))} AND trace_id = "
                f"{binds.text(place.trace_id)} AND span_id = {binds.text(place.id)}"
            )
            await self._store.command(f"DELETE FROM spans WHERE {where}", binds.params)
            marks[project, place.trace_id] = None
        return [(mark, await self._bereft(*mark)) for mark in marks]

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
