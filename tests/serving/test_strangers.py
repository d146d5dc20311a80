"""Pages of other origins, and bodies that nobody expects."""

from __future__ import annotations

import hashlib

import httpx
import pytest
from langchain_core.runnables import RunnableConfig, RunnableLambda

import serving_world as world
from pilothouse.serving import App
from pilothouse.serving.keys import Keys
from serving.conftest import Serve
from serving_world import served

APP = """
    async def echo(text: str) -> str:
        return text
"""
KEY = "a-key-that-nobody-guesses"


@pytest.mark.slow
def test_pages_of_strangers_may_not_write_to_a_server_without_keys(serve: Serve) -> None:
    running = serve(APP, "my_app:echo", PILOTHOUSE_SERVE_ALLOWED_ORIGINS="http://mine")

    def status(origin: str | None) -> int:
        headers = {"content-type": "text/plain"} | ({"origin": origin} if origin else {})
        body = '{"input": "x"}'
        return httpx.post(f"{running.url}/invoke", content=body, headers=headers).status_code

    assert [status(each) for each in (None, running.url, "http://mine")] == [200, 200, 200]
    assert [status(each) for each in ("http://evil", "null")] == [403, 403]
    port = running.url.rpartition(":")[2]

    def led_here(name: str) -> int:
        headers = {"host": name}
        return httpx.get(f"{running.url}/input_schema", headers=headers).status_code

    own = (f"localhost:{port}", f"[::1]:{port}", "mine")
    assert [led_here(each) for each in own] == [200, 200, 200]
    assert led_here(f"evil.example:{port}") == 400


@pytest.mark.slow
def test_where_keys_are_asked_for_pages_may_come_from_anywhere(serve: Serve) -> None:
    running = serve(APP, "my_app:echo", PILOTHOUSE_SERVE_KEYS=KEY)
    headers = {"origin": "http://other", "authorization": f"Bearer {KEY}"}

    answer = httpx.post(f"{running.url}/invoke", json={"input": "x"}, headers=headers)

    assert answer.json()["output"] == "x"


def test_keys_that_begin_alike_have_conversations_of_their_own() -> None:
    ann, ben = "sk-live-ann-5f0c2b9a", "sk-live-ben-77d1e3c4"
    as_digest = f"sha256:{hashlib.sha256(ann.encode()).hexdigest()}"

    with served(App(world.hello, keys={ann: (), ben: ()})) as running:

        def ask(key: str, path: str, **body: object) -> httpx.Response:
            headers = {"authorization": f"Bearer {key}"}
            return running.http.post(path, json=body, headers=headers)

        made = ask(ann, "/v1/conversations").json()["id"]
        asked = {"model": "hello", "input": "x", "conversation": made}
        own, strange = ask(ann, "/v1/responses", **asked), ask(ben, "/v1/responses", **asked)

    assert (own.status_code, strange.status_code) == (200, 404)
    known = [Keys({key: ()}).of_token(ann) for key in (ann, as_digest)]
    assert known[0] == known[1]
    assert "sk-live" not in str(known)


def test_a_graph_keeps_the_same_thread_of_two_keys_apart() -> None:
    ann, ben = "sk-live-ann-5f0c2b9a", "sk-live-ben-77d1e3c4"

    def seen(_: object, config: RunnableConfig) -> str:
        return str(config["configurable"]["thread_id"])

    with served(App(RunnableLambda(seen), keys={ann: (), ben: ()})) as running:

        def ask(key: str) -> str:
            body = {"input": "x", "config": {"configurable": {"thread_id": "main"}}}
            headers = {"authorization": f"Bearer {key}"}
            return str(running.http.post("/invoke", json=body, headers=headers).json()["output"])

        threads = [ask(ann), ask(ann), ask(ben)]

    assert threads[0] == threads[1] != threads[2]


def test_a_body_that_is_nested_too_deeply_to_be_told_is_refused() -> None:
    with served(App(world.hello)) as running:
        answer = running.http.post("/invoke", content='{"input":' + "[" * 900 + "]" * 900 + "}")

    assert answer.status_code == 422
    assert "input" not in answer.json()["detail"][0]


def test_odd_fields_of_openais_bodies_are_no_faults_of_the_server() -> None:
    question = {"role": "user", "content": "x"}
    with served(App(world.hello)) as running:
        name = running.http.get("/info").json()["mounts"][0]["name"]
        asked = {"model": name, "messages": [{**question, "role": []}]}
        odd_role = running.post("/v1/chat/completions", asked)
        asked = {"model": name, "messages": [question], "stream": True, "stream_options": 5}
        odd_options = running.post("/v1/chat/completions", asked)

    assert odd_role.status_code == 400
    assert odd_options.status_code == 200
    assert "[DONE]" in odd_options.text
