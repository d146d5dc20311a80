"""Graphs that hang, give what has no form, or are left by their clients: one answer, no leak."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

import httpx
import pytest
from langgraph.graph import START, StateGraph
from typing_extensions import TypedDict

from pilothouse.serving import App
from serving_world import Served, served

ENDED: list[str] = []


class State(TypedDict, total=False):
    text: str
    steps: Annotated[list[Any], lambda a, b: a + b]


def graph_of(node: Any) -> Any:
    return StateGraph(State).add_node("node", node).add_edge(START, "node").compile()


async def hang(state: State) -> State:
    try:
        await asyncio.sleep(3600)
    finally:
        ENDED.append(state["text"])
    return {}


async def odd(state: State) -> State:
    return {"steps": [object()]}


async def endless(text: str) -> AsyncIterator[str]:
    try:
        while True:
            yield "x" * 10_000
    finally:
        ENDED.append(text)


@pytest.fixture(scope="module")
def app() -> Iterator[Served]:
    made = App(first_token_timeout=30, slow_client_timeout=0.5, max_body_bytes=100_000)
    made.add("/hang", graph_of(hang), name="hang").add("/odd", graph_of(odd), name="odd")
    with served(made.add("/endless", endless)) as one:
        yield one


@pytest.fixture
def hasty() -> Iterator[Served]:
    made = App(graph_of(hang), name="hang", idle_stream_timeout=0.3, first_token_timeout=0.3)
    with served(made) as one:
        yield one


def asked(name: str, text: str, **more: Any) -> dict[str, Any]:
    return {"assistant_id": name, "input": {"text": text}, **more}


def is_quiet(app: Served) -> bool:
    """Whether nothing goes on any more."""
    service = app.app.service
    return not service.running and not service._detached and len(service.watch) == 0


def test_a_graph_that_hangs_is_ended_in_time(hasty: Served) -> None:
    thread = hasty.post("/threads", {}).json()["thread_id"]
    answer = hasty.post(f"/threads/{thread}/runs/wait", asked("hang", "in time"))

    assert answer.json()["__error__"]["error"] == "Stopped"
    (run,) = hasty.http.get(f"/threads/{thread}/runs").json()
    assert run["status"] == "timeout"
    assert hasty.http.get(f"/threads/{thread}").json()["status"] == "error"
    hasty.wait(lambda: is_quiet(hasty) and "in time" in ENDED)


def test_a_state_that_has_no_form_is_an_error(app: Served) -> None:
    thread = app.post("/threads", {}).json()["thread_id"]
    text = app.post(f"/threads/{thread}/runs/stream", asked("odd", "a")).text

    assert text.count("event: error") == 1
    assert "object at 0x" not in text
    (run,) = app.http.get(f"/threads/{thread}/runs").json()
    assert run["status"] == "error"
    app.wait(lambda: is_quiet(app))


@pytest.mark.parametrize("route", ["wait", "stream"])
def test_a_run_ends_with_its_client_where_that_was_asked_for(app: Served, route: str) -> None:
    text = f"left {route}"
    thread = app.post("/threads", {}).json()["thread_id"]
    body = asked("hang", text, on_disconnect="cancel")
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{app.url}/threads/{thread}/runs/{route}", json=body, timeout=0.5)

    app.wait(lambda: text in ENDED and is_quiet(app))
    (run,) = app.http.get(f"/threads/{thread}/runs").json()
    assert run["status"] == "interrupted"


def test_a_run_goes_on_when_its_client_has_gone(app: Served) -> None:
    thread = app.post("/threads", {}).json()["thread_id"]
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(
            f"{app.url}/threads/{thread}/runs/stream", json=asked("hang", "goes on"), timeout=0.5
        )

    (run,) = app.http.get(f"/threads/{thread}/runs").json()
    assert run["status"] == "running"
    ended = app.post(f"/threads/{thread}/runs/{run['run_id']}/cancel?wait=1")
    assert ended.status_code == 204
    app.wait(lambda: "goes on" in ENDED and is_quiet(app))


def test_who_reads_nothing_is_dropped_and_the_run_with_it(app: Served) -> None:
    body = json.dumps(
        {"assistant_id": "endless", "input": "slow", "stream_mode": "messages-tuple",
         "on_disconnect": "cancel"}
    ).encode()  # fmt: skip
    host, port = app.url.removeprefix("http://").split(":")
    head = f"POST /runs/stream HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection((host, int(port))) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.sendall(head.encode() + body)

        app.wait(lambda: "slow" in ENDED and is_quiet(app))


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/runs/wait", [], 422),
        ("/runs/wait", {}, 422),
        ("/runs/wait", asked("hang", "a", stream_mode="loud"), 422),
        ("/runs/wait", asked("hang", "a", multitask_strategy="fight"), 422),
        ("/runs/wait", asked("hang", "a", interrupt_before="node"), 422),
        ("/runs/wait", asked("hang", "a", webhook="http://169.254.169.254/"), 422),
        ("/runs/wait", asked("hang", "a", config={"recursion_limit": 10**9}), 422),
        ("/runs/wait", asked("hang", "a", after_seconds=-1), 422),
        ("/runs/wait", asked("hang", "a", command={"graph": "__parent__"}), 422),
        ("/runs/wait", asked("hang", "x" * 200_000), 413),
        ("/runs/wait", asked("00000000-0000-4000-8000-000000000000", "a"), 404),
        ("/threads/none/runs/wait", asked("hang", "a"), 404),
        ("/threads", {"thread_id": "x" * 300}, 422),
        ("/threads", {"metadata": []}, 422),
        ("/threads/search", {"limit": -1}, 422),
        ("/threads/search", {"sort_by": "password"}, 422),
        ("/store/items/search", {"namespace_prefix": "a..b"}, 422),
        ("/runs/batch", {}, 422),
        ("/runs/cancel", {}, 422),
        ("/runs/wait", asked("hang", "a", checkpoint={"checkpoint_ns": 5}), 422),
        ("/runs/wait", asked("hang", "a", command={"update": [5]}), 422),
        ("/threads/search", {"status": ["idle"]}, 422),
        ("/threads/search", {"ids": 5}, 422),
        ("/threads/search", {"select": 5}, 422),
        ("/threads/search", {"sort_by": []}, 422),
        ("/threads", {"supersteps": [{"updates": 5}], "metadata": {"graph_id": "hang"}}, 422),
        (
            "/threads",
            {"supersteps": [{"updates": [{"values": 5}]}], "metadata": {"graph_id": "hang"}},
            422,
        ),
        ("/runs/search", {"thread_id": {}}, 422),
        ("/runs/cancel", {"status": "all", "thread_id": []}, 422),
        ("/store/items/search", {"query": 5}, 422),
    ],
)
def test_what_is_asked_wrongly_is_refused_in_one_line(
    app: Served, path: str, body: Any, status: int
) -> None:
    answer = app.post(path, body)

    assert answer.status_code == status, answer.text
    assert isinstance(answer.json()["detail"], str)
    assert is_quiet(app)


@pytest.mark.parametrize(
    "item",
    [
        {"namespace": [], "key": "k", "value": {}},
        {"namespace": ["a.b"], "key": "k", "value": {}},
        {"namespace": ["langgraph"], "key": "k", "value": {}},
        {"namespace": ["a"], "key": "", "value": {}},
        {"namespace": ["a"], "key": "k", "value": "text"},
        {"namespace": ["a"], "key": "k" * 300, "value": {}},
        {"namespace": ["a"], "key": "k", "value": {}, "ttl": "soon"},
        {"namespace": ["a"], "key": "k", "value": {}, "ttl": 2**70},
    ],
)
def test_an_item_that_cannot_be_kept_is_refused(app: Served, item: Any) -> None:
    answer = app.http.put("/store/items", json=item)

    assert answer.status_code == 422, answer.text


def test_a_body_that_is_no_json_is_refused(app: Served) -> None:
    for path in ("/runs/wait", "/threads", "/runs/batch"):
        assert app.http.post(path, content=b"{broken").status_code == 422
