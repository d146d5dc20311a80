"""`pilothouse serve`: starting, draining, workers, reloading, conversations after a kill."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from command_line import environment, run_command
from serving.conftest import Process, Serve

pytestmark = pytest.mark.slow

APP = """
    import asyncio, os
    from collections.abc import AsyncIterator

    async def slow(seconds: float) -> str:
        await asyncio.sleep(seconds)
        return f"{os.getpid()}"

    async def drip(n: int) -> AsyncIterator[str]:
        for each in range(n):
            yield f"{each} "
            await asyncio.sleep(0.05)

    async def remember(text: str, history: list) -> str:
        if text == "hang":
            await asyncio.sleep(60)
        return f"{[m['content'] for m in history]} {text}"
"""


def until(true: Callable[[], Any], timeout_s: float = 60) -> None:
    end = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < end, "it never became so"
        time.sleep(0.02)


def beside(act: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    """Do it in a thread; its result is in the list once it has ended."""
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(act()))
    thread.start()
    return thread, found


def try_to_ask(process: Process, given: str | float, **more: Any) -> int | None:
    """The status; None where the connection was cut."""
    try:
        return ask(process, "/invoke", given, **more).status_code
    except httpx.HTTPError:
        return None


def ask(process: Process, path: str, given: Any, **more: Any) -> httpx.Response:
    return httpx.post(f"{process.url}{path}", json={"input": given, **more}, timeout=60)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["bad:x"], "importing bad failed: ZeroDivisionError: division by zero"),
        (["good:nix"], "good has no 'nix'"),
        (["nowhere:x"], "there is no module 'nowhere'"),
        (["good"], "write module:name"),
        (["good:fine", "--host", "0.0.0.0"], "no key is asked for"),
        (["good:fine", "--port", "TAKEN"], "cannot listen on 127.0.0.1:"),
        (["good:fine", "--store", "mysql://x"], "neither sqlite"),
        (["good:number"], "cannot be served"),
        (["good:fine", "--key-file", "weak"], "too weak"),
        (["good:plus", "--ws", "/ws"], "to_input"),
    ],
)
def test_each_mistake_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    (tmp_path / "bad.py").write_text("1 / 0\n")
    code = "number = 5\ndef fine(x): return x\ndef plus(a: int, b: int): return a\n"
    (tmp_path / "good.py").write_text(code)
    (tmp_path / "weak").write_text("sk-1234\n")
    monkeypatch.chdir(tmp_path)

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        given = [port if each == "TAKEN" else each for each in arguments]
        done = run_command(["serve", *given], "", environment())

    assert done.returncode == 1
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_signal_lets_requests_end_and_then_the_process_exits_with_0(serve: Serve) -> None:
    environ = {"PILOTHOUSE_SERVE_DRAIN_DELAY": "0.5", "PILOTHOUSE_SERVE_GRACE": "2"}
    process = serve(APP, "my_app:slow", "my_app:drip", **environ)
    unary, answers = beside(lambda: ask(process, "/slow/invoke", 1.2))
    stream, texts = beside(lambda: ask(process, "/drip/stream", 1000).text)
    inflight = 'pilothouse_inflight{mount="drip"} 1.0'
    until(lambda: inflight in httpx.get(f"{process.url}/metrics").text)

    process.process.send_signal(signal.SIGTERM)
    until(lambda: httpx.get(f"{process.url}/readyz").status_code == 503)
    during = ask(process, "/slow/invoke", 0.0)
    code = process.process.wait(30)
    unary.join()
    stream.join()

    assert code == 0, process.log.read_text()
    assert during.status_code == answers[0].status_code == 200
    last = texts[0].strip().split("\n\n")[-1]
    assert last.startswith("event: error")
    assert '"code":"server_shutdown","retryable":true' in last


def test_a_second_signal_ends_it_at_once(serve: Serve) -> None:
    process = serve(APP, "my_app:slow")
    asked, status = beside(lambda: try_to_ask(process, 50))
    inflight = 'pilothouse_inflight{mount="slow"} 1.0'
    until(lambda: inflight in httpx.get(f"{process.url}/metrics").text)

    begun = time.monotonic()
    process.process.send_signal(signal.SIGTERM)
    time.sleep(0.2)  # two signals at the same moment are one
    process.stop()

    assert time.monotonic() - begun < 5
    asked.join()
    assert status[0] in (None, 500, 503)


def test_workers_are_replaced_and_their_metrics_summed(serve: Serve) -> None:
    environ = {"PILOTHOUSE_SERVE_DRAIN_DELAY": "0"}
    process = serve(APP, "my_app:slow", "--workers", "2", **environ)

    def workers(*, one_is_killed: bool = False) -> set[str]:
        def one() -> str:
            try:
                return str(ask(process, "/invoke", 0.05).json()["output"])
            except httpx.TransportError:  # what a killed worker held goes with it
                if one_is_killed:
                    return min(first)
                raise

        jobs = [beside(one) for _ in range(8)]
        for thread, _ in jobs:
            thread.join()
        return {found[0] for _, found in jobs if found}

    first: set[str] = set()
    until(lambda: len(first.update(workers()) or first) == 2)
    counted = 'pilothouse_http_requests_total{method="POST",route="/invoke",status="200"}'
    text = httpx.get(f"{process.url}/metrics").text
    assert float(next(x for x in text.splitlines() if x.startswith(counted)).split()[-1]) >= 8

    os.kill(int(min(first)), signal.SIGKILL)
    until(lambda: len(workers(one_is_killed=True) - first) == 1)
    second = {max(first)} | (workers() - first)
    answers = [beside(lambda: ask(process, "/invoke", 0.5)) for _ in range(6)]
    process.process.send_signal(signal.SIGHUP)
    for thread, _ in answers:
        thread.join()
    until(lambda: not workers() & second)

    assert [found[0].status_code for _, found in answers] == [200] * 6
    assert process.stop() == 0


def test_workers_that_cannot_start_end_the_whole(serve: Serve, tmp_path: Path) -> None:
    code = """
        import os
        if "PILOTHOUSE_SERVE_LISTENER" in os.environ:
            raise ValueError("only in workers")
        async def target(x): return x
    """
    with pytest.raises(AssertionError, match="only in workers"):
        serve(code, "my_app:target", "--workers", "2")


def test_a_changed_file_is_served_anew(serve: Serve, tmp_path: Path) -> None:
    code = "async def target(x: str) -> str:\n    return 'one'\n"
    process = serve(code, "my_app:target", "--reload")
    assert ask(process, "/invoke", "x").json()["output"] == "one"

    def output() -> Any:
        try:
            return ask(process, "/invoke", "x").json()["output"]
        except httpx.HTTPError:
            return None

    file = tmp_path / "my_app.py"
    file.write_text("broken(")
    os.utime(file, (1, 1))
    until(lambda: "SyntaxError" in process.log.read_text())
    file.write_text(code.replace("one", "two"))
    os.utime(file, (2, 2))
    until(lambda: output() == "two")
    assert process.stop(signal.SIGINT) == 0


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_conversation_survives_a_kill_between_question_and_answer(
    serve: Serve, request: pytest.FixtureRequest, engine: str, tmp_path: Path
) -> None:
    store = f"sqlite:///{tmp_path}/chat.db"
    if engine == "postgresql":
        store = request.getfixturevalue("postgres_url")
    process = serve(APP, "my_app:remember", "--store", store, "--ws", "/ws")
    ask(process, "/invoke", "first", thread_id="t")
    asked, _ = beside(lambda: try_to_ask(process, "hang", thread_id="t"))
    inflight = 'pilothouse_inflight{mount="remember"} 1.0'
    until(lambda: inflight in httpx.get(f"{process.url}/metrics").text)
    process.kill()
    asked.join()

    again = serve("", "my_app:remember", "--store", store, "--ws", "/ws")
    answer = ask(again, "/invoke", "second", thread_id="t").json()["output"]
    with connect(again.url.replace("http", "ws") + "/ws?thread_id=t") as socket:
        socket.send("third")
        frames = [json.loads(socket.recv(timeout=30)) for _ in range(4)]

    assert answer == "['first', '[] first', 'hang'] second"
    assert "'hang', 'second'" in frames[2]["message"]


def test_keys_are_asked_for_and_reach_as_far_as_they_say(serve: Serve, tmp_path: Path) -> None:
    whole, narrow = "key-whole-0123456789", "key-narrow-0123456789"
    (tmp_path / "keys").write_text(f"# ours\n{whole}\n{narrow} invoke:slow\n")
    process = serve(
        APP, "my_app:slow", "my_app:drip", "--key-file", "keys", "--requests-per-minute", "6"
    )

    def status(path: str, key: str | None, name: str = "authorization") -> int:
        value = f"Bearer {key}" if name == "authorization" else str(key)
        headers = {name: value} if key else {}
        body = {"input": 0}
        return httpx.post(process.url + path, json=body, headers=headers, timeout=60).status_code

    assert status("/slow/invoke", None) == 401
    assert status("/slow/invoke", "nobody-knows-this-one") == 401
    assert [status("/slow/invoke", narrow, n) for n in ("x-api-key", "api-key")] == [200, 200]
    assert status("/drip/invoke", narrow) == 403
    assert status("/drip/invoke", whole) == 200
    assert httpx.get(f"{process.url}/healthz").status_code == 200
    assert httpx.get(f"{process.url}/info").status_code == 401

    headers = {"x-api-key": whole}
    answers = [
        httpx.post(f"{process.url}/slow/invoke", json={"input": 0}, headers=headers)
        for _ in range(6)
    ]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert answers[0].headers["x-ratelimit-limit-requests"] == "6"
    assert answers[4].headers["x-ratelimit-remaining-requests"] == "0"
    assert 0 < int(answers[5].headers["retry-after"]) <= 10
    for text in (process.log.read_text(), httpx.get(f"{process.url}/metrics").text):
        assert whole not in text
