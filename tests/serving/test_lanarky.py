"""Pages and clients made for Lanarky: the book's page against the three ways to serve it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from langchain_classic.chains import ConversationChain
from websockets.sync.client import ClientConnection, connect

import serving_world as world
from fakes.openai_server import ANSWER, OpenAI, openai_server
from pilothouse.compat.lanarky import LangchainRouter
from pilothouse.serving import App, SetupError
from servers import serving
from serving_world import served


@pytest.fixture(scope="module")
def provider() -> Iterator[OpenAI]:
    with openai_server() as running:
        yield running


def books_app(provider: OpenAI, **more: Any) -> FastAPI:
    """The listing, with today's imports."""
    app = FastAPI()
    chain = ConversationChain(llm=world.chat_model(provider, streaming=True), verbose=False)
    router = LangchainRouter(
        langchain_url="/chat", langchain_object=chain, streaming_mode=1, **more
    )
    router.add_langchain_api_route("/chat_json", langchain_object=chain, streaming_mode=2)
    router.add_langchain_api_route("/chat_whole", langchain_object=chain, streaming_mode=0)
    router.add_langchain_api_websocket_route("/ws", langchain_object=chain)
    app.include_router(router)
    return app


@contextmanager
def opened(url: str, path: str = "/ws", **more: Any) -> Iterator[ClientConnection]:
    with connect(url.replace("http", "ws", 1) + path, **more) as socket:
        yield socket


def asked(socket: ClientConnection, text: str) -> list[dict[str, Any]]:
    """All frames of one answer."""
    socket.send(text)
    frames = []
    while True:
        frames.append(json.loads(socket.recv(timeout=30)))
        if frames[-1].get("message_type") in ("end", "error") or frames[-1].get("event") in (
            "end",
            "error",
        ):
            return frames


def told(provider: OpenAI) -> str:
    """What the model was told last."""
    return json.dumps(provider.asked[-1][1]["messages"])


@contextmanager
def native(provider: OpenAI, **more: Any) -> Iterator[str]:
    app = App(world.chat_model(provider), websocket="/ws", chat_page="/", **more)
    with served(app) as running:
        yield running.url


@contextmanager
def compat(provider: OpenAI, **more: Any) -> Iterator[str]:
    with serving(books_app(provider, **more), whole=True) as url:
        yield url


@pytest.mark.parametrize("way", [native, compat])
def test_the_books_page_gets_its_frames(provider: OpenAI, way: Any) -> None:
    with way(provider) as url, opened(url) as socket:
        frames = asked(socket, "What is the capital?")

    assert all(set(frame) == {"sender", "message", "message_type"} for frame in frames)
    assert frames[0] == {
        "sender": "human",
        "message": "What is the capital?",
        "message_type": "stream",
    }
    assert frames[1] == {"sender": "bot", "message": "", "message_type": "start"}
    assert frames[-1] == {"sender": "bot", "message": "", "message_type": "end"}
    tokens = frames[2:-1]
    assert len(tokens) >= len(ANSWER.split())
    assert {frame["message_type"] for frame in tokens} == {"stream"}
    assert "".join(frame["message"] for frame in tokens).strip() == ANSWER


@pytest.mark.parametrize("way", [native, compat])
def test_a_connection_remembers_and_tabs_share_nothing(provider: OpenAI, way: Any) -> None:
    with way(provider) as url, opened(url) as one, opened(url) as other:
        asked(one, "I am Ada")
        asked(one, "Who am I?")
        assert "I am Ada" in told(provider)
        assert ANSWER in told(provider)
        asked(other, "And I?")

    assert "Ada" not in told(provider)


def test_one_memory_for_all_is_had_by_asking_for_it(provider: OpenAI) -> None:
    with compat(provider, memory="process") as url, opened(url) as one, opened(url) as other:
        asked(one, "I am Ada")
        asked(other, "And I?")

    assert "Ada" in told(provider)


def test_the_http_routes_stream_as_the_book_shows(provider: OpenAI) -> None:
    with compat(provider) as url:
        text = httpx.post(f"{url}/chat", json={"input": "hi"})
        tokens = httpx.post(f"{url}/chat_json", json={"input": "hi"})
        whole = httpx.post(f"{url}/chat_whole", json={"input": "hi"})
        wrong = httpx.post(f"{url}/chat", json={"question": "hi"})

    assert text.text.strip() == ANSWER
    assert text.headers["content-type"].startswith("text/event-stream")
    assert "data:" not in text.text
    pieces = tokens.text.removeprefix("{").removesuffix("}").split("}{")
    assert "".join(json.loads(f"{{{p}}}")["token"] for p in pieces).strip() == ANSWER
    assert whole.json()["response"].strip() == ANSWER
    assert wrong.status_code == 422


def test_tokens_of_many_at_once_go_to_who_asked() -> None:
    with served(App(world.words, name="words", websocket="/ws")) as running:
        sockets = [connect(running.url.replace("http", "ws") + "/ws") for _ in range(20)]
        for place, socket in enumerate(sockets):
            socket.send(" ".join(f"w{place}" for _ in range(50)))
        for place, socket in enumerate(sockets):
            frames = []
            while not frames or frames[-1]["message_type"] != "end":
                frames.append(json.loads(socket.recv(timeout=30)))
            texts = {frame["message"].strip() for frame in frames[2:-1]}
            assert texts == {f"w{place}"}
            socket.close()


def test_a_connection_outlives_an_error(provider: OpenAI) -> None:
    async def sometimes(text: str) -> str:
        if text == "fail":
            raise ValueError("secret")
        return text

    with served(App(sometimes, websocket="/ws")) as running, opened(running.url) as socket:
        failed = asked(socket, "fail")[-1]
        worked = asked(socket, "hi")

    assert failed == {
        "sender": "bot",
        "message": "Sorry, something went wrong. Try again.",
        "message_type": "error",
    }
    assert [frame["message"] for frame in worked] == ["hi", "", "hi", ""]


def test_the_newer_form_is_taken_where_a_client_sends_objects() -> None:
    async def sometimes(text: str) -> str:
        if text == "fail":
            raise ValueError("secret")
        return text

    with served(App(sometimes, websocket="/ws")) as running, opened(running.url) as socket:
        frames = asked(socket, json.dumps({"input": "hi"}))
        failed = asked(socket, json.dumps({"input": "fail"}))

    assert frames == [
        {"data": {"token": "hi"}, "event": "completion"},
        {"data": "", "event": "end"},
    ]
    assert failed == [
        {"data": {"status": 500, "detail": "Internal Server Error"}, "event": "error"}
    ]


def test_pages_of_strangers_may_not_open_a_socket() -> None:
    with served(App(world.hello, websocket="/ws", allowed_origins=("http://mine",))) as running:
        with opened(running.url, origin="http://mine") as socket:
            assert asked(socket, "x")[-1]["message_type"] == "end"
        with opened(running.url, origin=running.url) as socket:
            assert asked(socket, "x")[-1]["message_type"] == "end"
        with pytest.raises(Exception, match="403"), opened(running.url, origin="http://evil"):
            pass


def test_a_target_that_takes_no_conversation_gets_no_socket() -> None:
    with pytest.raises(SetupError, match="to_input"):
        App(world.plus, websocket="/ws")

    def numbers(messages: list[dict[str, Any]]) -> dict[str, int]:
        return {"a": len(messages), "b": int(messages[-1]["content"])}

    app = App(world.plus, websocket="/ws", to_input=numbers)
    with served(app) as running, opened(running.url) as socket:
        assert asked(socket, "4")[2]["message"] == "5"
