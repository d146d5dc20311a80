"""Logfire and Pydantic AI in scenarios that no capture holds."""

from __future__ import annotations

import json

from dialects.spans import CHAT, content_of, fields_of, read, span, texts
from pilothouse import dialects
from pilothouse.spans.messages import message_text


def test_a_template_gives_way_to_the_message_made_from_it() -> None:
    attributes = {"logfire.msg_template": "hi {n}", "logfire.msg": "hi 3"}

    assert fields_of(attributes, name="hi {n}").name == "hi 3"
    assert fields_of(attributes, name="GET /").name == "GET /"


def test_a_pending_span_stands_for_the_running_one() -> None:
    pending = span(
        {"logfire.span_type": "pending_span", "logfire.pending_parent_id": "00f067aa0ba902b7"},
        parent_span_id="53995c3f42cd8ad8",
    )

    running = dialects.running(pending)

    assert running is not None
    assert running.span_id == "53995c3f42cd8ad8"
    assert running.parent_span_id == "00f067aa0ba902b7"
    assert running.end_ns is None
    assert dialects.running(span({"logfire.span_type": "span"})) is None


def test_logfire_names_a_stop_list_in_json() -> None:
    content = content_of({"gen_ai.request.stop_sequences": '["END"]', "gen_ai.request.model": "m"})

    assert content.parameters == {"stop_sequences": ["END"]}


def test_a_structured_result_of_pydantic_ai_is_the_answer() -> None:
    said = [
        {"role": "user", "parts": [{"type": "text", "content": "Where?"}]},
        {"role": "assistant", "parts": [{"type": "tool_call", "id": "1", "name": "final_result"}]},
        {"role": "user", "parts": [{"type": "tool_call_response", "id": "1", "result": "ok"}]},
    ]

    fields, content = read(
        span(
            {
                "agent_name": "a",
                "pydantic_ai.all_messages": json.dumps(said),
                "final_result": '{"city": "Paris"}',
            }
        )
    )

    assert (fields.kind, fields.input_preview) == ("agent", "Where?")
    assert fields.output_key == "final_result"
    assert texts(content.messages_out) == [("assistant", '{"city": "Paris"}')]


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
