"""OpenAI's client against the gateway: every route, whole and streamed, and its span."""

from __future__ import annotations

import json
from typing import Any

import httpx
import openai
import pytest

from fakes.openai_server import ANSWER, USAGE
from fakes.unruly_provider import Act
from gateway_world import KEY, Desk

QUESTION: Any = [{"role": "user", "content": "What is the capital of France?"}]


def test_a_completion_comes_through_and_becomes_a_span(desk: Desk) -> None:
    headers = {"x-pilothouse-project": "whole", "x-session-id": "s-1"}
    client = desk.client(default_headers=headers)

    raw = client.chat.completions.with_raw_response.create(
        model="acme/gpt-4o", messages=QUESTION, user="u-7", metadata={"team": "blue"}
    )

    said = raw.parse()
    assert said.choices[0].message.content == ANSWER
    assert said.model == "acme/gpt-4o"
    assert said.usage is not None
    assert said.usage.total_tokens == USAGE["total_tokens"]
    assert raw.headers["x-litellm-model-id"] == "acme/gpt-4o"
    path, body, sent = desk.provider.asked[-1]
    assert (path, body["model"], sent["authorization"]) == (
        "/v1/chat/completions", "gpt-4o", f"Bearer {KEY}"
    )  # fmt: skip
    (span,) = desk.spans("whole")
    assert (span["kind"], span["status"], span["model"]) == ("llm", "ok", "gpt-4o-2026-08-07")
    assert span["messages_in"][0]["parts"][0]["text"] == QUESTION[0]["content"]
    assert span["messages_out"][0]["parts"][0]["text"] == ANSWER
    assert span["usage"]["input_tokens"] == USAGE["prompt_tokens"]
    assert span["usage"]["cached_tokens"] == 8
    assert span["usage"]["reasoning_tokens"] == 4
    assert span["session_id"] == "s-1"
    assert span["user_id"] == "u-7"
    assert span["metadata"]["team"] == "blue"
    assert span["metadata"]["gateway.target"] == "acme/gpt-4o"
    assert not span["streaming"]


def test_a_stream_comes_through_without_counts_that_nobody_asked_for(desk: Desk) -> None:
    client = desk.client(default_headers={"x-pilothouse-project": "streamed"})

    chunks = list(
        client.chat.completions.create(model="acme/gpt-4o", messages=QUESTION, stream=True)
    )

    assert "".join(c.choices[0].delta.content or "" for c in chunks).strip() == ANSWER
    assert {chunk.model for chunk in chunks} == {"acme/gpt-4o"}
    assert all(chunk.usage is None for chunk in chunks)
    assert all(chunk.choices for chunk in chunks)
    assert desk.provider.asked[-1][1]["stream_options"] == {"include_usage": True}
    (span,) = desk.spans("streamed")
    assert span["usage"]["total_tokens"] == USAGE["total_tokens"]
    assert span["messages_out"][0]["parts"][0]["text"].strip() == ANSWER
    assert span["streaming"]
    assert 0 < span["time_to_first_token_ms"] <= span["duration_ms"]
    assert "gateway.usage" not in span["metadata"]


def test_a_stream_tells_its_counts_to_who_asks(desk: Desk) -> None:
    chunks = list(
        desk.client().chat.completions.create(
            model="acme/gpt-4o",
            messages=QUESTION,
            stream=True,
            stream_options={"include_usage": True},
        )
    )

    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.total_tokens == USAGE["total_tokens"]


def test_a_stream_without_counts_is_estimated_and_says_so(desk: Desk) -> None:
    desk.acts("silent", Act(usage=False))
    client = desk.client(default_headers={"x-pilothouse-project": "estimated"})

    list(client.chat.completions.create(model="acme/silent", messages=QUESTION, stream=True))

    (span,) = desk.spans("estimated")
    assert span["metadata"]["gateway.usage"] == "estimated"
    assert 5 < span["usage"]["output_tokens"] < 15


