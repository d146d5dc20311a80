"""Targets that raise, hang, exit or go on; clients that leave or do not read."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any, ClassVar

import httpx
import openai
import pytest

import serving_world as world
from pilothouse.serving import App, Context, Refusal
from serving_world import Served, served

LIMITS = {"request_timeout": 0.3, "first_token_timeout": 0.3, "idle_stream_timeout": 0.3}


class Teapot(Exception):
    """What a web framework would raise."""

    status_code = 418
    detail = "short and stout"


def provider_error(kind: type[openai.APIStatusError], status: int) -> Exception:
    asked = httpx.Request("POST", "http://provider/v1/chat/completions")
    answered = httpx.Response(status, headers={"retry-after": "7"}, request=asked)
    return kind("secret details", response=answered, body=None)


ERRORS: dict[str, Any] = {
    "value": ValueError("secret details"),
    "time": TimeoutError("secret details"),
    "http": Teapot(),
    "limit": provider_error(openai.RateLimitError, 429),
    "key": provider_error(openai.AuthenticationError, 401),
    "forbidden": provider_error(openai.PermissionDeniedError, 403),
    "down": provider_error(openai.InternalServerError, 503),
    "away": openai.APIConnectionError(request=httpx.Request("POST", "http://provider")),
    "exit": SystemExit(3),
    "refusal": Refusal("not today", status=409, code="closed"),
}


async def fail(how: str) -> str:
    raise ERRORS[how]


async def fail_later(how: str) -> AsyncIterator[str]:
    yield "first"
    raise ERRORS[how]


class Seen:
    """What happened to the targets below."""

    cancelled: ClassVar[list[str]] = []
    finished: ClassVar[list[str]] = []


async def hang(name: str) -> str:
    try:
        await asyncio.sleep(30)
    except asyncio.CancelledError:
        Seen.cancelled.append(name)
        raise
    return name


async def stubborn(name: str) -> str:
    try:
        await asyncio.sleep(30)
    except asyncio.CancelledError:
        await asyncio.sleep(1)
    Seen.finished.append(name)
    return name


release = threading.Event()


def hang_in_thread(name: str, ctx: Context) -> str:
    release.wait(30)
    Seen.finished.append(f"{name} {ctx.cancelled()}")
    return name


async def stall(after: int) -> AsyncIterator[str]:
    try:
        for _ in range(after):
            yield "x"
        await asyncio.sleep(30)
    finally:
        Seen.cancelled.append(f"stall {after}")


async def flood(_: str) -> AsyncIterator[str]:
    try:
        while True:
            yield "x" * 10_000
    finally:
        Seen.cancelled.append("flood")


def sync_stream(name: str) -> Iterator[str]:
    try:
        while True:
            yield name
            time.sleep(0.01)
    finally:
        Seen.cancelled.append(name)


@pytest.fixture(scope="module")
def app() -> Iterator[Served]:
    made = App(**LIMITS, slow_client_timeout=0.3, ping_interval=0.1)
    for each in (fail, fail_later, hang, stubborn, stall, flood, sync_stream):
        made.add(f"/{each.__name__}", each)
    made.add("/thread", hang_in_thread)
    with served(made) as running:
        yield running


@pytest.fixture
def patient() -> Iterator[Served]:
    made = App(max_concurrency=1, max_queue=1, queue_timeout=0.3)
    made.add("/hang", hang).add("/thread", hang_in_thread).add("/hello", world.hello)
    made.add("/stall", stall).add("/sync_stream", sync_stream)
    with served(made) as running:
        yield running


@pytest.mark.parametrize(
    ("how", "status", "code", "retryable"),
    [
        ("value", 500, "target_error", False),
        ("time", 504, "timeout", True),
        ("http", 418, "refused", False),
        ("limit", 429, "rate_limit_exceeded", True),
        ("key", 502, "provider_error", True),
        ("forbidden", 502, "provider_error", True),
        ("down", 502, "provider_error", True),
        ("away", 502, "provider_error", True),
        ("exit", 500, "target_error", False),
        ("refusal", 409, "closed", False),
    ],
)
def test_each_error_of_a_target_has_its_answer(
    app: Served, how: str, status: int, code: str, *, retryable: bool
) -> None:
    answer = app.post("/fail/invoke", {"input": how}, headers={"accept": "application/json"})

    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["retryable"]) == (status, code, retryable)
    assert error["run_id"] == answer.headers["x-run-id"]
    assert "secret" not in answer.text
    assert app.http.get("/healthz").status_code == 200


def test_a_providers_wish_to_wait_is_handed_on(app: Served) -> None:
    assert app.post("/fail/invoke", {"input": "limit"}).headers["retry-after"] == "7"


def test_messages_are_told_where_the_app_says_so() -> None:
    with served(App(fail, expose_errors=True)) as running:
        assert running.post("/invoke", {"input": "value"}).text == "secret details"


@pytest.mark.parametrize("how", ["value", "exit"])
def test_an_error_in_a_stream_is_an_event_and_the_answer_ends_well(app: Served, how: str) -> None:
    text = app.post("/fail_later/stream", {"input": how}).text

    first, last = text.split("event: data\n")[1:][0], text.strip().split("\n\n")[-1]
    assert first.startswith('data: "first"')
    assert last == ('event: error\ndata: {"status_code":500,"message":"Internal Server Error"}')


def test_a_target_that_hangs_is_ended_in_time(app: Served) -> None:
    answer = app.post("/hang/invoke", {"input": "timed"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (504, "timeout")
    app.wait(lambda: "timed" in Seen.cancelled)


def test_clients_may_ask_for_less_time_and_not_for_more(patient: Served) -> None:
    def asked(seconds: str) -> httpx.Response:
        headers = {"x-request-timeout": seconds}
        return patient.post("/hang/invoke", {"input": "less"}, headers=headers)

    begun = time.monotonic()
    assert asked("0.1").status_code == 504
    assert time.monotonic() - begun < 5
    assert asked("soon").status_code == 422
    assert asked("-1").status_code == 422


def test_who_waits_is_answered_although_the_target_goes_on(app: Served) -> None:
    begun = time.monotonic()
    answer = app.post("/stubborn/invoke", {"input": "stubborn"})

    assert answer.status_code == 504
    assert time.monotonic() - begun < 0.9
    gate = app.app.service.mounts["stubborn"].gate
    assert gate.active == 1
    app.wait(lambda: gate.active == 0)


def test_a_thread_keeps_its_place_until_it_returns_and_knows_that_nobody_waits(
    app: Served,
) -> None:
    release.clear()
    gate = app.app.service.mounts["thread"].gate

    answer = app.post("/thread/invoke", {"input": "slow"})

    assert answer.status_code == 504
    assert gate.active == 1
    assert "pilothouse_threadpool_busy 1.0" in app.http.get("/metrics").text
    release.set()
    app.wait(lambda: gate.active == 0)
    assert "slow True" in Seen.finished


@pytest.mark.parametrize(("after", "code"), [(0, "timeout"), (2, "timeout")])
def test_a_stream_that_stands_still_ends_with_an_error(app: Served, after: int, code: str) -> None:
    text = app.post("/stall/stream", {"input": after}).text

    assert text.count('data: "x"') == after
    assert f'"code":"{code}"' in text.strip().split("\n\n")[-1]
    assert ": ping\n\n" in text


@pytest.mark.parametrize(("path", "name"), [("/hang/invoke", "gone"), ("/thread/invoke", "left")])
def test_a_client_that_leaves_ends_its_run(patient: Served, path: str, name: str) -> None:
    release.clear()
    gate = patient.app.service.mounts[{"gone": "hang", "left": "thread"}[name]].gate
    body = b'{"input":"%s"}' % name.encode()
    with socket.create_connection(("127.0.0.1", int(patient.url.rpartition(":")[2]))) as sock:
        sock.sendall(
            b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s"
            % (path.encode(), len(body), body)
        )
        patient.wait(lambda: gate.active == 1)
    left = time.monotonic()

    cancelled = 'pilothouse_cancelled_total{reason="disconnect"} 1.0'
    patient.wait(lambda: cancelled in patient.http.get("/metrics").text)
    assert time.monotonic() - left < 5
    if name == "gone":
        patient.wait(lambda: "gone" in Seen.cancelled)
    release.set()
    patient.wait(lambda: gate.active == 0)


@pytest.mark.parametrize(
    ("path", "given", "seen"),
    [
        ("/stall", 3, "stall 3"),
        ("/sync_stream", "sync gone", "sync gone"),
    ],
)
def test_a_client_that_leaves_a_stream_ends_its_generator(
    patient: Served, path: str, given: Any, seen: str
) -> None:
    with patient.http.stream("POST", f"{path}/stream", json={"input": given}) as answer:
        next(answer.iter_bytes())

    patient.wait(lambda: seen in Seen.cancelled)


def test_a_client_that_does_not_read_is_dropped(app: Served) -> None:
    with socket.create_connection(("127.0.0.1", int(app.url.rpartition(":")[2]))) as sock:
        body = b'{"input":"x"}'
        head = b"POST /flood/stream HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
        sock.sendall(head + body)

        app.wait(lambda: "flood" in Seen.cancelled)
        cancelled = 'pilothouse_cancelled_total{reason="slow_client"} 1.0'
        assert cancelled in app.http.get("/metrics").text
        sock.settimeout(20)
        with contextlib.suppress(ConnectionResetError):
            while sock.recv(1_000_000):
                pass


def test_more_than_may_wait_is_refused_at_once_and_who_waits_in_time(patient: Served) -> None:
    gate = patient.app.service.mounts["hang"].gate
    answers: list[httpx.Response] = []
    headers = {"x-request-timeout": "2"}

    def ask() -> None:
        answers.append(
            httpx.post(f"{patient.url}/hang/invoke", json={"input": "q"}, headers=headers)
        )

    threads = [threading.Thread(target=ask) for _ in range(2)]
    threads[0].start()
    patient.wait(lambda: gate.active == 1)
    threads[1].start()
    patient.wait(lambda: gate.waiting == 1)
    refused = patient.post("/hang/invoke", {"input": "too many"})
    patient.wait(lambda: len(answers) == 1)
    waited = answers[0]
    for thread in threads:
        thread.join()

    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "overloaded")
    assert refused.headers["retry-after"] == "1"
    assert (waited.status_code, waited.json()["error"]["code"]) == (503, "overloaded")
    assert answers[1].status_code == 504
    assert gate.active == gate.waiting == 0


def test_a_run_can_be_cancelled_by_its_id(patient: Served) -> None:
    lines: list[str] = []
    with patient.http.stream("POST", "/stall/stream", json={"input": 1}) as answer:
        run_id = answer.headers["x-run-id"]
        cancelled = httpx.post(f"{patient.url}/v1/runs/{run_id}/cancel")
        lines = [line for line in answer.iter_lines() if line.startswith("data")]

    assert cancelled.json() == {"run_id": run_id, "status": "cancelled"}
    assert '"code":"cancelled"' in lines[-1]
    assert patient.post(f"/v1/runs/{run_id}/cancel").status_code == 404
