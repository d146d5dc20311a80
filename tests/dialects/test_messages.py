"""Every way to write a message comes out in one shape."""

from __future__ import annotations

from typing import Any

import pytest

from pilothouse.spans.messages import message, messages, tool_calls
from pilothouse.spans.parts import parts

CALL = {"type": "tool_call", "id": "c1", "name": "f", "arguments": {"x": 1}}
RESULT = {"type": "tool_result", "id": "c1", "result": "fine"}


def lc(name: str, /, **kwargs: Any) -> dict[str, Any]:
    ident = ["langchain", "schema", "messages", name]
    return {"lc": 1, "type": "constructor", "id": ident, "kwargs": kwargs}


@pytest.mark.parametrize(
    "raw",
    [
        {"role": "assistant", "content": "hi"},
        {"role": "assistant", "content": [{"type": "text", "text": "hi"}]},
        {"role": "assistant", "parts": [{"type": "text", "content": "hi"}]},
        {"role": "model", "parts": [{"text": "hi"}]},
        {"role": "assistant", "content": [{"text": "hi"}]},
        {"role": "assistant", "blocks": [{"block_type": "text", "text": "hi"}]},
        {"_role": "assistant", "_content": [{"text": "hi"}]},
        {"message": {"role": "assistant", "content": "hi"}},
        {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "hi"}],
        },
        {"type": "ai", "content": "hi"},
        {"type": "ai", "data": {"content": "hi"}},
        lc("AIMessage", content="hi"),
        lc("AIMessageChunk", content=[{"type": "text", "text": "hi"}]),
    ],
)
def test_an_answer_is_an_answer(raw: dict[str, Any]) -> None:
    found = message(raw, "user")

    assert (found["role"], found["parts"]) == ("assistant", [{"type": "text", "text": "hi"}])


@pytest.mark.parametrize(
    "raw",
    [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}
            ],
        },
        {
            "role": "assistant",
            "content": [{"type": "tool_use", "id": "c1", "name": "f", "input": {"x": 1}}],
        },
        {
            "role": "assistant",
            "content": [{"toolUse": {"toolUseId": "c1", "name": "f", "input": {"x": 1}}}],
        },
        {
            "role": "model",
            "parts": [{"function_call": {"id": "c1", "name": "f", "args": {"x": 1}}}],
        },
        {"role": "model", "parts": [{"functionCall": {"id": "c1", "name": "f", "args": {"x": 1}}}]},
        {"role": "assistant", "parts": [{**CALL, "arguments": '{"x": 1}'}]},
        {
            "role": "assistant",
            "content": [
                {"type": "tool-call", "toolCallId": "c1", "toolName": "f", "input": {"x": 1}}
            ],
        },
        {"type": "function_call", "call_id": "c1", "name": "f", "arguments": '{"x": 1}'},
        {
            "role": "assistant",
            "content": [{"tool_call": {"id": "c1", "tool_name": "f", "arguments": {"x": 1}}}],
        },
        lc("AIMessage", content="", tool_calls=[{"name": "f", "args": {"x": 1}, "id": "c1"}]),
        lc(
            "AIMessage",
            content="",
            additional_kwargs={
                "tool_calls": [{"id": "c1", "function": {"name": "f", "arguments": '{"x": 1}'}}]
            },
        ),
    ],
)
def test_a_tool_call_is_a_tool_call(raw: dict[str, Any]) -> None:
    found = message(raw, "assistant")

    assert (found["role"], found["parts"]) == ("assistant", [CALL])
    assert tool_calls([found]) == [{"id": "c1", "name": "f", "arguments": {"x": 1}}]


@pytest.mark.parametrize(
    "raw",
    [
        {"role": "tool", "tool_call_id": "c1", "content": "fine"},
        {"role": "tool", "id": "c1", "content": "fine", "name": "f"},
        {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": "c1", "content": "fine"}],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "c1",
                    "content": [{"type": "text", "text": "fine"}],
                }
            ],
        },
        {"role": "user", "parts": [{"type": "tool_call_response", "id": "c1", "result": "fine"}]},
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "fine"}]},
        {
            "role": "user",
            "content": [{"toolResult": {"toolUseId": "c1", "content": [{"text": "fine"}]}}],
        },
        {
            "role": "user",
            "parts": [{"function_response": {"id": "c1", "name": "f", "response": "fine"}}],
        },
        {
            "role": "tool",
            "content": [
                {
                    "type": "tool-result",
                    "toolCallId": "c1",
                    "toolName": "f",
                    "output": {"type": "text", "value": "fine"},
                }
            ],
        },
        {"type": "function_call_output", "call_id": "c1", "output": "fine"},
        {
            "role": "tool",
            "content": [{"tool_call_result": {"result": "fine", "origin": {"id": "c1"}}}],
        },
        lc("ToolMessage", content="fine", tool_call_id="c1", name="f", type="tool"),
    ],
)
def test_a_tool_result_is_a_tool_result(raw: dict[str, Any]) -> None:
    found = message(raw, "user")

    assert (found["role"], found["parts"]) == ("tool", [RESULT])


def test_a_user_who_also_speaks_stays_the_user() -> None:
    found = message(
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "c1", "content": "fine"},
                {"type": "text", "text": "and now?"},
            ],
        }
    )

    assert found == {"role": "user", "parts": [RESULT, {"type": "text", "text": "and now?"}]}


