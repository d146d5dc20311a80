"""What datasets do to examples before they keep them."""

from __future__ import annotations

from typing import Any

import pytest

from pilothouse.platform.datasets.models import NewExample
from pilothouse.platform.datasets.transformations import Transformer, check_transformations
from pilothouse.platform.errors import BadRequest

SYSTEM = {"role": "system", "content": "Be brief."}
USER = {"role": "user", "content": "Hi"}


def constructor(kind: str, content: Any, **kwargs: Any) -> dict[str, Any]:
    """A message as LangChain serialises it."""
    return {
        "lc": 1,
        "type": "constructor",
        "id": ["langchain", "schema", "messages", f"{kind}Message"],
        "kwargs": {"content": content, **kwargs},
    }


def after(
    kind: str,
    path: list[str],
    inputs: dict[str, Any] | None = None,
    outputs: dict[str, Any] | None = None,
    *,
    schema: dict[str, Any] | None = None,
    tools: tuple[Any, ...] = (),
) -> NewExample:
    """The example after one transformation; the schema is of the part that the path is in."""
    schemas = (schema, None) if path[0] == "inputs" else (None, schema)
    transform = Transformer([{"path": path, "transformation_type": kind}], *schemas)
    return transform(NewExample(inputs=inputs or {}, outputs=outputs, tools=tools))


def test_messages_become_those_of_openai() -> None:
    call = {"name": "search", "args": {"q": "x"}, "id": "c1", "type": "tool_call"}
    batch = [
        constructor("System", "Be brief."),
        constructor("Human", [{"type": "text", "text": "Hi"}]),
        constructor("AI", "", tool_calls=[call]),
        constructor("Tool", "found", tool_call_id="c1"),
    ]

    made = after("convert_to_openai_message", ["inputs", "messages"], {"messages": [batch]})

    system, user, asked, answer = made.inputs["messages"]
    assert (system, user) == (SYSTEM, USER)
    assert asked["tool_calls"] == [
        {
            "id": "c1",
            "type": "function",
            "function": {"name": "search", "arguments": '{"q":"x"}'},
        }
    ]
    assert answer == {"role": "tool", "tool_call_id": "c1", "content": "found"}


def test_what_is_openai_already_stays_letter_by_letter() -> None:
    odd = {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "extra": True}]}

    made = after("convert_to_openai_message", ["inputs", "messages"], {"messages": [USER, odd]})

    assert made.inputs == {"messages": [USER, odd]}


def test_an_answer_is_found_in_the_trace_of_a_chat_model() -> None:
    generation = {"type": "ChatGeneration", "message": constructor("AI", "Hello"), "text": "Hello"}

    made = after(
        "convert_to_openai_message",
        ["outputs", "message"],
        outputs={"generations": [[generation]], "llm_output": None},
    )

    assert made.outputs == {
        "message": {"role": "assistant", "content": "Hello"},
        "llm_output": None,
    }


def test_system_messages_are_left_out() -> None:
    messages = [SYSTEM, constructor("System", "x"), USER]

    made = after("remove_system_messages", ["inputs", "messages"], {"messages": messages})

    assert made.inputs == {"messages": [USER]}


def test_fields_that_the_schema_does_not_name_are_left_out() -> None:
    schema = {"properties": {"question": {}, "about": {"properties": {"k": {}}}}}
    inputs = {"question": "q", "other": 1, "about": {"k": 1, "other": 2}}

    outer = after("remove_extra_fields", ["inputs"], inputs, schema=schema)
    inner = after("remove_extra_fields", ["inputs", "about"], inputs, schema=schema)

    assert outer.inputs == {"question": "q", "about": {"k": 1, "other": 2}}
    assert inner.inputs == {"question": "q", "other": 1, "about": {"k": 1}}


@pytest.mark.parametrize(
    "tool",
    [
        {"type": "function", "function": {"name": "f", "description": "d", "parameters": {"a": 1}}},
        {"name": "f", "description": "d", "input_schema": {"a": 1}},
        {"type": "function", "name": "f", "description": "d", "parameters": {"a": 1}},
    ],
    ids=["openai", "anthropic", "responses"],
)
def test_tools_become_those_of_openai(tool: dict[str, Any]) -> None:
    wanted = {
        "type": "function",
        "function": {"name": "f", "description": "d", "parameters": {"a": 1}},
    }

    given = after("convert_to_openai_tool", ["inputs", "tools"], {"tools": [tool]})
    of_run = after("convert_to_openai_tool", ["inputs", "tools"], {"q": 1}, tools=(tool,))
    extracted = after("extract_tools_from_run", ["inputs", "tools"], {"q": 1}, tools=(tool,))

    assert given.inputs == {"tools": [wanted]}
    assert of_run.inputs == extracted.inputs == {"q": 1, "tools": [wanted]}


@pytest.mark.parametrize(
    ("inputs", "outputs"),
    [({}, None), ({"messages": "text"}, {}), ({"messages": 5}, None), ({"tools": {}}, None)],
)
def test_where_nothing_fits_nothing_changes(
    inputs: dict[str, Any], outputs: dict[str, Any] | None
) -> None:
    for kind in ("remove_system_messages", "extract_tools_from_run", "remove_extra_fields"):
        for path in (["inputs", "messages"], ["inputs", "tools"], ["outputs", "deep", "er"]):
            made = after(kind, path, inputs, outputs)
            assert (made.inputs, made.outputs) == (inputs, outputs)


@pytest.mark.parametrize(
    "wrong",
    [
        {"path": ["inputs"], "transformation_type": "upper_case"},
        {"path": [], "transformation_type": "remove_extra_fields"},
        {"path": ["metadata"], "transformation_type": "remove_extra_fields"},
        {"path": "inputs", "transformation_type": "remove_extra_fields"},
    ],
)
def test_a_wrong_transformation_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        check_transformations([wrong])
