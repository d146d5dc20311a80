"""What libraries really sent in scenarios that no capture holds, cut down to what matters."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dialects.spans import content_of, fields_of, read, span
from pilothouse.spans.messages import message_text

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
LLM = {"openinference.span.kind": "LLM"}
CHAT = {"gen_ai.operation.name": "chat"}
OFFERED = {"type": "function", "function": {"name": "get_weather", "description": "weather"}}


def openai_answer(**message: Any) -> str:
    return json.dumps(
        {
            "id": "chatcmpl-7",
            "choices": [
                {"finish_reason": "stop", "index": 0, "message": {"role": "assistant", **message}}
            ],
        }
    )


# ----------------------------------------------------------------------------- OpenInference


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


# ----------------------------------------------------------------------------------- Strands


def test_an_answer_that_is_an_object_reads_as_its_json() -> None:
    said = [{"role": "assistant", "content": {"city": "Paris", "n": 3}}]

    content = content_of({**CHAT, "gen_ai.output.messages": json.dumps(said)})

    assert [message_text(m) for m in content.messages_out] == ['{"city":"Paris","n":3}']


def test_a_tool_result_in_blocks_is_previewed_as_text() -> None:
    fields = fields_of(
        {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.call.result": '[{"text": "18C"}]'}
    )

    assert fields.output_preview == "18C"


# --------------------------------------------------------------------------------- Traceloop


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


# ---------------------------------------------------------------------------------- Langfuse


def test_tools_among_langchain_s_messages_are_offered_to_the_model_not_said() -> None:
    given = [
        {"role": "user", "content": "weather?"},
        {"role": "tool", "content": OFFERED},
    ]

    content = content_of(
        {
            "langfuse.observation.type": "generation",
            "langfuse.observation.input": json.dumps(given),
        }
    )

    assert [m["role"] for m in content.messages_in] == ["user"]
    assert content.tools == [{"name": "get_weather", "description": "weather"}]


def test_tools_beside_the_messages_are_offered_to_the_model() -> None:
    given = {"tools": [OFFERED], "messages": [{"role": "user", "content": "weather?"}]}

    content = content_of(
        {
            "langfuse.observation.type": "generation",
            "langfuse.observation.input": json.dumps(given),
        }
    )

    assert [message_text(m) for m in content.messages_in] == ["weather?"]
    assert [tool["name"] for tool in content.tools] == ["get_weather"]


def test_input_and_output_of_a_trace_stand_on_the_root_that_has_none() -> None:
    said = {
        "langfuse.observation.type": "span",
        "langfuse.trace.input": '{"q": "whole"}',
        "langfuse.trace.output": '{"a": "out"}',
    }

    root, child = fields_of(said), fields_of(said, parent_span_id="00f067aa0ba902b7")
    own = fields_of({**said, "langfuse.observation.input": "its own"})

    assert (root.input_preview, root.output_preview) == ("whole", "out")
    assert (child.input, child.output) == ("", "")
    assert own.input == "its own"


def test_the_run_of_an_item_belongs_to_the_experiment_and_its_children_do_not() -> None:
    said = {
        "langfuse.observation.type": "span",
        "langfuse.experiment.id": "7648ab8ffefb75db",
        "langfuse.experiment.item.id": "ccfb6342be44aabd",
        "langfuse.experiment.item.root_observation_id": "6c8b08d4a46002ed",
    }

    run = fields_of(said, span_id="6c8b08d4a46002ed")
    child = fields_of(said, parent_span_id="6c8b08d4a46002ed")

    assert (run.experiment_id, run.example_id) == ("7648ab8ffefb75db", "ccfb6342be44aabd")
    assert (child.experiment_id, child.example_id) == ("", "")


# --------------------------------------------------------------------- LangSmith and Logfire


def test_a_langsmith_call_that_failed_has_no_output() -> None:
    fields, content = read(
        span({"langsmith.span.kind": "llm", "gen_ai.completion": '{"output":null}'})
    )

    assert (fields.output, content.output, content.messages_out) == ("", None, [])


def test_an_old_logfire_s_request_and_response_are_read() -> None:
    fields, content = read(
        span(
            {
                "gen_ai.request.model": "gpt-4o",
                "gen_ai.response.model": "gpt-4o-2024-08-06",
                "request_data": json.dumps(
                    {"model": "gpt-4o", "messages": [{"role": "user", "content": "capital?"}]}
                ),
                "response_data": json.dumps(
                    {
                        "message": {"role": "assistant", "content": "Paris."},
                        "usage": {"prompt_tokens": 25, "completion_tokens": 12},
                    }
                ),
            }
        )
    )

    assert fields.kind == "llm"
    assert (fields.input_preview, fields.output_preview) == ("capital?", "Paris.")
    assert fields.usage is not None
    assert fields.usage.total_tokens == 37
    assert [message_text(m) for m in content.messages_out] == ["Paris."]


def test_a_stream_of_an_old_logfire_is_read_from_what_it_was_put_together_to() -> None:
    content = content_of(
        {
            **CHAT,
            "response_data": json.dumps({"combined_chunk_content": "one two", "chunk_count": 2}),
        }
    )

    assert [message_text(m) for m in content.messages_out] == ["one two"]


def test_a_request_that_only_names_its_model_is_no_input() -> None:
    fields = fields_of({**CHAT, "request_data": '{"model":"gpt-image-1"}'})

    assert fields.input == ""
