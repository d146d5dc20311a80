"""Rows of spans that go on still, where their end comes before they are stored."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pilothouse.platform.ingest.batch import Batch
from pilothouse.platform.ingest.pipeline import Ingest
from pilothouse.platform.prices.service import Prices
from pilothouse.platform.projects import ProjectDirectory
from pilothouse.platform.records import Records
from pilothouse.platform.store.engine import Store
from pilothouse.spans import Source

START_NS = int(time.time() * 1e9)
BEGUN = [
    Source(
        project="shop",
        trace_id=f"{n:032x}",
        span_id=f"{n:016x}",
        name="begun",
        start_ns=START_NS,
        attributes={"input.value": f"question {n}"},
        version=n,
    )
    for n in range(1, 6)
]
ENDED = [
    replace(source, name="ended", end_ns=START_NS + 1000, version=source.version + 100)
    for source in BEGUN
]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = Store(f"chdb://{tmp_path_factory.mktemp('spans')}")
    yield opened
    opened.close()


@pytest.fixture
def ingest(store: Store, tmp_path: Path) -> Iterator[Ingest]:
    records = Records(f"sqlite:///{tmp_path / 'records.db'}")
    records.migrate()
    asyncio.run(store.command("TRUNCATE TABLE spans"))
    made = Ingest(store, ProjectDirectory(records), Prices(records), lambda _: None, tmp_path)
    yield made
    made.close()
    records.close()


def sent(ingest: Ingest, store: Store, *batches: list[Source]) -> list[tuple[str, str]]:
    """Send some requests one after the other; -> all rows, as (span id, name)."""

    async def send() -> None:
        for sources in batches:
            await ingest.accept(Batch(sources=[replace(one) for one in sources]))
        await store.visible()

    asyncio.run(send())
    return sorted(store.rows_sync("SELECT span_id, name FROM spans"))


def test_a_beginning_is_not_stored_beside_the_end_of_the_same_commit(
    ingest: Ingest, store: Store
) -> None:
    rows = sent(ingest, store, BEGUN, ENDED[:3])

    assert rows == [
        *((one.span_id, "ended") for one in ENDED[:3]),
        *((one.span_id, "begun") for one in BEGUN[3:]),
    ]


def test_an_end_that_comes_first_stays(ingest: Ingest, store: Store) -> None:
    rows = sent(ingest, store, ENDED, BEGUN)

    assert rows == [(one.span_id, "ended") for one in ENDED]


def test_of_several_changes_the_newest_is_stored(ingest: Ingest, store: Store) -> None:
    changed = [replace(one, name="changed", version=one.version + 50) for one in BEGUN]

    rows = sent(ingest, store, changed, BEGUN[:2], [*BEGUN[2:], ENDED[4]])

    assert rows == [
        *((one.span_id, "changed") for one in changed[:4]),
        (ENDED[4].span_id, "ended"),
    ]


def test_the_same_spans_of_another_project_are_others(ingest: Ingest, store: Store) -> None:
    elsewhere = [replace(one, project="desk") for one in ENDED]

    rows = sent(ingest, store, BEGUN, elsewhere)

    assert len(rows) == len(BEGUN) + len(elsewhere)
