"""Every recorded capture says what its `expected.json` entry says it must."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from dialects import captures
from dialects.captures import Recorded
from pilothouse.spans import Content, Fields, Source
from pilothouse.spans.messages import last_user_text, message_text

WANT = captures.expectations()
pytestmark = pytest.mark.skipif(not WANT, reason="the shared fixtures are not beside the checkout")

USAGE = {
    "input": "input_tokens",
    "output": "output_tokens",
    "total": "total_tokens",
    "cached": "cached_tokens",
    "cache_write": "cache_write_tokens",
    "reasoning": "reasoning_tokens",
    "audio": "audio_tokens",
}
Deviation = tuple[str, Any, Any]


def flat(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def near(got: Any, want: float) -> bool:
    return got is not None and abs(got - want) <= 1e-6 * max(1, abs(want))


def spoken(messages: list[dict[str, Any]], role: str) -> str | None:
    texts = [message_text(m) for m in messages if m["role"] == role]
    return "\n\n".join(t for t in texts if t) or None


def deviations(want: dict[str, Any], source: Source, f: Fields, c: Content) -> Iterator[Deviation]:
    """Yield (field, wanted, got), compared as the acceptance check compares the REST API."""
    yield from _scalars(want, source, f)
    yield from _usage(want, f)
    got_texts = {
        "last_user_text": last_user_text(reversed(c.messages_in)) or None,
        "output_text": (message_text(c.messages_out[-1]) or None) if c.messages_out else None,
        "system_text": spoken(c.messages_in, "system"),
    }
    for key, got in got_texts.items():
        if key in want and ((want[key] or "").strip() != (got or "").strip()):
            yield key, want[key], got
    for key, value, said in (
        ("input", c.input, c.messages_in),
        ("output", c.output, c.messages_out),
    ):
        wanted = want.get(f"{key}_contains")
        if wanted is not None and wanted not in flat(value) + flat(said):
            yield key, wanted, flat(value)[:120]
    wanted = want.get("error_message_contains")
    shown = f.status_message + " ".join(flat(e) for e in c.exceptions)
    if wanted is not None and wanted not in shown:
        yield "status_message", wanted, shown[:120]
    yield from _lists(want, c)
    if "ttft_seconds_approx" in want:
        expected = want["ttft_seconds_approx"]
        got_s = None if f.first_token_ns is None else (f.first_token_ns - source.start_ns) / 1e9
        if got_s is None or abs(got_s - expected) > max(0.02, 0.1 * expected):
            yield "time to first token", expected, got_s


def _scalars(want: dict[str, Any], source: Source, f: Fields) -> Iterator[Deviation]:
    got = {
        "kind": f.kind if want["kind"] != "event" else "event",
        "parent_span_id": source.parent_span_id,
        "model": f.model,
        "provider": f.provider,
        "session_id": f.session_id,
        "user_id": f.user_id,
        "tool_name": f.tool_name,
        "error_type": f.error_type,
    }
    for key, value in got.items():
        if key in want and want[key] != (value or None):
            yield key, want[key], value
    if "model_any" in want and f.model not in want["model_any"]:
        yield "model", want["model_any"], f.model
    if "tags" in want and sorted(want["tags"]) != sorted(f.tags):
        yield "tags", want["tags"], f.tags
    if "error" in want and want["error"] != (f.status == "error"):
        yield "status is error", want["error"], f.status


def _usage(want: dict[str, Any], f: Fields) -> Iterator[Deviation]:
    if "usage" not in want:
        return
    if want["usage"] is None:
        if f.usage is not None:
            yield "usage", None, f.usage
        return
    for key, value in want["usage"].items():
        got = getattr(f.usage, USAGE[key]) if f.usage else None
        if got != value:
            yield f"usage.{USAGE[key]}", value, got


def _lists(want: dict[str, Any], c: Content) -> Iterator[Deviation]:
    if "tool_calls" in want:
        got = [{"name": t["name"], "arguments": t["arguments"]} for t in c.tool_calls]
        calls = [{"name": t["name"], "arguments": t["arguments"]} for t in want["tool_calls"]]
        if got != calls:
            yield "tool_calls", calls, got
    if "documents" in want:
        if len(c.documents) != len(want["documents"]):
            yield "documents", want["documents"], c.documents
        for index, (wanted, document) in enumerate(
            zip(want["documents"], c.documents, strict=False)
        ):
            for key, value in wanted.items():
                got_value = document.get(key)
                same = near(got_value, value) if isinstance(value, float) else got_value == value
                if not same:
                    yield f"documents[{index}].{key}", value, got_value
    if "embedding_inputs" in want and want["embedding_inputs"] != c.embedding_inputs:
        yield "embedding_inputs", want["embedding_inputs"], c.embedding_inputs


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
        for deviation in deviations(want, *found.of_span(want["span_id"]))
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
