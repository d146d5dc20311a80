"""The queue of jobs and the tasks that work it off.

They run one at a time, but for kinds that wait more than they work: those have their own workers.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from pilothouse.platform.errors import ApiError, Conflict, NotFound
from pilothouse.platform.jobs import records as kept
from pilothouse.platform.jobs.models import Job, JobFailed, JobStatus
from pilothouse.platform.patience import insist_on, to_the_end
from pilothouse.platform.records import Records, Session, micros, storable
from pilothouse.platform.records.engine import may_pass

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
_EVER: Final = 2**62
_SAID: Final = 2_000
"""Letters of what went wrong."""


@dataclass(slots=True)
class JobContext:
    """What the work of a job has at hand."""

    job: Job
    _records: Records
    cancelled: bool = False
    """Whether somebody asked it to stop, rather than the server."""

    async def progress(self, done: float | None, message: str = "") -> None:
        """Say how far the work has come, from 0 to 1; it goes on where nobody can note that."""
        with _or_not("the progress of a job"):
            await asyncio.to_thread(self._note, done, message)

    def _note(self, done: float | None, message: str) -> None:
        with self._records.write() as session:
            kept.advance(session, self.job.id, done, message)


Work = Callable[[JobContext], Awaitable[Any]]
"""Does a job and answers its result. It may be begun again from the start after a crash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """What does jobs of a kind, and how."""

    work: Work
    at_once: int
    """How many of its own workers it has; 0 shares one with the others."""
    cancellable: bool
    clean_up: Work | None
    """Takes the work's place for a job whose server is gone: it was cancelled, or is given up."""


@dataclass(slots=True)
class _Running:
    """A job that this process is at."""

    context: JobContext
    work: asyncio.Future[Any]

    @property
    def was_cancelled(self) -> bool:
        """Whether it ended because somebody asked it to."""
        return self.context.cancelled and self.work.cancelled()

    @property
    def ended_well(self) -> bool:
        """Whether it answered."""
        work = self.work
        return work.done() and not work.cancelled() and work.exception() is None

    def cancel(self) -> None:
        self.context.cancelled = True
        self.work.cancel()


