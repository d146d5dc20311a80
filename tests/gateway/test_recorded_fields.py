"""What the gateway knows of a call's span is what reading the span would find."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from pilothouse import dialects
from pilothouse.gateway.asking import Tally
from pilothouse.gateway.models import Endpoint, Holder, Target
from pilothouse.gateway.recording import Finished, Recorder, source_of
from pilothouse.gateway.usage import counted
from pilothouse.spans import Source

PLAIN = {"role": "user", "content": "What is the capital of France?"}
USAGE = {"prompt_tokens": 25, "completion_tokens": 7, "total_tokens": 32}


def finished(messages: Any, message: Any, usage: dict[str, Any], **more: Any) -> Finished:
    target = Target(endpoint=Endpoint(name="acme", base_url="http://acme/v1"), model="m")
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    answer = {"id": "chatcmpl-1", "model": "m-2024", "choices": [choice], "usage": usage}
    return Finished(
        id="req_1",
        holder=Holder(id=1, name="bot"),
        project="default",
        path="/chat/completions",
        asked_for="chat",
        body={"model": "chat", "messages": messages, "temperature": 0.5},
        is_stream=False,
        start_ns=10**18,
        end_ns=10**18 + 5,
        first_ns=10**18 + 2,
        tally=Tally(target=target),
        answer=answer,
        usage=counted(usage),
        **more,
    )


def told(text: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": text, "refusal": None}


@pytest.mark.parametrize(
    ("messages", "message", "more"),
    [
        ([PLAIN], told("Paris."), {}),
        ([{"role": "system", "content": "Be brief."}, PLAIN], told("  Paris.\n"), {}),
        ([PLAIN], told("x" * 3000), {"session": "s-1", "tags": ("a", "b")}),
        ([{"role": "user", "content": " " * 400 + "ä" * 400}], told("é"), {"cache": "miss"}),
        ([PLAIN, told("Paris."), PLAIN], {**told("Yes."), "annotations": []}, {}),
    ],
)
def test_a_plain_call_is_known_without_reading_its_span(
    messages: Any, message: Any, more: dict[str, Any]
) -> None:
    usage = {**USAGE, "prompt_tokens_details": {"cached_tokens": 5}}
    source = source_of(finished(messages, message, usage, **more))

    assert source.known is not None
    assert source.known == dialects.derive(source)


@pytest.mark.parametrize(
    ("messages", "message"),
    [
        ([{"role": "user", "content": [{"type": "text", "text": "Hi"}]}], told("Ho")),
        ([PLAIN], told('{"capital": "Paris"}')),
        ([PLAIN], told(None)),
        ([PLAIN], {**told("Let me see."), "tool_calls": [{"id": "c", "type": "function"}]}),
        ([PLAIN], {**told("Paris."), "reasoning_content": "Hm."}),
        ("What?", told("Paris.")),
    ],
)
def test_a_call_that_is_not_plain_is_read(messages: Any, message: Any) -> None:
    assert source_of(finished(messages, message, USAGE)).known is None


def test_an_answer_nested_deeper_than_our_writer_goes_is_recorded_still() -> None:
    deep: Any = "Paris."
    for _ in range(400):
        deep = [deep]

    source = source_of(finished([PLAIN], told(deep), USAGE))

    assert json.loads(source.attributes["output.value"])["id"] == "chatcmpl-1"


def test_a_call_that_cannot_be_told_costs_no_other_its_span() -> None:
    stored: list[str] = []

    class Spans:
        async def store(self, made: Callable[[], list[Source]], size_bytes: int) -> None:
            stored.extend(each.name for each in made())

    def odd(_: Finished) -> Source:
        raise KeyError("index")

    recorder = Recorder(Spans())
    for children in ([odd], []):
        recorder.take(finished([PLAIN], told("Paris."), USAGE, children=children))
    asyncio.run(recorder.flush())

    assert stored == ["chat", "chat"]
    assert recorder.dropped == 1
