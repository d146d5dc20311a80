"""The HTTP endpoint answers every row of the protocol's tables, in the encoding of the request."""

from __future__ import annotations

import gzip
import http.client
import os
import zlib
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric, NumberDataPoint, Sum

from otlp_factory import TRACE_ID, logs, make_span, metrics, span_json, traces
from pilothouse.platform.ingest.errors import Overloaded, StoreUnavailable

World = Any  # the fixture of conftest.py
PROTOBUF, JSON = "application/x-protobuf", "application/json"
LIMIT_BYTES = 1024 * 1024
SPAN = traces(make_span()).SerializeToString()
SPAN_JSON = orjson.dumps(span_json())
BODIES = {PROTOBUF: SPAN, JSON: SPAN_JSON}


def assert_status(answer: httpx.Response, status: int, content_type: str, words: str) -> None:
    """An error has google.rpc.Status as its body, in the encoding of the request."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == content_type
    if content_type == JSON:
        assert set(answer.json()) == {"code", "message"}
        message = answer.json()["message"]
    else:
        message = Status.FromString(answer.content).message
    assert words in message


def packed(body: bytes, window_bits: int) -> bytes:
    packer = zlib.compressobj(wbits=window_bits)
    return packer.compress(body) + packer.flush()


@pytest.mark.parametrize("base", ["", "/otel", "/api/public/otel", "/api/v1/private/otel"])
@pytest.mark.parametrize("path", ["/v1/traces", "/v1/traces/", "//v1/traces", "/v1//traces"])
def test_traces_are_taken_below_every_base_path(world: World, base: str, path: str) -> None:
    answer = world.post(SPAN, path=base + path)

    assert answer.status_code == 200
    assert world.ingest.span_names == ["chat"]


@pytest.mark.parametrize(
    ("content_type", "empty"), [(PROTOBUF, b""), (JSON, b"{}"), ("Application/JSON", b"{}")]
)
def test_full_success_is_an_empty_answer(world: World, content_type: str, empty: bytes) -> None:
    answer = world.post(BODIES[content_type.lower()], content_type=content_type)

    assert (answer.status_code, answer.content) == (200, empty)
    assert answer.headers["content-type"] == content_type.lower()


def test_parameters_of_the_content_type_do_not_matter(world: World) -> None:
    answer = world.post(SPAN_JSON, content_type="application/json; charset=utf-8")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == JSON


@pytest.mark.parametrize("content_type", ["application/protobuf", "application/octet-stream"])
def test_other_names_of_protobuf_are_understood(world: World, content_type: str) -> None:
    assert world.post(SPAN, content_type=content_type).status_code == 200


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-ndjson"])
def test_other_content_types_are_refused(world: World, content_type: str | None) -> None:
    answer = world.post(SPAN, content_type=content_type)

    assert_status(answer, 415, JSON, "application/x-protobuf")


@pytest.mark.parametrize("content_type", [PROTOBUF, JSON])
@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("identity", bytes),
        ("gzip", gzip.compress),
        ("GZIP", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda body: packed(body, -15)),
        ("gzip", lambda body: gzip.compress(body[:9]) + gzip.compress(body[9:]) + bytes(8)),
    ],
)
def test_content_encodings_are_undone(
    world: World, content_type: str, encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    body = pack(BODIES[content_type])

    answer = world.post(body, content_type=content_type, headers={"content-encoding": encoding})

    assert answer.status_code == 200
    assert world.ingest.span_names == ["chat"]


@pytest.mark.parametrize("content_type", [PROTOBUF, JSON])
def test_an_unknown_content_encoding_is_refused(world: World, content_type: str) -> None:
    headers = {"content-encoding": "br"}

    answer = world.post(BODIES[content_type], content_type=content_type, headers=headers)

    assert_status(answer, 415, content_type, "gzip")


@pytest.mark.parametrize("content_type", [PROTOBUF, JSON])
@pytest.mark.parametrize(
    "body",
    [gzip.compress(SPAN)[:-9], b"not gzip", gzip.compress(SPAN) + b"rubbish", b""],
    ids=["cut", "not gzip", "more behind", "empty"],
)
def test_broken_compressed_data_is_refused(world: World, content_type: str, body: bytes) -> None:
    headers = {"content-encoding": "gzip"}

    answer = world.post(body, content_type=content_type, headers=headers)

    assert_status(answer, 400, content_type, "gzip")


@pytest.mark.parametrize(
    ("content_type", "body"), [(PROTOBUF, b"\xff\xff rubbish"), (JSON, b"{rubbish")]
)
def test_garbage_is_refused(world: World, content_type: str, body: bytes) -> None:
    answer = world.post(body, content_type=content_type)

    assert_status(answer, 400, content_type, "body is not")
    assert world.ingest.batches == []


@pytest.mark.parametrize(("content_type", "body"), [(PROTOBUF, b""), (JSON, b"{}")])
@pytest.mark.parametrize("signal", ["traces", "logs", "metrics"])
def test_an_empty_request_is_a_success(
    world: World, content_type: str, body: bytes, signal: str
) -> None:
    answer = world.post(body, path=f"/v1/{signal}", content_type=content_type)

    assert answer.status_code == 200
    assert world.ingest.batches == []


def test_a_chunked_body_is_taken(world: World) -> None:
    def chunks() -> Iterator[bytes]:
        yield SPAN[:10]
        yield SPAN[10:]

    answer = world.client.post(
        world.url + "/v1/traces", content=chunks(), headers={"content-type": PROTOBUF}
    )

    assert answer.status_code == 200
    assert world.ingest.span_names == ["chat"]


def large_span(size: int) -> bytes:
    return traces(make_span({"text": "x" * size})).SerializeToString()


def test_a_large_body_within_the_limit_is_taken(world: World) -> None:
    answer = world.post(large_span(LIMIT_BYTES - 1000))

    assert answer.status_code == 200
    assert len(world.ingest.batches[0].sources[0].attributes["text"]) == LIMIT_BYTES - 1000


@pytest.mark.parametrize("content_type", [PROTOBUF, JSON])
def test_a_body_above_the_limit_is_refused(world: World, content_type: str) -> None:
    answer = world.post(large_span(LIMIT_BYTES), content_type=content_type)

    assert_status(answer, 413, content_type, "smaller batches")


def test_a_chunked_body_above_the_limit_is_refused(world: World) -> None:
    body = large_span(LIMIT_BYTES)

    answer = world.client.post(
        world.url + "/v1/traces",
        content=(body[at : at + 60_000] for at in range(0, len(body), 60_000)),
        headers={"content-type": PROTOBUF},
    )

    assert_status(answer, 413, PROTOBUF, "smaller batches")


@pytest.mark.parametrize(("encoding", "window_bits"), [("gzip", 31), ("deflate", 15)])
def test_a_body_above_the_limit_when_inflated_is_refused(
    world: World, encoding: str, window_bits: int
) -> None:
    bomb = packed(bytes(50 * LIMIT_BYTES), window_bits)
    assert len(bomb) < LIMIT_BYTES

    answer = world.post(bomb, headers={"content-encoding": encoding})

    assert_status(answer, 413, PROTOBUF, "smaller batches")


def test_a_small_body_that_grows_within_the_limit_is_taken(world: World) -> None:
    body = gzip.compress(large_span(LIMIT_BYTES // 2))

    answer = world.post(body, headers={"content-encoding": "gzip"})

    assert answer.status_code == 200
    assert world.ingest.span_names == ["chat"]


def test_a_client_that_goes_away_leaves_nothing_behind(world: World) -> None:
    at = urlsplit(world.url)
    connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=5)
    connection.putrequest("POST", "/v1/traces")
    connection.putheader("content-type", PROTOBUF)
    connection.putheader("content-length", str(len(SPAN)))
    connection.endheaders(SPAN[:-5])
    connection.close()

    assert world.post(SPAN).status_code == 200
    assert world.ingest.span_names == ["chat"]


def test_rejected_spans_are_a_partial_success(world: World) -> None:
    body = traces(make_span(), make_span(span_id=b"")).SerializeToString()

    answer = world.post(body)

    partial = ExportTraceServiceResponse.FromString(answer.content).partial_success
    assert answer.status_code == 200
    assert partial.rejected_spans == 1
    assert "span id" in partial.error_message
    assert world.ingest.span_names == ["chat"]


def test_rejected_spans_are_a_partial_success_in_json(world: World) -> None:
    request = span_json()
    spans = request["resourceSpans"][0]["scopeSpans"][0]["spans"]
    spans.append(spans[0] | {"traceId": "0" * 32})

    answer = world.post(orjson.dumps(request), content_type=JSON)

    assert answer.status_code == 200
    assert answer.json()["partialSuccess"]["rejectedSpans"] == "1"
    assert "trace id" in answer.json()["partialSuccess"]["errorMessage"]


@pytest.mark.parametrize("content_type", [PROTOBUF, JSON])
def test_spans_that_are_all_invalid_name_the_likely_mistake(
    world: World, content_type: str
) -> None:
    bodies = {
        PROTOBUF: traces(make_span(trace_id=b"")).SerializeToString(),
        JSON: orjson.dumps(span_json(traceId="")),
    }

    answer = world.post(bodies[content_type], content_type=content_type)

    assert_status(answer, 400, content_type, "/v1/logs")


@pytest.mark.parametrize("content_type", [PROTOBUF, JSON])
@pytest.mark.parametrize(
    ("key", "status", "words"), [("wrong", 401, "unknown key"), ("reader", 403, "only read")]
)
def test_keys_that_may_not_write_are_refused(
    world: World, content_type: str, key: str, status: int, words: str
) -> None:
    answer = world.post(BODIES[content_type], content_type=content_type, headers={"x-api-key": key})

    assert_status(answer, status, content_type, words)
    assert world.ingest.batches == []


@pytest.mark.parametrize("content_type", [PROTOBUF, JSON])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_other_methods_are_refused(world: World, content_type: str, method: str) -> None:
    answer = world.client.request(
        method, world.url + "/v1/traces", headers={"content-type": content_type}
    )

    assert_status(answer, 405, content_type, "POST")
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize("content_type", [PROTOBUF, JSON])
@pytest.mark.parametrize("path", ["/otel/v1/profiles", "/api/public/otel/traces"])
def test_an_unknown_path_below_a_base_path_is_not_found(
    world: World, content_type: str, path: str
) -> None:
    assert_status(world.post(SPAN, path=path, content_type=content_type), 404, content_type, path)


@pytest.mark.parametrize("content_type", [PROTOBUF, JSON])
@pytest.mark.parametrize(
    ("failure", "retry_after"),
    [(Overloaded(3), "3"), (StoreUnavailable("the disk is full"), "10")],
)
def test_what_cannot_be_stored_now_is_asked_for_again(
    world: World, content_type: str, failure: Exception, retry_after: str
) -> None:
    world.ingest.failure = failure

    answer = world.post(BODIES[content_type], content_type=content_type)

    assert_status(answer, 503, content_type, str(failure))
    assert answer.headers["retry-after"] == retry_after


@pytest.mark.parametrize("content_type", [PROTOBUF, JSON])
def test_a_fault_of_ours_says_so_and_nothing_more(world: World, content_type: str) -> None:
    world.ingest.failure = ZeroDivisionError("secret detail")

    answer = world.post(BODIES[content_type], content_type=content_type)

    assert_status(answer, 500, content_type, "internal error")
    assert b"secret" not in answer.content


def test_logs_and_metrics_are_taken(world: World) -> None:
    log_body = logs(LogRecord(trace_id=TRACE_ID)).SerializeToString()
    metric = Metric(name="gen_ai.x", sum=Sum(data_points=[NumberDataPoint(as_int=1)]))

    answers = [
        world.post(log_body, path="/v1/logs"),
        world.post(metrics(metric).SerializeToString(), path="/otel/v1/metrics/"),
        world.post(b'{"resourceLogs": []}', path="/v1/logs", content_type=JSON),
        world.post(b'{"resourceMetrics": []}', path="/v1/metrics", content_type=JSON),
    ]

    assert [answer.status_code for answer in answers] == [200] * 4
    assert world.ingest.batches[0].logs[0].trace_id == TRACE_ID.hex()
    assert world.ingest.batches[1].metrics[0].name == "gen_ai.x"


def test_the_project_header_may_hold_any_letters(world: World) -> None:
    headers = httpx.Headers({"content-type": PROTOBUF, "x-pilothouse-project": "Bücher"}, "utf-8")

    world.client.post(world.url + "/v1/traces", content=SPAN, headers=headers)

    assert world.ingest.batches[0].sources[0].project == "Bücher"


def test_many_clients_at_once_lose_nothing(world: World) -> None:
    with httpx.Client(timeout=120) as other:
        for i in range(20):
            body = traces(make_span(name=f"{i}", span_id=os.urandom(8))).SerializeToString()
            client = other if i % 2 else world.client
            client.post(world.url + "/v1/traces", content=body, headers={"content-type": PROTOBUF})

    assert world.ingest.span_names == [str(i) for i in range(20)]
