"""Anthropic's client and Anthropic's providers, with and without translation between them."""

from __future__ import annotations

from typing import Any

import anthropic
import httpx
import openai
import pytest
from pydantic import BaseModel

from fakes.anthropic_server import error, event, message_events
from fakes.unruly_provider import Act
from gateway_world import KEY, Desk

QUESTION: Any = [{"role": "user", "content": "What is the capital of France?"}]
TOOL: Any = {
    "name": "get_weather",
    "description": "The weather of a city",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}},
}
FUNCTION: Any = {
    "type": "function",
    "function": {"name": "get_weather", "parameters": TOOL["input_schema"]},
}
PICTURE = "iVBORw0KGgo="


class Capital(BaseModel):
    capital: str


@pytest.fixture(scope="module", autouse=True)
def claude(desk: Desk) -> str:
    """A provider that speaks Anthropic's HTTP."""
    body = {"base_url": desk.provider.base_url, "api_key": KEY, "models": ["claude-sonnet-4-5"]}
    status, said = desk.server.call(
        "PUT", "/api/v1/providers/claude", {**body, "kind": "anthropic"}
    )
    assert status == 200, said
    prices = {
        "input": 3,
        "cached_input": 0.3,
        "cache_write": 3.75,
        "cache_write_1h": 6,
        "output": 15,
    }
    desk.server.call("POST", "/api/v1/prices", {"model": "claude-*", "prices": prices})
    return "claude/claude-sonnet-4-5"


@pytest.fixture
def project(request: pytest.FixtureRequest) -> str:
    return str(request.node.name).replace("[", "-").replace("]", "")[:100]


def client(desk: Desk, project: str = "default", key: str = "unused") -> anthropic.Anthropic:
    return anthropic.Anthropic(
        base_url=f"{desk.server.url}",
        api_key=key,
        max_retries=0,
        timeout=60,
        default_headers={"x-pilothouse-project": project},
    )


def chat(desk: Desk, project: str) -> openai.OpenAI:
    return desk.client(default_headers={"x-pilothouse-project": project})


def cost(input: int, cached: int, written: int, hour: int, output: int) -> Any:
    total = input * 3 + cached * 0.3 + (written - hour) * 3.75 + hour * 6 + output * 15
    return pytest.approx(total / 1e6)


CLAUDE_COST = cost(9, 8, 6, 2, 12)


# ---- Anthropic's client, Anthropic's provider


def test_a_message_comes_through_as_it_is_and_becomes_a_span(desk: Desk, project: str) -> None:
    with client(desk, project) as asking:
        said = asking.messages.create(
            model="claude/claude-sonnet-4-5",
            max_tokens=100,
            system="Be brief.",
            messages=QUESTION,
            metadata={"user_id": "u-1"},
            extra_headers={"anthropic-beta": "some-beta-2026"},
        )

    assert said.model == "claude/claude-sonnet-4-5"
    assert said.content[0].type == "text"
    assert said.content[0].text == "Paris."
    assert (said.usage.input_tokens, said.usage.cache_read_input_tokens) == (9, 8)
    path, body, headers = desk.provider.asked[-1]
    assert path == "/v1/messages"
    assert body["model"] == "claude-sonnet-4-5"
    assert body["system"] == "Be brief."
    assert headers["x-api-key"] == KEY
    assert headers["anthropic-version"]
    assert headers["anthropic-beta"] == "some-beta-2026"
    assert "authorization" not in headers
    (span,) = desk.spans(project)
    assert span["model"] == "claude-sonnet-4-5-20260807"
    usage = span["usage"]
    assert (usage["input_tokens"], usage["cached_tokens"], usage["output_tokens"]) == (23, 8, 12)
    assert (usage["cache_write_tokens"], usage["cache_write_1h_tokens"]) == (6, 2)
    assert span["cost"]["total"] == CLAUDE_COST
    assert span["messages_out"][0]["parts"][0]["text"] == "Paris."


