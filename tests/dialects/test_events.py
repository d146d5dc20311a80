"""Content in span events and in log records."""

from __future__ import annotations

import json

from dialects.spans import CHAT, START, content_of, event, fields_of, read, record, span, texts
from pilothouse.spans import Usage
from pilothouse.spans.messages import message_text


def test_strands_latest_splits_messages_over_several_events() -> None:
    details = "gen_ai.client.inference.operation.details"
    said = json.dumps([{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}])
    answer = json.dumps([{"role": "assistant", "parts": [{"type": "text", "content": "Hello"}]}])
    source = span(
        {"gen_ai.operation.name": "chat", "gen_ai.system": "strands-agents"},
        events=[
            event(details, 1, gen_ai__input__messages=said),
            event(details, 9, gen_ai__output__messages=answer),
            event(details, 9, gen_ai__system_instructions='[{"type":"text","content":"Be brief"}]'),
        ],
    )

    fields, content = read(source)

    assert texts(content.messages_in) == [("system", "Be brief"), ("user", "Hi")]
    assert texts(content.messages_out) == [("assistant", "Hello")]
    assert (fields.input_preview, fields.output_preview, fields.provider) == ("Hi", "Hello", "")


def test_the_same_attribute_has_two_units_in_two_libraries() -> None:
    key = "gen_ai.server.time_to_first_token"

    strands = fields_of({key: 176}, scope_name="strands.telemetry.tracer")
    openlit = fields_of({key: 0.176}, scope_name="openlit.instrumentation.openai")
    whole = fields_of({key: 2}, scope_name="openlit.instrumentation.openai")
    unstreamed = fields_of({key: 0.176, "gen_ai.request.stream": False})

    assert strands.first_token_ns == openlit.first_token_ns == START + 176_000_000
    assert whole.first_token_ns == START + 2_000_000_000
    assert (unstreamed.first_token_ns, unstreamed.streaming) == (None, False)


def test_span_events_of_the_first_conventions_are_messages() -> None:
    source = span(
        {"gen_ai.operation.name": "chat"},
        events=[
            event("gen_ai.content.prompt", gen_ai__prompt='[{"role":"user","content":"Hi"}]'),
            event(
                "gen_ai.content.completion",
                gen_ai__completion='[{"role":"assistant","content":"Hello"}]',
            ),
        ],
    )

    content = read(source)[1]

    assert texts(content.messages_in + content.messages_out) == [
        ("user", "Hi"),
        ("assistant", "Hello"),
    ]


def test_message_events_with_one_json_content_are_messages() -> None:
    source = span(
        {"gen_ai.operation.name": "chat"},
        events=[
            event(
                "gen_ai.user.message", gen_ai__event__content='{"content": "Hi", "role": "user"}'
            ),
            event("gen_ai.choice", message__role="assistant", message__content="Hello"),
        ],
    )

    fields, content = read(source)

    assert texts(content.messages_in + content.messages_out) == [
        ("user", "Hi"),
        ("assistant", "Hello"),
    ]
    assert (fields.input_preview, fields.output_preview) == ("Hi", "Hello")


def test_span_attributes_win_over_log_records_and_are_not_repeated() -> None:
    said = [{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}]
    source = span(
        {"gen_ai.operation.name": "chat", "gen_ai.input.messages": json.dumps(said)},
        logs=[
            record(
                "gen_ai.client.inference.operation.details",
                user__id="u-1",
                gen_ai__input__messages=said * 2,
                gen_ai__usage__input_tokens=5,
                gen_ai__operation__name="embeddings",
            )
        ],
    )

    fields, content = read(source)

    assert texts(content.messages_in) == [("user", "Hi")]
    assert (fields.kind, fields.user_id, fields.usage) == (
        "llm",
        "u-1",
        Usage(input_tokens=5, total_tokens=5),
    )


def test_records_are_ordered_by_time_and_position() -> None:
    source = span(
        {"gen_ai.operation.name": "chat"},
        logs=[
            record("gen_ai.choice", {"message": {"content": "c"}, "finish_reason": "stop"}, 3),
            record("gen_ai.user.message", {"content": "b"}, 2),
            record("", {"content": "a"}, 1, event__name="gen_ai.system.message"),
        ],
    )

    content = read(source)[1]

    assert texts(content.messages_in) == [("system", "a"), ("user", "b")]
    assert content.messages_out[0]["finish_reason"] == "stop"


def test_an_exception_record_makes_an_error_of_an_unset_span_only() -> None:
    thrown = record("gen_ai.client.operation.exception", exception__type="RateLimitError")

    unset = read(span(logs=[thrown]))
    fine = read(span(logs=[thrown], status_code=1))

    assert (unset[0].status, unset[0].error_type) == ("error", "RateLimitError")
    assert fine[0].status == "ok"
    assert fine[1].exceptions[0]["type"] == "RateLimitError"


def test_an_evaluation_record_that_failed_makes_no_error_of_its_span() -> None:
    failed = record("gen_ai.evaluation.result", gen_ai__evaluation__name="x", error__type="timeout")

    assert read(span(logs=[failed]))[0].status == "unset"


def test_an_answer_that_is_an_object_reads_as_its_json() -> None:
    said = [{"role": "assistant", "content": {"city": "Paris", "n": 3}}]

    content = content_of({**CHAT, "gen_ai.output.messages": json.dumps(said)})

    assert [message_text(m) for m in content.messages_out] == ['{"city":"Paris","n":3}']


def test_a_tool_result_in_blocks_is_previewed_as_text() -> None:
    fields = fields_of(
        {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.call.result": '[{"text": "18C"}]'}
    )

    assert fields.output_preview == "18C"
