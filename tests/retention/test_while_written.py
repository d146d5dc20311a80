"""What was deleted stays deleted, also of traces that are still being written to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from job_endings import ended
from pilothouse.platform.ingest.batch import Batch
from pilothouse.platform.ingest.pipeline import Ingest
from pilothouse.platform.jobs import Jobs
from pilothouse.platform.prices.service import Prices
from pilothouse.platform.projects import ProjectDirectory
from pilothouse.platform.records import Records
from pilothouse.platform.retention import Housekeeper
from pilothouse.platform.store import housekeeping as keep
from pilothouse.platform.store.engine import Store
from pilothouse.spans import Source

pytestmark = pytest.mark.slow

DAY_S = 86_400
TRACE = "ab" * 16


class World:
    """A server's parts from ingest to housekeeping, without HTTP."""

    def __init__(self, directory: Path) -> None:
        self.records = Records(f"sqlite:///{directory / 'records.db'}")
        self.records.migrate()
        self.projects = ProjectDirectory(self.records)
        self.store = Store(f"chdb://{directory / 'spans'}")
        prices = Prices(self.records)
        self.ingest = Ingest(self.store, self.projects, prices, lambda _: None, directory)
        self.jobs = Jobs(self.records)
        self.keeper = Housekeeper(
            self.store, self.records, self.projects, self.jobs, self.ingest, retention_days=90
        )

    async def send(self, span_id: str, days_old: float, **attributes: object) -> None:
        """A model call of ten tokens, acknowledged."""
        start = int((time.time() - days_old * DAY_S) * 1e9)
        await self.ingest.accept(
            Batch(
                sources=[
                    Source(
                        project="shop",
                        trace_id=TRACE,
                        span_id=span_id,
                        name="chat",
                        start_ns=start,
                        end_ns=start + 1_000_000,
                        attributes={
                            "gen_ai.operation.name": "chat",
                            "gen_ai.request.model": "m",
                            "gen_ai.usage.input_tokens": 10,
                            **attributes,
                        },
                    )
                ],
                size_bytes=100,
            )
        )

    async def row(self) -> tuple[int, int] | None:
        """(spans, tokens) of the trace as lists show them."""
        await self.store.visible()
        rows = await self.store.rows(
            "SELECT span_count, total_tokens FROM traces FINAL WHERE deleted = 0"
        )
        assert len(rows) <= 1
        return (int(rows[0][0]), int(rows[0][1])) if rows else None

    def close(self) -> None:
        self.ingest.close()
        self.store.close()
        self.records.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def test_a_late_span_does_not_bring_back_what_was_too_old(world: World) -> None:
    async def scene() -> tuple[int, int] | None:
        await world.send("a1" * 8, days_old=91)
        await world.send("a2" * 8, days_old=89)
        assert await world.row() == (2, 20)
        await world.keeper.tidy()
        await world.send("a3" * 8, days_old=88)
        return await world.row()

    assert asyncio.run(scene()) == (2, 20)


async def _finished(world: World, number: str) -> None:
    async with world.jobs.working():
        await ended(world.jobs, number)
    assert world.jobs.get(number).error == ""


async def _project_deleted(world: World) -> None:
    number = world.projects.get("shop").id
    job = world.jobs.start("delete_project", title="", arguments={"project_id": number})
    await _finished(world, job.id)


async def _user_deleted(world: World) -> None:
    number = world.projects.get("shop").id
    await _finished(world, world.keeper.start_deleting_user(number, "ann").id)


@pytest.mark.parametrize("delete", [_project_deleted, _user_deleted])
def test_a_late_span_of_a_deleted_trace_stands_alone(
    world: World, delete: Callable[[World], Awaitable[None]]
) -> None:
    async def scene() -> tuple[int, int] | None:
        await world.send("a1" * 8, days_old=1, **{"user.id": "ann"})
        await world.send("a2" * 8, days_old=1)
        assert await world.row() == (2, 20)
        await delete(world)
        assert await world.row() is None
        await world.send("a3" * 8, days_old=1)
        return await world.row()

    assert asyncio.run(scene()) == (1, 10)


def test_a_row_written_while_its_spans_are_being_deleted_goes_as_well(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = keep.delete_traces

    async def interrupted(store: Store, project: int, ids: list[str]) -> dict[str, int]:
        deleted = await whole(store, project, ids)
        await world.send("a1" * 8, days_old=1, again=True)  # the same span, sent a second time
        assert await world.row() == (2, 20)  # one of them deleted long ago
        return deleted

    monkeypatch.setattr(keep, "delete_traces", interrupted)

    async def scene() -> tuple[int, int] | None:
        await world.send("a1" * 8, days_old=1, **{"user.id": "ann"})
        await world.send("a2" * 8, days_old=1)
        assert await world.row() == (2, 20)
        await _user_deleted(world)
        return await world.row()

    assert asyncio.run(scene()) == (1, 10)
