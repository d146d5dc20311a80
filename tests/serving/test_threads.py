"""Kept conversations: one run at a time, each owner's own, broken answers apart."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import httpx

from pilothouse.serving import App, Principal
from pilothouse.serving.call import Call
from serving_world import Served, served


async def remember(text: str, history: list[dict[str, Any]]) -> AsyncIterator[str]:
    if text == "slow":
        await asyncio.sleep(0.6)
    yield f"{[message['content'] for message in history]} "
    if text == "fail":
        raise ValueError("secret")
    yield text


def said(app: Served, text: str, **headers: str) -> str:
    body = {"input": text, "thread_id": "t"}
    return str(app.post("/invoke", body, headers=headers).json()["output"])


def test_a_second_run_of_a_thread_waits_for_the_first() -> None:
    with served(App(remember)) as app:
        first = threading.Thread(target=said, args=(app, "slow"))
        first.start()
        app.wait(lambda: app.app.service.mounts["remember"].gate.active == 1)

        second = said(app, "second")
        first.join()

    assert second == "['slow', '[] slow'] second"


def test_who_waits_too_long_for_a_thread_is_told_so() -> None:
    with served(App(remember, queue_timeout=0.2)) as app:
        first = threading.Thread(target=said, args=(app, "slow"))
        first.start()
        app.wait(lambda: app.app.service.mounts["remember"].gate.active == 1)

        busy = app.post("/invoke", {"input": "x", "thread_id": "t"})
        first.join()

    assert (busy.status_code, busy.json()["error"]["code"]) == (409, "thread_busy")


def test_an_answer_that_broke_off_is_given_to_no_target() -> None:
    with served(App(remember)) as app:
        broken = app.post("/stream", {"input": "fail", "thread_id": "t"}).text
        after = said(app, "after")

    assert "event: error" in broken
    assert after == "['fail'] after"


def test_owners_of_threads_see_their_own_alone() -> None:
    def who(call: Call) -> Principal | None:
        name = call.header("x-who")
        return Principal(name) if name else None

    with served(App(remember, authenticate=who)) as app:
        said(app, "mine", **{"x-who": "ada"})
        other = said(app, "hello", **{"x-who": "bob"})
        nobody = app.post("/invoke", {"input": "x"})
        made = app.post("/v1/conversations", {}, headers={"x-who": "ada"}).json()["id"]
        theirs = httpx.get(f"{app.url}/v1/conversations/{made}", headers={"x-who": "bob"})

    assert other == "[] hello"
    assert nobody.status_code == 401
    assert theirs.status_code == 404
