"""OpenLLMetry, old and new, in scenarios that no capture holds."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dialects.spans import CHAT, Scenarios, content_of, event, fields_of, read, shown, span, texts
from pilothouse.spans import Usage


def test_old_openllmetry_messages_with_tool_calls_are_read_in_order() -> None:
    prefix = "gen_ai.prompt"
    attributes: dict[str, Any] = {"llm.request.type": "chat"}
    for index in (0, 2, 10):
        attributes[f"{prefix}.{index}.role"] = "user"
        attributes[f"{prefix}.{index}.content"] = f"message {index}"
    attributes |= {
        f"{prefix}.11.role": "assistant",
        f"{prefix}.11.tool_calls.0.id": "call_1",
        f"{prefix}.11.tool_calls.0.name": "f",
        f"{prefix}.11.tool_calls.0.arguments": '{"x": 1}',
        f"{prefix}.12.role": "tool",
        f"{prefix}.12.tool_call_id": "call_1",
        f"{prefix}.12.content": "fine",
        "gen_ai.prompt.name": "not a message",
        "gen_ai.prompt.variable.0": "neither",
        "gen_ai.completion.0.message.role": "assistant",
        "gen_ai.completion.0.message.content": "ok",
        "gen_ai.completion.0.finish_reason": "stop",
        "llm.request.functions.0.name": "f",
        "llm.request.functions.0.parameters": '{"type": "object"}',
    }

    content = content_of(attributes)

    assert [t for _, t in texts(content.messages_in)[:3]] == [f"message {i}" for i in (0, 2, 10)]
    assert content.messages_in[3]["parts"] == [
        {"type": "tool_call", "id": "call_1", "name": "f", "arguments": {"x": 1}}
    ]
    assert content.messages_in[4] == {
        "role": "tool",
        "parts": [{"type": "tool_result", "id": "call_1", "result": "fine"}],
    }
    assert len(content.messages_in) == 5
    assert content.messages_out == [
        {"role": "assistant", "parts": [{"type": "text", "text": "ok"}], "finish_reason": "stop"}
    ]
    assert content.tools == [{"name": "f", "parameters": {"type": "object"}}]


def test_the_oldest_openllmetry_has_its_own_usage_names() -> None:
    fields = fields_of({"llm.usage.prompt_tokens": 5, "llm.usage.completion_tokens": 3})

    assert fields.usage == Usage(input_tokens=5, output_tokens=3, total_tokens=8)


def test_a_traceloop_prompt_has_name_version_template_and_variables() -> None:
    fields, content = read(
        span(
            {
                "traceloop.prompt.key": "joke",
                "traceloop.prompt.version": 3,
                "traceloop.prompt.template": "Tell {topic}",
                "traceloop.prompt.template_variables.topic": "cats",
            }
        )
    )

    assert (fields.prompt_name, fields.prompt_version) == ("joke", "3")
    assert (content.prompt_template, content.prompt_variables) == (
        "Tell {topic}",
        {"topic": "cats"},
    )


def test_a_failed_task_and_a_failed_tool_are_errors() -> None:
    assert fields_of({"gen_ai.task.status": "failure"}).status == "error"
    assert fields_of({"gen_ai.tool.status": "error"}, status_code=1).status == "error"
    assert fields_of({"gen_ai.task.status": "success"}).status == "unset"


def test_a_tool_result_inside_a_serialised_message_is_readable() -> None:
    result = {
        "output": {
            "lc": 1,
            "type": "constructor",
            "id": ["langchain", "schema", "messages", "ToolMessage"],
            "kwargs": {"content": "18C and sunny", "type": "tool", "tool_call_id": "call_1"},
        },
        "kwargs": {"tags": []},
    }
    arguments = {"input_str": "{'city': 'Paris'}", "tags": [], "metadata": {}}

    fields, content = read(
        span(
            {
                "traceloop.span.kind": "tool",
                "traceloop.entity.input": json.dumps(arguments),
                "traceloop.entity.output": json.dumps(result),
            }
        )
    )

    assert fields.output_preview == "18C and sunny"
    assert fields.input_preview == '{"city":"Paris"}'
    assert content.tool_call_id == "call_1"


def test_a_decorated_call_shows_its_only_argument() -> None:
    fields = fields_of(
        {
            "traceloop.span.kind": "workflow",
            "traceloop.entity.input": '{"args": ["Where is it?"], "kwargs": {}}',
            "traceloop.entity.output": '"Here"',
        }
    )

    assert (fields.input_preview, fields.output_preview) == ("Where is it?", "Here")


def test_old_openllmetry_embeddings_have_their_inputs_as_prompts() -> None:
    content = content_of(
        {
            "llm.request.type": "embedding",
            "gen_ai.prompt.0.content": "hello world",
            "gen_ai.prompt.1.content": "bonjour",
        }
    )

    assert content.embedding_inputs == ["hello world", "bonjour"]


@pytest.mark.parametrize(
    ("part", "read_as"),
    [
        ({"type": "refusal", "content": "I cannot."}, {"type": "text", "text": "I cannot."}),
        (
            {
                "type": "reasoning",
                "content": '[{"text": "thinking hard", "type": "summary_text"}]',
            },
            {"type": "reasoning", "text": "thinking hard"},
        ),
        (
            {"type": "reasoning", "content": "[{not json"},
            {"type": "reasoning", "text": "[{not json"},
        ),
    ],
)
def test_parts_of_traceloop_read_as(part: dict[str, Any], read_as: dict[str, Any]) -> None:
    said = [{"role": "assistant", "parts": [part]}]

    content = content_of({**CHAT, "gen_ai.output.messages": json.dumps(said)})

    assert content.messages_out[0]["parts"] == [read_as]


def test_the_unknown_speaker_of_a_streamed_answer_is_the_assistant() -> None:
    said = [{"role": "unknown", "parts": [{"type": "text", "content": "Paris."}]}]

    content = content_of({**CHAT, "gen_ai.output.messages": json.dumps(said)})

    assert content.messages_out[0]["role"] == "assistant"


def test_a_retriever_is_previewed_by_its_query() -> None:
    given = {"query": "refunds?", "tags": ["map:key:context"], "metadata": {"k": 1}}

    fields = fields_of(
        {
            "gen_ai.operation.name": "vector_db_retrieve",
            "traceloop.entity.input": json.dumps(given),
        }
    )

    assert fields.input_preview == "refunds?"


SCENARIOS: Scenarios = {
    "a stream of the new dialect": (
        span(
            {
                **CHAT,
                "gen_ai.is_streaming": True,
                "gen_ai.usage.input_tokens": 25,
                "gen_ai.usage.output_tokens": 12,
                "gen_ai.usage.total_tokens": 37,
                "gen_ai.usage.cache_read.input_tokens": 8,
                "gen_ai.usage.reasoning_tokens": 4,
            },
            events=[event("gen_ai.content.completion.chunk", 30)],
        ),
        {"streaming": True, "first_token_ms": 30, "tokens": (25, 12, 37), "parts": (8, None, 4)},
    ),
    "a stream of the old dialect, which counts nothing": (
        span(
            {"llm.request.type": "chat", "llm.is_streaming": True, "gen_ai.system": "OpenAI"},
            events=[event("llm.content.completion.chunk", 30)],
        ),
        {"kind": "llm", "provider": "openai", "first_token_ms": 30, "tokens": None},
    ),
    "the tokens of the old dialect": (
        span(
            {
                "llm.request.type": "chat",
                "gen_ai.usage.prompt_tokens": 25,
                "gen_ai.usage.completion_tokens": 12,
                "gen_ai.usage.cache_read_input_tokens": 8,
                "llm.usage.total_tokens": 37,
                "llm.usage.reasoning_tokens": 4,
            }
        ),
        {"tokens": (25, 12, 37), "parts": (8, None, 4)},
    ),
    "the parameters of the old dialect": (
        span({"llm.request.type": "chat", "llm.top_p": 0.5, "gen_ai.request.max_tokens": 9}),
        {"parameters": {"top_p": 0.5, "max_tokens": 9}},
    ),
    "a plain chain that is called an agent": (
        span(
            {
                "gen_ai.operation.name": "invoke_agent",
                "traceloop.span.kind": "workflow",
                "traceloop.entity.name": "rag",
            }
        ),
        {"kind": "chain", "name": "rag"},
    ),
    "whom a span belongs to": (
        span(
            {
                "traceloop.span.kind": "task",
                "traceloop.association.properties.session_id": "s-9",
                "traceloop.association.properties.user_id": "u-9",
                "traceloop.association.properties.plan": "pro",
            }
        ),
        {
            "session": "s-9",
            "user": "u-9",
            "metadata": {"session_id": "s-9", "user_id": "u-9", "plan": "pro"},
        },
    ),
    "an agent that was made, with plain instructions": (
        span(
            {
                "gen_ai.operation.name": "create_agent",
                "gen_ai.system_instructions": "Be brief.",
                "gen_ai.agent.tools": '["f"]',
            }
        ),
        {"kind": "agent", "in": [("system", "Be brief.")], "tools": ["f"]},
    ),
    "embeddings of two texts": (
        span(
            {
                "gen_ai.operation.name": "embeddings",
                "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"a"}]},'
                '{"role":"user","parts":[{"type":"text","content":"b"}]}]',
            }
        ),
        {"embedded": ["a", "b"], "asked": "a, b"},
    ),
    "a call over MCP": (
        span(
            {
                "traceloop.span.kind": "tool",
                "traceloop.entity.name": "f",
                "traceloop.entity.input": '{"tool_name": "f", "arguments": {"city": "Paris"}}',
                "traceloop.entity.output": '[{"type": "text", "content": "18C"}]',
            }
        ),
        {"tool": ("f", ""), "asked": "Paris", "answered": "18C"},
    ),
    "a retriever with documents in its output": (
        span(
            {
                "gen_ai.operation.name": "vector_db_retrieve",
                "traceloop.entity.output": '{"documents":[{"page_content":"Refunds","id":"d1"}]}',
                "db.vector.query.top_k": 2,
            }
        ),
        {
            "kind": "retriever",
            "documents": [("d1", "Refunds", None)],
            "parameters": {"top_k": 2},
        },
    ),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_openllmetry_says(name: str) -> None:
    source, want = SCENARIOS[name]

    assert shown(source, want) == want
