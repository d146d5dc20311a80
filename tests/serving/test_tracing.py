"""Each run is a trace on a running `pilothouse up`; feedback becomes a score on it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.tools import tool

import pilothouse as ph
import serving_world as world
from chat_world import Chat
from fakes.openai_server import ANSWER, WEATHER, OpenAI, openai_server
from pilothouse.compat.langchain import intermediate_steps
from pilothouse.serving import App
from servers import ServerProcess
from serving_world import Served, served

pytestmark = pytest.mark.slow


@tool
def get_weather(city: str) -> str:
    """How warm it is somewhere."""
    return f"18 degrees in {city}"


async def fail(text: str) -> str:
    raise ValueError(f"no {text}")


@ph.observe(kind="tool")
async def inner(text: str) -> str:
    return text.upper()


async def outer(text: str) -> str:
    return await inner(text)


@pytest.fixture(scope="module")
def provider() -> Iterator[OpenAI]:
    with openai_server() as running:
        yield running


@pytest.fixture(scope="module")
def app(server: ServerProcess, provider: OpenAI) -> Iterator[Served]:
    ph.init(project="served", endpoint=server.url, instrument=["langchain"])
    model = world.chat_model(provider)
    made = App()
    made.add("/agent", create_agent(model, tools=[get_weather]), name="agent")
    made.add("/model", model, name="model").add("/outer", outer).add("/fail", fail)
    made.add("/words", world.words)
    with served(made) as running:
        yield running
    ph.shutdown()


def trace(server: ServerProcess, trace_id: str, spans: int = 1) -> list[dict[str, Any]]:
    """The spans of a trace, once so many have come."""
    ph.flush()

    def read() -> list[dict[str, Any]]:
        status, body = server.call("GET", f"/api/v1/traces/{trace_id}?project=served")
        return body["spans"] if status == 200 else []

    return until(read, lambda found: len(found) >= spans)


def until(read: Callable[[], Any], true: Callable[[Any], bool]) -> Any:
    end = time.monotonic() + 60
    while not true(found := read()):
        assert time.monotonic() < end, found
        time.sleep(0.05)
    return found


def test_a_served_agent_is_one_trace_with_its_steps(app: Served, server: ServerProcess) -> None:
    given = {"messages": [{"role": "user", "content": "How is the weather in Paris?"}]}
    answer = app.post("/agent/invoke", {"input": given}).json()
    run_id = answer["metadata"]["run_id"]
    spans = trace(server, uuid.UUID(run_id).hex, 5)

    (root,) = [span for span in spans if not span["parent_span_id"]]
    (tool_span,) = [span for span in spans if span["kind"] == "tool"]
    assert (root["name"], root["kind"], root["status"]) == ("agent", "agent", "ok")
    assert len([span for span in spans if span["kind"] == "llm"]) == 2
    assert tool_span["name"] == "get_weather"
    assert "Paris" in str(tool_span["input"])
    assert "18 degrees" in str(tool_span["output"])
    assert answer["output"]["messages"][-1]["content"] == WEATHER

    from pilothouse.serving.values import from_json

    steps = intermediate_steps(from_json(answer["output"]["messages"]))
    assert steps == [("get_weather", {"city": "Paris"}, "18 degrees in Paris")]


def test_feedback_on_a_run_is_a_score_on_its_trace(app: Served, server: ServerProcess) -> None:
    run_id = app.post("/outer/invoke", {"input": "x"}).json()["metadata"]["run_id"]
    said = {"run_id": run_id, "key": "helpful", "score": 1, "comment": "yes", "source": "user"}
    assert app.post("/v1/feedback", said).status_code == 201
    trace_id = uuid.UUID(run_id).hex
    trace(server, trace_id)

    def scores() -> Any:
        ph.flush()
        return server.get(f"/api/v1/scores?project=served&trace_id={trace_id}")["items"]

    (score,) = until(scores, lambda found: len(found) == 1)
    assert (score["name"], score["value"], score["comment"]) == ("helpful", 1, "yes")
    assert score["source"] == "end_user"


def test_a_run_goes_on_in_the_trace_of_its_caller(app: Served, server: ServerProcess) -> None:
    parent = f"00-{'a' * 31}1-{'b' * 16}-01"
    answer = app.post("/outer/invoke", {"input": "x"}, headers={"traceparent": parent})
    spans = {span["name"]: span for span in trace(server, "a" * 31 + "1", 2)}

    assert answer.headers["x-trace-id"] == answer.json()["metadata"]["trace_id"] == "a" * 31 + "1"
    assert answer.headers["x-run-id"].replace("-", "") != "a" * 31 + "1"
    assert spans["outer"]["parent_span_id"] == "b" * 16
    assert spans["inner"]["parent_span_id"] == spans["outer"]["span_id"]


@pytest.mark.parametrize("header", ["", "nonsense", f"00-{'0' * 32}-{'b' * 16}-01"])
def test_a_caller_that_names_no_trace_gets_one(app: Served, header: str) -> None:
    answer = app.post("/outer/invoke", {"input": "x"}, headers={"traceparent": header})

    assert answer.status_code == 200
    assert uuid.UUID(answer.headers["x-run-id"]).hex == answer.headers["x-trace-id"]


def test_what_goes_wrong_is_on_the_span_and_not_in_the_answer(
    app: Served, server: ServerProcess
) -> None:
    answer = app.post("/fail/invoke", {"input": "way"})
    (span,) = trace(server, answer.headers["x-trace-id"])

    assert answer.text == "Internal Server Error"
    assert (span["status"], span["error_type"]) == ("error", "ValueError")
    assert "no way" in span["status_message"]


def test_streams_and_talks_are_traced_whole(app: Served, server: ServerProcess) -> None:
    stream = app.post("/words/stream", {"input": "a b"})
    talk = app.post(
        "/v1/chat/completions",
        {"model": "model", "user": "u-1", "messages": [{"role": "user", "content": "hi"}]},
        headers={"x-thread-id": "conversation-7"},
    )
    (span,) = trace(server, stream.headers["x-trace-id"])
    spans = trace(server, talk.headers["x-trace-id"], 2)

    assert (span["input"], span["output"]) == ("a b", "a b ")
    assert span["time_to_first_token_ms"] is not None
    (root,) = [each for each in spans if not each["parent_span_id"]]
    (llm,) = [each for each in spans if each["kind"] == "llm"]
    assert (root["session_id"], root["user_id"]) == ("conversation-7", "u-1")
    assert llm["usage"]["total_tokens"] == 37
    assert ANSWER in str(root["output"])


def test_a_turn_on_the_chat_page_is_a_trace_and_a_thumb_its_score(
    app: Served, server: ServerProcess, caplog: pytest.LogCaptureFixture
) -> None:
    chat = Chat(app, "agent")
    about = chat.get("/about?mount=agent")
    found = dict(chat.ask("page", "How is the weather in Paris?"))
    said = {"thread_id": "page", "run_id": found["run"]["run_id"], "score": 1, "comment": "yes"}
    kept = chat.send("POST", "/feedback", said)
    trace_id = found["run"]["trace_id"]
    spans = trace(server, trace_id, 5)

    def scores() -> Any:
        ph.flush()
        return server.get(f"/api/v1/scores?project=served&trace_id={trace_id}")["items"]

    (thumb,) = until(scores, lambda each: len(each) == 1)
    root = next(span for span in spans if not span["parent_span_id"])
    assert about["traces"] == f"{server.url}/p/served/trace/"
    assert kept.status_code == 201
    assert (thumb["name"], thumb["value"], thumb["comment"]) == ("user_feedback", 1, "yes")
    assert root["session_id"] == "page"
    assert [told for told in caplog.records if told.levelname == "ERROR"] == []
    assert chat.messages("page")[1]["extra"]["trace_id"] == trace_id
