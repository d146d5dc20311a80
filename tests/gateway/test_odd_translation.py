"""Bodies with pieces missing, or of another type: refused or given up in words, never an error."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.anthropic_server import message
from fakes.openai_server import chat
from fakes.unruly_provider import response
from pilothouse.gateway.errors import Refused
from pilothouse.gateway.translation import Untranslatable
from pilothouse.gateway.translation.between import Protocol, Translation

CHAT: Any = {
    "messages": [
        {"role": "system", "content": "s"},
        {"role": "user", "content": [
            {"type": "text", "text": "weather"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}]},
        {"role": "assistant", "content": None, "tool_calls": [
            {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "a", "content": "x"},
    ],
    "tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}],
    "tool_choice": {"type": "function", "function": {"name": "f"}},
    "reasoning_effort": "low",
}  # fmt: skip
MESSAGES: Any = {
    "max_tokens": 9,
    "system": [{"type": "text", "text": "s"}],
    "messages": [
        {"role": "user", "content": [
            {"type": "image", "source": {"type": "base64", "media_type": "a/b", "data": "AA"}},
            {"type": "document", "source": {"type": "text", "data": "x"}}]},
        {"role": "assistant", "content": [
            {"type": "tool_use", "id": "t", "name": "f", "input": {}}]},
        {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "t",
             "content": [{"type": "text", "text": "r"}]}]},
    ],
    "tools": [{"name": "f", "input_schema": {}}],
    "tool_choice": {"type": "tool", "name": "f"},
}  # fmt: skip
RESPONSES: Any = {
    "input": [
        {"role": "user", "content": [{"type": "input_text", "text": "a"}]},
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c", "output": "r"},
    ],
    "tools": [{"type": "function", "name": "f", "parameters": {}}],
    "text": {"format": {"type": "json_schema", "name": "a", "schema": {}}},
}
ODD: Any = st.sampled_from([None, 0, -1, 1.5, "", "x", [], {}, [None], {"a": 1}, True, [[[]]]])
WAYS: Any = [
    ("chat", "messages", CHAT, message),
    ("chat", "responses", CHAT, response),
    ("messages", "chat", MESSAGES, chat),
    ("messages", "responses", MESSAGES, response),
    ("responses", "chat", RESPONSES, chat),
    ("responses", "messages", RESPONSES, message),
]


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each container in a value with each of its keys."""
    keys = value if isinstance(value, dict) else range(len(value) if type(value) is list else 0)
    for key in keys:
        yield value, key
        yield from places(value[key])


def mutated(data: st.DataObject, value: Any) -> Any:
    """The value with one or two of its pieces gone, or odd."""
    made = copy.deepcopy(value)
    for _ in range(data.draw(st.integers(1, 2))):
        container, key = data.draw(st.sampled_from(list(places(made))))
        if data.draw(st.booleans()):
            del container[key]
        else:
            container[key] = copy.deepcopy(data.draw(ODD))
        if not made:
            break
    return made


@pytest.mark.parametrize(("asked", "spoken", "body", "answer"), WAYS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_odd_bodies_and_answers_are_refused_in_words(
    asked: Protocol,
    spoken: Protocol,
    body: Any,
    answer: Callable[[Any], Any],
    data: st.DataObject,
) -> None:
    with contextlib.suppress(Refused):
        Translation(asked, spoken, mutated(data, body), "claude-sonnet-4-5")

    translation = Translation(asked, spoken, copy.deepcopy(body), "m")
    said = mutated(data, answer({**translation.body, "model": "m"}))
    with contextlib.suppress(Untranslatable):
        assert isinstance(translation.answer(said), dict)
