"""Responses: as chat completions or messages, and asked for again where they were made."""

from __future__ import annotations

from typing import Any

import openai
import pytest
from pydantic import BaseModel

from fakes.anthropic_server import message_events
from fakes.unruly_provider import Act
from gateway_world import KEY, Desk

QUESTION: Any = [{"role": "user", "content": "What is the capital of France?"}]
WEATHER: Any = [{"role": "user", "content": "What is the weather in Paris?"}]
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}}
TOOL: Any = {"type": "function", "name": "get_weather", "parameters": PARAMETERS, "strict": True}
MISSING = Act(status=404, body={"detail": "Not Found"})


class Capital(BaseModel):
    capital: str


@pytest.fixture(scope="module", autouse=True)
def providers(desk: Desk) -> None:
    """One that knows chat completions only, one of messages, one of responses only."""
    base = {"base_url": desk.provider.base_url, "api_key": KEY}
    for name, more in (
        ("claude", {"kind": "anthropic"}),
        ("pro", {"kind": "responses"}),
        ("plain", {"base_url": desk.provider.base_url + "/"}),
    ):
        status, said = desk.server.call("PUT", f"/api/v1/providers/{name}", {**base, **more})
        assert status == 200, said


@pytest.fixture
def project(request: pytest.FixtureRequest) -> str:
    return str(request.node.name).replace("[", "-").replace("]", "")[:100]


def client(desk: Desk, project: str = "default") -> openai.OpenAI:
    return desk.client(default_headers={"x-pilothouse-project": project})


@pytest.fixture
def chat_only(desk: Desk, project: str) -> str:
    """A model whose provider answers 404 to the first question, which is for a response."""
    desk.acts(project, MISSING, Act())
    body = {"base_url": f"{desk.provider.base_url}/{project}/..", "api_key": KEY}
    desk.server.call("PUT", f"/api/v1/providers/{project[:60]}", body)
    return f"{project[:60]}/{project}"


def asked(desk: Desk, project: str) -> list[tuple[str, dict[str, Any]]]:
    found = [(path, body) for path, body, _ in desk.provider.asked if body.get("model") == project]
    return [("/" + path.rpartition("/v1/")[2].rpartition("../")[2], body) for path, body in found]


