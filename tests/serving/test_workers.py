"""What several workers of one app know of each other."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from langgraph_sdk import get_sync_client

from pilothouse.serving.board import Board, new_board
from serving.conftest import Serve
from serving.test_langgraph import GATE, made, opened
from serving_world import Served, served

APP = """
    import asyncio

    async def hang(text: str) -> str:
        await asyncio.sleep(3600)

    async def echo(text: str) -> str:
        return text
"""


@pytest.fixture
def two(database_url: str) -> Iterator[tuple[Served, Served]]:
    """Two apps on one store, as two workers are."""
    GATE.clear()
    with (
        served(made(store=database_url).add("/endless", endless)) as one,
        served(made(store=database_url).add("/endless", endless)) as another,
    ):
        yield one, another


async def endless(text: str) -> AsyncIterator[str]:
    while True:
        yield text
        await asyncio.sleep(0.01)


def test_a_run_of_one_worker_is_followed_joined_and_ended_by_another(
    two: tuple[Served, Served],
) -> None:
    with get_sync_client(url=two[0].url) as one, get_sync_client(url=two[1].url) as another:
        thread = one.threads.create()["thread_id"]
        run = one.runs.create(thread, "slow", input={"text": "w1"}, stream_resumable=True)
        two[0].wait(lambda: "w1" in GATE)
        waiting = another.runs.create(thread, "stepped", input={"text": "after"})
        told: list[Any] = []

        def listen() -> None:
            stream = another.runs.join_stream(thread, run["run_id"], last_event_id="-1")
            told.extend(part.event for part in stream)

        listener = threading.Thread(target=listen)
        listener.start()
        opened(two[0], "w1")
        listener.join(20)
        joined = another.runs.join(thread, run["run_id"])
        after = one.runs.join(thread, waiting["run_id"])
        hanging = one.runs.create(thread, "slow", input={"text": "w2"})
        two[0].wait(lambda: "w2" in GATE)
        another.runs.cancel(thread, hanging["run_id"], wait=True)

        assert told == ["metadata", "values", "values", "end"]
        assert joined["steps"] == ["w1"]
        assert after["steps"] == ["w1", "first:after", "second"]
        assert another.runs.get(thread, hanging["run_id"])["status"] == "interrupted"


def test_any_run_is_ended_by_another_worker(two: tuple[Served, Served]) -> None:
    one, another = two
    found: list[httpx.Response] = []

    def ask() -> None:
        found.append(one.post("/slow/invoke", {"input": {"text": "w3"}}))

    asking = threading.Thread(target=ask)
    asking.start()
    one.wait(lambda: "w3" in GATE)
    (named,) = one.app.service.running

    ended = another.post(f"/v1/runs/{named}/cancel")
    asking.join(20)

    assert ended.json() == {"run_id": named, "status": "cancelled"}
    assert (found[0].status_code, found[0].json()["error"]["code"]) == (409, "cancelled")
    assert another.post(f"/v1/runs/{named}/cancel").status_code == 404


def test_an_answer_in_the_background_is_read_and_ended_by_another_worker(
    two: tuple[Served, Served],
) -> None:
    one, another = two
    given = {"model": "words", "input": "a b", "background": True}
    made = one.post("/v1/responses", given).json()
    told = another.http.get(f"/v1/responses/{made['id']}?stream=true").text
    rest = another.http.get(f"/v1/responses/{made['id']}?stream=true&starting_after=2").text
    hanging = one.post("/v1/responses", {**given, "model": "endless"}).json()["id"]
    another.wait(lambda: another.http.get(f"/v1/responses/{hanging}").json()["status"] != "queued")
    ended = another.post(f"/v1/responses/{hanging}/cancel").json()

    assert told.count("event: response.output_text.delta") == 2
    assert told.rstrip().rpartition("event: ")[2].startswith("response.completed")
    assert rest == told[told.index("event: ", told.index('"sequence_number":2')) :]
    assert another.http.get(f"/v1/responses/{made['id']}").json()["status"] == "completed"
    assert ended["status"] == "cancelled"


@pytest.mark.slow
def test_an_answer_whose_process_was_killed_has_failed(serve: Serve) -> None:
    given = ("my_app:hang", "my_app:echo", "--store", "sqlite:///answers.db")
    process = serve(APP, *given)
    asked = {"model": "hang", "input": "a", "background": True}
    made = httpx.post(f"{process.url}/v1/responses", json=asked).json()
    process.kill()

    process = serve("", *given)
    read = httpx.get(f"{process.url}/v1/responses/{made['id']}").json()

    assert (read["status"], read["error"]["code"]) == ("failed", "server_error")


@pytest.mark.slow
def test_a_run_whose_process_was_killed_is_an_error_and_blocks_nobody(serve: Serve) -> None:
    given = ("my_app:hang", "my_app:echo", "--store", "sqlite:///runs.db")
    process = serve(APP, *given)
    with get_sync_client(url=process.url) as client:
        thread = client.threads.create()["thread_id"]
        run = client.runs.create(thread, "hang", input="a")
        while client.runs.get(thread, run["run_id"])["status"] != "running":
            pass
    process.kill()

    process = serve("", *given)
    with get_sync_client(url=process.url) as client:
        assert client.runs.get(thread, run["run_id"])["status"] == "error"
        assert client.threads.get(thread)["status"] == "idle"
        assert client.runs.wait(thread, "echo", input="b")["output"] == "b"


@pytest.mark.slow
def test_what_a_key_may_ask_a_minute_holds_for_all_workers(serve: Serve) -> None:
    environ = {"PILOTHOUSE_SERVE_REQUESTS_PER_MINUTE": "12"}
    process = serve(APP, "my_app:echo", "--workers", "3", **environ)

    answers = [httpx.post(f"{process.url}/invoke", json={"input": "a"}) for _ in range(40)]

    counts = [answer.status_code for answer in answers]
    assert 12 <= counts.count(200) <= 15
    assert counts.count(429) == 40 - counts.count(200)


def test_a_worker_that_was_killed_leaves_no_place_behind() -> None:
    path = new_board()
    mine = Board(path)
    child = os.fork()
    if child == 0:
        theirs = Board(path)
        with theirs.asker("ann") as asker:
            asker.active += 3
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    with mine.asker("ann") as asker:
        before = asker.elsewhere

    mine.forget_dead()

    with mine.asker("ann") as asker:
        assert (before, asker.elsewhere) == (3, 0)
    mine.close()
    path.unlink()


def test_who_asks_is_counted_apart_also_where_the_board_is_crowded(tmp_path: Path) -> None:
    path = new_board()
    board = Board(path)
    for n in range(500):
        with board.asker(f"key-{n}") as asker:
            asker.active = n % 7
            asker.requests.due = float(n)

    for n in range(500):
        with board.asker(f"key-{n}") as asker:
            assert (asker.active, asker.requests.due) == (n % 7, float(n))
    board.close()
    path.unlink()
