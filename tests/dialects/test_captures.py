"""Every recorded capture says what its `expected.json` entry says it must."""

from __future__ import annotations

import random
from dataclasses import asdict
from typing import Any

import pytest

from dialects import captures
from dialects.captures import Recorded
from dialects.expected import USAGE, deviations, near
from pilothouse.spans import Content, Fields, Source
from pilothouse.spans.messages import message_text

WANT = captures.expectations()
pytestmark = pytest.mark.skipif(not WANT, reason="the shared fixtures are not beside the checkout")


def shown(source: Source, f: Fields, c: Content) -> dict[str, Any]:
    """A span as the REST API shows it, as far as it is compared."""
    first = f.first_token_ns
    return {
        **{key: getattr(f, key) for key in ("kind", "model", "provider", "session_id", "user_id")},
        **{key: getattr(f, key) for key in ("tool_name", "error_type", "tags", "status")},
        **{key: getattr(c, key) for key in ("messages_in", "messages_out", "input", "output")},
        **{key: getattr(c, key) for key in ("tool_calls", "documents", "embedding_inputs")},
        "parent_span_id": source.parent_span_id,
        "status_message": f.status_message,
        "exceptions": c.exceptions,
        "usage": None if f.usage is None else asdict(f.usage),
        "time_to_first_token_ms": None if first is None else (first - source.start_ns) / 1e6,
    }


def sums(found: Recorded, key: str) -> int | None:
    counts = [
        getattr(found.fields[k].usage, USAGE[key])
        for k, counts_it in found.counted.items()
        if counts_it and found.fields[k].usage is not None
    ]
    known = [n for n in counts if n is not None]
    return sum(known) if known else None


@pytest.mark.parametrize("name", WANT or ["none"])
def test_every_span_of_a_capture_reads_as_expected(name: str) -> None:
    found = captures.read(WANT[name])

    wrong = [
        (want["span_name"], *deviation)
        for want in WANT[name]["expected_spans"]
        for deviation in deviations(want, shown(*found.of_span(want["span_id"])))
    ]

    assert wrong == []


@pytest.mark.parametrize("name", [n for n, w in WANT.items() if w.get("total_usage")] or ["none"])
def test_each_model_call_counts_once(name: str) -> None:
    want = WANT[name]
    found = captures.read(want)

    for key, value in want["total_usage"].items():
        allowed = {value, (want.get("total_usage_after_response_id_dedup") or {}).get(key, value)}
        assert sums(found, key) in allowed | ({0, None} if not value else set()), key


@pytest.mark.parametrize(
    "name", [n for n, w in WANT.items() if w.get("resolved_trace_session_ids")] or ["none"]
)
def test_a_trace_finds_its_session(name: str) -> None:
    found = captures.read(WANT[name])

    got = {t: captures.trace_session(found, t) for t in WANT[name]["resolved_trace_session_ids"]}

    assert got == WANT[name]["resolved_trace_session_ids"]


@pytest.mark.parametrize(
    "name", [n for n, w in WANT.items() if w.get("expected_scores")] or ["none"]
)
def test_evaluations_become_scores(name: str) -> None:
    found = captures.read(WANT[name])

    for want in WANT[name]["expected_scores"]:
        matches = [
            s
            for s in found.scores
            if s.name == want["name"]
            and s.status == "ok"
            and ("value" not in want or near(s.value, want["value"]))
            and want.get("label", s.label) == s.label
            and want.get("explanation", s.comment) == s.comment
            and want.get("response_id", s.response_id) == s.response_id
            and want.get("session_id", s.session_id) == s.session_id
            and want.get("identifier", s.identifier) == s.identifier
            and want.get("target_span_id", s.span_id) == s.span_id
        ]
        assert len(matches) == 1, (want, found.scores)
    for want in WANT[name].get("expected_score_failures") or []:
        assert any(s.name == want["name"] and s.status == "error" for s in found.scores)


def test_a_reported_cost_is_read_from_the_span() -> None:
    found = captures.read(WANT["synthetic-openinference-kinds"])

    costs = [f.cost for f in found.fields.values() if f.name == "ChatCompletion" and f.cost]

    want = WANT["synthetic-openinference-kinds"]["expected_cost_ChatCompletion"]
    assert [{"input": c.input, "output": c.output, "total": c.total} for c in costs] == [want]


def test_a_prompt_is_read_with_its_variables() -> None:
    found = captures.read(WANT["synthetic-semconv-structured"])
    want = WANT["synthetic-semconv-structured"]["expected_prompt"]

    (key,) = [k for k, f in found.fields.items() if f.prompt_name]

    fields, content = found.fields[key], found.contents[key]
    assert fields.prompt_name == want["name"]
    assert fields.prompt_version == want["version"]
    assert content.prompt_variables == want["variables"]


def test_thirteen_messages_keep_their_numeric_order() -> None:
    found = captures.read(WANT["synthetic-openinference-kinds"])

    (content,) = [c for c in found.contents.values() if len(c.messages_in) > 2]

    want = WANT["synthetic-openinference-kinds"]["expected_message_texts_ChatCompletion"]
    assert [message_text(m) for m in content.messages_in] == want


@pytest.mark.parametrize("name", [n for n, w in WANT.items() if len(w["files"]) > 1] or ["none"])
def test_the_order_of_log_records_changes_nothing(name: str) -> None:
    ordered = captures.read(WANT[name])
    logs = list(ordered.logs)
    random.Random(7).shuffle(logs)
    for source in ordered.sources:
        source.logs = []

    shuffled = captures.settle(ordered.sources, logs)

    assert shuffled.fields == ordered.fields
    assert shuffled.contents == ordered.contents
    assert sorted(s.id for s in shuffled.scores) == sorted(s.id for s in ordered.scores)


@pytest.mark.parametrize("name", WANT or ["none"])
def test_input_and_output_are_copies_of_the_attributes_they_name(name: str) -> None:
    found = captures.read(WANT[name])

    for source in found.sources:
        fields = found.fields[(source.trace_id, source.span_id)]
        if fields.input_key:
            assert fields.input == source.attributes[fields.input_key]
        if fields.output_key:
            assert fields.output == source.attributes[fields.output_key]
        assert len(fields.input_preview) <= 256
        assert len(fields.output_preview) <= 256
