"""The chat page's turns across workers, kills and drains."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from chat_world import HEADERS, events
from pilothouse.serving.store import Store
from serving.conftest import Process, Serve

pytestmark = pytest.mark.slow
APP = """
    import asyncio
    from collections.abc import AsyncIterator
    from pathlib import Path


    async def slow(text: str) -> AsyncIterator[str]:
        yield "One "
        while not Path(f"go-{text}").exists():
            await asyncio.sleep(0.02)
        yield "two."
"""
STORE = ("--chat-page", "/", "--store", "sqlite:///chat.db")


def asked(running: Process, text: str) -> str:
    """The run of a question whose client leaves after the first word."""
    body = {"mount": "slow", "key": text, "text": text}
    url = f"{running.url}/ui/api/threads/{text}/runs"
    with httpx.stream("POST", url, json=body, headers=HEADERS, timeout=60) as answer:
        for line in answer.iter_lines():
            if "One" in line:
                break
        return answer.headers["x-run-id"]


def heard(running: Process, text: str, run: str) -> list[tuple[str, Any]]:
    url = f"{running.url}/ui/api/threads/{text}/runs/{run}/events"
    return events(httpx.get(url, headers=HEADERS, timeout=60).text)


def kept(running: Process, text: str) -> list[dict[str, Any]]:
    url = f"{running.url}/ui/api/threads/{text}/messages"
    return list(httpx.get(url, timeout=60).json()["items"])


def test_any_worker_tells_what_another_is_at(serve: Serve, tmp_path: Path) -> None:
    running = serve(APP, "my_app:slow", *STORE, "--workers", "2")
    runs = {text: asked(running, text) for text in ("a", "b", "c", "d")}
    for text in runs:
        (tmp_path / f"go-{text}").touch()

    # Four runs, and each is asked for four times: one worker alone cannot have had them all.
    for _ in range(4):
        for text, run in runs.items():
            told = heard(running, text, run)
            assert "".join(each["text"] for name, each in told if name == "text") == "One two."
            assert told[-1][1]["status"] == "success"


def test_a_kill_leaves_the_question_which_can_be_answered_again(
    serve: Serve, tmp_path: Path
) -> None:
    first = serve(APP, "my_app:slow", *STORE)
    run = asked(first, "a")
    end = time.monotonic() + 20
    while not heard_in_store(tmp_path, run):
        assert time.monotonic() < end
    first.kill()
    again = serve("", "my_app:slow", *STORE)
    thread = httpx.get(f"{again.url}/ui/api/threads/a").json()
    lost = heard(again, "a", run)
    (tmp_path / "go-a").touch()
    body = {"mount": "slow", "key": "again", "again": 1}
    url = f"{again.url}/ui/api/threads/a/runs"
    answer = httpx.post(url, json=body, headers=HEADERS, timeout=60)

    assert thread["running"] is None
    assert lost[-1][1]["code"] == "run_lost"
    assert events(answer.text)[-1][1]["status"] == "success"
    assert [message["text"] for message in kept(again, "a")] == ["a", "One two."]


def heard_in_store(folder: Path, run: str) -> bool:
    with sqlite3.connect(folder / "chat.db") as connection:
        sql = "SELECT COUNT(*) FROM run_events WHERE run_id = ?"
        return bool(connection.execute(sql, (run,)).fetchone()[0])


def test_a_server_that_goes_lets_an_answer_end_that_nobody_hears(
    serve: Serve, tmp_path: Path
) -> None:
    grace = {"PILOTHOUSE_SERVE_DRAIN_DELAY": "0", "PILOTHOUSE_SERVE_GRACE": "20"}
    first = serve(APP, "my_app:slow", *STORE, **grace)
    asked(first, "a")
    first.process.terminate()
    (tmp_path / "go-a").touch()

    assert first.process.wait(60) == 0
    again = serve("", "my_app:slow", *STORE)
    assert [message["text"] for message in kept(again, "a")] == ["a", "One two."]


def test_the_end_of_ten_thousand_messages_is_there_in_a_moment(
    serve: Serve, tmp_path: Path
) -> None:
    async def fill() -> None:
        store = Store(f"sqlite:///{tmp_path / 'chat.db'}")
        await store.create_thread("", "long")
        said = [{"role": "user", "content": f"text {n} " * 40} for n in range(10_000)]
        await store.add("", "long", said)
        await store.close()

    asyncio.run(fill())
    running = serve(APP, "my_app:slow", *STORE)
    with httpx.Client(base_url=running.url) as client:
        spent = []
        for _ in range(8):
            begun = time.perf_counter()
            told = client.get("/ui/api/threads/long/messages?limit=50").json()
            spent.append(time.perf_counter() - begun)

    assert len(told["items"]) == 50
    assert min(spent) < 0.05


def test_a_conversation_that_is_deleted_while_it_is_answered_leaves_nothing(
    serve: Serve, tmp_path: Path
) -> None:
    running = serve(APP, "my_app:slow", *STORE)
    run = asked(running, "secret")
    url = f"{running.url}/ui/api/threads/secret"
    deleted = httpx.delete(url, headers=HEADERS)
    (tmp_path / "go-secret").touch()
    after = httpx.get(f"{url}/runs/{run}/events")
    running.stop()

    tables = ("threads", "messages", "runs", "run_events")
    with sqlite3.connect(tmp_path / "chat.db") as connection:
        left = [connection.execute(f"SELECT COUNT(*) FROM {t}").fetchone()[0] for t in tables]
    assert (deleted.status_code, after.status_code) == (204, 404)
    assert left == [0, 0, 0, 0]