def test_a_stream_of_messages_comes_through_event_for_event(desk: Desk, project: str) -> None:
    asked: Any = {
        "model": "claude/claude-sonnet-4-5",
        "max_tokens": 3000,
        "messages": QUESTION,
        "tools": [TOOL],
        "thinking": {"type": "enabled", "budget_tokens": 1024},
    }
    with client(desk, project) as asking, asking.messages.stream(**asked) as stream:
        kinds = [each.type for each in stream]
        said = stream.get_final_message()

    assert [block.type for block in said.content] == ["thinking", "text", "tool_use"]
    assert said.content[2].type == "tool_use"
    assert said.content[2].input == {"city": "Paris"}
    assert said.stop_reason == "tool_use"
    assert "message_stop" in kinds
    (span,) = desk.spans(project)
    assert span["usage"]["input_tokens"] == 23
    assert span["cost"]["total"] == CLAUDE_COST
    assert span["streaming"] is True
    assert span["time_to_first_token_ms"] is not None
    parts = span["messages_out"][0]["parts"]
    assert [part["type"] for part in parts] == ["reasoning", "text", "tool_call"]


def test_bytes_of_a_stream_are_those_of_the_provider_but_for_the_model(desk: Desk) -> None:
    body = {"model": "claude/claude-sonnet-4-5", "max_tokens": 9, "messages": QUESTION}

    status, said = desk.server.call("POST", "/v1/messages", {**body, "stream": True})

    expected = b"".join(message_events({**body, "model": "claude-sonnet-4-5"}))
    assert status == 200
    assert said == expected.replace(b"claude-sonnet-4-5-20260807", b"claude/claude-sonnet-4-5")


def test_tokens_are_counted_by_the_provider_and_else_by_their_length(desk: Desk) -> None:
    with client(desk) as asking:
        exact = asking.messages.count_tokens(model="claude/claude-sonnet-4-5", messages=QUESTION)
        guessed = asking.messages.count_tokens(model="acme/gpt-4o", messages=QUESTION)

    assert exact.input_tokens == 23
    assert 10 < guessed.input_tokens < 60


def test_models_are_listed_in_the_form_of_who_asks(desk: Desk) -> None:
    with client(desk) as asking:
        ids = [each.id for each in asking.models.list()]
        one = asking.models.retrieve("claude/claude-sonnet-4-5")

    assert "claude/claude-sonnet-4-5" in ids
    assert one.type == "model"
    assert "claude/claude-sonnet-4-5" in [each.id for each in desk.client().models.list()]


