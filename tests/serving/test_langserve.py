"""LangServe's own client, and its event streams letter by letter."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import httpx_sse
import pytest
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException
from langchain_core.documents import Document
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import ConfigurableField, RunnableConfig, RunnableLambda
from langserve import RemoteRunnable

from pilothouse.compat.langserve import add_routes
from pilothouse.serving import App
from servers import serving
from serving_world import Served, served


def model(text: str = "green is nice") -> GenericFakeChatModel:
    def answers() -> Iterator[AIMessage]:
        while True:
            yield AIMessage(text)

    return GenericFakeChatModel(messages=answers())


prompt = ChatPromptTemplate.from_messages([("system", "be short"), ("user", "about {topic}")])


async def fail(_: Any) -> Any:
    raise ValueError("secret")


async def fail_late(_: Any) -> AsyncIterator[str]:
    yield "one"
    raise ValueError("secret")


def configured(given: Any, config: RunnableConfig) -> Any:
    return {
        "configurable": config.get("configurable", {}),
        "tags": config.get("tags"),
        "metadata": {k: v for k, v in (config.get("metadata") or {}).items() if k == "by"},
    }


def retrieve(question: str) -> list[Document]:
    return [Document(page_content=question, metadata={"source": "a"})]


def modified(config: dict[str, Any], request: Any) -> dict[str, Any]:
    by = request.headers.get("x-by", "nobody")
    return {**config, "metadata": {**config.get("metadata", {}), "by": by}}


@pytest.fixture(scope="module")
def app() -> Iterator[Served]:
    made = App()
    made.add("/chain", prompt | model() | StrOutputParser(), name="chain")
    made.add("/model", model(), name="model").add("/fail", RunnableLambda(fail), name="fail")
    made.add("/late", fail_late).add("/documents", RunnableLambda(retrieve), name="documents")
    made.add(
        "/configured",
        RunnableLambda(configured),
        name="configured",
        config={"configurable": {"server": "ours"}, "tags": ["server"]},
        config_keys=("configurable", "tags"),
        per_req_config_modifier=modified,
    )
    made.add("/closed", RunnableLambda(configured), name="closed", config_keys=())
    made.add(
        "/template",
        prompt.configurable_fields(messages=ConfigurableField(id="messages", name="Messages")),
        name="template",
    )
    with served(made) as running:
        yield running


def remote(app: Served, path: str, **more: Any) -> RemoteRunnable[Any, Any]:
    return RemoteRunnable(app.url + path, **more)


def test_invoke_and_batch_answer_as_the_runnable_would(app: Served) -> None:
    chain = remote(app, "/chain")

    assert chain.invoke({"topic": "green"}) == "green is nice"
    assert chain.batch([{"topic": "a"}, {"topic": "b"}]) == ["green is nice"] * 2

    async def beside() -> list[Any]:
        answers = [await chain.ainvoke({"topic": "a"}), *await chain.abatch([{"topic": "a"}])]
        await chain.async_client.aclose()  # in the loop that it was used in
        return answers

    assert asyncio.run(beside()) == ["green is nice"] * 2


def test_messages_and_documents_come_back_as_objects(app: Served) -> None:
    answer = remote(app, "/model").invoke([HumanMessage("hi")])
    documents = remote(app, "/documents").invoke("q")

    assert isinstance(answer, AIMessage)
    assert answer.content == "green is nice"
    assert documents == [Document(page_content="q", metadata={"source": "a"})]


def test_streams_come_in_the_same_pieces(app: Served) -> None:
    pieces = list(remote(app, "/chain").stream({"topic": "green"}))
    chunks = list(remote(app, "/model").stream("hi"))

    assert [piece for piece in pieces if piece] == ["green", " ", "is", " ", "nice"]
    assert all(isinstance(chunk, AIMessageChunk) for chunk in chunks)
    assert "".join(str(chunk.content) for chunk in chunks) == "green is nice"


def test_logs_and_events_of_the_inside_are_streamed(app: Served) -> None:
    async def read() -> tuple[Any, list[Any]]:
        chain = remote(app, "/chain")
        log: Any = None
        async for patch in chain.astream_log({"topic": "green"}):
            log = patch if log is None else log + patch
        events = [e async for e in chain.astream_events({"topic": "green"}, version="v2")]
        await chain.async_client.aclose()  # in the loop that it was used in
        return log, events

    log, events = asyncio.run(read())

    assert log.ops[0]["path"] == ""
    assert any(op["value"] == "green is nice" for op in log.ops if op["path"] == "/final_output")
    kinds = [event["event"] for event in events]
    assert kinds[0] == "on_chain_start"
    assert kinds[-1] == "on_chain_end"
    assert kinds.count("on_chat_model_stream") >= 5
    assert not [k for event in events for k in event["metadata"] if k.startswith("__")]


def test_the_events_of_a_stream_are_langserves(app: Served) -> None:
    with httpx_sse.connect_sse(
        app.http, "POST", "/chain/stream", json={"input": {"topic": "x"}}
    ) as source:
        events = list(source.iter_sse())
        response = source.response

    names = [event.event for event in events]
    assert names[:2] == ["metadata", "data"]
    assert names[-1] == "end"
    assert events[0].json()["run_id"] == response.headers["x-run-id"]
    assert (events[0].json()["feedback_tokens"], events[-1].data) == ([], "")
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-accel-buffering"] == "no"


def test_lines_end_as_naive_clients_expect(app: Served) -> None:
    raw = app.post("/late/stream", {"input": "x"}).content

    assert b"\r" not in raw
    assert raw.endswith(b"\n\n")


def test_an_error_is_told_to_the_client_and_nothing_of_its_inside(app: Served) -> None:
    with pytest.raises(httpx.HTTPStatusError, match="for Internal Server Error") as raised:
        remote(app, "/fail").invoke("x")
    assert "secret" not in str(raised.value)

    pieces = remote(app, "/late").stream("x")
    assert next(pieces) == "one"
    with pytest.raises(httpx.HTTPStatusError, match="Internal Server Error"):
        next(pieces)


@pytest.mark.parametrize("route", ["invoke", "stream", "stream_log", "stream_events"])
def test_input_is_checked_before_a_stream_begins(app: Served, route: str) -> None:
    answer = app.post(f"/chain/{route}", {"input": {}})

    assert (answer.status_code, answer.json()["detail"][0]["type"]) == (422, "missing")


def test_a_batch_takes_as_many_configs_as_inputs(app: Served) -> None:
    wrong = app.post("/configured/batch", {"inputs": [1, 2], "config": [{}]})
    right = app.post(
        "/configured/batch",
        {"inputs": [1, 2], "config": [{"configurable": {"a": n}} for n in (1, 2)]},
    ).json()

    assert wrong.status_code == 422
    assert [output["configurable"]["a"] for output in right["output"]] == [1, 2]
    ids = [each["run_id"] for each in right["metadata"]["responses"]]
    assert right["metadata"]["run_ids"] == ids
    assert len(set(ids)) == 2


def test_the_servers_configuration_wins_and_the_request_may_change_it(app: Served) -> None:
    asked = {"configurable": {"server": "theirs", "mine": 1}, "tags": ["t"], "metadata": {"by": 1}}
    seen = remote(app, "/configured", headers={"x-by": "proxy"}).invoke("x", config=asked)

    assert seen["configurable"]["server"] == "ours"
    assert seen["configurable"]["mine"] == 1
    assert seen["tags"] == ["server"]
    assert seen["metadata"] == {"by": "proxy"}


def test_what_may_not_be_configured_is_refused(app: Served) -> None:
    body = {"input": 1, "config": {"configurable": {"a": 1}}}

    assert app.post("/closed/invoke", body).status_code == 422
    assert (
        app.post("/closed/invoke", {"input": 1, "config": {"tags": ["x"]}}).json()["output"]["tags"]
        == []
    )


# Packed by LZ-string's own compressToEncodedURIComponent (langserve ships a copy).
def packed(value: Any) -> str:
    from langserve.lzstring import LZString

    text: str = LZString.compressToEncodedURIComponent(json.dumps(value))
    return text


@pytest.mark.parametrize("value", ["x", "ü€ 😀 " * 9, "a" * 500, list(range(60)), {"b": None}])
def test_a_configuration_may_stand_in_the_path(app: Served, value: Any) -> None:
    path = f"/configured/c/{packed({'configurable': {'packed': value}})}/invoke"

    assert app.post(path, {"input": 1}).json()["output"]["configurable"]["packed"] == value


@pytest.mark.parametrize("hash_", ["!!!", "N4", "AAAA", "Q"])
def test_a_path_that_packs_nothing_is_refused(app: Served, hash_: str) -> None:
    assert app.post(f"/configured/c/{hash_}/invoke", {"input": 1}).status_code == 400


def test_schemas_are_bare_and_name_what_is_configurable(app: Served) -> None:
    assert app.http.get("/chain/input_schema").json()["required"] == ["topic"]
    assert app.http.get("/chain/output_schema").json()["type"] == "string"
    assert "messages" in json.dumps(app.http.get("/template/config_schema").json())
    assert app.http.get(f"/chain/c/{packed({})}/input_schema").status_code == 200


def test_feedback_is_kept_and_a_second_vote_replaces_the_first(app: Served) -> None:
    run_id = app.post("/chain/invoke", {"input": {"topic": "x"}}).json()["metadata"]["run_id"]

    first = app.post("/chain/feedback", {"run_id": run_id, "key": "nice", "score": 1}).json()
    second = app.post("/chain/feedback", {"run_id": run_id, "key": "nice", "score": 0}).json()

    assert app.http.head("/chain/feedback").status_code == 200
    assert {"id", "run_id", "key", "score", "value", "comment", "created_at", "modified_at"} <= set(
        first
    )
    assert (first["id"], second["score"]) == (second["id"], 0)
    (kept,) = app.http.get("/v1/feedback", params={"run_id": run_id}).json()["items"]
    assert kept["score"] == 0
    changed = app.http.patch(f"/v1/feedback/{kept['id']}", json={"comment": "hm"}).json()
    assert (changed["comment"], changed["score"]) == ("hm", 0)
    assert app.http.delete(f"/v1/feedback/{kept['id']}").status_code == 204
    assert app.http.delete(f"/v1/feedback/{kept['id']}").status_code == 404
    assert app.post("/v1/feedback", {"run_id": "no", "key": "k"}).status_code == 422


def test_end_users_judge_by_tokens_that_nobody_can_make_up() -> None:
    with served(App(model(), name="model", feedback_keys=("thumb",))) as app:
        metadata = app.post("/invoke", {"input": "x"}).json()["metadata"]
        (token,) = metadata["feedback_tokens"]

        def said(given: str) -> int:
            body = {"token_or_url": given, "score": 1}
            return app.post("/token_feedback", body).status_code

        assert token["key"] == "thumb"
        assert said(token["token_url"]) == 200
        assert [said(token["token_url"][:-1] + "0"), said("x"), said("")] == [422] * 3
        found = app.http.get("/v1/feedback", params={"run_id": metadata["run_id"]}).json()["items"]
        assert [(each["key"], each["score"]) for each in found] == [("thumb", 1)]


def test_a_server_that_was_built_with_langserve_changes_one_import() -> None:
    def closed(x_key: str | None = Header(None)) -> None:
        if x_key != "open":
            raise HTTPException(401)

    app = FastAPI()
    router = APIRouter(prefix="/api")
    chain = prompt | model() | StrOutputParser()
    add_routes(app, chain, path="/chain", enable_feedback_endpoint=True)
    add_routes(app, RunnableLambda(configured), path="/few", enabled_endpoints=["invoke"])
    add_routes(router, RunnableLambda(configured), path="/in", dependencies=[Depends(closed)])
    app.include_router(router)
    with pytest.raises(ValueError, match="already"):
        add_routes(app, chain, path="/chain")

    with serving(app) as url, httpx.Client(base_url=url) as http:
        pieces = list(RemoteRunnable[Any, Any](f"{url}/chain").stream({"topic": "x"}))
        body = {"input": 1, "config": {"configurable": {"a": 2}}}
        packed_path = f"/chain/c/{packed({})}/invoke"

        assert "".join(pieces) == "green is nice"
        assert http.post(packed_path, json={"input": {"topic": "x"}}).status_code == 200
        assert http.head("/chain/feedback").status_code == 200
        assert http.get("/chain/input_schema").json()["required"] == ["topic"]
        assert http.post("/few/invoke", json=body).json()["output"]["configurable"] == {"a": 2}
        assert http.post("/few/batch", json={"inputs": [1]}).status_code == 404
        assert http.post("/api/in/invoke", json=body).status_code == 401
        opened = http.post("/api/in/invoke", json=body, headers={"x-key": "open"})
        assert opened.json()["output"]["configurable"] == {"a": 2}
