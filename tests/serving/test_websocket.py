"""Our own WebSocket, with the websockets client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from pilothouse.serving import App
from serving_world import Served, served, words

PROTOCOL: Any = "pilothouse.v1"


async def endless(text: str) -> AsyncIterator[str]:
    while True:
        yield text
        await asyncio.sleep(0.001)


async def broken(text: str) -> AsyncIterator[str]:
    yield text
    raise ValueError("secret")


async def odd(text: str) -> AsyncIterator[Any]:
    yield object()


@pytest.fixture(scope="module")
def app() -> Iterator[Served]:
    made = App().add("/words", words).add("/endless", endless).add("/broken", broken)
    with served(made.add("/odd", odd)) as one:
        yield one


def opened(app: Served, name: str) -> ClientConnection:
    return connect(f"{app.url.replace('http', 'ws')}/{name}/ws", subprotocols=[PROTOCOL])


def said(socket: ClientConnection, **frame: Any) -> None:
    socket.send(json.dumps(frame))


def heard(socket: ClientConnection) -> dict[str, Any]:
    frame: dict[str, Any] = json.loads(socket.recv(timeout=10))
    return frame


def until(socket: ClientConnection, kind: str) -> list[dict[str, Any]]:
    frames = [heard(socket)]
    while frames[-1]["type"] != kind:
        frames.append(heard(socket))
    return frames


def test_a_run_is_told_from_its_start_to_its_end(app: Served) -> None:
    with opened(app, "words") as socket:
        assert socket.subprotocol == PROTOCOL
        said(socket, type="invoke", id=1, input="a b")
        frames = until(socket, "end")

    assert frames[0]["type"] == "start"
    assert len(frames[0]["run_id"]) == 36
    assert [f["data"] for f in frames if f["type"] == "chunk"] == ["a ", "b "]
    assert frames[-1] == {"type": "end", "id": 1}


def test_several_go_on_at_once_and_one_is_cancelled(app: Served) -> None:
    with opened(app, "endless") as socket:
        said(socket, type="invoke", id="x", input="x")
        said(socket, type="invoke", id="y", input="y")
        seen: set[str] = set()
        while seen != {"x", "y"}:
            seen |= {f["id"] for f in until(socket, "chunk")}
        said(socket, type="cancel", id="x")
        error = until(socket, "error")[-1]
        said(socket, type="ping")
        until(socket, "pong")
        assert {heard(socket)["id"] for _ in range(5)} == {"y"}

    assert (error["id"], error["error"]["code"]) == ("x", "cancelled")
    app.wait(lambda: not app.app.service.running)


def test_what_goes_wrong_is_told_and_the_connection_lives(app: Served) -> None:
    with opened(app, "broken") as socket:
        said(socket, type="invoke", id=1, input="one")
        broke = until(socket, "error")[-1]
        said(socket, type="invoke", id=2, input={"no": "text"})
        missed = until(socket, "error")[-1]
        said(socket, type="invoke", input="no id")
        nameless = until(socket, "error")[-1]
        socket.send("no JSON")
        garbled = until(socket, "error")[-1]
        said(socket, type="dance", id=3)
        unknown = until(socket, "error")[-1]
        said(socket, type="ping")
        assert heard(socket) == {"type": "pong"}

    assert broke["error"] == {"code": "target_error", "message": "Internal Server Error"}
    assert (missed["id"], missed["error"]["code"]) == (2, "invalid_input")
    assert {f["error"]["code"] for f in (nameless, garbled, unknown)} == {"invalid_input"}


def test_what_cannot_be_said_in_json_is_an_error(app: Served) -> None:
    with opened(app, "odd") as socket:
        said(socket, type="invoke", id=1, input="a")
        assert until(socket, "error")[-1]["error"]["code"] == "target_error"


def test_a_conversation_is_kept_by_its_thread(app: Served) -> None:
    with opened(app, "words") as socket:
        for text in ("first", "second"):
            said(socket, type="invoke", id=text, input=text, thread_id="kept")
            until(socket, "end")

    store = app.app.service.store
    messages = asyncio.run(store.messages("", "kept"))
    assert [m.plain()["content"] for m in messages] == ["first", "first ", "second", "second "]


def test_runs_end_with_their_connection(app: Served) -> None:
    socket = opened(app, "endless")
    said(socket, type="invoke", id=1, input="a")
    until(socket, "chunk")
    socket.close()

    app.wait(lambda: not app.app.service.running)


def test_a_key_without_the_scope_is_turned_away() -> None:
    keys = {"reads-but-does-not-invoke": ("read",), "may-invoke-what-it-wants": ("invoke",)}
    with served(App(words, keys=keys)) as app:
        address = f"{app.url.replace('http', 'ws')}/ws"
        reader: Any = ["bearer.reads-but-does-not-invoke", PROTOCOL]
        with connect(address, subprotocols=reader) as socket, pytest.raises(ConnectionClosed) as no:
            heard(socket)
        caller: Any = ["bearer.may-invoke-what-it-wants", PROTOCOL]
        with connect(address, subprotocols=caller) as socket:
            said(socket, type="invoke", id=1, input="a")
            assert until(socket, "end")

    assert no.value.rcvd is not None
    assert no.value.rcvd.code == 4403


def test_more_than_a_key_may_ask_is_told_in_a_frame() -> None:
    with served(App(words, requests_per_minute=1)) as app:
        address = f"{app.url.replace('http', 'ws')}/ws"
        with connect(address, subprotocols=[PROTOCOL]) as socket:
            said(socket, type="invoke", id=1, input="a")
            until(socket, "end")
            said(socket, type="invoke", id=2, input="a")
            assert until(socket, "error")[-1]["error"]["code"] == "rate_limit_exceeded"


@pytest.mark.parametrize("thread", [{}, {"thread_id": "left"}])
def test_who_leaves_before_the_start_leaves_no_place_taken(thread: dict[str, str]) -> None:
    with served(App(max_concurrency=1, max_queue=0).add("/words", words)) as app:
        for _ in range(20):
            socket = opened(app, "words")
            said(socket, type="invoke", id=1, input="a", **thread)
            socket.socket.close()
        app.wait(lambda: not app.app.service.running)
        answer = app.post("/words/invoke", {"input": "a", **thread})

    assert answer.status_code == 200, answer.text