class Jobs:
    """Starts jobs, shows them, and runs them while `working` is entered."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._kinds: dict[str, _Kind] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wakes: list[asyncio.Event] = []
        """One a worker."""
        self._looking = asyncio.Lock()
        self._found_before = False
        """Whether what an earlier server left behind was put back into the queue."""
        self._running: dict[str, _Running] = {}

    def register(
        self,
        kind: str,
        work: Work,
        *,
        at_once: int = 0,
        cancellable: bool = False,
        clean_up: Work | None = None,
    ) -> None:
        """Say what does jobs of a kind; with `at_once` so many run beside all others.

        Before jobs run: a queue looks for the kinds that it knew when it began, and what an earlier
        server left behind is to go on though nobody asks for it. Raises RuntimeError after that.
        `clean_up` does what the work would have done at its end, for a job whose server died before
        that: it was cancelled, or died with each server that tried it.
        """
        if self._loop is not None:
            raise RuntimeError(f"jobs run already: {kind!r} would wait for ever")
        self._kinds[kind] = _Kind(
            work=work, at_once=at_once, cancellable=cancellable, clean_up=clean_up
        )

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
        number = new_number()
        with self._records.write() as session:
            self.add(
                session,
                number,
                kind,
                title=title,
                arguments=arguments,
                project_id=project_id,
                created_by=created_by,
            )
            job = kept.one(session, number)
        assert job is not None
        self.wake()
        return job

    def add(
        self,
        session: Session,
        number: str,
        kind: str,
        *,
        title: str,
        arguments: dict[str, Any],
        project_id: int | None = None,
        created_by: str = "",
    ) -> None:
        """Add a job in a transaction of somebody's, who calls `wake` once that is over."""
        if kind not in self._kinds:
            raise LookupError(f"nothing does jobs of kind {kind!r}")
        kept.add(
            session,
            number=number,
            kind=kind,
            title=title,
            project_id=project_id,
            arguments=arguments,
            created_by=created_by,
        )

    def wake(self) -> None:
        """Have the queue looked at. From any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._wake)

    def cancel(self, number: str) -> Job:
        """The job, asked to stop; what it did stays. From any thread.

        Raises NotFound, and Conflict for one that has ended or that only works as a whole.
        """
        job = self.get(number)
        kind = self._kinds.get(job.kind)
        if kind is None or not kind.cancellable:
            raise Conflict(f"a job of kind {job.kind!r} cannot be cancelled")
        if job.status not in {"queued", "running"}:
            raise Conflict(f"job {number!r} has ended: it is {job.status}")
        with self._records.write() as session:
            kept.cancel(session, number)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._cancel, number)
        return self.get(number)

    def _wake(self) -> None:
        for wake in self._wakes:
            wake.set()

    def _cancel(self, number: str) -> None:
        running = self._running.get(number)
        if running is not None:
            running.cancel()

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

    def counts(self, failed_within_s: float) -> dict[str, int]:
        """How many jobs wait, run, and failed lately, by status."""
        with self._records.read() as session:
            return kept.counts(session, micros() - int(failed_within_s * 1e6))

    @contextlib.asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Jobs run inside this block; one that is not done when it ends is begun again later."""
        self._loop = asyncio.get_running_loop()
        shared = [name for name, kind in self._kinds.items() if not kind.at_once]
        lanes = [
            shared,
            *([name] for name, kind in self._kinds.items() for _ in range(kind.at_once)),
        ]
        self._wakes = [asyncio.Event() for _ in lanes]
        workers = [
            asyncio.create_task(self._work_off(lane, wake), name=f"jobs {' '.join(lane)}")
            for lane, wake in zip(lanes, self._wakes, strict=True)
        ]
        try:
            yield
        finally:
            self._loop = None
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def _work_off(self, kinds: list[str], wake: asyncio.Event) -> None:
        # Looking for what a server left behind opens the database, which takes most of a second of
        # imports: that begins once the server answers, and is over before anybody needs a record.
        alone = not self._records.shared
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(wake.wait(), FIRST_AFTER_S)
        while True:
            wake.clear()
            try:
                async with self._looking:
                    first = alone and not self._found_before
                    job = await asyncio.to_thread(self._next, kinds, first)
                    self._found_before = True
            except Exception:
                log.exception("the queue of jobs cannot be read; trying again in %s s", POLL_S)
                await asyncio.sleep(POLL_S)
                continue
            if job is not None:
                try:
                    await self._run(job)
                except Exception:  # those that wait have to be done all the same
                    log.exception("how job %s ended cannot be kept", job.id)
                continue
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(wake.wait(), None if alone else POLL_S)

    def _next(self, kinds: list[str], all_are_mine: bool) -> Job | None:
        # A database of our own has no other server: whatever runs in it died with the last one.
        seen_before = _EVER if all_are_mine else micros() - int(GONE_AFTER_S * 1e6)
        with self._records.write() as session:
            kept.requeue(session, self._owner, seen_before=seen_before, most_attempts=MOST_ATTEMPTS)
            kept.forget_old(session, micros() - KEPT_DAYS * 86_400_000_000)
            return kept.claim(session, self._owner, kinds) if kinds else None

    async def _run(self, job: Job) -> None:
        log.info("job started: %s", job.title or job.kind)
        beat = asyncio.create_task(self._beat(job.id), name=f"job {job.id} beat")
        context = JobContext(job, self._records, cancelled=job.cancelled)
        running = _Running(context, asyncio.ensure_future(self._work(context)))
        self._running[job.id] = running
        stopping = False
        try:
            # Unlike an await of the work this tells its end from that of the server.
            await asyncio.wait({running.work})
        except asyncio.CancelledError:
            stopping = True
            if not await self._stop(running):
                await asyncio.to_thread(self._write, kept.release, job.id)
                raise
        finally:
            beat.cancel()
            del self._running[job.id]
        await to_the_end(insist_on(self._finish, job.id, *_end_of(running)), STOP_S)
        log.info("job ended: %s", job.title or job.kind)
        if stopping:  # the job is told as done, but no other one is begun
            raise asyncio.CancelledError

    async def _work(self, context: JobContext) -> Any:
        kind = self._kinds[context.job.kind]
        given_up = context.job.attempts > MOST_ATTEMPTS
        if not context.cancelled and not given_up:
            return await kind.work(context)
        result = None if kind.clean_up is None else await kind.clean_up(context)
        if given_up and not context.cancelled:
            raise JobFailed(kept.GIVEN_UP)
        return result

    @staticmethod
    async def _stop(running: _Running) -> bool:
        """Give the work a moment to end by itself; whether it did, and well."""
        await asyncio.wait({running.work}, timeout=STOP_S)
        if running.work.done():
            return running.ended_well or running.was_cancelled
        running.work.cancel()
        await asyncio.wait({running.work}, timeout=1.0)
        return running.ended_well

    async def _beat(self, number: str) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            with _or_not("that the owner of a job lives"):
                if await asyncio.to_thread(self._seen, number):
                    self._cancel(number)  # asked for at another server

    def _seen(self, number: str) -> bool:
        with self._records.write() as session:
            kept.see(session, number)
            return kept.is_cancelled(session, number)

    def _write(self, statement: Callable[..., None], number: str) -> None:
        with self._records.write() as session:
            statement(session, number)

    def _finish(self, number: str, status: JobStatus, result: Any, error: str) -> None:
        with self._records.write() as session:
            kept.finish(session, number, status=status, result=result, error=error)


def _end_of(running: _Running) -> tuple[JobStatus, Any, str]:
    """How work that is done ended, what it answered, and what went wrong."""
    context, work = running.context, running.work
    title = context.job.title or context.job.kind
    if work.cancelled():
        return (
            ("cancelled", None, "") if context.cancelled else ("failed", None, "it was broken off")
        )
    failure = work.exception()
    if failure is None:
        return "cancelled" if context.cancelled else "done", work.result(), ""
    if isinstance(failure, JobFailed | ApiError):
        log.warning("job failed: %s: %s", title, failure)
        return "failed", None, storable(str(failure))[:_SAID]
    log.error("job failed: %s", title, exc_info=failure)
    return "failed", None, storable(f"{type(failure).__name__}: {failure}")[:_SAID]


def new_number() -> str:
    """The id of a job that is still to be added."""
    return uuid.uuid4().hex


@contextlib.contextmanager
def _or_not(what: str) -> Iterator[None]:
    """Note something in the records if they can be written at the moment."""
    try:
        yield
    except Exception as error:
        if not may_pass(error):
            raise
        log.warning("%s is not noted: %s", what, error)