def test_tool_calls_come_through_whole_and_streamed(desk: Desk) -> None:
    tool: Any = {"type": "function", "function": {"name": "get_weather", "parameters": {}}}
    client = desk.client(default_headers={"x-pilothouse-project": "tools"})

    whole = client.chat.completions.create(model="acme/gpt-4o", messages=QUESTION, tools=[tool])
    chunks = client.chat.completions.create(
        model="acme/gpt-4o", messages=QUESTION, tools=[tool], stream=True
    )

    (call,) = whole.choices[0].message.tool_calls or []
    parts = [c for chunk in chunks for c in chunk.choices[0].delta.tool_calls or []]
    assert call.type == "function"
    assert call.function.arguments == '{"city": "Paris"}'
    assert "".join(part.function.arguments or "" for part in parts if part.function) == (
        '{"city": "Paris"}'
    )
    for span in desk.spans("tools", 2):
        assert [each["name"] for each in span["tool_calls"]] == ["get_weather"]
        assert [each["name"] for each in span["tools"]] == ["get_weather"]


@pytest.mark.parametrize("form", ["float", "base64"])
def test_embeddings_come_through(desk: Desk, form: Any) -> None:
    client = desk.client(default_headers={"x-pilothouse-project": f"embedded-{form}"})

    said = client.embeddings.create(
        model="acme/text-embedding-3-small", input=["one", "two"], encoding_format=form
    )
    tokens = client.embeddings.create(
        model="acme/text-embedding-3-small", input=[[1, 2], [3]], encoding_format=form
    )

    assert len(said.data) == len(tokens.data) == 2
    spans = desk.spans(f"embedded-{form}", 2)
    assert {span["kind"] for span in spans} == {"embedding"}
    assert {span["usage"]["input_tokens"] for span in spans} == {9}


def test_responses_come_through_whole_and_streamed(desk: Desk) -> None:
    client = desk.client(default_headers={"x-pilothouse-project": "responses"})

    whole = client.responses.create(model="acme/gpt-4o", input="Where?")
    events = list(client.responses.create(model="acme/gpt-4o", input="Where?", stream=True))

    assert whole.output_text == "Paris."
    assert whole.model == "acme/gpt-4o"
    assert [event.type for event in events] == [
        "response.created", "response.output_text.delta", "response.completed"
    ]  # fmt: skip
    for span in desk.spans("responses", 2):
        assert span["usage"]["total_tokens"] == 37
        assert span["usage"]["cached_tokens"] == 8
        assert span["messages_out"][0]["parts"][0]["text"] == "Paris."


def test_the_older_completions_come_through(desk: Desk) -> None:
    said = desk.client().completions.create(model="acme/gpt-4o", prompt="Paris is")

    assert said.choices[0].text == f" {ANSWER}"


def test_models_are_listed_and_found(desk: Desk) -> None:
    desk.route("listed-chat", "gpt-4o")

    listed = [each.id for each in desk.client().models.list().data]
    one = desk.client().models.retrieve("acme/gpt-4o-mini")

    assert {"listed-chat", "acme/gpt-4o", "acme/gpt-4o-mini"} <= set(listed)
    assert (one.id, one.owned_by) == ("acme/gpt-4o-mini", "acme")


def test_a_bare_name_that_one_provider_offers_is_enough(desk: Desk) -> None:
    said = desk.client().chat.completions.create(model="gpt-4o-mini", messages=QUESTION)

    assert said.choices[0].message.content == ANSWER


@pytest.mark.parametrize(
    ("asked", "near"), [("acme-gpt-4o", "acme/gpt-4o"), ("gpt-4", "acme/gpt-4o")]
)
def test_an_unknown_model_is_answered_with_the_nearest_names(
    desk: Desk, asked: str, near: str
) -> None:
    with pytest.raises(openai.NotFoundError) as failed:
        desk.client().chat.completions.create(model=asked, messages=QUESTION)

    assert failed.value.code == "model_not_found"
    assert repr(near) in failed.value.message


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "invalid_json"),
        (b"[]", "invalid_json"),
        (b"{}", "missing_model"),
        (b'{"model": 7}', "missing_model"),
        (b'{"model":"acme/gpt-4o","messages":' + b"[" * 300 + b"]" * 300 + b"}", "invalid_json"),
    ],
)
def test_a_body_that_is_no_request_is_refused_in_words(desk: Desk, body: bytes, code: str) -> None:
    status, said = desk.server.call("POST", "/v1/chat/completions", body)

    assert status == 400
    assert said["error"]["code"] == code
    assert said["error"]["type"] == "invalid_request_error"


