"""Deletes what is too old, once an hour, and answers what takes how much room.

Experiments stay: each is a project of its own, which `Project.kept_days` keeps for ever unless it
says otherwise.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from pilothouse.platform.jobs.models import Job
from pilothouse.platform.jobs.service import JobContext, Jobs
from pilothouse.platform.projects.service import ProjectDirectory
from pilothouse.platform.records import Records
from pilothouse.platform.retention import records as kept
from pilothouse.platform.sharing.service import Shares
from pilothouse.platform.store import housekeeping as keep
from pilothouse.platform.store import rollups, words
from pilothouse.platform.store.engine import Store

log = logging.getLogger("pilothouse.retention")

EVERY_S: Final = 3600.0
FIRST_AFTER_S: Final = 120.0
"""A start is busy enough; what is too old can wait two minutes more."""
GROWTH_DAYS: Final = 7
_DAY_S: Final = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectStorage:
    """What a project takes."""

    project: int
    name: str | None
    """None for a project that is being deleted."""
    rows: dict[str, int]
    bytes: int
    bytes_a_day: float | None
    """How fast it grew over the last days, None while that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """What the span store takes."""

    tables: list[keep.TableSize]
    projects: list[ProjectStorage]
    bytes: int
    bytes_a_day: float | None
    disk: keep.Disk | None


class Writing(Protocol):
    """What keeps traces in memory while their spans arrive: `ingest.pipeline.Ingest`."""

    def forget(self, marks: Iterable[tuple[int, str]]) -> None: ...
    def forget_projects(self, projects: Iterable[int]) -> None: ...