def test_a_response_of_a_chat_only_provider_is_a_chat_completion(
    desk: Desk, project: str, chat_only: str
) -> None:
    said = client(desk, project).responses.create(
        model=chat_only,
        instructions="Be brief.",
        input=[
            {"role": "user", "content": [
                {"type": "input_text", "text": "What is this?"},
                {"type": "input_image", "image_url": "https://example.com/a.png",
                 "detail": "low"}]},
            {"type": "function_call", "call_id": "c1", "name": "look", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c1", "output": "a tower"},
        ],
        max_output_tokens=50,
        tools=[TOOL],
        tool_choice="auto",
        reasoning={"effort": "low"},
    )  # fmt: skip
    again = client(desk, project).responses.create(model=chat_only, input="Paris?")

    paths = [path for path, _ in asked(desk, project)]
    assert paths == ["/responses", "/chat/completions", "/chat/completions"]
    body = asked(desk, project)[1][1]
    assert [each["role"] for each in body["messages"]] == ["system", "user", "assistant", "tool"]
    image = {"url": "https://example.com/a.png", "detail": "low"}
    assert body["messages"][1]["content"][1] == {"type": "image_url", "image_url": image}
    assert body["messages"][2]["tool_calls"][0]["id"] == "c1"
    assert body["max_tokens"] == 50
    assert body["reasoning_effort"] == "low"
    assert body["tools"][0]["function"]["name"] == "get_weather"
    assert said.status == "completed"
    assert said.output_text == "It is 18 degrees in Paris."
    assert said.model == chat_only
    assert said.usage is not None
    assert said.usage.input_tokens_details.cached_tokens == 8
    assert said.usage.output_tokens_details.reasoning_tokens == 4
    assert again.output_text == "The capital of France is Paris."
    spans = desk.spans(project, 2)
    assert {span["usage"]["total_tokens"] for span in spans} == {37}


def test_a_response_of_a_chat_only_provider_is_streamed(
    desk: Desk, project: str, chat_only: str
) -> None:
    with client(desk, project).responses.stream(model=chat_only, input="Paris?") as stream:
        events = list(stream)
        said = stream.get_final_response()

    assert said.output_text.strip() == "The capital of France is Paris."
    assert [each.sequence_number for each in events] == list(range(len(events)))
    kinds = [each.type for each in events]
    assert kinds[:2] == ["response.created", "response.in_progress"]
    assert kinds[-1] == "response.completed"
    (span,) = desk.spans(project)
    assert span["usage"]["total_tokens"] == 37
    assert span["streaming"] is True


def test_a_tool_of_a_chat_only_provider_is_called_in_a_response(
    desk: Desk, project: str, chat_only: str
) -> None:
    whole = client(desk, project).responses.create(model=chat_only, input=WEATHER, tools=[TOOL])
    with client(desk, project).responses.stream(
        model=chat_only, input=WEATHER, tools=[TOOL]
    ) as stream:
        streamed = stream.get_final_response()

    for said in (whole, streamed):
        (call,) = said.output
        assert call.type == "function_call"
        assert (call.call_id, call.name) == ("call_1", "get_weather")
        assert call.arguments == '{"city": "Paris"}'


def test_a_response_of_claude_goes_through_both_translations(desk: Desk, project: str) -> None:
    asking = client(desk, project)
    model = f"claude/{project}"
    whole = asking.responses.create(
        model=model, instructions="Be brief.", input=WEATHER, tools=[TOOL]
    )
    with asking.responses.stream(
        model=model, input=QUESTION, tools=[TOOL], max_output_tokens=3000,
        reasoning={"effort": "low"},
    ) as stream:  # fmt: skip
        streamed = stream.get_final_response()
    parsed = asking.responses.parse(model=model, input="Paris?", text_format=Capital)

    assert [each.type for each in whole.output] == ["message", "function_call"]
    assert [each.type for each in streamed.output] == ["reasoning", "message", "function_call"]
    assert parsed.output_parsed == Capital(capital="Paris")
    assert streamed.usage is not None
    assert (streamed.usage.input_tokens, streamed.usage.output_tokens) == (23, 12)
    first = asked(desk, project)[0]
    assert first[0] == "/messages"
    assert first[1]["system"] == "Be brief."
    assert first[1]["tools"][0]["input_schema"] == PARAMETERS
    assert {span["usage"]["input_tokens"] for span in desk.spans(project, 3)} == {23}


def test_a_chat_completion_of_a_model_that_has_responses_only(desk: Desk, project: str) -> None:
    asking = client(desk, project)
    whole = asking.chat.completions.create(
        model=f"pro/{project}", messages=QUESTION, max_tokens=20, reasoning_effort="high"
    )
    stream = asking.chat.completions.create(
        model=f"pro/{project}", messages=QUESTION, stream=True,
        stream_options={"include_usage": True},
    )  # fmt: skip
    chunks = list(stream)

    path, body = asked(desk, project)[0]
    assert path == "/responses"
    assert body["max_output_tokens"] == 20
    assert body["reasoning"] == {"effort": "high"}
    assert "stream_options" not in asked(desk, project)[1][1]
    assert whole.choices[0].message.content == "Paris."
    assert whole.choices[0].finish_reason == "stop"
    assert "".join(each.choices[0].delta.content or "" for each in chunks if each.choices) == (
        "Paris."
    )
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.total_tokens == 37


@pytest.mark.parametrize("name", ["previous_response_id", "conversation", "background"])
def test_what_needs_a_memory_is_refused_where_there_is_none(desk: Desk, name: str) -> None:
    body = {"model": "claude/m", "input": "Hi", name: "x"}

    status, said = desk.server.call("POST", "/v1/responses", body)

    assert status == 400
    assert said["error"]["param"] == name


def test_a_translated_stream_that_breaks_ends_in_an_error(desk: Desk, project: str) -> None:
    events = list(message_events({"model": "m", "messages": []}))
    desk.acts(project, Act(events=events[:5], ends="half"))

    stream = client(desk, project).responses.create(
        model=f"claude/{project}", input="Hi", stream=True
    )
    *_, last = stream

    assert last.type == "error"
    assert last.code == "provider_interrupted"
    assert "ended its answer in the middle" in last.message
    (span,) = desk.spans(project)
    assert span["status"] == "error"


def test_a_response_is_asked_for_again_where_it_was_made_and_only_by_who_made_it(
    desk: Desk, project: str
) -> None:
    made = client(desk, project).responses.create(model=f"acme/{project}", input="Hi")
    desk.acts(
        "None", Act(body={"id": made.id, "object": "response", "status": "completed",
                           "output": []})
    )  # fmt: skip

    status, said = desk.server.call(
        "GET", f"/v1/responses/{made.id}?include=x", headers={"x-pilothouse-project": project}
    )
    stranger, refused = desk.server.call(
        "GET", f"/v1/responses/{made.id}", headers={"x-pilothouse-project": "other"}
    )
    wrong, _ = desk.server.call(
        "POST", f"/v1/responses/{made.id}", headers={"x-pilothouse-project": project}
    )

    assert status == 200, said
    assert desk.provider.asked[-1][0] == f"/v1/responses/{made.id}?include=x"
    assert stranger == 404, refused
    assert wrong == 405


@pytest.mark.parametrize(
    "path",
    [
        "/gateway/v1/chat/completions",
        "/gateway/chat/completions",
        "/gateway/openai/deployments/acme%2Fgpt-4o/chat/completions?api-version=2024-10-21",
        "/gateway/openai/v1/chat/completions",
    ],
)
def test_other_addresses_lead_to_the_same(desk: Desk, path: str) -> None:
    body: dict[str, Any] = {"messages": QUESTION}
    if "deployments" not in path:
        body["model"] = "acme/gpt-4o"

    status, said = desk.server.call("POST", path, body)

    assert status == 200, said
    assert said["model"] == "acme/gpt-4o"


def test_texts_are_moderated_by_a_provider(desk: Desk, project: str) -> None:
    said = client(desk, project).moderations.create(model=f"acme/{project}", input="Hi")

    assert said.results[0].flagged is False
    (span,) = desk.spans(project)
    assert span["status"] == "ok"


def test_a_stream_of_a_response_that_came_whole_has_all_events(desk: Desk, project: str) -> None:
    desk.route(project, project, cache={"ttl": 60, "any_temperature": True})
    client(desk, project).responses.create(model=project, input="Paris?")

    with client(desk, project).responses.stream(model=project, input="Paris?") as stream:
        kinds = [each.type for each in stream]
        said = stream.get_final_response()

    assert "response.output_text.delta" in kinds
    assert said.output_text == "Paris."
    assert len(asked(desk, project)) == 1
