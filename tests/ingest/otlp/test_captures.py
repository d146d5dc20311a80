"""What recorded exporters sent decodes to the same spans from protobuf and from JSON."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from pilothouse.platform.ingest.otlp import json, protobuf

CAPTURES = Path(__file__).parents[4] / "shared" / "fixtures" / "otlp"
NAMES = sorted(path.stem for path in CAPTURES.glob("*.pb")) or [
    pytest.param("", marks=pytest.mark.skip("the recorded requests are not beside this checkout"))
]

TRACES = [n for n in NAMES if not (isinstance(n, str) and n.endswith((".logs", ".metrics")))]


def signal_of(name: str) -> str:
    kind = name.rpartition(".")[2]
    return kind if kind in ("logs", "metrics") else "traces"


def decode(module: Any, name: str, body: bytes) -> Any:
    return getattr(module, f"decode_{signal_of(name)}")(body)


@pytest.mark.parametrize("name", NAMES)
def test_a_capture_decodes_alike_from_protobuf_and_json(name: str) -> None:
    binary = decode(protobuf, name, (CAPTURES / f"{name}.pb").read_bytes())
    text = decode(json, name, (CAPTURES / f"{name}.json").read_bytes())

    assert repr(binary.batch.sources) == repr(text.batch.sources)  # NaN is equal to itself as text
    assert repr(binary.batch.logs) == repr(text.batch.logs)
    assert repr(binary.batch.metrics) == repr(text.batch.metrics)
    assert binary.message == text.message


@pytest.mark.parametrize("name", TRACES)
def test_no_valid_span_of_a_capture_is_lost(name: str) -> None:
    body = (CAPTURES / f"{name}.pb").read_bytes()
    sent = ExportTraceServiceRequest.FromString(body)

    decoded = protobuf.decode_traces(body)

    wanted = [
        (span.trace_id.hex(), span.span_id.hex(), span.name, len({a.key for a in span.attributes}))
        for group in sent.resource_spans
        for scope in group.scope_spans
        for span in scope.spans
        if len(span.trace_id) == 16 and len(span.span_id) == 8
        if any(span.trace_id) and any(span.span_id)
    ]
    got = [(s.trace_id, s.span_id, s.name, len(s.attributes)) for s in decoded.batch.sources]
    assert got == wanted


def test_the_invalid_spans_of_a_batch_are_rejected_one_by_one(captures: Path) -> None:
    decoded = protobuf.decode_traces((captures / "synthetic-partial-invalid.pb").read_bytes())

    assert decoded.rejected_count == 4
    assert len(decoded.batch.sources) == 1
    assert "trace id" in decoded.message


def test_logs_sent_to_the_traces_path_are_told_apart(captures: Path) -> None:
    body = (captures / "synthetic-logs.logs.pb").read_bytes()

    with pytest.raises(protobuf.MalformedBody, match="/v1/logs"):
        protobuf.decode_traces(body)


def test_a_recorded_gzip_body_is_what_the_plain_one_is(captures: Path) -> None:
    packed = (captures / "gz-oi-openai-stream.pb.gz").read_bytes()

    assert gzip.decompress(packed) == (captures / "gz-oi-openai-stream.pb").read_bytes()