class Housekeeper:
    """Retention, deletion of projects and of a user's data, and the sizes of it all."""

    def __init__(
        self,
        store: Store,
        records: Records,
        projects: ProjectDirectory,
        jobs: Jobs,
        writing: Writing,
        *,
        retention_days: int,
    ) -> None:
        """`retention_days` holds where a project sets none; 0 keeps for ever."""
        self._store = store
        self._records = records
        self._projects = projects
        self._jobs = jobs
        self._writing = writing
        self._retention_days = retention_days
        jobs.register("delete_project", self._delete_project)
        jobs.register("delete_user", self._delete_user)

    @contextlib.asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Old spans are deleted while this block runs."""
        task = asyncio.create_task(self._every_hour(), name="retention")
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _every_hour(self) -> None:
        await asyncio.sleep(FIRST_AFTER_S)
        while True:
            try:
                await self.tidy()
            except Exception:
                log.exception("housekeeping failed; it is tried again in an hour")
            await asyncio.sleep(EVERY_S)

    async def tidy(self, now_s: float | None = None) -> dict[str, int]:
        """Delete what is too old now; -> rows deleted by table."""
        now_s = time.time() if now_s is None else now_s
        await self._store.visible()
        deleted: dict[str, int] = {}
        for days, numbers in (await asyncio.to_thread(self._by_retention)).items():
            cutoff_s = int(now_s - days * _DAY_S) // 3600 * 3600
            gone = await keep.delete_before(self._store, numbers, cutoff_s)
            if gone:
                self._writing.forget_projects(numbers)
            for table, rows in gone.items():
                deleted[table] = deleted.get(table, 0) + rows
        await self._delete_leftovers()
        if deleted:
            log.info("deleted what was too old: %s", deleted)
        await self._rewrite(keep.REWRITE_SHARE)
        await self._sample(int(now_s) // 3600 * 3600)
        return deleted

    async def _delete_leftovers(self) -> None:
        """Delete what deleted projects still have: a job that never came to run, a late span."""
        gone = await asyncio.to_thread(self._projects.deleted)
        for number in sorted(gone & await keep.stored_projects(self._store)):
            for table in keep.TABLES:
                await keep.delete_project(self._store, number, table)
            self._writing.forget_projects([number])

    def _by_retention(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for project in self._projects.all():
            days = project.kept_days(self._retention_days)
            if days > 0:
                found.setdefault(days, []).append(project.id)
        return found

    async def _rewrite(self, share: float) -> None:
        masked = [t for t in keep.TABLES if await keep.masked_share(self._store, t) >= share]
        if not await keep.rewrite(self._store, masked):
            log.warning("the tables %s are still being written anew", ", ".join(masked))
        # Not before: a search may read the words of a part whose deleted rows are only masked.
        await words.forget_gone(self._store)
        await rollups.forget_gone(self._store, at_once=True)

    async def _sample(self, hour: int) -> None:
        sizes = await keep.table_sizes(self._store)
        found = {
            size.project: (size.bytes, sum(size.rows.values()))
            for size in await keep.project_sizes(self._store, sizes)
        }
        found[kept.TOTAL] = (sum(s.bytes for s in sizes), sum(s.rows for s in sizes))
        await asyncio.to_thread(self._note, hour, found)

    def _note(self, hour: int, sizes: dict[int, tuple[int, int]]) -> None:
        with self._records.write() as session:
            kept.note(session, hour, sizes)
            kept.forget(session, hour - 90 * _DAY_S)

    async def storage(self) -> Storage:
        """What takes how much room, and how fast that grows."""
        await self._store.visible()
        tables = await keep.table_sizes(self._store)
        sizes = await keep.project_sizes(self._store, tables)
        before = await asyncio.to_thread(self._earlier)
        whole = sum(table.bytes for table in tables)
        known = {
            project.id: project.name for project in await asyncio.to_thread(self._projects.all)
        }
        found = [
            ProjectStorage(
                project=size.project,
                name=known.get(size.project),
                rows=dict(size.rows),
                bytes=size.bytes,
                bytes_a_day=_growth(before.get(size.project), size.bytes),
            )
            for size in sizes
        ]
        return Storage(
            tables=tables,
            projects=sorted(found, key=lambda project: -project.bytes),
            bytes=whole,
            bytes_a_day=_growth(before.get(kept.TOTAL), whole),
            disk=await keep.disk(self._store),
        )

    async def size(self) -> tuple[int, float | None]:
        """Bytes of the whole store, and how fast they grow a day, as far as that is known."""
        on_disk = await keep.bytes_of_tables(self._store)
        whole = sum(on_disk.get(table, 0) for table in keep.TABLES)
        before = await asyncio.to_thread(self._earlier)
        return whole, _growth(before.get(kept.TOTAL), whole)

    def _earlier(self) -> dict[int, tuple[int, int]]:
        with self._records.read() as session:
            return kept.earliest(session, int(time.time()) - GROWTH_DAYS * _DAY_S)

    # ---- jobs

    def start_deleting_user(self, project_id: int, user_id: str, created_by: str = "") -> Job:
        """The job that removes every trace in which a user stands."""
        return self._jobs.start(
            "delete_user",
            title=f"Delete the data of user {user_id}",
            project_id=project_id,
            arguments={"project_id": project_id, "user_id": user_id},
            created_by=created_by,
        )

    async def _delete_project(self, context: JobContext) -> dict[str, Any]:
        number = int(context.job.arguments["project_id"])
        deleted: dict[str, int] = {}
        await self._store.visible()
        for done, table in enumerate(keep.TABLES):
            await context.progress(done / (len(keep.TABLES) + 1), f"deleting {table}")
            deleted[table] = await keep.delete_project(self._store, number, table)
        self._writing.forget_projects([number])
        await asyncio.to_thread(Shares(self._records).forget_project, number)
        await context.progress(len(keep.TABLES) / (len(keep.TABLES) + 1), "giving back the disk")
        await self._rewrite(0.01)
        return {"deleted": deleted}

    async def _delete_user(self, context: JobContext) -> dict[str, Any]:
        number = int(context.job.arguments["project_id"])
        await self._store.visible()
        traces = await keep.traces_of_user(
            self._store, number, str(context.job.arguments["user_id"])
        )
        await context.progress(0.2, f"deleting {len(traces)} traces")
        deleted = await keep.delete_traces(self._store, number, traces)
        self._writing.forget((number, trace_id) for trace_id in traces)
        await context.progress(0.8, "giving back the disk")
        await self._rewrite(0.0001)  # erasure means that the bytes go too
        return {"traces": len(traces), "deleted": deleted}


def _growth(before: tuple[int, int] | None, now_bytes: int) -> float | None:
    if before is None:
        return None
    days = (time.time() - before[0]) / _DAY_S
    if days < 1 / 24:
        return None
    return (now_bytes - before[1]) / days