@pytest.mark.parametrize(
    ("act", "raised", "kind"),
    [
        (Act(status=400, body=error("invalid_request_error", "max_tokens: too many")),
         anthropic.BadRequestError, "invalid_request_error"),
        (Act(status=429, body=error("rate_limit_error", "slow down")),
         anthropic.RateLimitError, "rate_limit_error"),
        (Act(status=529, body=error("overloaded_error", "Overloaded")),
         anthropic.APIStatusError, "api_error"),
        (Act(status=401, body=error("authentication_error", f"bad key {KEY}")),
         anthropic.APIStatusError, "api_error"),
        (Act(body=b"<html>"), anthropic.APIStatusError, "api_error"),
        (Act(ends="half"), anthropic.APIStatusError, "api_error"),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_told_in_anthropics_envelope(
    desk: Desk, act: Act, raised: type[anthropic.APIStatusError], kind: str, project: str
) -> None:
    desk.acts(project, act)
    desk.route(project, retries={"max": 0}, targets=[{"provider": "claude", "model": project}])

    with client(desk, project) as asking, pytest.raises(raised) as failed:
        asking.messages.create(model=project, max_tokens=9, messages=QUESTION)

    said = failed.value.response.json()
    assert said["type"] == "error"
    assert said["error"]["type"] == kind
    assert said["request_id"] == failed.value.response.headers["x-litellm-call-id"]
    assert KEY not in failed.value.response.text
    (span,) = desk.spans(project)
    assert span["status"] == "error"


def test_an_unknown_model_is_answered_with_near_names(desk: Desk) -> None:
    with client(desk) as asking, pytest.raises(anthropic.NotFoundError) as failed:
        asking.messages.create(model="claude-sonet-4-5", max_tokens=9, messages=QUESTION)

    assert "claude/claude-sonnet-4-5" in str(failed.value)


def test_a_stream_that_breaks_ends_in_an_error_of_anthropics(desk: Desk, project: str) -> None:
    events = list(message_events({"model": "m", "messages": []}))
    desk.acts(project, Act(events=events[:5], ends="half"))

    asked: Any = {"model": f"claude/{project}", "max_tokens": 9, "messages": QUESTION}
    with (
        client(desk, project) as asking,
        pytest.raises(anthropic.APIStatusError) as failed,
        asking.messages.stream(**asked) as stream,
    ):
        stream.until_done()

    assert "ended its answer in the middle" in str(failed.value)
    (span,) = desk.spans(project)
    assert span["status"] == "error"
    assert span["usage"]["input_tokens"] == 23
    assert span["metadata"]["gateway.usage"] == "estimated"


@pytest.mark.parametrize("by", ["claude", "acme"])
def test_a_client_that_leaves_pays_for_what_was_written(desk: Desk, project: str, by: str) -> None:
    words = "Paris is the capital. " * 40
    if by == "claude":
        whole = list(message_events({"model": "m", "messages": []}))
        delta = {"type": "text_delta", "text": words}
        told = {"type": "content_block_delta", "index": 0, "delta": delta}
        events: list[Any] = [*whole[:3], event(told)]
    else:
        choice = {"index": 0, "delta": {"content": words}, "finish_reason": None}
        events = [{"id": "c", "model": "m", "choices": [choice]}]
    desk.acts(project, Act(events=events, ends="never"))
    body = {"model": f"{by}/{project}", "max_tokens": 999, "messages": QUESTION}

    headers = {"x-pilothouse-project": project}
    with httpx.stream(
        "POST", f"{desk.server.url}/v1/messages", json={**body, "stream": True}, headers=headers
    ) as answer:
        for line in answer.iter_lines():
            if words in line:
                break

    (span,) = desk.spans(project)
    assert span["error_type"] == "client_gone"
    assert 200 < span["usage"]["output_tokens"] < 240
    assert span["usage"]["input_tokens"] >= 20
    assert span["metadata"]["gateway.usage"] == "estimated"


def test_an_error_as_the_first_event_is_asked_again(desk: Desk, project: str) -> None:
    told = event(error("overloaded_error", "Overloaded"))
    desk.acts(project, Act(events=[told]), Act())
    targets = [{"provider": "claude", "model": project}]
    desk.route(project, targets=targets)

    asked: Any = {"model": project, "max_tokens": 9, "messages": QUESTION}
    with client(desk, project) as asking, asking.messages.stream(**asked) as stream:
        said = stream.get_final_text()

    assert said == "Paris."
    (span,) = desk.spans(project)
    assert span["metadata"]["gateway.retries"] == "1"


# ---- Anthropic's client, a provider of chat completions


def test_a_message_is_asked_for_as_a_chat_completion(desk: Desk, project: str) -> None:
    price = {"model": f"{project}*", "prices": {"input": 1, "output": 0}}
    desk.server.call("POST", "/api/v1/prices", price)
    image: Any = {"type": "base64", "media_type": "image/png", "data": PICTURE}
    with client(desk, project) as asking:
        said = asking.messages.create(
            model=f"acme/{project}",
            max_tokens=100,
            system=[{"type": "text", "text": "Be brief."}],
            stop_sequences=["END"],
            messages=[
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "What is this?"},
                        {"type": "image", "source": image},
                    ],
                },
                {"role": "assistant", "content": [
                    {"type": "tool_use", "id": "t1", "name": "look", "input": {"at": 1}}]},
                {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": "t1", "content": "a tower"},
                    {"type": "text", "text": "Well?"}]},
            ],
            tools=[TOOL],
            tool_choice={"type": "any", "disable_parallel_tool_use": True},
        )  # fmt: skip

    path, body, _ = desk.provider.asked[-1]
    assert path == "/v1/chat/completions"
    assert body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What is this?"},
                {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PICTURE}"}},
            ],
        },
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": "t1", "type": "function",
                 "function": {"name": "look", "arguments": '{"at":1}'}}
            ],
        },
        {"role": "tool", "tool_call_id": "t1", "content": "a tower"},
        {"role": "user", "content": "Well?"},
    ]  # fmt: skip
    assert body["stop"] == ["END"]
    assert body["max_tokens"] == 100
    assert body["tool_choice"] == "required"
    assert body["parallel_tool_calls"] is False
    assert body["tools"][0]["function"]["parameters"] == TOOL["input_schema"]
    assert said.type == "message"
    assert (said.usage.input_tokens, said.usage.cache_read_input_tokens) == (17, 8)
    (span,) = desk.spans(project)
    assert (span["usage"]["input_tokens"], span["usage"]["cached_tokens"]) == (25, 8)
    assert span["cost"]["total"] == pytest.approx(25e-6)


