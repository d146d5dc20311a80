"""Events of runs that are heard by who comes back, branches of conversations, older stores."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from pathlib import Path

import pytest

from pilothouse.serving.errors import NotFound, Refusal, SetupError
from pilothouse.serving.journals import KEPT_BYTES, Journal, Journals
from pilothouse.serving.store import Store
from pilothouse.serving.store.branches import Branches
from pilothouse.serving.store.migrations import BEGINNING
from pilothouse.serving.store.runs import Event, RunStore, StoredRun

THREAD = "t"


def messages(*texts: str) -> list[dict[str, str]]:
    roles = ("user", "assistant")
    return [{"role": roles[n % 2], "content": text} for n, text in enumerate(texts)]


async def begun(journals: Journals, stopped: asyncio.Event) -> Journal:
    return await journals.begin(
        run_id="r",
        owner="ann",
        thread_id=THREAD,
        mount="m",
        stop=stopped.set,
        request_key="k",
    )


async def heard(journals: Journals, after: int = 0) -> list[tuple[int, str]]:
    return [
        (event.seq, event.data.decode())
        async for event in journals.follow("ann", "r", after)
        if event is not None
    ]


def test_who_comes_back_hears_the_rest_in_the_same_and_in_another_process(
    database_url: str,
) -> None:
    async def act() -> None:
        here, elsewhere = Store(database_url), Store(database_url)
        await here.open()
        await elsewhere.open()
        stopped = asyncio.Event()
        own, other = Journals(here, 15), Journals(elsewhere, 15)
        journal = await begun(own, stopped)
        journal.add("text", b'"a"')
        early = asyncio.create_task(heard(own))
        far = asyncio.create_task(heard(other))
        journal.add("text", b'"b"')
        assert (await other.run("ann", "r")).status == "running"
        await other.stop("ann", "r")
        await asyncio.wait_for(stopped.wait(), 20)
        journal.add("end", b"{}")
        await journal.end("interrupted")

        told = [(1, '"a"'), (2, '"b"'), (3, "{}")]
        assert await early == told
        assert await far == told
        assert await heard(own, 2) == told[2:]
        assert await heard(other, 1) == told[1:]
        assert (await other.run("ann", "r")).status == "interrupted"
        found = await other.by_key("ann", THREAD, "k")
        assert found is not None
        assert found.id == "r"
        with pytest.raises(NotFound):
            await other.run("bob", "r")
        await here.close()
        await elsewhere.close()

    asyncio.run(act())


def test_a_run_whose_process_has_gone_is_lost(tmp_path: Path) -> None:
    file = tmp_path / "chat.db"

    async def act() -> None:
        store = Store(f"sqlite:///{file}")
        await store.open()
        journal = await begun(Journals(store, 15), asyncio.Event())
        journal.add("text", b'"a"')
        await store.database.run(lambda c: None)
        with sqlite3.connect(file) as connection:
            connection.execute("UPDATE runs SET held_until = 1")
        later = Journals(store, 15)
        with pytest.raises(Refusal) as caught:
            await heard(later)
        assert caught.value.code == "run_lost"
        assert (await later.run("ann", "r")).status == "lost"
        await journal.end("success")
        await store.close()

    asyncio.run(act())


def test_a_message_written_anew_stands_beside_the_old_one(database_url: str) -> None:
    async def act() -> None:
        store = Store(database_url)
        branches = Branches(store)
        await store.create_thread("ann", THREAD)
        await store.add("ann", THREAD, messages("q1", "a1", "q2", "a2"))
        await store.add("ann", THREAD, messages("q2 anew", "a2 anew"), parent=2)
        shown = await branches.read("ann", THREAD)
        assert [m.content for m in shown.messages] == ["q1", "a1", "q2 anew", "a2 anew"]
        assert shown.beside == {5: [3, 5]}

        await branches.show("ann", THREAD, 3)
        old = await branches.read("ann", THREAD, limit=3)
        assert [m.content for m in old.messages] == ["a1", "q2", "a2"]
        before = await branches.read("ann", THREAD, before=2)
        assert [m.content for m in before.messages] == ["q1"]

        await store.add("ann", THREAD, messages("q3"))
        on = await branches.read("ann", THREAD)
        assert [m.content for m in on.messages] == ["q1", "a1", "q2", "a2", "q3"]
        first = await store.add("ann", THREAD, messages("q1 anew"), parent=0)
        anew = await branches.read("ann", THREAD)
        assert [(m.seq, m.content) for m in anew.messages] == [(first, "q1 anew")]
        assert anew.beside == {first: [1, first]}
        with pytest.raises(NotFound):
            await branches.show("ann", THREAD, 99)
        with pytest.raises(NotFound):
            await branches.show("bob", THREAD, 1)
        await store.close()

    asyncio.run(act())


def test_the_end_of_ten_thousand_messages_is_read_in_a_moment(tmp_path: Path) -> None:
    async def act() -> None:
        store = Store(f"sqlite:///{tmp_path / 'chat.db'}")
        await store.create_thread("ann", THREAD)
        await store.add("ann", THREAD, messages(*(f"text {n} " * 30 for n in range(10_000))))
        branches = Branches(store)
        spent = []
        for _ in range(5):
            begun_at = time.perf_counter()
            found = await branches.read("ann", THREAD)
            spent.append(time.perf_counter() - begun_at)
        assert len(found.messages) == 50
        assert min(spent) < 0.05
        await store.close()

    asyncio.run(act())


def test_a_store_of_an_older_version_is_brought_up_to_date(tmp_path: Path) -> None:
    file = tmp_path / "chat.db"
    with sqlite3.connect(file) as connection:
        for statement in BEGINNING:
            connection.execute(statement)
        connection.execute(
            "INSERT INTO threads (id, owner, title, metadata, created, updated) "
            "VALUES ('t', 'ann', 'old', '{}', 1, 1)"
        )
        for seq in (1, 2):
            connection.execute(
                "INSERT INTO messages (owner, thread_id, seq, id, role, content, status, created) "
                f"VALUES ('ann', 't', {seq}, 'm{seq}', 'user', '\"text {seq}\"', 'complete', 1)"
            )

    async def act() -> None:
        for _ in range(2):
            store = Store(f"sqlite:///{file}")
            await store.open()
            shown = await Branches(store).read("ann", THREAD)
            assert [(m.content, m.parent_seq) for m in shown.messages] == [
                ("text 1", 0),
                ("text 2", 1),
            ]
            await store.close()

    asyncio.run(act())
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE store_version SET version = 99")
    with pytest.raises(SetupError, match="a newer one"):
        asyncio.run(Store(f"sqlite:///{file}").open())


def test_an_end_that_cannot_be_kept_is_told_all_the_same(tmp_path: Path) -> None:
    file = tmp_path / "chat.db"

    async def act() -> None:
        store = Store(f"sqlite:///{file}")
        await store.open()
        journals = Journals(store, 15)
        journal = await begun(journals, asyncio.Event())
        with sqlite3.connect(file) as connection:
            connection.execute("DROP TABLE run_events")
        journal.add("end", b"{}")
        await journal.end("success")

        assert await asyncio.wait_for(heard(journals), 20) == [(1, "{}")]
        await store.close()

    asyncio.run(act())


def test_events_that_were_kept_already_are_not_kept_twice(database_url: str) -> None:
    """As after a commit of which the answer was lost."""

    async def act() -> None:
        store = Store(database_url)
        await store.open()
        journals = Journals(store, 15)
        journal = await begun(journals, asyncio.Event())
        journal.add("text", b'"a"')
        await journals.runs.tell("r", journal.after(0))
        journal.add("end", b"{}")
        await journal.end("success")

        assert [event.seq for event in await journals.runs.events("r", 0)] == [1, 2]
        await store.close()

    asyncio.run(act())


def test_of_large_runs_that_have_ended_few_stay_in_memory() -> None:
    async def act() -> None:
        journals = Journals(Store(None), 15)
        for name in ("old", "new", "last"):
            journal = await journals.begin(
                run_id=name, owner="ann", thread_id=THREAD, mount="m", stop=lambda: None
            )
            journal.add("values", b" " * (KEPT_BYTES // 2 + 1))
            await journal.end("success")

        assert (await journals.run("ann", "new")).status == "success"
        with pytest.raises(NotFound):
            await journals.run("ann", "old")

    asyncio.run(act())


def test_runs_of_long_ago_lose_their_events_and_are_not_looked_through_again(
    tmp_path: Path,
) -> None:
    file = tmp_path / "chat.db"

    async def act() -> None:
        store = Store(f"sqlite:///{file}")
        await store.open()
        journal = await begun(Journals(store, 15), asyncio.Event())
        journal.add("end", b"{}")
        await journal.end("success")
        with sqlite3.connect(file) as connection:
            connection.execute("UPDATE runs SET ended = 1")
        runs = RunStore(store)

        async def another(name: str) -> list[Event]:
            await runs.begin(
                StoredRun(id=name, owner="ann", thread_id="t", mount="m", status="running")
            )
            return await runs.events("r", 0)

        assert not await another("one")
        kept = [Event(seq=1, name="end", data=b"{}")]
        await runs.tell("r", kept)
        assert await another("two") == kept
        await store.close()

    asyncio.run(act())
