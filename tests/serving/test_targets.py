"""What can be served, what it takes and gives, and how its values look in JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from langchain_core.documents import Document
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda

import serving_world as world
from pilothouse.serving import App, SetupError
from serving_world import Served, served


@pytest.fixture(scope="module")
def app() -> Iterator[Served]:
    made = App()
    for each in ("hello", "shout", "plus", "words", "numbers", "area", "moved", "named"):
        made.add(f"/{each}", getattr(world, each))
    made.add("/odd", world.odd_values).add("/counter", world.Counter)
    made.add("/old", world.Old()).add("/talker", world.Talker())
    made.add("/prompt", ChatPromptTemplate.from_messages([("user", "about {topic}")]))
    made.add("/echo", RunnableLambda(lambda given: given), name="echo")
    made.add("/never", lambda _: object(), name="never")
    with served(made) as running:
        yield running


@pytest.mark.parametrize(
    ("path", "given", "output"),
    [
        ("/hello", "Ada", "hello Ada"),
        ("/shout", "hi", "HI"),
        ("/plus", {"a": 1}, 3),
        ("/plus", {"a": 1, "b": 5}, 6),
        ("/words", "a b", "a b "),
        ("/numbers", 3, [0, 1, 2]),
        ("/area", {"wide": 2}, 2.0),
        ("/moved", {"x": 1}, {"x": 2, "y": 2}),
        ("/named", {"name": "n", "kind": "a"}, "n:a"),
        ("/old", "q", "old q"),
        ("/talker", [{"role": "user", "content": "x"}], "1: x at 0.0"),
    ],
)
def test_each_kind_of_target_answers(app: Served, path: str, given: Any, output: Any) -> None:
    assert app.ask(path, given) == output


@pytest.mark.parametrize(
    ("path", "given", "pieces"),
    [
        ("/hello", "Ada", ['"hello Ada"']),
        ("/shout", "hi", ['"HI"']),
        ("/words", "a b", ['"a "', '"b "']),
        ("/numbers", 3, ["0", "1", "2"]),
        ("/counter", 2, ["0", "1"]),
    ],
)
def test_each_kind_of_target_streams(app: Served, path: str, given: Any, pieces: list[str]) -> None:
    text = app.post(f"{path}/stream", {"input": given}).text

    events = [block.split("\n") for block in text.strip().split("\n\n")]
    assert [event[1].removeprefix("data: ") for event in events[1:-1]] == pieces
    assert events[0][0] == "event: metadata"
    assert events[-1] == ["event: end"]


def test_a_class_has_one_instance_that_is_set_up_once_and_closed_at_the_end() -> None:
    before = world.Counter.closed
    with served(App(world.Counter)) as running:
        assert [running.ask("", 2), running.ask("", 3)] == [2, 5]
        assert running.http.get("/info").json()["mounts"][0]["max_concurrency"] == 3

    assert world.Counter.closed == before + 1


@pytest.mark.parametrize(
    ("path", "given", "error"),
    [
        ("/hello", 5, ("string_type", [])),
        ("/plus", {"a": "x"}, ("int_parsing", ["a"])),
        ("/plus", {"a": 1, "c": 2}, ("extra_forbidden", ["c"])),
        ("/moved", {}, ("missing", ["x"])),
        ("/named", {"name": "n", "kind": "c"}, ("literal_error", ["kind"])),
        ("/prompt", {}, ("missing", ["topic"])),
    ],
)
def test_input_that_misses_its_type_is_told_where(
    app: Served, path: str, given: Any, error: tuple[str, list[str]]
) -> None:
    answer = app.post(f"{path}/invoke", {"input": given})

    (detail,) = answer.json()["detail"]
    assert answer.status_code == 422
    assert (detail["type"], detail["loc"]) == error
    assert {"msg", "input"} <= set(detail)


def test_schemas_come_from_type_hints_and_docstrings(app: Served) -> None:
    def schema(path: str) -> Any:
        return app.http.get(path).json()

    properties = schema("/plus/input_schema")["properties"]
    assert properties["a"] == {"description": "The first one.", "title": "A", "type": "integer"}
    assert properties["b"]["description"] == "The second one, which has a default."
    assert schema("/shout/input_schema")["description"] == "What is shouted."
    assert schema("/plus/output_schema") == {"type": "integer"}
    assert schema("/numbers/output_schema")["items"] == {"type": "integer"}
    assert schema("/words/output_schema") == {"type": "string"}
    assert schema("/odd/input_schema") == {}
    assert "ctx" not in str(schema("/hello/input_schema"))
    assert schema("/prompt/input_schema")["required"] == ["topic"]


def test_values_of_all_kinds_are_written_as_json(app: Served) -> None:
    assert app.ask("/odd", None) == {
        "array": [0, 1, 2],
        "scalar": 0.5,
        "nan": None,
        "infinite": None,
        "time": "2026-01-02T00:00:00+00:00",
        "id": "00000000-0000-0000-0000-000000000007",
        "set": [1],
        "bytes": "aGk=",
        "model": {"x": 1, "y": 2},
        "box": {"wide": 2.0, "tall": 1.0},
        "large": 2**70,
    }


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (AIMessage("hi").model_dump(), "ai"),
        (HumanMessage("hi").model_dump(), "human"),
        (Document(page_content="p", metadata={"a": 1}).model_dump(), "Document"),
        ({"type": "human", "unlike": "a message"}, "human"),
        ({"type": "ai", "content": {"not": ["valid"]}}, "ai"),
    ],
)
def test_langchain_objects_go_in_and_out(app: Served, given: Any, kind: str) -> None:
    output = app.ask("/echo", given)

    assert output["type"] == kind
    assert {key: output[key] for key in given} == given


@pytest.mark.parametrize(
    "message", [{"role": "user", "content": "hi"}, ["human", "hi"], ["user", "hi"]]
)
def test_messages_may_be_written_by_role_or_as_pairs(app: Served, message: Any) -> None:
    (output,) = app.ask("/echo", [message])

    assert (output["type"], output["content"]) == ("human", "hi")


def test_what_has_no_json_form_is_an_error_of_the_target(app: Served) -> None:
    answer = app.post("/never/invoke", {"input": 1})

    assert (answer.status_code, answer.text) == (500, "Internal Server Error")
    assert "event: error" in app.post("/never/stream", {"input": 1}).text


def test_every_answer_names_its_request_and_run(app: Served) -> None:
    answer = app.post("/hello/invoke", {"input": "x"}, headers={"x-request-id": "mine-1"})
    bad = app.http.get("/healthz", headers={"x-request-id": "no good"})

    assert answer.headers["x-request-id"] == "mine-1"
    assert answer.headers["x-run-id"] == answer.json()["metadata"]["run_id"]
    assert answer.headers["server-timing"].startswith("app;dur=")
    assert bad.headers["x-request-id"] != "no good"


@pytest.mark.parametrize(
    ("thing", "said"),
    [
        (object(), "cannot be served"),
        (type("Empty", (), {}), "has none of"),
    ],
)
def test_what_cannot_be_served_is_said_when_the_app_is_made(thing: Any, said: str) -> None:
    with pytest.raises(SetupError, match=said):
        App(thing)


def test_a_path_is_taken_once() -> None:
    with pytest.raises(SetupError, match="taken"):
        App(world.hello).add("", world.shout)
    with pytest.raises(SetupError, match="two targets"):
        App(world.hello).add("/again", world.hello, name="hello")
    with pytest.raises(SetupError, match="did you mean 'max_queue'"):
        App(world.hello, max_queu=3)


def test_paths_and_methods_that_are_not_there_are_told(app: Served) -> None:
    unknown, wrong = app.http.get("/nothing"), app.http.get("/hello/invoke")

    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "not_found")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST")


def test_bodies_that_are_no_object_or_too_large_are_refused() -> None:
    with served(App(world.hello, max_body_bytes=100)) as running:

        def status(content: bytes) -> int:
            return running.http.post("/invoke", content=content).status_code

        assert [status(b"{"), status(b"[]"), status(b"x" * 101)] == [422, 422, 413]

        def chunks() -> Iterator[bytes]:
            yield from [b"x" * 60] * 2

        answer = httpx.post(f"{running.url}/invoke", content=chunks())
        assert answer.status_code == 413


def test_health_metrics_and_version_are_there(app: Served) -> None:
    app.ask("/hello", "x")

    for path in ("/healthz", "/health", "/ok", "/readyz", "/health/readiness", "/version"):
        assert app.http.get(path).status_code == 200, path
    text = app.http.get("/metrics").text
    assert (
        'pilothouse_http_requests_total{method="POST",route="/hello/invoke",status="200"}' in text
    )
    assert 'pilothouse_inflight{mount="hello"} 0.0' in text
    accept = {"accept": "application/openmetrics-text; version=1.0.0"}
    assert app.http.get("/metrics", headers=accept).text.rstrip().endswith("# EOF")


def test_the_openapi_document_describes_each_target_under_names_of_its_own(app: Served) -> None:
    document = app.http.get("/openapi.json").json()

    def resolved(schema: Any) -> Any:
        found = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return found

    body = document["paths"]["/moved/invoke"]["post"]["requestBody"]["content"]
    given = body["application/json"]["schema"]["properties"]["input"]
    assert document["openapi"] == "3.1.0"
    assert set(resolved(given)["properties"]) == {"x", "y"}
    assert document["paths"]["/v1/responses/{id}"]["get"]["parameters"][0]["name"] == "id"
    text = app.http.get("/openapi.json").text
    for reference in set(re.findall(r'"\$ref":"([^"]+)"', text)):
        resolved({"$ref": reference})