def test_other_paths_and_methods_are_answered_in_openais_shape(desk: Desk) -> None:
    unknown = desk.server.call("POST", "/v1/audio/speech", {})
    wrong = desk.server.call("GET", "/v1/chat/completions")

    assert unknown[0] == 404
    assert "/v1/chat/completions" in unknown[1]["error"]["message"]
    assert wrong[0] == 405
    assert wrong[1]["error"]["code"] == "method_not_allowed"


def test_fields_of_a_gateway_stay_here_and_unknown_ones_go_on(desk: Desk) -> None:
    extra = {"cache": {"no-cache": True}, "tags": ["night"], "num_retries": 1, "min_p": 0.1}
    client = desk.client(default_headers={"x-pilothouse-project": "fields"})

    client.chat.completions.create(model="acme/gpt-4o", messages=QUESTION, extra_body=extra)

    body = desk.provider.asked[-1][1]
    assert body["min_p"] == 0.1
    assert not {"cache", "tags", "num_retries"} & set(body)
    assert desk.spans("fields")[0]["tags"] == ["night"]


def test_a_call_becomes_part_of_the_trace_that_it_names(desk: Desk) -> None:
    trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    headers = {"x-pilothouse-project": "traced", "traceparent": f"00-{trace}-{parent}-01"}

    desk.client(default_headers=headers).chat.completions.create(
        model="acme/gpt-4o", messages=QUESTION
    )

    (span,) = desk.spans("traced")
    assert (span["trace_id"], span["parent_span_id"]) == (trace, parent)


def test_what_a_project_masks_is_masked_in_the_spans_of_the_gateway(desk: Desk) -> None:
    masking = [{"name": "emails", "builtin": "emails"}]
    status, said = desk.server.call("POST", "/api/v1/projects", {"name": "masked"})
    assert status == 201, said
    status, said = desk.server.call("PATCH", "/api/v1/projects/masked", {"masking": masking})
    assert status == 200, said
    client = desk.client(default_headers={"x-pilothouse-project": "masked"})

    client.chat.completions.create(
        model="acme/gpt-4o", messages=[{"role": "user", "content": "I am ann@example.com"}]
    )

    (span,) = desk.spans("masked")
    assert "ann@example.com" not in json.dumps(span)


def test_the_cost_is_that_of_the_servers_prices_in_header_and_span(desk: Desk) -> None:
    price = {"model": "priced-model*", "prices": {"input": 2.0, "output": 10.0, "cached": 1.0}}
    status, said = desk.server.call("POST", "/api/v1/prices", price)
    assert status == 201, said
    client = desk.client(default_headers={"x-pilothouse-project": "priced"})

    raw = client.chat.completions.with_raw_response.create(
        model="acme/priced-model", messages=QUESTION
    )

    (span,) = desk.spans("priced")
    # 25 tokens go in, 8 of them cached, and 12 come out; prices are for a million.
    assert span["cost"]["total"] == pytest.approx((17 * 2 + 8 * 1 + 12 * 10) / 1e6)
    assert float(raw.headers["x-litellm-response-cost"]) == pytest.approx(span["cost"]["total"])


def test_a_provider_that_does_not_stream_is_streamed_for_it(desk: Desk) -> None:
    whole = {
        "id": "x", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop",
                     "message": {"role": "assistant", "content": "Whole."}}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }  # fmt: skip
    desk.acts("unstreamed", Act(body=whole))

    chunks = list(
        desk.client().chat.completions.create(
            model="acme/unstreamed", messages=QUESTION, stream=True
        )
    )

    assert "".join(c.choices[0].delta.content or "" for c in chunks) == "Whole."
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_a_page_of_another_origin_may_not_ask(desk: Desk) -> None:
    answer = httpx.post(
        f"{desk.server.url}/v1/chat/completions",
        headers={"origin": "https://evil.example"},
        json={"model": "acme/gpt-4o", "messages": QUESTION},
    )

    assert answer.status_code == 403


def test_a_price_of_the_name_that_was_asked_for_is_enough(desk: Desk) -> None:
    price = {"model": "plain-name", "prices": {"input": 0, "output": 10.0}}
    desk.server.call("POST", "/api/v1/prices", price)
    client = desk.client(default_headers={"x-pilothouse-project": "named"})

    client.chat.completions.create(model="acme/plain-name", messages=QUESTION)

    (span,) = desk.spans("named")
    assert span["model"] == "plain-name-2026-08-07"
    assert span["cost"]["total"] == pytest.approx(12 * 10 / 1e6)
