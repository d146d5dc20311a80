"""Jobs: run in order, say how far they are, survive a restart; on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from job_endings import ended
from pilothouse.platform.errors import Conflict, NotFound
from pilothouse.platform.jobs import JobContext, Jobs
from pilothouse.platform.jobs import records as kept
from pilothouse.platform.records import Records

pytestmark = pytest.mark.slow


def run(jobs: Jobs, work: Callable[[], Awaitable[Any]]) -> Any:
    """Do something while jobs are worked off."""

    async def working() -> Any:
        async with jobs.working():
            return await work()

    return asyncio.run(working())


def start(jobs: Jobs, kind: str = "count", **arguments: Any) -> str:
    return jobs.start(kind, title=f"a {kind}", arguments=arguments).id


def test_a_job_runs_and_keeps_its_result(records: Records) -> None:
    jobs = Jobs(records)

    async def count(context: JobContext) -> dict[str, int]:
        await context.progress(0.5, "half way")
        return {"counted": context.job.arguments["to"]}

    jobs.register("count", count)
    number = start(jobs, to=3)

    assert run(jobs, lambda: ended(jobs, number)) == "done"
    job = jobs.get(number)
    assert (job.result, job.progress, job.message, job.error) == ({"counted": 3}, 1.0, "", "")
    assert job.started_at is not None
    assert job.finished_at is not None


def test_a_job_started_while_the_queue_waits_runs_at_once(records: Records) -> None:
    jobs = Jobs(records)

    async def nothing(context: JobContext) -> None:
        return None

    jobs.register("nothing", nothing)

    async def later() -> str:
        await asyncio.sleep(0.5)
        return await ended(jobs, await asyncio.to_thread(start, jobs, "nothing"))

    assert run(jobs, later) == "done"


def test_jobs_run_one_after_the_other_in_order(records: Records) -> None:
    jobs = Jobs(records)
    order: list[int] = []

    async def note(context: JobContext) -> None:
        order.append(context.job.arguments["number"])
        await asyncio.sleep(0.01)

    jobs.register("note", note)
    numbers = [start(jobs, "note", number=number) for number in range(4)]

    run(jobs, lambda: ended(jobs, numbers[-1]))

    assert order == [0, 1, 2, 3]


def test_a_job_that_fails_says_why_and_does_not_stop_the_others(records: Records) -> None:
    jobs = Jobs(records)

    async def fail(context: JobContext) -> None:
        raise ValueError("no such thing")

    async def nothing(context: JobContext) -> None:
        return None

    jobs.register("fail", fail)
    jobs.register("nothing", nothing)
    first, second = start(jobs, "fail"), start(jobs, "nothing")

    assert run(jobs, lambda: ended(jobs, second)) == "done"
    assert jobs.get(first).status == "failed"
    assert jobs.get(first).error == "ValueError: no such thing"


def test_a_job_that_a_killed_server_left_behind_is_begun_again(sqlite_records: Records) -> None:
    jobs = Jobs(sqlite_records)

    async def attempt(context: JobContext) -> int:
        return context.job.attempts

    jobs.register("attempt", attempt)
    number = start(jobs, "attempt")
    with sqlite_records.write() as session:
        kept.claim(session, "a server that was killed", ["attempt"])

    assert run(jobs, lambda: ended(jobs, number)) == "done"
    assert jobs.get(number).result == 2


@pytest.mark.parametrize(("attempts", "cleaned"), [(3, True), (4, False)])
def test_a_job_that_kills_each_server_is_given_up_and_cleaned_up_after(
    sqlite_records: Records, attempts: int, cleaned: bool
) -> None:
    jobs = Jobs(sqlite_records)
    after: list[str] = []

    async def never(context: JobContext) -> None:
        raise AssertionError

    async def clean_up(context: JobContext) -> None:
        after.append(context.job.id)

    jobs.register("deadly", never, clean_up=clean_up)
    number = start(jobs, "deadly")
    with sqlite_records.write() as session:  # the clock of the dead server was ahead
        session.run(
            "UPDATE jobs SET status = 'running', attempts = :n, seen_at = :at",
            n=attempts,
            at=2**61,
        )

    assert run(jobs, lambda: ended(jobs, number)) == "failed"
    assert "the server stopped while this ran" in jobs.get(number).error
    assert after == [number] * cleaned


def test_a_job_is_not_begun_twice_by_one_server_though_its_clock_leaps(
    sqlite_records: Records,
) -> None:
    jobs = Jobs(sqlite_records)
    running, others = asyncio.Event(), asyncio.Event()
    begun: list[str] = []

    async def note(context: JobContext) -> None:
        begun.append(context.job.arguments["name"])
        running.set()
        if context.job.arguments["name"] == "first":
            await others.wait()

    jobs.register("note", note, at_once=2)

    async def leap() -> None:
        first = await asyncio.to_thread(start, jobs, "note", name="first")
        await running.wait()
        with sqlite_records.write() as session:
            session.run("UPDATE jobs SET seen_at = 1")
        await ended(jobs, await asyncio.to_thread(start, jobs, "note", name="second"))
        others.set()
        await ended(jobs, first)

    run(jobs, leap)

    assert begun == ["first", "second"]


def test_records_that_fail_for_a_while_neither_end_a_job_nor_the_queue(
    sqlite_records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pilothouse.platform.patience.PAUSE_S", 0)
    jobs = Jobs(sqlite_records)
    failed: set[str] = set()

    def failing(name: str) -> None:
        before = getattr(kept, name)

        def once(*given: Any, **more: Any) -> Any:
            if name not in failed:
                failed.add(name)
                raise OperationalError("UPDATE", {}, Exception("database or disk is full"))
            return before(*given, **more)

        monkeypatch.setattr(kept, name, once)

    async def half(context: JobContext) -> str:
        await context.progress(0.5)
        return "well"

    for name in ("advance", "finish"):
        failing(name)
    jobs.register("half", half)
    first, second = start(jobs, "half"), start(jobs, "half")

    assert run(jobs, lambda: ended(jobs, second)) == "done"
    assert (jobs.get(first).status, jobs.get(first).result) == ("done", "well")
    assert failed == {"advance", "finish"}


def test_another_server_leaves_a_running_job_to_its_owner(postgres_url: str) -> None:
    records = Records(postgres_url)
    records.migrate()
    jobs = Jobs(records)

    async def never(context: JobContext) -> None:
        raise AssertionError

    jobs.register("mine", never)
    number = start(jobs, "mine")
    with records.write() as session:
        kept.claim(session, "another server, alive", ["mine"])

    run(jobs, lambda: asyncio.sleep(1.0))

    assert jobs.get(number).status == "running"
    records.close()


def test_a_job_that_is_stopped_with_the_server_waits_for_the_next(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pilothouse.platform.jobs.service.STOP_S", 0.1)
    jobs = Jobs(records)
    begun = asyncio.Event()

    async def long(context: JobContext) -> None:
        begun.set()
        await asyncio.sleep(60)

    jobs.register("long", long)
    number = start(jobs, "long")

    run(jobs, begun.wait)

    job = jobs.get(number)
    assert (job.status, job.attempts) == ("queued", 0)


def test_a_job_that_ends_while_the_server_stops_does_not_keep_it_from_stopping(
    records: Records,
) -> None:
    jobs = Jobs(records)
    begun = asyncio.Event()

    async def short(context: JobContext) -> str:
        begun.set()
        await asyncio.sleep(0.2)
        return "well"

    jobs.register("short", short)
    first, second = start(jobs, "short"), start(jobs, "short")

    run(jobs, begun.wait)

    assert (jobs.get(first).status, jobs.get(first).result) == ("done", "well")
    assert jobs.get(second).status == "queued"


def test_a_job_that_is_cancelled_ends_and_one_that_waits_never_begins(records: Records) -> None:
    jobs = Jobs(records)
    begun = asyncio.Event()

    async def long(context: JobContext) -> str:
        begun.set()
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            return "kept" if context.cancelled else "lost"
        return "done"

    jobs.register("long", long, at_once=1, cancellable=True)
    first, second = start(jobs, "long"), start(jobs, "long")

    async def cancel() -> None:
        await begun.wait()
        for number in (second, first):
            await asyncio.to_thread(jobs.cancel, number)
        await ended(jobs, first)

    run(jobs, cancel)

    assert [jobs.get(number).status for number in (first, second)] == ["cancelled", "cancelled"]
    assert (jobs.get(first).result, jobs.get(second).started_at) == ("kept", None)
    with pytest.raises(Conflict, match="has ended: it is cancelled"):
        jobs.cancel(first)


@pytest.mark.parametrize("steps", range(5))
def test_a_job_that_was_cancelled_just_before_does_not_keep_the_server_from_stopping(
    sqlite_records: Records, steps: int
) -> None:
    jobs = Jobs(sqlite_records)
    begun = asyncio.Event()

    async def long(context: JobContext) -> None:
        begun.set()
        await asyncio.sleep(600)

    jobs.register("long", long, cancellable=True)
    number = start(jobs, "long")

    async def cancel() -> None:
        await begun.wait()
        with sqlite_records.write() as session:
            kept.cancel(session, number)
        jobs._cancel(number)
        for _ in range(steps):  # of the loop, between the end of the work and that of its worker
            await asyncio.sleep(0)

    run(jobs, cancel)

    assert jobs.get(number).status == "cancelled"


@pytest.mark.parametrize("status", ["running", "queued"])
def test_a_cancelled_job_whose_server_died_is_cleaned_up_by_the_next(
    sqlite_records: Records, status: str
) -> None:
    jobs = Jobs(sqlite_records)
    cleaned: list[str] = []

    async def never(context: JobContext) -> None:
        raise AssertionError

    async def clean_up(context: JobContext) -> None:
        cleaned.append(context.job.id)

    jobs.register("messy", never, cancellable=True, clean_up=clean_up)
    number = start(jobs, "messy")
    with sqlite_records.write() as session:
        kept.claim(session, "a server that was killed", ["messy"])
        session.run("UPDATE jobs SET status = :status", status=status)
    jobs.cancel(number)

    assert run(jobs, lambda: ended(jobs, number)) == "cancelled"
    assert cleaned == [number]


def test_a_kind_with_workers_of_its_own_does_not_wait_for_the_others(records: Records) -> None:
    jobs = Jobs(records)
    quick = asyncio.Event()

    async def slow(context: JobContext) -> None:
        await quick.wait()

    async def beside(context: JobContext) -> None:
        quick.set()

    jobs.register("slow", slow)
    jobs.register("beside", beside, at_once=2)
    first = start(jobs, "slow")
    start(jobs, "beside")

    assert run(jobs, lambda: ended(jobs, first)) == "done"
    with pytest.raises(Conflict, match="cannot be cancelled"):
        jobs.cancel(first)


def test_unknown_jobs_and_kinds_are_refused(sqlite_records: Records) -> None:
    jobs = Jobs(sqlite_records)

    with pytest.raises(NotFound, match="there is no job"):
        jobs.get("none")
    with pytest.raises(LookupError, match="nothing does jobs of kind"):
        start(jobs, "unheard of")


def test_the_newest_jobs_come_first_page_by_page(records: Records) -> None:
    jobs = Jobs(records)

    async def nothing(context: JobContext) -> None:
        return None

    jobs.register("nothing", nothing)
    numbers = [start(jobs, "nothing") for _ in range(3)]

    first = jobs.newest(2)
    last = first[-1].created_at
    rest = jobs.newest(2, int(last.timestamp()) * 1_000_000 + last.microsecond)

    assert [job.id for job in [*first, *rest]] == numbers[::-1]


def test_a_kind_is_told_before_jobs_run(records: Records) -> None:
    jobs = Jobs(records)

    async def late(_: JobContext) -> None: ...

    async def begin() -> None:
        async with jobs.working():
            jobs.register("late", late)

    with pytest.raises(RuntimeError, match="'late' would wait for ever"):
        asyncio.run(begin())