def test_a_tool_is_called_through_a_chat_provider_whole_and_streamed(
    desk: Desk, project: str
) -> None:
    question: Any = [{"role": "user", "content": "What is the weather in Paris?"}]
    asked: Any = {"model": f"acme/{project}", "max_tokens": 99, "messages": question,
                  "tools": [TOOL]}  # fmt: skip

    with client(desk, project) as asking:
        whole = asking.messages.create(**asked)
        with asking.messages.stream(**asked) as stream:
            streamed = stream.get_final_message()

    answers: list[Any] = [whole, streamed]
    for said in answers:
        assert said.stop_reason == "tool_use"
        assert said.content[-1].type == "tool_use"
        assert said.content[-1].name == "get_weather"
        assert said.content[-1].input == {"city": "Paris"}
    assert streamed.usage.input_tokens == 17
    assert streamed.usage.output_tokens == 12
    spans = desk.spans(project, 2)
    assert {span["usage"]["input_tokens"] for span in spans} == {25}


def test_what_chat_has_no_words_for_is_refused_in_words(desk: Desk) -> None:
    tools: Any = [{"type": "web_search_20250305", "name": "web_search"}]
    with client(desk) as asking, pytest.raises(anthropic.BadRequestError) as failed:
        asking.messages.create(model="acme/gpt-4o", max_tokens=9, messages=QUESTION, tools=tools)

    assert "web_search_20250305" in str(failed.value)


# ---- OpenAI's client, Anthropic's provider


def test_a_chat_completion_is_asked_for_as_a_message(desk: Desk, project: str, claude: str) -> None:
    said = chat(desk, project).chat.completions.create(
        model=claude,
        messages=[
            {"role": "system", "content": "Be brief."},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What is this?"},
                    {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
                ],
            },
            {
                "role": "assistant",
                "tool_calls": [
                    {"id": "t1", "type": "function",
                     "function": {"name": "look", "arguments": '{"at": 1}'}}
                ],
            },
            {"role": "tool", "tool_call_id": "t1", "content": "a tower"},
            {"role": "tool", "tool_call_id": "t2", "content": "a river"},
        ],
        temperature=1.7,
        stop="END",
        user="u-1",
        tools=[FUNCTION],
        tool_choice={"type": "function", "function": {"name": "get_weather"}},
        parallel_tool_calls=False,
    )  # fmt: skip

    path, body, _ = desk.provider.asked[-1]
    assert path == "/v1/messages"
    assert body["system"] == "Be brief."
    assert body["max_tokens"] == 4096
    assert body["temperature"] == 1.0
    assert body["stop_sequences"] == ["END"]
    assert body["metadata"] == {"user_id": "u-1"}
    assert body["tool_choice"] == {
        "type": "tool",
        "name": "get_weather",
        "disable_parallel_tool_use": True,
    }
    assert [turn["role"] for turn in body["messages"]] == ["user", "assistant", "user"]
    source = {"type": "url", "url": "https://example.com/a.png"}
    assert body["messages"][0]["content"][1] == {"type": "image", "source": source}
    assert body["messages"][1]["content"][0]["input"] == {"at": 1}
    results = body["messages"][2]["content"]
    assert [part["tool_use_id"] for part in results] == ["t1", "t2"]
    assert said.object == "chat.completion"
    assert said.choices[0].finish_reason == "stop"
    assert said.choices[0].message.content == "Paris."
    assert said.usage is not None
    assert said.usage.prompt_tokens == 23
    assert said.usage.prompt_tokens_details is not None
    assert said.usage.prompt_tokens_details.cached_tokens == 8
    (span,) = desk.spans(project)
    assert span["cost"]["total"] == CLAUDE_COST


