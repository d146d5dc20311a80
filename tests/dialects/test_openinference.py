"""OpenInference in scenarios that no capture holds."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dialects.spans import LLM, content_of, fields_of, read, span
from pilothouse.spans.messages import message_text

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"


def openai_answer(**message: Any) -> str:
    return json.dumps(
        {
            "id": "chatcmpl-7",
            "choices": [
                {"finish_reason": "stop", "index": 0, "message": {"role": "assistant", **message}}
            ],
        }
    )


def test_tool_definitions_come_nested_and_flat() -> None:
    nested = content_of(
        {"llm.tools.0.tool.json_schema": '{"type":"function","function":{"name":"f"}}'}
    )
    vercel = content_of({"ai.prompt.tools": ['{"type":"function","name":"g","inputSchema":{}}']})
    names = content_of({"gen_ai.agent.tools": '["h"]'})

    assert [c.tools for c in (nested, vercel, names)] == [
        [{"name": "f"}],
        [{"name": "g", "parameters": {}}],
        [{"name": "h"}],
    ]


def test_embedding_inputs_are_found_in_the_request_body() -> None:
    content = content_of(
        {"openinference.span.kind": "EMBEDDING", "input.value": '{"texts": ["a", "b"], "x": 1}'}
    )

    assert content.embedding_inputs == ["a", "b"]


def test_a_response_id_is_found_in_the_recorded_answer() -> None:
    fields = fields_of(
        {"openinference.span.kind": "LLM", "output.value": '{"id": "chatcmpl-1", "choices": []}'}
    )

    assert fields.response_id == "chatcmpl-1"


def test_a_failed_call_takes_its_model_from_the_request() -> None:
    body = fields_of({"openinference.span.kind": "LLM", "input.value": '{"model": "gpt-x"}'})
    parameters = fields_of(
        {"openinference.span.kind": "LLM", "llm.invocation_parameters": '{"model": "gpt-y"}'}
    )
    chain = fields_of({"openinference.span.kind": "CHAIN", "input.value": '{"model": "T"}'})

    assert (body.model, parameters.model, chain.model) == ("gpt-x", "gpt-y", "")


def test_a_user_message_that_answers_a_tool_call_is_nobodys_speech() -> None:
    prefix = "llm.input_messages"
    fields, content = read(
        span(
            {
                "openinference.span.kind": "LLM",
                f"{prefix}.0.message.role": "user",
                f"{prefix}.0.message.content": "What is the weather?",
                f"{prefix}.1.message.role": "user",
                f"{prefix}.1.message.tool_call_id": "c1",
                f"{prefix}.1.message.content": "18C",
            }
        )
    )

    assert fields.input_preview == "What is the weather?"
    assert content.messages_in[1]["role"] == "tool"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("langfuse.observation.input", '["a", "b"]'),
        ("mlflow.spanInputs", '{"input": ["a", "b"], "model": "m"}'),
        ("haystack.component.input", '{"documents": [{"content": "a"}, {"content": "b"}]}'),
        ("ai.values", ['"a"', '"b"']),
    ],
)
def test_embedding_inputs_are_found_in_each_dialect(key: str, value: object) -> None:
    content = content_of({"gen_ai.operation.name": "embeddings", key: value})

    assert content.embedding_inputs == ["a", "b"]


def test_a_refusal_is_read_from_the_answer_where_the_message_has_a_role_only() -> None:
    fields, content = read(
        span(
            {
                **LLM,
                "llm.output_messages.0.message.role": "assistant",
                "output.value": openai_answer(content=None, refusal="I cannot help."),
                "output.mime_type": "application/json",
            }
        )
    )

    assert message_text(content.messages_out[0]) == "I cannot help."
    assert fields.output_preview == "I cannot help."


def test_a_spoken_answer_is_an_audio_part_with_its_transcript() -> None:
    spoken = {"id": "audio_1", "data": "UklGRnh4eHhXQVZF", "transcript": "Paris."}

    content = content_of(
        {
            **LLM,
            "llm.output_messages.0.message.role": "assistant",
            "output.value": openai_answer(content=None, audio=spoken),
        }
    )

    part = {"type": "audio", "blob": spoken["data"], "mime_type": "audio/wav"}
    assert content.messages_out[0]["parts"] == [{**part, "transcript": "Paris."}]
    assert len(content.attachments) == 1


def test_the_state_of_a_graph_is_read_where_the_messages_have_roles_only() -> None:
    content = content_of(
        {
            "openinference.span.kind": "AGENT",
            "llm.input_messages.0.message.role": "user",
            "input.value": json.dumps({"messages": [{"role": "user", "content": "weather?"}]}),
        }
    )

    assert [message_text(m) for m in content.messages_in] == ["weather?"]


def test_messages_with_roles_only_are_kept_where_nothing_tells_more() -> None:
    content = content_of({**LLM, "llm.output_messages.0.message.role": "assistant"})

    assert content.messages_out == [{"role": "assistant", "parts": []}]


def test_a_drawn_image_is_shown_and_its_tokens_are_counted() -> None:
    usage = {"total_tokens": 100, "input_tokens": 50, "output_tokens": 50}

    fields, content = read(
        span(
            {
                **LLM,
                "input.value": "a cat",
                "output.value": json.dumps(
                    {"created": 1, "data": [{"b64_json": PIXEL}], "usage": usage}
                ),
            }
        )
    )

    image = {"type": "image", "blob": PIXEL, "mime_type": "image/png"}
    assert content.messages_out == [{"role": "assistant", "parts": [image]}]
    assert fields.usage is not None
    assert (fields.usage.input_tokens, fields.usage.output_tokens) == (50, 50)


def test_usage_in_the_output_of_a_chain_is_not_its_own() -> None:
    output = json.dumps({"usage": {"prompt_tokens": 5, "completion_tokens": 1}})

    assert fields_of({"openinference.span.kind": "CHAIN", "output.value": output}).usage is None


def test_a_tool_result_in_text_blocks_reads_as_text() -> None:
    content = content_of(
        {
            **LLM,
            "llm.input_messages.0.message.role": "user",
            "llm.input_messages.0.message.tool_call_id": "toolu_1",
            "llm.input_messages.0.message.content": '[{"type": "text", "text": "18C"}]',
        }
    )

    result = {"type": "tool_result", "id": "toolu_1", "result": "18C"}
    assert content.messages_in == [{"role": "tool", "parts": [result]}]


def test_what_a_parser_is_given_is_previewed_as_the_model_said_it() -> None:
    given = {"type": "ai", "data": {"content": "It is Paris.", "additional_kwargs": {}}}

    fields = fields_of({"openinference.span.kind": "CHAIN", "input.value": json.dumps(given)})

    assert fields.input_preview == "It is Paris."


def test_a_text_told_twice_is_shown_once() -> None:
    said = "llm.output_messages.0.message."

    content = content_of(
        {
            **LLM,
            f"{said}role": "assistant",
            f"{said}content": "It is sunny.",
            f"{said}contents.0.message_content.type": "text",
            f"{said}contents.0.message_content.text": "It is sunny.",
        }
    )

    assert [message_text(m) for m in content.messages_out] == ["It is sunny."]
