"""Guardrails on Anthropic's messages, by its own client, and on streams that are translated."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import anthropic
import openai
import pytest

from fakes.unruly_provider import Act
from gateway.guardrail_world import answering, messages, put, streaming
from gateway_world import KEY, Desk

MAIL = "jane.doe@example.com"
SECRET = "sk-proj-Ab3dEf6hIj9kLm2nOp5qRs8t"


@pytest.fixture
def model(desk: Desk, request: pytest.FixtureRequest) -> str:
    return str(request.node.name)[:90]


@pytest.fixture
def client(desk: Desk, model: str) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(
        base_url=desk.server.url,
        api_key="unused",
        max_retries=0,
        default_headers={"x-pilothouse-project": model},
    ) as made:
        yield made


def asked(model: str, text: str, *names: str, **more: Any) -> dict[str, Any]:
    return {
        "model": f"acme/{model}",
        "max_tokens": 100,
        "messages": messages(text),
        "extra_body": {"guardrails": list(names)},
        **more,
    }


def claude(desk: Desk) -> None:
    body = {"base_url": desk.provider.base_url, "api_key": KEY, "kind": "anthropic"}
    status, said = desk.server.call("PUT", "/api/v1/providers/guarded-claude", body)
    assert status == 200, said


def told(*pieces: str) -> Act:
    """A stream of Anthropic's."""
    usage = {"input_tokens": 9, "output_tokens": 1}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "c", "content": [],
               "stop_reason": None, "stop_sequence": None, "usage": usage}  # fmt: skip
    block = {"type": "text", "text": ""}
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": block},
        *(
            {"type": "content_block_delta", "index": 0,
             "delta": {"type": "text_delta", "text": piece}}
            for piece in pieces
        ),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None},
         "usage": {"output_tokens": 5}},
        {"type": "message_stop"},
    ]  # fmt: skip
    return Act(events=[f"event: {e['type']}\ndata: {json.dumps(e)}\n\n".encode() for e in events])


def test_a_blocked_message_has_anthropics_shape(
    desk: Desk, client: anthropic.Anthropic, model: str
) -> None:
    with pytest.raises(anthropic.BadRequestError) as refused:
        client.messages.create(**asked(model, f"my key is {SECRET}", "secrets"))

    assert refused.value.response.headers["x-should-retry"] == "false"
    said: Any = refused.value.body
    assert said["type"] == "error"
    assert "guardrail 'secrets'" in said["error"]["message"]
    assert desk.provider.bodies(model) == []


def test_system_parts_and_documents_are_masked_and_put_back(
    desk: Desk, client: anthropic.Anthropic, model: str
) -> None:
    claude(desk)
    desk.acts(model, told("Dear <EM", "AILS_1", ">, hello"))
    parts: Any = [{"role": "user", "content": [
        {"type": "text", "text": "Write."},
        {"type": "document", "source": {"type": "text", "media_type": "text/plain",
                                        "data": f"From {MAIL}"}},
    ]}]  # fmt: skip
    body = asked(model, "", "pii", messages=parts, system=[{"type": "text", "text": f"To {MAIL}"}])

    with client.messages.stream(**{**body, "model": f"guarded-claude/{model}"}) as stream:
        text = stream.get_final_text()

    (sent,) = desk.provider.bodies(model)
    assert MAIL not in json.dumps(sent)
    assert sent["system"][0]["text"] == "To <EMAILS_1>"
    assert text == f"Dear {MAIL}, hello"


def test_a_secret_in_a_stream_of_anthropics_ends_it_with_an_error_event(
    desk: Desk, client: anthropic.Anthropic, model: str
) -> None:
    claude(desk)
    desk.acts(model, told("a " * 300, SECRET[:7], SECRET[7:], " b" * 200))
    said: list[str] = []

    body = asked(model, "hi", "secrets")
    with (
        pytest.raises(anthropic.APIError) as refused,
        client.messages.stream(**{**body, "model": f"guarded-claude/{model}"}) as stream,
    ):
        said.extend(stream.text_stream)

    assert "guardrail 'secrets'" in str(refused.value)
    assert "sk-" not in "".join(said)


def test_a_stream_that_is_translated_is_looked_at_as_the_client_gets_it(
    desk: Desk, client: anthropic.Anthropic, model: str
) -> None:
    claude(desk)
    put(desk, "no-hal", type="words", words=["hal"], on_violation="mask")
    desk.acts(model, streaming(["I am H", "AL, hi"]))
    with client.messages.stream(**asked(model, "hi", "no-hal")) as stream:
        messages_text = stream.get_final_text()
    desk.acts(model, told("I am H", "AL, hi"))
    chunks = desk.client().chat.completions.create(
        model=f"guarded-claude/{model}", messages=messages("hi"), stream=True,
        extra_body={"guardrails": ["no-hal"]},
    )  # fmt: skip
    chat_text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)

    assert messages_text == chat_text == "I am <WORDS_1>, hi"


def test_an_answer_that_is_held_back_is_streamed_once_it_may_go(
    desk: Desk, client: anthropic.Anthropic, model: str
) -> None:
    desk.acts("fair", *answering(json.dumps({"explanation": "fine", "label": "allowed"})))
    put(desk, "fair-play", type="llm_judge", model="acme/fair", rule="it insults somebody")
    desk.acts(model, *answering("Good day."))

    with client.messages.stream(**asked(model, "hi", "fair-play")) as stream:
        text = stream.get_final_text()

    assert text == "Good day."


def test_a_client_that_leaves_a_stream_leaves_masked_words_in_the_record(
    desk: Desk, model: str
) -> None:
    put(desk, "leaving", type="words", words=["tapir"], on_violation="mask")
    desk.acts(model, streaming(["a tapir and more. " * 30, *["x " * 50] * 200], pause_s=0.02))
    chunks = desk.client(default_headers={"x-pilothouse-project": model}).chat.completions.create(
        model=f"acme/{model}", messages=messages("hi"), stream=True,
        extra_body={"guardrails": ["leaving"]},
    )  # fmt: skip

    first = next(c for c in chunks if c.choices and c.choices[0].delta.content)
    chunks.close()

    assert "tapir" not in first.choices[0].delta.content
    spans = {span["name"]: span for span in desk.spans(model, 2)}
    assert "tapir" not in json.dumps(spans)
    assert spans[f"acme/{model}"]["error_type"] == "client_gone"


def test_completions_and_embeddings_are_looked_at(desk: Desk, model: str) -> None:
    client = desk.client()
    more: Any = {"extra_body": {"guardrails": ["pii"]}}

    client.completions.create(model=f"acme/{model}", prompt=[f"to {MAIL}"], **more)
    client.embeddings.create(model=f"acme/{model}", input=f"to {MAIL}", **more)
    with pytest.raises(openai.BadRequestError):
        client.embeddings.create(
            model=f"acme/{model}", input=SECRET, extra_body={"guardrails": ["secrets"]}
        )

    first, second = desk.provider.bodies(model)
    assert first["prompt"] == ["to <EMAILS_1>"]
    assert second["input"] == "to <EMAILS_1>"