def test_tools_and_thoughts_of_claude_are_streamed_as_chat(
    desk: Desk, project: str, claude: str
) -> None:
    second: Any = {"type": "function", "function": {"name": "get_time"}}
    stream = chat(desk, project).chat.completions.create(
        model=claude,
        messages=QUESTION,
        tools=[FUNCTION, second],
        reasoning_effort="low",
        max_tokens=3000,
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(stream)

    deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    calls: dict[int, str] = {}
    names: dict[int, str] = {}
    for delta in deltas:
        for call in delta.tool_calls or ():
            assert call.function is not None
            names.setdefault(call.index, call.function.name or "")
            calls[call.index] = calls.get(call.index, "") + (call.function.arguments or "")
    assert names == {0: "get_weather", 1: "get_time"}
    assert calls == {0: '{"city": "Paris"}', 1: '{"city": "Paris"}'}
    thoughts = [delta.model_extra or {} for delta in deltas]
    assert "".join(each.get("reasoning_content", "") for each in thoughts) == "It is Paris."
    assert [each.choices[0].finish_reason for each in chunks if each.choices][-1] == "tool_calls"
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.total_tokens == 35
    assert {chunk.model for chunk in chunks} == {claude}
    assert desk.provider.asked[-1][1]["thinking"] == {"type": "enabled", "budget_tokens": 1024}
    (span,) = desk.spans(project)
    assert span["usage"]["output_tokens"] == 12
    assert span["cost"]["total"] == CLAUDE_COST


def test_a_structured_answer_of_claude_is_parsed_by_openais_client(
    desk: Desk, project: str, claude: str
) -> None:
    said = chat(desk, project).chat.completions.parse(
        model=claude, messages=QUESTION, response_format=Capital
    )

    assert said.choices[0].message.parsed == Capital(capital="Paris")
    form = desk.provider.asked[-1][1]["output_config"]["format"]
    assert form["type"] == "json_schema"
    assert form["schema"]["properties"]["capital"]["type"] == "string"


def test_an_error_of_claude_has_openais_envelope(desk: Desk, project: str) -> None:
    desk.acts(project, Act(status=400, body=error("invalid_request_error", "too long")))

    with pytest.raises(openai.BadRequestError) as failed:
        chat(desk, project).chat.completions.create(model=f"claude/{project}", messages=QUESTION)

    assert failed.value.type == "invalid_request_error"
    assert "too long" in failed.value.message


def test_an_answer_that_is_no_message_is_garbage(desk: Desk, project: str) -> None:
    desk.acts(project, Act(body={"hello": "world"}))

    with pytest.raises(openai.InternalServerError) as failed:
        chat(desk, project).chat.completions.create(model=f"claude/{project}", messages=QUESTION)

    assert failed.value.code == "provider_garbage"


def test_claude_has_no_embeddings(desk: Desk, claude: str) -> None:
    with pytest.raises(openai.BadRequestError) as failed:
        desk.client().embeddings.create(model=claude, input="Paris")

    assert failed.value.code == "not_translatable"


@pytest.mark.parametrize(
    "body",
    [
        {"messages": "Hi"},
        {"messages": [{"content": "Hi"}]},
        {"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]},
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]},
        {"messages": QUESTION, "n": 2},
        {"messages": QUESTION, "tools": [{"type": "function", "function": {}}]},
        {},
    ],
)
def test_an_odd_request_is_refused_before_it_is_asked(
    desk: Desk, claude: str, body: dict[str, Any]
) -> None:
    before = len(desk.provider.asked)

    status, said = desk.server.call("POST", "/v1/chat/completions", {"model": claude, **body})

    assert status == 400, said
    assert said["error"]["message"]
    assert len(desk.provider.asked) == before
