"""Deleting what is too old or unwanted, against a real store."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from job_endings import ended
from pilothouse.platform.jobs import Jobs
from pilothouse.platform.projects import ProjectDirectory
from pilothouse.platform.records import Records
from pilothouse.platform.retention import Housekeeper
from pilothouse.platform.sharing.models import trace_of
from pilothouse.platform.sharing.service import Shares
from pilothouse.platform.store import housekeeping as keep
from pilothouse.platform.store import words
from pilothouse.platform.store.engine import Store

pytestmark = pytest.mark.slow

T = TypeVar("T")
DAY_S = 86_400
NOW_S = 1_790_000_000
BLOB = "ab" * 32


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = Store(f"chdb://{tmp_path_factory.mktemp('spans')}")
    yield opened
    opened.close()


class World:
    """A store with nothing in it, and projects with a housekeeper."""

    def __init__(self, store: Store, directory: Path) -> None:
        self.store = store
        for table in keep.TABLES:
            store.command_sync(f"TRUNCATE TABLE {table}")
        self.records = Records(f"sqlite:///{directory / 'records.db'}")
        self.records.migrate()
        self.projects = ProjectDirectory(self.records)
        self.jobs = Jobs(self.records)
        self.forgotten: set[object] = set()
        self.keeper = Housekeeper(
            store, self.records, self.projects, self.jobs, self, retention_days=90
        )

    def forget(self, marks: Iterable[tuple[int, str]]) -> None:
        """What a server would forget of traces that are being written to."""
        self.forgotten.update(marks)

    def forget_projects(self, projects: Iterable[int]) -> None:
        self.forgotten.update(projects)

    def put(self, project: int, trace_id: str, days_old: float, **more: Any) -> None:
        """A trace of one span, with a score, a log record, a metric point and a blob."""
        hour = int(NOW_S - days_old * DAY_S) // 3600 * 3600
        at_us = hour * 1_000_000
        user, text = more.get("user", ""), more.get("text", "hello")
        self.insert("spans", project=project, hour=hour, trace_id=trace_id, span_id="s",
                    start_time=at_us, user_id=user, input=text, version=1)  # fmt: skip
        self.insert("traces", project=project, hour=hour, trace_id=trace_id,
                    last_hour=more.get("last_hour", hour), start_time=at_us, user_id=user,
                    version=1)  # fmt: skip
        self.insert("scores", project=project, id=trace_id, trace_id=trace_id, created_at=at_us,
                    version=1)  # fmt: skip
        self.insert("logs", project=project, trace_id=trace_id, span_id="s", time=at_us,
                    record_id="r", version=1)  # fmt: skip
        self.insert("metric_points", project=project, name="m", series=trace_id, time=at_us,
                    start_time=at_us, version=1)  # fmt: skip
        if blob := more.get("blob"):
            self.insert("blobs", project=project, id=blob, hour=hour, data="x", bytes=1, version=1)

    def insert(self, table: str, **values: Any) -> None:
        asyncio.run(self.store.insert(table, list(values), [tuple(values.values())]))

    def count(self, table: str, project: int) -> int:
        sql = f"SELECT count() FROM {table} FINAL WHERE project = {project}"
        return int(self.store.rows_sync(sql)[0][0])

    def counts(self, project: int) -> dict[str, int]:
        return {table: self.count(table, project) for table in keep.TABLES if table != "blobs"}

    def words_with(self, piece: str) -> list[str] | None:
        """What a search for a piece of a word looks for, once it has read the words."""

        async def found() -> list[str] | None:
            known = await words.vocabulary(self.store)
            return await words.containing(self.store, known, piece, "inside")

        return asyncio.run(found())

    def stored_words(self) -> str:
        return "".join(row[0] for row in self.store.rows_sync("SELECT words FROM words"))

    def finished(self, number: str) -> Any:
        """The result of a job, once it is done."""

        async def working() -> Any:
            async with self.jobs.working():
                await ended(self.jobs, number)
            job = self.jobs.get(number)
            assert job.error == ""
            return job.result

        return asyncio.run(working())


@pytest.fixture
def world(store: Store, tmp_path: Path) -> Iterator[World]:
    made = World(store, tmp_path)
    yield made
    made.records.close()


def waited(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


ALL = {"spans": 1, "traces": 1, "scores": 1, "logs": 1, "metric_points": 1}
NONE = dict.fromkeys(ALL, 0)


def test_what_is_older_than_the_retention_goes_and_the_rest_stays(world: World) -> None:
    number = world.projects.id_of("shop")
    world.put(number, "old", days_old=91, blob=BLOB)
    world.put(number, "young", days_old=89)

    deleted = waited(world.keeper.tidy(NOW_S))

    assert deleted == ALL | {"blobs": 1}
    assert world.counts(number) == ALL
    assert world.count("blobs", number) == 0


def test_each_project_has_its_own_retention(world: World) -> None:
    brief, forever = world.projects.id_of("brief"), world.projects.id_of("forever")
    world.projects.change("brief", retention_days=7)
    world.projects.change("forever", retention_days=0)
    for number in (brief, forever):
        world.put(number, "a", days_old=8)
        world.put(number, "b", days_old=4000)

    waited(world.keeper.tidy(NOW_S))

    assert world.counts(brief) == NONE
    assert world.counts(forever) == dict.fromkeys(ALL, 2)


def test_experiments_are_kept_unless_they_say_otherwise(world: World) -> None:
    kept, brief = (world.projects.create(name, kind="experiment").id for name in ("a", "b"))
    world.projects.change("b", retention_days=30)
    for number in (kept, brief):
        world.put(number, "old", days_old=400)

    waited(world.keeper.tidy(NOW_S))

    assert world.counts(kept) == ALL
    assert world.counts(brief) == NONE


def test_a_trace_stays_while_its_last_span_is_young_enough(world: World) -> None:
    number = world.projects.id_of("shop")
    world.put(number, "long", days_old=91, last_hour=NOW_S - DAY_S)

    waited(world.keeper.tidy(NOW_S))

    assert (world.count("traces", number), world.count("spans", number)) == (1, 0)


def test_nothing_to_delete_is_nothing_deleted(world: World) -> None:
    number = world.projects.id_of("shop")
    world.put(number, "young", days_old=1)

    assert waited(world.keeper.tidy(NOW_S)) == {}
    assert world.counts(number) == ALL


def test_a_deleted_project_is_emptied_and_no_other(world: World) -> None:
    shop, desk = world.projects.id_of("shop"), world.projects.id_of("desk")
    for number in (shop, desk):
        world.put(number, "t", days_old=1, blob=BLOB)
    shares = Shares(world.records)
    opened = [shares.share(trace_of(number, "t")).token for number in (shop, desk)]

    project = world.projects.delete("shop")
    job = world.jobs.start(
        "delete_project", title="", arguments={"project_id": project.id, "name": "shop"}
    )
    result = world.finished(job.id)

    assert result["deleted"] == ALL | {"blobs": 1}
    assert world.counts(shop) == NONE
    assert world.counts(desk) == ALL
    assert world.count("blobs", desk) == 1
    assert [share.token for share in shares.every()] == opened[1:]


def test_what_comes_late_for_a_deleted_project_goes_within_the_hour(world: World) -> None:
    shop, desk = world.projects.id_of("shop"), world.projects.id_of("desk")
    world.projects.delete("shop")  # and the server stopped before the job was begun
    for number in (shop, desk):
        world.put(number, "late", days_old=0)

    waited(world.keeper.tidy(NOW_S))

    assert world.counts(shop) == NONE
    assert world.counts(desk) == ALL


def test_the_data_of_a_user_goes_and_what_others_share_stays(world: World) -> None:
    number = world.projects.id_of("shop")
    other = "cd" * 32
    mention = '{{"$blob": "{}", "bytes": 1}}'
    world.put(number, "ann 1", days_old=1, user="ann", text=mention.format(BLOB), blob=BLOB)
    world.put(number, "ann 2", days_old=2, user="ann", text=mention.format(other), blob=other)
    world.put(number, "bob", days_old=1, user="bob", text=mention.format(other))
    world.put(number, "anna", days_old=1, user="anna")

    job = world.keeper.start_deleting_user(number, "ann")
    result = world.finished(job.id)

    assert result["traces"] == 2
    assert world.counts(number) == dict.fromkeys(ALL, 2) | {"metric_points": 4}
    kept = world.store.rows_sync("SELECT id FROM blobs FINAL")
    assert kept == [(other,)]


def test_a_table_with_many_deleted_rows_is_written_anew(world: World) -> None:
    number = world.projects.id_of("shop")
    for at in range(10):
        world.put(number, f"t{at}", days_old=200 if at else 1)

    waited(world.keeper.tidy(NOW_S))

    assert waited(keep.masked_share(world.store, "spans")) == 0
    assert world.counts(number) == ALL


def test_the_words_of_what_was_deleted_go_with_it(world: World) -> None:
    number = world.projects.id_of("shop")
    world.put(number, "old", days_old=91, text="aardvark secretly")
    world.put(number, "user", days_old=2, user="ann", text="badger secretly")
    world.put(number, "young", days_old=1, text="camel openly")
    world.store.command_sync("OPTIMIZE TABLE spans FINAL")  # only merged parts have an index

    assert world.words_with("aar") == ["aardvark"]
    waited(world.keeper.tidy(NOW_S))
    kept = world.stored_words()
    assert (world.words_with("aar"), world.words_with("adg")) == ([], ["badger"])

    world.finished(world.keeper.start_deleting_user(number, "ann").id)
    assert "aardvark" not in kept + world.stored_words()
    assert "badger" not in world.stored_words()
    assert world.words_with("ame") == ["camel"]


def test_storage_says_what_each_project_takes_and_how_fast_it_grows(world: World) -> None:
    shop, desk = world.projects.id_of("shop"), world.projects.id_of("desk")
    for at in range(20):
        world.put(shop, f"t{at}", days_old=0.1, text="x" * 2000)
    world.put(desk, "t", days_old=0.1)
    two_days_ago = int(time.time()) - 2 * DAY_S
    with world.records.write() as session:
        session.run(
            "INSERT INTO storage_samples VALUES (:hour, 0, 0, 0), (:hour, :shop, 0, 0)",
            hour=two_days_ago,
            shop=shop,
        )

    storage = waited(world.keeper.storage())

    sizes = {project.name: project for project in storage.projects}
    assert list(sizes) == ["shop", "desk"]
    assert sizes["shop"].rows["spans"] == 20
    assert sizes["shop"].bytes > 5 * sizes["desk"].bytes
    assert sizes["shop"].bytes + sizes["desk"].bytes == pytest.approx(storage.bytes, abs=2)
    assert storage.bytes_a_day == pytest.approx(storage.bytes / 2, rel=0.01)
    assert sizes["desk"].bytes_a_day is None
    assert storage.disk is not None
    assert storage.disk.free_bytes > 0


def test_housekeeping_notes_sizes_hour_by_hour(world: World) -> None:
    number = world.projects.id_of("shop")
    world.put(number, "t", days_old=1)

    waited(world.keeper.tidy(NOW_S))
    waited(world.keeper.tidy(NOW_S + 60))

    with world.records.read() as session:
        samples = session.all("SELECT hour, project_id, row_count FROM storage_samples")
    assert {(row["project_id"], row["row_count"]) for row in samples} == {(0, 5), (number, 5)}
    assert len(samples) == 2
