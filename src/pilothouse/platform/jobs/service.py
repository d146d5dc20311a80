"""The queue of jobs and the task that works it off, one job at a time."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from pilothouse.platform.errors import NotFound
from pilothouse.platform.jobs import records as kept
from pilothouse.platform.jobs.models import Job
from pilothouse.platform.records import Records, micros

log = logging.getLogger("pilothouse.jobs")

BEAT_S: Final = 15.0
"""How often the owner of a job says that it lives."""
GONE_AFTER_S: Final = 90.0
"""After this silence another server takes the job over."""
POLL_S: Final = 10.0
"""How often a database that other servers share is looked at for their jobs."""
MOST_ATTEMPTS: Final = 3
KEPT_DAYS: Final = 30
FIRST_AFTER_S: Final = 0.3
STOP_S: Final = 5.0
"""How long a job may go on once the server was asked to stop."""


@dataclass(slots=True)
class JobContext:
    """What the work of a job has at hand."""

    job: Job
    _records: Records

    async def progress(self, done: float | None, message: str = "") -> None:
        """Say how far the work has come, from 0 to 1."""
        await asyncio.to_thread(self._note, done, message)

    def _note(self, done: float | None, message: str) -> None:
        with self._records.write() as session:
            kept.advance(session, self.job.id, done, message)


Work = Callable[[JobContext], Awaitable[Any]]
"""Does a job and answers its result. It may be begun again from the start after a crash."""


class Jobs:
    """Starts jobs, shows them, and runs them while `working` is entered."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._kinds: dict[str, Work] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()

    def register(self, kind: str, work: Work) -> None:
        """Say what does jobs of a kind."""
        self._kinds[kind] = work

    def start(
        self,
        kind: str,
        *,
        title: str,
        arguments: dict[str, Any],
        project_id: int | None = None,
        created_by: str = "",
    ) -> Job:
        """A new job, which runs as soon as those before it are done. From any thread."""
        if kind not in self._kinds:
            raise LookupError(f"nothing does jobs of kind {kind!r}")
        number = uuid.uuid4().hex
        with self._records.write() as session:
            kept.add(
                session,
                number=number,
                kind=kind,
                title=title,
                project_id=project_id,
                arguments=arguments,
                created_by=created_by,
            )
            job = kept.one(session, number)
        assert job is not None
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._wake.set)
        return job

    def get(self, number: str) -> Job:
        """The job of this id; raises NotFound."""
        with self._records.read() as session:
            job = kept.one(session, number)
        if job is None:
            raise NotFound(f"there is no job {number!r}")
        return job

    def newest(self, limit: int = 50, before: int | None = None) -> list[Job]:
        """Jobs, newest first; `before` are microseconds since 1970."""
        with self._records.read() as session:
            return kept.newest(session, limit, before)

    @contextlib.asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Jobs run inside this block; one that is not done when it ends is begun again later."""
        self._loop = asyncio.get_running_loop()
        worker = asyncio.create_task(self._work_off(), name="jobs")
        try:
            yield
        finally:
            self._loop = None
            worker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await worker

    async def _work_off(self) -> None:
        # Looking for what a server left behind opens the database, which takes most of a second of
        # imports: that begins once the server answers, and is over before anybody needs a record.
        alone = not self._records.shared
        found_before = False
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), FIRST_AFTER_S)
        while True:
            self._wake.clear()
            try:
                job = await asyncio.to_thread(self._next, alone and not found_before)
            except Exception:
                log.exception("the queue of jobs cannot be read; trying again in %s s", POLL_S)
                await asyncio.sleep(POLL_S)
                continue
            found_before = True
            if job is not None:
                await self._run(job)
                continue
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), None if alone else POLL_S)

    def _next(self, all_are_mine: bool) -> Job | None:
        # A database of our own has no other server: whatever runs in it died with the last one.
        seen_before = micros() if all_are_mine else micros() - int(GONE_AFTER_S * 1e6)
        with self._records.write() as session:
            kept.requeue(session, seen_before=seen_before, most_attempts=MOST_ATTEMPTS)
            kept.forget_old(session, micros() - KEPT_DAYS * 86_400_000_000)
            if not self._kinds:
                return None
            return kept.claim(session, self._owner, list(self._kinds))

    async def _run(self, job: Job) -> None:
        log.info("job started: %s", job.title or job.kind)
        beat = asyncio.create_task(self._beat(job.id), name=f"job {job.id} beat")
        work = asyncio.ensure_future(self._kinds[job.kind](JobContext(job, self._records)))
        error, result, stopping = "", None, False
        try:
            result = await asyncio.shield(work)
        except asyncio.CancelledError:
            stopping = True
            if await self._stop(work):
                result = work.result()
            else:
                await asyncio.to_thread(self._write, kept.release, job.id)
                raise
        except Exception as failure:
            log.exception("job failed: %s", job.title or job.kind)
            error = f"{type(failure).__name__}: {failure}"[:2000]
        finally:
            beat.cancel()
        await asyncio.to_thread(self._finish, job.id, result, error)
        log.info("job ended: %s", job.title or job.kind)
        if stopping:  # the job is told as done, but no other one is begun
            raise asyncio.CancelledError

    @staticmethod
    async def _stop(work: asyncio.Future[Any]) -> bool:
        """Give the work a moment to end by itself; whether it did, and well."""
        await asyncio.wait({work}, timeout=STOP_S)
        if not work.done():
            work.cancel()
            await asyncio.wait({work}, timeout=1.0)
        return work.done() and not work.cancelled() and work.exception() is None

    async def _beat(self, number: str) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            await asyncio.to_thread(self._write, kept.see, number)

    def _write(self, statement: Callable[..., None], number: str) -> None:
        with self._records.write() as session:
            statement(session, number)

    def _finish(self, number: str, result: Any, error: str) -> None:
        with self._records.write() as session:
            kept.finish(session, number, result=result, error=error)
