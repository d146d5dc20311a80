"""The example traces: realistic enough to look at, and the same each time."""

import datetime as dt
import json
from collections import defaultdict

import pytest

from pilothouse.platform.demo import DEMO_PROJECT, demo_batches
from pilothouse.spans import Source

NOW = dt.datetime(2026, 11, 21, 14, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def sources() -> list[Source]:
    return [source for batch in demo_batches(NOW) for source in batch.sources]


@pytest.fixture(scope="module")
def traces(sources: list[Source]) -> dict[str, list[Source]]:
    found = defaultdict(list)
    for source in sources:
        found[source.trace_id].append(source)
    return dict(found)


def test_there_are_some_hundred_traces_and_one_of_them_is_long(
    traces: dict[str, list[Source]],
) -> None:
    assert 300 <= len(traces) <= 600
    assert 250 <= max(len(spans) for spans in traces.values()) <= 350


def test_the_same_moment_gives_the_same_spans(sources: list[Source]) -> None:
    assert sources == [source for batch in demo_batches(NOW) for source in batch.sources]


def test_each_span_belongs_to_the_demo_and_says_so(sources: list[Source]) -> None:
    assert {source.project for source in sources} == {DEMO_PROJECT}
    assert all(source.resource["pilothouse.demo"] is True for source in sources)


def test_each_trace_is_one_tree_in_order_of_time(traces: dict[str, list[Source]]) -> None:
    for spans in traces.values():
        by_id = {span.span_id: span for span in spans}

        assert sum(not span.parent_span_id for span in spans) == 1
        assert len(by_id) == len(spans)
        for span in spans:
            parent = by_id.get(span.parent_span_id, span)
            assert span.end_ns is not None
            assert parent.end_ns is not None
            assert parent.start_ns <= span.start_ns <= span.end_ns <= parent.end_ns


def test_all_lies_within_the_last_three_days(sources: list[Source]) -> None:
    now_ns = int(NOW.timestamp()) * 10**9

    assert all(now_ns - 3 * 86_400 * 10**9 <= s.start_ns < now_ns for s in sources)
    assert all(s.end_ns is not None and s.end_ns < now_ns for s in sources)


def test_a_few_percent_of_the_traces_fail_and_others_recover(
    traces: dict[str, list[Source]],
) -> None:
    def failed(span: Source) -> bool:
        return span.status_code == 2

    roots_failed = sum(failed(spans[-1]) for spans in traces.values())
    recovered = sum(any(map(failed, spans)) and not failed(spans[-1]) for spans in traces.values())

    assert 0.03 < roots_failed / len(traces) < 0.09
    assert recovered >= 5
    assert all(
        any(event.name == "exception" for event in span.events)
        for spans in traces.values()
        for span in spans
        if failed(span)
    )


def test_one_recent_conversation_has_a_bit_of_everything(
    traces: dict[str, list[Source]],
) -> None:
    recent = [spans for spans in traces.values() if spans[-1].name == "answer_ticket"
              and spans[-1].start_ns == int(NOW.timestamp() - 600) * 10**9]  # fmt: skip

    (spans,) = recent
    root = spans[-1].attributes
    kinds = {span.attributes["openinference.span.kind"] for span in spans}
    assert kinds >= {"AGENT", "LLM", "TOOL", "RETRIEVER", "GUARDRAIL"}
    attempts = [span for span in spans if span.name == "create_replacement"]
    assert [span.status_code for span in attempts] == [2, 1]
    names = {value for key, value in root.items() if key.endswith("annotation.name")}
    assert names == {"correctness", "helpful"}


def test_no_name_is_left_to_fill_in_and_all_json_parses(sources: list[Source]) -> None:
    for source in sources:
        for key, value in source.attributes.items():
            if not isinstance(value, str):
                continue
            assert "$order" not in value
            assert "$ticket" not in value
            kind = source.attributes.get(key.removesuffix(".value") + ".mime_type")
            assert kind != "application/json" or json.loads(value) is not None
