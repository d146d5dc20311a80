"""Ids that attributes name instead of OTLP's own, both ways and in both encodings."""

from __future__ import annotations

import json
from typing import Any

import pytest
from google.protobuf.json_format import ParseDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from pilothouse.platform.ingest.otlp import json as otlp_json
from pilothouse.platform.ingest.otlp import protobuf
from pilothouse.platform.query.otlp_json import request
from pilothouse.spans import Source

TRACE = "0197a3f2-6c1e-7b3a-9d2e-1f4a5b6c7d8e"
RUN = "0197a3f2-6c1f-7000-8000-000000000001"
PARENT = "0197a3f2-6c1f-7000-8000-000000000002"


def read(encoding: str, **attributes: Any) -> Source:
    span: dict[str, Any] = {
        "traceId": "ab" * 16,
        "spanId": "cd" * 8,
        "parentSpanId": "ef" * 8,
        "name": "chat",
        "startTimeUnixNano": "1790000000000000000",
        "attributes": [
            {"key": f"langsmith.{key.replace('__', '.')}", "value": {"stringValue": value}}
            for key, value in attributes.items()
        ],
    }
    body: dict[str, Any] = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
    if encoding == "json":
        return otlp_json.decode_traces(json.dumps(body).encode()).batch.sources[0]
    message = ParseDict(body, ExportTraceServiceRequest())
    sent = message.resource_spans[0].scope_spans[0].spans[0]
    sent.trace_id, sent.span_id = bytes.fromhex("ab" * 16), bytes.fromhex("cd" * 8)
    sent.parent_span_id = bytes.fromhex("ef" * 8)
    return protobuf.decode_traces(message.SerializeToString()).batch.sources[0]


@pytest.mark.parametrize("encoding", ["json", "protobuf"])
def test_uuids_in_attributes_override_the_ids_of_the_span(encoding: str) -> None:
    source = read(
        encoding, trace__id=TRACE.upper(), span__id=RUN, span__parent_id=PARENT, span__kind="llm"
    )

    assert (source.trace_id, source.span_id, source.parent_span_id) == (TRACE, RUN, PARENT)
    assert source.attributes["langsmith.span.id"] == RUN, "attributes stay as they were sent"


@pytest.mark.parametrize("encoding", ["json", "protobuf"])
def test_what_is_no_uuid_overrides_nothing(encoding: str) -> None:
    source = read(encoding, trace__id="../etc", span__id="", span__parent_id="42")

    assert source.trace_id == "ab" * 16
    assert (source.span_id, source.parent_span_id) == ("cd" * 8, "ef" * 8)


def test_a_run_with_ids_of_its_own_is_exported_as_valid_otlp_and_comes_back_with_them() -> None:
    root = Source(project="shop", trace_id=TRACE, span_id=TRACE, name="agent", start_ns=1)
    child = Source(
        project="shop", trace_id=TRACE, span_id=RUN, parent_span_id=TRACE, name="chat", start_ns=2
    )

    written = request([root, child])
    spans = written["resourceSpans"][0]["scopeSpans"][0]["spans"]
    back = otlp_json.decode_traces(json.dumps(written).encode()).batch.sources

    assert {len(span["traceId"]) for span in spans} == {32}
    assert [len(span["spanId"]) for span in spans] == [16, 16]
    assert spans[1]["parentSpanId"] == spans[0]["spanId"]
    assert [(s.trace_id, s.span_id, s.parent_span_id) for s in back] == [
        (TRACE, TRACE, ""),
        (TRACE, RUN, TRACE),
    ]


def test_ids_of_any_other_spelling_leave_as_valid_and_different_ones() -> None:
    sources = [
        Source(project="shop", trace_id="order 1", span_id=name, start_ns=1) for name in ("a", "b")
    ]

    spans = request(sources)["resourceSpans"][0]["scopeSpans"][0]["spans"]

    assert len({span["spanId"] for span in spans}) == 2
    assert otlp_json.decode_traces(json.dumps(request(sources)).encode()).rejected_count == 0