@pytest.mark.parametrize(
    ("raw", "part"),
    [
        (
            {"type": "image_url", "image_url": {"url": "https://x/y.png"}},
            {"type": "image", "url": "https://x/y.png", "mime_type": ""},
        ),
        (
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAA="}},
            {"type": "image", "blob": "AAA=", "mime_type": "image/png"},
        ),
        (
            {
                "type": "image",
                "source": {"type": "base64", "media_type": "image/png", "data": "AAA="},
            },
            {"type": "image", "blob": "AAA=", "mime_type": "image/png"},
        ),
        (
            {"type": "input_audio", "input_audio": {"data": "AAA=", "format": "wav"}},
            {"type": "audio", "blob": "AAA=", "mime_type": "audio/wav"},
        ),
        (
            {"type": "blob", "modality": "image", "mime_type": "image/png", "content": b"\x89PNG"},
            {"type": "image", "blob": "iVBORw==", "mime_type": "image/png"},
        ),
        (
            {"type": "uri", "modality": "image", "mime_type": None, "uri": "gs://b/x.png"},
            {"type": "image", "url": "gs://b/x.png", "mime_type": ""},
        ),
        (
            {
                "type": "file",
                "modality": "document",
                "mime_type": "application/pdf",
                "file_id": "f-1",
            },
            {"type": "file", "url": "", "mime_type": "application/pdf", "file_id": "f-1"},
        ),
        (
            {"inline_data": {"mime_type": "audio/mp3", "data": "AAA="}},
            {"type": "audio", "blob": "AAA=", "mime_type": "audio/mp3"},
        ),
        ({"type": "thinking", "thinking": "hm"}, {"type": "reasoning", "text": "hm"}),
        ({"type": "reasoning", "content": "hm"}, {"type": "reasoning", "text": "hm"}),
        (
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]},
            {"type": "reasoning", "text": "hm"},
        ),
        (
            {"reasoningContent": {"reasoningText": {"text": "hm"}}},
            {"type": "reasoning", "text": "hm"},
        ),
        ({"type": "x_vendor", "foo": 1}, {"type": "x_vendor", "foo": 1}),
    ],
)
def test_a_part_has_one_shape(raw: dict[str, Any], part: dict[str, Any]) -> None:
    assert parts([raw]) == [part]


@pytest.mark.parametrize(
    "value",
    [
        '[{"role": "user", "content": "hi"}]',
        {"messages": [{"role": "user", "content": "hi"}]},
        {"messages": [[lc("HumanMessage", content="hi")]]},
        {"inputs": {"messages": [{"type": "human", "content": "hi"}]}, "tags": [], "kwargs": {}},
        {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]},
        {"model": "m", "input": "hi"},
        {"prompt": "hi"},
        [{"graph": None, "update": {"messages": [{"role": "user", "content": "hi"}]}}],
        {"lc": 1, "type": "constructor", "id": ["ChatPromptValue"], "kwargs": {"messages": ["hi"]}},
        "hi",
    ],
)
def test_wrappers_are_looked_through(value: Any) -> None:
    assert messages(value) == [{"role": "user", "parts": [{"type": "text", "text": "hi"}]}]


@pytest.mark.parametrize(
    "value",
    [
        {"id": "x", "choices": [{"index": 0, "message": {"role": "assistant", "content": "hi"}}]},
        {"choices": [{"text": "hi"}]},
        {"generations": [[{"text": "hi", "message": lc("AIMessage", content="hi")}]]},
        {"generations": [[{"text": "hi"}]]},
        {
            "output": [
                {
                    "type": "message",
                    "role": "assistant",
                    "content": [{"type": "output_text", "text": "hi"}],
                }
            ]
        },
        {
            "id": "m",
            "type": "message",
            "role": "assistant",
            "content": [{"type": "text", "text": "hi"}],
        },
        {"replies": ["hi"]},
        {"candidates": None, "message": {"role": "assistant", "content": "hi"}},
    ],
)
def test_answers_of_providers_are_looked_through(value: Any) -> None:
    (found,) = messages(value, "assistant")

    assert (found["role"], found["parts"]) == ("assistant", [{"type": "text", "text": "hi"}])


@pytest.mark.parametrize(
    "value", [{"question": "hi"}, ["a", "b"], {"role": "admin"}, 3, "hi", None]
)
def test_what_is_not_shaped_like_messages_is_none_where_that_matters(value: Any) -> None:
    assert messages(value, loose=False) == []


def test_the_system_prompt_beside_the_messages_comes_first() -> None:
    anthropic = {"system": "be brief", "messages": [{"role": "user", "content": "hi"}]}

    assert [m["role"] for m in messages(anthropic)] == ["system", "user"]
    assert [m["role"] for m in messages({"instructions": "be brief", "input": "hi"})] == [
        "system",
        "user",
    ]


def test_an_image_that_was_put_apart_is_still_an_image() -> None:
    marker = {
        "$blob": "b1",
        "bytes": 300_000,
        "mime_type": "text/plain",
        "preview": "data:image/png;base64,AAAA",
    }

    found = parts([{"type": "image_url", "image_url": {"url": marker}}])

    assert found == [{"type": "image", "blob": marker, "mime_type": "image/png"}]


def test_our_own_shape_stays_as_it_is() -> None:
    ours = [
        {"role": "user", "parts": [{"type": "image", "blob": "AAA=", "mime_type": "image/png"}]},
        {"role": "assistant", "parts": [CALL, {"type": "reasoning", "text": "hm"}], "name": "a"},
        {"role": "tool", "parts": [RESULT]},
    ]

    assert messages(ours) == ours
