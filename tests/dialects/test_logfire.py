"""Logfire and Pydantic AI in scenarios that no capture holds."""

from __future__ import annotations

import json

import pytest

from dialects.spans import CHAT, Scenarios, content_of, event, fields_of, read, shown, span, texts
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


EVENTS = [
    {"event.name": "gen_ai.system.message", "content": "S", "role": "system"},
    {"event.name": "gen_ai.user.message", "content": "Hi", "role": "user"},
    {"event.name": "gen_ai.choice", "index": 0, "message": {"role": "assistant", "content": "Yo"}},
]
SAID = [
    {"role": "user", "parts": [{"type": "text", "content": "weather?"}]},
    {
        "role": "assistant",
        "parts": [{"type": "tool_call", "id": "c1", "name": "f", "arguments": '{"x": 1}'}],
    },
    {
        "role": "user",
        "parts": [{"type": "tool_call_response", "id": "c1", "name": "f", "result": "18C"}],
    },
    {"role": "assistant", "parts": [{"type": "text", "content": "It is 18C"}]},
]

SCENARIOS: Scenarios = {
    "Pydantic AI 1: messages in one attribute": (
        span({**CHAT, "events": json.dumps(EVENTS)}),
        {"in": [("system", "S"), ("user", "Hi")], "answered": "Yo"},
    ),
    "Pydantic AI 1: an agent that repeats the sums": (
        span(
            {
                "agent_name": "a",
                "model_name": "m",
                "all_messages_events": json.dumps(EVENTS),
                "final_result": "Yo",
                "gen_ai.usage.input_tokens": 155,
            }
        ),
        {"kind": "agent", "asked": "Hi", "answered": "Yo", "model": "m"},
    ),
    "Pydantic AI 2: a run with a tool": (
        span(
            {
                "gen_ai.operation.name": "invoke_agent",
                "agent_name": "a",
                "pydantic_ai.all_messages": json.dumps(SAID),
                "final_result": "It is 18C",
                "gen_ai.aggregated_usage.input_tokens": 155,
                "gen_ai.aggregated_usage.output_tokens": 30,
                "gen_ai.aggregated_usage.details.reasoning_tokens": 8,
            }
        ),
        {
            "kind": "agent",
            "asked": "weather?",
            "answered": "It is 18C",
            "out": [("assistant", "It is 18C")],
            "in": [("user", "weather?"), ("assistant", ""), ("tool", "")],
            "tokens": (155, 30, 185),
            "parts": (None, None, 8),
        },
    ),
    "Pydantic AI 1: a running tool": (
        span(
            {
                "gen_ai.tool.name": "f",
                "gen_ai.tool.call.id": "c1",
                "tool_arguments": '{"city": "Paris"}',
                "tool_response": "18C",
            }
        ),
        {"kind": "tool", "tool": ("f", "c1"), "asked": "Paris", "answered": "18C"},
    ),
    "Pydantic AI: details, a price and the tools of a request": (
        span(
            {
                **CHAT,
                "gen_ai.usage.input_tokens": 25,
                "gen_ai.usage.output_tokens": 12,
                "gen_ai.usage.details.cache_read_tokens": 8,
                "gen_ai.usage.details.reasoning_tokens": 4,
                "operation.cost": 0.25,
                "model_request_parameters": '{"function_tools": [{"name": "f"}]}',
            }
        ),
        {"parts": (8, None, 4), "cost": 0.25, "tools": ["f"]},
    ),
    "Logfire: lists as text, and the provider's own counts": (
        span(
            {
                **CHAT,
                "gen_ai.response.finish_reasons": '["tool_calls"]',
                "gen_ai.output.messages": '[{"role": "assistant", "parts": []}]',
                "gen_ai.usage.input_tokens": 25,
                "gen_ai.usage.raw": '{"prompt_tokens": 25, "prompt_tokens_details":'
                ' {"cached_tokens": 8}, "completion_tokens_details": {"reasoning_tokens": 4}}',
            }
        ),
        {"finish": "tool_call", "parts": (8, None, 4)},
    ),
    "Logfire: an error by its level": (
        span({"logfire.span_type": "log", "logfire.level_num": 17, "logfire.tags": ["LLM", "t"]}),
        {"kind": "event", "status": "error", "tags": ["t"]},
    ),
    "Logfire: a warning": (
        span({"logfire.span_type": "log", "logfire.level_num": 13}),
        {"kind": "event", "status": "unset"},
    ),
    "Logfire: an id that was scrubbed": (
        span({**CHAT, "session.id": "[Scrubbed due to 'session']"}),
        {"session": ""},
    ),
    "Logfire: an exception": (
        span(
            {"logfire.msg_template": "boom"},
            status_code=2,
            status_message="ValueError: x",
            events=[event("exception", exception__type="ValueError", exception__message="x")],
        ),
        {"status": "error", "error_type": "ValueError", "thrown": [("ValueError", "x")]},
    ),
    "pydantic-evals: an evaluator": (
        span({"evaluator_name": "Correct"}, scope_name="pydantic-evals"),
        {"kind": "evaluator"},
    ),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_logfire_and_pydantic_ai_say(name: str) -> None:
    source, want = SCENARIOS[name]

    assert shown(source, want) == want
