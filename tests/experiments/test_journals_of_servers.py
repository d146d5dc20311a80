"""Journals of experiments as several servers keep them, each with a folder of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pilothouse.evaluation.runner.journal import Journal, Key
from pilothouse.platform.experiments.running.journals import Bringing, Journals
from pilothouse.platform.records import Records

WHICH = "an-experiment"


def target(example: str, outputs: str = "yes") -> dict[str, Any]:
    return {
        "stage": "target",
        "example": example,
        "repetition": 0,
        "config": "c",
        "outputs": outputs,
    }


def verdict(example: str, score: int = 1) -> dict[str, Any]:
    about = {"stage": "judge", "example": example, "repetition": 0, "config": "j"}
    return {**about, "evaluator": "exact", "results": [{"score": score}]}


@pytest.fixture
def shared(postgres_url: str) -> Iterator[Records]:
    records = Records(postgres_url)
    records.migrate()
    yield records
    records.close()


class Servers:
    """Each has a folder of its own; the records are those of all."""

    def __init__(self, records: Records, folder: Path) -> None:
        self.records = records
        self.folder = folder
        self.files: list[Journal] = []

    def open(self, name: str) -> tuple[Journal, Bringing]:
        """The journal as a server of this name opens it."""
        journal, bringing = Journals(self.folder / name, self.records).open(WHICH)
        self.files.append(journal)
        assert bringing is not None
        return journal, bringing


@pytest.fixture
def servers(shared: Records, tmp_path: Path) -> Iterator[Servers]:
    made = Servers(shared, tmp_path)
    yield made
    for journal in made.files:
        journal.close()


def scores(journal: Journal) -> dict[str, list[Any]]:
    """What a journal knows: answers and scores by example."""
    return {
        key.example: [
            record.get("outputs") or record["results"][0]["score"]
            for record in journal.records(key)
        ]
        for key in journal.items()
    }


def test_another_server_begins_with_what_was_brought_to_the_records(
    servers: Servers,
) -> None:
    journal, bringing = servers.open("one")
    journal.write(target("a"), verdict("a"))
    asyncio.run(bringing.flush())
    journal.write(target("b"))
    asyncio.run(bringing.flush())
    journal.write(target("c"))  # the server is killed before this is brought

    other, _ = servers.open("two")

    assert scores(other) == {"a": ["yes", 1], "b": ["yes"]}


def test_a_server_that_comes_back_adds_what_it_alone_had(servers: Servers) -> None:
    journal, bringing = servers.open("one")
    journal.write(target("a"))
    journal.write(target("b", "no"))
    asyncio.run(bringing.flush())
    journal.write(verdict("a"), verdict("b"), target("c"))
    journal.close()
    two, of_two = servers.open("two")
    two.write(target("b", "yes"))
    asyncio.run(of_two.flush())
    two.close()

    back, of_back = servers.open("one")
    asyncio.run(of_back.flush())
    third, _ = servers.open("three")

    assert scores(back) == {"a": ["yes", 1], "b": ["yes"], "c": ["yes"]}, "b is of another answer"
    assert scores(third) == scores(back), "and every server sees it"


def test_a_part_whose_commit_was_not_heard_of_is_there_once(
    servers: Servers, shared: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, bringing = servers.open("one")
    journal.write(target("a"))
    keeps = bringing._keep

    def unheard(part: int, lines: list[bytes]) -> None:
        keeps(part, lines)
        raise ConnectionError("the answer was lost; the transaction was committed")

    with monkeypatch.context() as patched:
        patched.setattr(bringing, "_keep", unheard)
        with pytest.raises(ConnectionError):
            asyncio.run(bringing.flush())
    journal.write(target("b"))
    asyncio.run(bringing.flush())

    other, _ = servers.open("two")
    assert scores(other) == {"a": ["yes"], "b": ["yes"]}
    with shared.read() as session:
        parts = session.all("SELECT run, part FROM experiment_journals ORDER BY run, part")
    assert [(one["run"], one["part"]) for one in parts] == [(1, 0), (1, 1), (1, 2), (2, 0)]


def test_nothing_is_left_of_an_experiment_that_ended(servers: Servers) -> None:
    journal, bringing = servers.open("one")
    journal.write(target("a"))
    asyncio.run(bringing.flush())
    journal.close()

    Journals(servers.folder / "one", servers.records).forget(WHICH)

    assert list((servers.folder / "one").iterdir()) == []
    assert list(servers.open("two")[0].items()) == []


def test_a_server_with_records_of_its_own_keeps_the_file_alone(
    sqlite_records: Records, tmp_path: Path
) -> None:
    journal, bringing = Journals(tmp_path / "one", sqlite_records).open(WHICH)
    journal.write(target("a"))
    journal.close()

    again, _ = Journals(tmp_path / "one", sqlite_records).open(WHICH)

    assert bringing is None
    assert again.has(Key("a", 0))
    again.close()
    with sqlite_records.read() as session:
        assert session.all("SELECT * FROM experiment_journals") == []
