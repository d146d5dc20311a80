"""Nothing that anybody sends makes reading a span fail."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings

from dialects.spans import KEYS, LOGS, SOURCES, SPAN, TRACE, fields_of, read, span
from pilothouse import dialects
from pilothouse.spans import KINDS, Link, LogRecord, Source


@given(SOURCES)
@settings(max_examples=250)
def test_any_span_can_be_read(source: Source) -> None:
    fields, content = read(source)
    dialects.scores_of(source, fields)
    dialects.running(source)

    assert fields.kind in KINDS
    assert all(type(t) is str for t in fields.tags)
    assert all(type(v) is str for v in fields.metadata.values())
    for text in (fields.name, fields.model, fields.provider, fields.session_id, fields.user_id):
        assert type(text) is str
    for text in (fields.input, fields.output, fields.error_type, fields.status_message):
        assert type(text) is str
    assert len(fields.input_preview) <= 256
    for message in (*content.messages_in, *content.messages_out):
        assert type(message["role"]) is str
        assert all(type(part) is dict for part in message["parts"])
        assert all(
            type(part["text"]) is str for part in message["parts"] if part.get("type") == "text"
        )
    assert all(type(tool["name"]) is str for tool in content.tools)
    assert all(type(text) is str for text in content.embedding_inputs)


@given(SOURCES)
@settings(max_examples=80)
def test_reading_twice_says_the_same(source: Source) -> None:
    first = read(source)
    source.logs.reverse()
    source.logs.sort(key=lambda r: r.position)

    second = read(source)

    if len({r.time_ns for r in source.logs}) == len(source.logs):
        assert repr(first) == repr(second)


@given(LOGS)
def test_any_log_record_can_be_read(record: LogRecord) -> None:
    dialects.scores_of_log(record)


@pytest.mark.parametrize("value", [None, True, -1, 1.5, b"\xff", [], {}, [[]], {"a": {"b": []}}])
def test_a_value_of_the_wrong_type_counts_as_absent(value: object) -> None:
    source = span({key: value for key in KEYS if not key.startswith("haystack.")})

    fields, _ = read(source)

    assert fields.kind == "span"
    assert fields.usage is None or type(value) is float or value == 1
    assert fields.model == ""


def test_tens_of_thousands_of_attributes_are_read() -> None:
    attributes = {f"llm.input_messages.{i}.message.role": "user" for i in range(20_000)}
    attributes |= {f"k{i}": i for i in range(20_000)}

    fields, content = read(span(attributes))

    assert fields.kind == "span"
    assert len(content.messages_in) == 20_000


def test_a_huge_index_is_one_message_and_no_memory() -> None:
    attributes = {
        "openinference.span.kind": "LLM",
        "llm.input_messages.99999999999.message.role": "user",
        "llm.input_messages.99999999999.message.content": "late",
        "llm.input_messages.3.message.role": "user",
        "llm.input_messages.3.message.content": "early",
        f"llm.input_messages.{'9' * 5000}.message.content": "never",
    }

    fields, content = read(span(attributes))

    assert fields.input_preview == "late"
    assert [m["parts"][0]["text"] for m in content.messages_in] == ["early", "late"]


def test_deep_nesting_is_text() -> None:
    deep = "[" * 100_000 + "]" * 100_000

    fields, content = read(span({"input.value": deep, "openinference.span.kind": "LLM"}))

    assert fields.input == deep
    assert content.input == deep


def test_lone_surrogates_pass_through() -> None:
    attributes = {
        "input.value": '{"a": "\\ud800"}',
        "output.value": "\ud800",
        "metadata": "{\ud800",
    }

    fields, _ = read(span(attributes))

    assert fields.output == "\ud800"


def test_values_that_were_put_apart_show_their_preview() -> None:
    marker = {"$blob": "b1", "bytes": 300_000, "mime_type": "text/plain", "preview": "Once upon"}
    attributes = {
        "openinference.span.kind": "LLM",
        "llm.input_messages.0.message.role": "user",
        "llm.input_messages.0.message.content": marker,
        "input.value": marker,
        "output.value": marker,
        "gen_ai.output.messages": marker,
        "metadata": marker,
    }

    fields, content = read(span(attributes))

    assert fields.input_preview == "Once upon"
    assert fields.output_preview == "Once upon"
    assert content.input == marker
    assert content.messages_in[0]["parts"] == [
        {"type": "text", "text": "Once upon", "blob": marker}
    ]


def test_a_marker_inside_json_is_opaque() -> None:
    marker = {"$blob": "b1", "bytes": 300_000, "mime_type": "text/plain", "preview": "Once upon"}
    said = [{"role": "user", "parts": [{"type": "text", "content": marker}]}]

    fields, content = read(
        span({"gen_ai.operation.name": "chat", "gen_ai.input.messages": json.dumps(said)})
    )

    assert fields.input_preview == "Once upon"
    assert content.messages_in[0]["parts"][0]["blob"] == marker


def test_redaction_is_neither_an_id_nor_a_number() -> None:
    fields = fields_of(
        {
            "session.id": "[Scrubbed due to 'session']",
            "user.id": "__REDACTED__",
            "gen_ai.usage.input_tokens": "<REDACTED>",
        }
    )

    assert (fields.session_id, fields.user_id, fields.usage) == ("", "", None)


def test_feedback_of_a_span_with_links_everywhere_is_read() -> None:
    source = span(
        {"evaluations.0.evaluation.name": "x", "evaluations.0.evaluation.score": float("nan")},
        links=[Link(trace_id=TRACE, span_id=SPAN)] * 2,
    )

    assert dialects.scores_of(source, dialects.derive(source)) == []


def test_a_part_whose_type_is_an_object_is_kept() -> None:
    said = [{"role": "user", "content": [{"type": {"of": "nothing"}, "text": None}]}]

    content = read(span({"gen_ai.operation.name": "chat", "gen_ai.input.messages": said}))[1]

    assert content.messages_in[0]["parts"] == [{"type": {"of": "nothing"}, "text": None}]
    assert content.attachments == []
