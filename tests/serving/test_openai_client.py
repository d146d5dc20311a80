"""OpenAI's own client against targets of all kinds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import numpy as np
import openai
import pytest
from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_core.messages import AIMessage
from langchain_core.tools import tool
from langchain_openai import OpenAIEmbeddings
from langgraph.graph import END, START, MessagesState, StateGraph

import serving_world as world
from fakes.openai_server import ANSWER, CALL, OpenAI, openai_server
from pilothouse.serving import App
from serving_world import Served, served


@pytest.fixture(scope="module")
def provider() -> Iterator[OpenAI]:
    with openai_server() as running:
        yield running


async def fail(text: str) -> AsyncIterator[str]:
    if text == "late":
        yield "first "
    raise ValueError("secret")


async def remember(text: str, history: list[dict[str, Any]]) -> str:
    return f"{len(history)} before {text}"


async def slow(text: str) -> AsyncIterator[str]:
    for word in text.split():
        yield word
        await asyncio.sleep(0.05)


def respond(state: MessagesState) -> dict[str, Any]:
    usage = {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}
    return {"messages": [AIMessage("from the graph", usage_metadata=usage)]}


@tool
def get_weather(city: str) -> str:
    """The weather."""
    return city


@pytest.fixture(scope="module")
def app(provider: OpenAI) -> Iterator[Served]:
    model = world.chat_model(provider, stream_usage=True)
    graph = StateGraph(MessagesState).add_node("respond", respond)
    graph.add_edge(START, "respond").add_edge("respond", END)
    made = App()
    made.add("/model", model, name="model")
    made.add("/tools", model.bind_tools([get_weather]), name="tools")
    made.add("/graph", graph.compile(), name="graph").add("/words", world.words)
    made.add("/shout", world.shout).add("/fail", fail).add("/remember", remember)
    made.add("/talker", world.Talker(), name="talker").add("/plus", world.plus)
    made.add("/slow", slow).add("/vectors", DeterministicFakeEmbedding(size=8), name="vectors")
    with served(made) as running:
        yield running


@pytest.fixture(scope="module")
def client(app: Served) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{app.url}/v1", api_key="none", max_retries=0) as made:
        yield made


def chat(client: openai.OpenAI, model: str, text: str = "hi", **more: Any) -> Any:
    return client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": text}], **more
    )


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("model", ANSWER),
        ("graph", "from the graph"),
        ("words", "hi "),
        ("shout", "HI"),
        ("talker", "1: hi at 0.0"),
    ],
)
def test_every_kind_of_target_completes_chats(client: openai.OpenAI, model: str, said: str) -> None:
    whole = chat(client, model)
    chunks = list(chat(client, model, stream=True))

    assert whole.choices[0].message.content == said
    assert (whole.choices[0].finish_reason, whole.object) == ("stop", "chat.completion")
    assert "".join(c.choices[0].delta.content or "" for c in chunks).strip() == said.strip()
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert len({(c.id, c.created, c.model) for c in chunks}) == 1


def test_usage_is_the_models_own_or_marked_as_an_estimate(client: openai.OpenAI) -> None:
    exact = client.chat.completions.with_raw_response.create(
        model="model", messages=[{"role": "user", "content": "hi"}]
    )
    guess = client.chat.completions.with_raw_response.create(
        model="shout", messages=[{"role": "user", "content": "hi"}]
    )
    usage = exact.parse().usage

    assert usage is not None
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (25, 12, 37)
    assert usage.prompt_tokens_details is not None
    assert usage.prompt_tokens_details.cached_tokens == 8
    assert "x-usage-estimated" not in exact.headers
    assert guess.headers["x-usage-estimated"] == "true"


def test_a_stream_tells_usage_only_where_it_is_asked_for(client: openai.OpenAI) -> None:
    plain = list(chat(client, "model", stream=True))
    asked = list(chat(client, "model", stream=True, stream_options={"include_usage": True}))

    assert all(chunk.usage is None for chunk in plain)
    assert asked[-1].choices == []
    assert asked[-1].usage.total_tokens == 37


@pytest.mark.parametrize("stream", [False, True])
def test_calls_of_tools_are_handed_on(client: openai.OpenAI, *, stream: bool) -> None:
    if stream:
        with client.chat.completions.stream(
            model="tools", messages=[{"role": "user", "content": "weather?"}]
        ) as events:
            message: Any = events.get_final_completion().choices[0]
    else:
        message = chat(client, "tools", "weather?").choices[0]

    (call,) = message.message.tool_calls
    assert message.finish_reason == "tool_calls"
    assert (call.id, call.function.name) == (CALL["id"], "get_weather")
    assert call.function.arguments == '{"city": "Paris"}'


def test_a_conversation_of_the_client_is_the_history(client: openai.OpenAI) -> None:
    messages: Any = [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": "b"},
        {"role": "user", "content": [{"type": "text", "text": "c"}]},
    ]
    answer = client.chat.completions.create(model="remember", messages=messages)

    assert answer.choices[0].message.content == "2 before c"


def test_models_are_the_mounts(client: openai.OpenAI) -> None:
    names = [model.id for model in client.models.list()]

    assert "graph" in names
    assert "plus" not in names
    assert client.models.retrieve("graph").owned_by == "pilothouse"
    with pytest.raises(openai.NotFoundError) as raised:
        chat(client, "grahp")
    assert raised.value.code == "model_not_found"
    assert "graph" in raised.value.message


def test_errors_have_openais_shape(client: openai.OpenAI, app: Served) -> None:
    with pytest.raises(openai.InternalServerError) as failed:
        chat(client, "fail")
    with pytest.raises(openai.InternalServerError):
        chat(client, "fail", stream=True)
    with pytest.raises(openai.APIError, match="Internal Server Error"):
        list(chat(client, "fail", "late", stream=True))
    with pytest.raises(openai.BadRequestError, match="not made for this route"):
        chat(client, "plus")
    with pytest.raises(openai.BadRequestError, match="messages"):
        client.chat.completions.create(model="model", messages=[])
    raw = app.post(
        "/v1/chat/completions",
        {"model": "fail", "stream": True, "messages": [{"role": "user", "content": "late"}]},
    )

    assert "secret" not in str(failed.value.body)
    assert "[DONE]" not in raw.text


def test_a_response_is_made_kept_continued_and_deleted(client: openai.OpenAI) -> None:
    first = client.responses.create(model="remember", input="a")
    second = client.responses.create(
        model="remember", input="b", previous_response_id=first.id, instructions="be brief"
    )
    branch = client.responses.create(model="remember", input="c", previous_response_id=first.id)

    assert (first.status, first.output_text) == ("completed", "0 before a")
    assert second.output_text == "3 before b"
    assert branch.output_text == "2 before c"
    assert client.responses.retrieve(second.id).output_text == "3 before b"
    (item,) = client.responses.input_items.list(second.id).data
    assert item.content[0].text == "b"  # type: ignore[union-attr] # a message of ours
    client.responses.delete(second.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(second.id)
    unkept = client.responses.create(model="remember", input="d", store=False)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(unkept.id)


def test_a_response_streams_its_events_in_order(client: openai.OpenAI) -> None:
    with client.responses.stream(model="words", input="one two") as stream:
        events = list(stream)
        final = stream.get_final_response()

    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert [event.type for event in events] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert final.output_text == "one two "
    assert final.usage is not None


def test_a_response_calls_tools_and_takes_their_answers(client: openai.OpenAI) -> None:
    with client.responses.stream(model="tools", input="weather?") as stream:
        asked = stream.get_final_response()
    (call,) = asked.output
    answered = client.responses.create(
        model="tools",
        previous_response_id=asked.id,
        input=[{"type": "function_call_output", "call_id": call.call_id, "output": "18"}],  # type: ignore[union-attr] # a function call
    )

    assert call.type == "function_call"
    assert call.arguments == '{"city": "Paris"}'
    assert "18 degrees" in answered.output_text


def test_a_response_that_fails_says_so(client: openai.OpenAI) -> None:
    events = list(client.responses.create(model="fail", input="late", stream=True))

    assert events[-1].type == "response.failed"
    assert events[-1].response.error is not None
    assert events[-1].response.error.message == "Internal Server Error"


def test_a_background_response_is_polled_resumed_and_cancelled(
    client: openai.OpenAI, app: Served
) -> None:
    made = client.responses.create(model="slow", input="a b c", background=True)
    assert made.status == "queued"
    events = list(client.responses.retrieve(made.id, stream=True))
    again = list(client.responses.retrieve(made.id, stream=True, starting_after=3))
    assert events[-1].type == "response.completed"
    assert [e.sequence_number for e in again] == [e.sequence_number for e in events[4:]]
    assert client.responses.retrieve(made.id).output_text == "abc"

    long = client.responses.create(model="slow", input="x " * 1000, background=True)
    app.wait(lambda: client.responses.retrieve(long.id).status == "in_progress")
    assert client.responses.cancel(long.id).status == "cancelled"


def test_conversations_hold_what_was_said(client: openai.OpenAI) -> None:
    made = client.conversations.create(
        metadata={"by": "me"}, items=[{"type": "message", "role": "user", "content": "before"}]
    )
    answer = client.responses.create(model="remember", input="a", conversation=made.id)
    items = client.conversations.items.list(made.id, order="asc")

    assert answer.output_text == "1 before a"
    texts = [item.content[0].text for item in items]  # type: ignore[union-attr] # messages of ours
    assert texts == ["before", "a", "1 before a"]
    first = client.conversations.items.list(made.id, limit=1)
    assert (len(first.data), first.has_more) == (1, True)
    changed = client.conversations.update(made.id, metadata={"by": "you"})
    assert client.conversations.retrieve(made.id).metadata == changed.metadata == {"by": "you"}
    assert client.conversations.delete(made.id).deleted
    with pytest.raises(openai.NotFoundError):
        client.conversations.retrieve(made.id)


def test_embeddings_come_as_numbers_and_packed(client: openai.OpenAI, app: Served) -> None:
    plain = client.embeddings.create(
        model="vectors", input=["a", "b"], encoding_format="float"
    ).data
    packed = client.embeddings.create(model="vectors", input="a").data
    short = client.embeddings.create(model="vectors", input="a", dimensions=4).data[0].embedding
    langchain = OpenAIEmbeddings(
        model="vectors",
        base_url=f"{app.url}/v1",
        api_key="none",
        check_embedding_ctx_length=False,
    )

    assert [len(each.embedding) for each in plain] == [8, 8]
    np.testing.assert_allclose(packed[0].embedding, plain[0].embedding, rtol=1e-6)
    assert np.linalg.norm(short) == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(langchain.embed_query("a"), plain[0].embedding, rtol=1e-6)
    with pytest.raises(openai.BadRequestError, match="embeddings"):
        chat(client, "vectors")
