"""Experiments that another server goes on with: records on PostgreSQL, spans on ClickHouse."""

from __future__ import annotations

import json
import signal
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography.fernet import Fernet

from clickhouse_process import ClickHouse
from experiment_world import World, halfway, stored
from fakes.openai_server import Answer, Body, openai_server
from servers import ServerProcess

pytestmark = pytest.mark.slow


@pytest.fixture
def spans(tmp_path: Path) -> Iterator[str]:
    started = ClickHouse(tmp_path / "clickhouse").start()
    yield f"{started.url}/pilothouse"
    started.kill()


def lines(database: str, experiment: str) -> list[dict[str, Any]]:
    """The records of a journal that every server sees."""
    asked = (
        "SELECT packed FROM experiment_journals WHERE experiment_id = %s AND part > 0 "
        "ORDER BY run, part"
    )
    with psycopg.connect(database) as connection:
        found = connection.execute(asked, [experiment]).fetchall()
    text = b"".join(zlib.decompress(packed) for (packed,) in found)
    return [json.loads(line) for line in text.splitlines()]


def test_a_second_server_finishes_what_a_killed_one_began_and_pays_for_no_row_twice(
    tmp_path: Path, postgres_url: str, spans: str
) -> None:
    environ = {"PILOTHOUSE_SECRET_KEY": Fernet.generate_key().decode()}
    shared = ("--database", postgres_url, "--store", spans)
    one = ServerProcess(tmp_path / "one", *shared, environ=environ).start()
    two = ServerProcess(tmp_path / "two", *shared, environ=environ)
    with openai_server() as models:
        world = World(one, models)
        judge = {
            "name": "judged",
            "definition": {
                "model": "acme/gpt-4o",
                "prompt": "Is {outputs} right? {reference_outputs}, try {inputs}",
            },
        }
        answering, gate = halfway(world, 30)

        def script(body: Body) -> Answer | None:
            text = '{"explanation": "as it is", "label": "true"}'
            right = "right?" in str(body["messages"])
            return Answer(text=text) if right and answering(body) else answering(body)

        models.script = script
        try:
            started = world.run(repetitions=10, concurrency=2, evaluators=[judge])
            stored(world, started, 10)
            one.stop(signal.SIGKILL)
            kept = lines(postgres_url, started["experiment_id"])
            before = len(models.asked)
            gate.set()
            with psycopg.connect(postgres_url, autocommit=True) as connection:
                connection.execute("UPDATE jobs SET seen_at = 0")  # as if it were long ago
            world.server = two.start()
            job = world.ended(started)
        finally:
            gate.set()
            one.stop(signal.SIGKILL)
        rows = world.rows(started)
        stopped = two.stop()

    assert (job["status"], job["error"], job["result"]["rows"]) == ("done", None, 40)
    assert [[run["repetition"] for run in runs] for runs in rows] == [list(range(1, 11))] * 4
    stages = Counter(record["stage"] for record in kept)
    assert min(stages["target"], stages["judge"]) >= 10, "what can be seen is kept first"
    assert len(models.asked) - before == 80 - len(kept), "only what was not kept is asked for"
    assert before - len(kept) <= 4, "beyond what is kept only calls on their way were made"
    assert lines(postgres_url, started["experiment_id"]) == [], "nothing is left behind"
    assert not list((tmp_path / "two" / "experiments").iterdir())
    assert stopped == 0, two.said()[-2000:]
