"""A provider that misbehaves, and clients that do: one documented answer each, and no leak."""

from __future__ import annotations

import json
import re
import socket
import time
from typing import Any

import httpx
import openai
import pytest

from fakes.openai_server import ANSWER, chat_chunks
from fakes.unruly_provider import Act
from gateway_world import KEY, Desk

QUESTION: Any = [{"role": "user", "content": "What is the capital of France?"}]
BUSY = Act(status=429, headers=(("retry-after-ms", "20"),), body={"error": {"message": "busy"}})
BROKEN = Act(status=500, body={"error": {"message": f"boom {KEY}"}})
CHUNKS = list(chat_chunks({"model": "m", "messages": QUESTION}))


def ask(desk: Desk, model: str, **more: Any) -> Any:
    return desk.client(default_headers={"x-pilothouse-project": model}).chat.completions.create(
        model=model, messages=QUESTION, **more
    )


def streamed(desk: Desk, model: str) -> tuple[str, openai.APIError | None]:
    """What was said until the end, and the error that ended it."""
    text = ""
    try:
        for chunk in ask(desk, model, stream=True):
            text += chunk.choices[0].delta.content or ""
    except openai.APIError as error:
        return text.strip(), error
    return text.strip(), None


@pytest.mark.parametrize(
    ("name", "act", "status", "code"),
    [
        ("500", BROKEN, 502, "provider_error"),
        ("529", Act(status=529, body={"error": {"message": "busy"}}), 502, "provider_error"),
        ("429", BUSY, 429, "rate_limit_exceeded"),
        ("408", Act(status=408, body={}), 504, "timeout"),
        ("401", Act(status=401, body={"error": {"message": KEY}}), 502, "provider_unauthorized"),
        ("302", Act(status=302, headers=(("location", "/x"),), body={}), 502, "provider_garbage"),
        ("html", Act(body=b"<html>"), 502, "provider_garbage"),
        ("list", Act(body=b"[1]"), 502, "provider_garbage"),
        ("raw", Act(ends="raw"), 502, "provider_garbage"),
        ("silent", Act(ends="raw", body=b""), 502, "provider_interrupted"),
        ("half", Act(body=b"{", ends="half"), 502, "provider_interrupted"),
        ("error", Act(body={"error": {"message": "no"}}), 502, "provider_error"),
        (
            "404",
            Act(status=404, body={"error": {"message": "no m", "code": "model_not_found"}}),
            404,
            "model_not_found",
        ),
        ("400", Act(status=400, body={"error": {"message": "bad", "param": "n"}}), 400,
         "invalid_request"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_what_is_no_answer_is_one_documented_error(
    desk: Desk, name: str, act: Act, status: int, code: str, stream: bool
) -> None:
    model = f"bad-{name}-{stream}"
    desk.acts(model, act)
    desk.route(model, model, retries={"max": 1, "base_ms": 1})

    with pytest.raises(openai.APIStatusError) as failed:
        ask(desk, model, stream=stream)

    assert (failed.value.status_code, failed.value.code) == (status, code)
    assert "acme" in failed.value.message
    assert KEY not in failed.value.response.text
    (span,) = desk.spans(model)
    assert (span["status"], span["error_type"]) == ("error", code)
    assert KEY not in json.dumps(span)
    is_repeated = name not in ("400", "401", "404", "302")
    assert len(desk.provider.bodies(model)) == (2 if is_repeated else 1)


def test_an_attempt_that_fails_is_repeated_and_the_client_does_not_notice(desk: Desk) -> None:
    desk.acts("flaky", BROKEN, BUSY, Act())
    desk.route("flaky", "flaky")
    client = desk.client(default_headers={"x-pilothouse-project": "flaky"})

    raw = client.chat.completions.with_raw_response.create(model="flaky", messages=QUESTION)

    assert raw.parse().choices[0].message.content == ANSWER
    assert raw.headers["x-litellm-attempted-retries"] == "2"
    (span,) = desk.spans("flaky")
    assert span["status"] == "ok"
    assert span["metadata"]["gateway.retries"] == "2"
    assert "boom" in span["metadata"]["gateway.failed_attempts"]


def test_a_stream_that_fails_before_its_first_event_is_repeated(desk: Desk) -> None:
    error = b'data: {"error": {"message": "overloaded", "code": 503}}\n\n'
    desk.acts("late", Act(events=[b": ping\n\n", error]), Act(events=[], ends="half"), Act())
    desk.route("late", "late")

    assert streamed(desk, "late") == (ANSWER, None)


@pytest.mark.parametrize(
    ("name", "act", "code"),
    [
        ("cut", Act(events=CHUNKS[:3], ends="half"), "provider_interrupted"),
        ("unfinished", Act(events=CHUNKS[:3]), "provider_interrupted"),
        ("still", Act(events=CHUNKS[:3], ends="never"), "timeout"),
    ],
)
def test_half_a_stream_ends_in_an_error_and_nothing_is_said_twice(
    desk: Desk, name: str, act: Act, code: str
) -> None:
    model = f"half-{name}"
    desk.acts(model, act)
    desk.route(model, model, idle_timeout=0.3)

    text, error = streamed(desk, model)

    assert text == "The capital"
    assert error is not None
    assert error.code == code
    assert len(desk.provider.bodies(model)) == 1
    (span,) = desk.spans(model)
    assert (span["status"], span["error_type"]) == ("error", code)
    assert span["messages_out"][0]["parts"][0]["text"].strip() == "The capital"
    assert span["metadata"]["gateway.usage"] == "estimated"


def test_a_stream_that_is_whole_but_for_its_last_line_is_whole(desk: Desk) -> None:
    desk.acts("nearly", Act(ends="half", usage=False))

    assert streamed(desk, "acme/nearly") == (ANSWER, None)


def test_an_error_in_the_middle_of_a_stream_is_passed_on_once(desk: Desk) -> None:
    said = b'data: {"error": {"message": "content filter", "code": "filtered"}}\n\n'
    desk.acts("midway", Act(events=[*CHUNKS[:2], said]))

    text, error = streamed(desk, "acme/midway")

    assert text == "The"
    assert error is not None
    assert error.message == "content filter"


def test_a_stream_ends_after_its_total_time_though_it_never_stops(desk: Desk) -> None:
    desk.acts("endless", Act(events=CHUNKS[1:2] * 10_000, pause_s=0.02))
    desk.route("endless", "endless", timeout=0.5)

    started = time.monotonic()
    text, error = streamed(desk, "endless")

    assert time.monotonic() - started < 10
    assert text.startswith("The The")
    assert error is not None
    assert error.code == "timeout"


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_an_answer_that_does_not_come_is_a_time_out(desk: Desk, stream: bool) -> None:
    desk.acts("slow", Act(pause_s=30))
    desk.route("slow", "slow", timeout=0.4, stream_timeout=0.2, retries={"max": 0})

    with pytest.raises(openai.APIStatusError) as failed:
        ask(desk, "slow", stream=stream)

    assert (failed.value.status_code, failed.value.code) == (504, "timeout")


def test_another_target_is_asked_at_once_when_one_fails(desk: Desk) -> None:
    desk.acts("first", BROKEN)
    desk.route("pair", "first", "second", strategy="priority", retries={"base_ms": 60_000})

    raw = desk.client().chat.completions.with_raw_response.create(model="pair", messages=QUESTION)

    assert raw.headers["x-litellm-model-id"] == "acme/second"


def test_a_target_that_keeps_failing_rests(desk: Desk) -> None:
    desk.acts("sick", BROKEN)
    desk.route("ward", "sick", "well", strategy="priority")

    for _ in range(6):
        ask(desk, "ward")

    assert len(desk.provider.bodies("sick")) == 3
    status = desk.server.get("/api/v1/gateway/status")
    (sick,) = [each for each in status["targets"] if each["target"] == "acme/sick"]
    assert sick["failed"] == 3
    assert sick["rests_s"] > 0


def test_a_fallback_answers_under_the_name_that_was_asked_for(desk: Desk) -> None:
    desk.acts("down", BROKEN)
    desk.route("spare", "spare-model")
    desk.route("main", "down", fallbacks=["spare"], retries={"max": 0})
    client = desk.client(default_headers={"x-pilothouse-project": "fallback"})

    raw = client.chat.completions.with_raw_response.create(model="main", messages=QUESTION)

    assert raw.parse().model == "main"
    assert raw.headers["x-litellm-attempted-fallbacks"] == "1"
    assert raw.headers["x-litellm-model-id"] == "acme/spare-model"
    (span,) = desk.spans("fallback")
    assert span["metadata"]["gateway.fallbacks"] == "1"
    assert span["model"].startswith("spare-model")


def test_a_mistake_of_the_client_falls_back_to_nobody(desk: Desk) -> None:
    desk.acts("strict", Act(status=400, body={"error": {"message": "bad"}}))
    desk.route("strict", "strict", fallbacks=["acme/gpt-4o"])
    before = len(desk.provider.bodies("gpt-4o"))

    with pytest.raises(openai.BadRequestError):
        ask(desk, "strict")

    assert len(desk.provider.bodies("gpt-4o")) == before


def test_a_provider_that_is_not_there_is_named(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    body = {"base_url": f"http://127.0.0.1:{port}/v1", "models": []}
    desk.server.call("PUT", "/api/v1/providers/nowhere", body)
    target = {"provider": "nowhere", "model": "m"}
    desk.server.call(
        "PUT", "/api/v1/gateway/routes/nowhere", {"targets": [target], "retries": {"max": 0}}
    )

    with pytest.raises(openai.APIStatusError) as failed:
        ask(desk, "nowhere")

    assert (failed.value.status_code, failed.value.code) == (502, "provider_unreachable")
    assert "nowhere cannot be reached" in failed.value.message


def test_a_client_that_leaves_ends_the_providers_work_and_is_recorded(desk: Desk) -> None:
    desk.acts("left", Act(events=CHUNKS[:3], ends="never"))
    desk.provider.cut.clear()
    headers = {"x-pilothouse-project": "left"}
    body = {"model": "acme/left", "messages": QUESTION, "stream": True}

    with httpx.stream(
        "POST", f"{desk.server.url}/v1/chat/completions", json=body, headers=headers
    ) as answer:
        any(re.search(rb'"content": ?"[^"]', piece) for piece in answer.iter_bytes())

    assert desk.provider.cut.wait(20)
    (span,) = desk.spans("left")
    assert span["error_type"] == "client_gone"
    assert span["usage"]["output_tokens"] > 0


def test_a_client_that_leaves_before_the_answer_ends_the_providers_work(desk: Desk) -> None:
    desk.acts("early", Act(ends="never"))
    desk.provider.cut.clear()
    body = {"model": "acme/early", "messages": QUESTION}

    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{desk.server.url}/v1/chat/completions", json=body, timeout=0.5)

    assert desk.provider.cut.wait(20)


def test_no_connection_to_the_provider_is_left_in_use(desk: Desk) -> None:
    def at_rest() -> dict[str, Any] | None:
        status: dict[str, Any] = desk.server.get("/api/v1/gateway/status")
        return None if any(each["busy"] for each in status["targets"]) else status

    assert desk.until(at_rest)["dropped"] == 0
