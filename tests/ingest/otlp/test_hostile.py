"""Whatever bytes arrive, decoding gives spans or the one declared error, and never takes long."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from json import dumps
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from otlp_factory import any_value, make_span, span_json, traces
from pilothouse.platform.ingest.otlp import json, protobuf
from pilothouse.platform.ingest.otlp.body import inflate
from pilothouse.platform.ingest.otlp.decoded import Decoded, MalformedBody

DECODERS: list[Callable[[bytes], Decoded]] = [
    protobuf.decode_traces,
    protobuf.decode_logs,
    protobuf.decode_metrics,
    json.decode_traces,
    json.decode_logs,
    json.decode_metrics,
]
CAPTURES = Path(__file__).parents[4] / "shared" / "fixtures" / "otlp"
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(
            [
                "resourceSpans", "resource", "scopeSpans", "scope", "spans", "attributes", "key",
                "value", "stringValue", "intValue", "doubleValue", "boolValue", "bytesValue",
                "arrayValue", "kvlistValue", "values", "events", "links", "status", "code",
                "traceId", "spanId", "name", "kind", "startTimeUnixNano", "resourceLogs",
                "scopeLogs", "logRecords", "body", "resourceMetrics", "scopeMetrics", "metrics",
                "sum", "histogram", "exponentialHistogram", "dataPoints", "bucketCounts",
                "explicitBounds", "scale", "positive", "offset", "asInt", "asDouble", "count",
            ]
        ),
        inner,
        max_size=5,
    ),
    max_leaves=30,
)  # fmt: skip


def survives(decode: Callable[[bytes], Decoded], body: bytes) -> None:
    with contextlib.suppress(MalformedBody):
        decode(body)


@pytest.mark.parametrize("decode", DECODERS)
@given(body=st.binary())
def test_random_bytes(decode: Callable[[bytes], Decoded], body: bytes) -> None:
    survives(decode, body)


@pytest.mark.parametrize("decode", DECODERS[3:])
@given(value=JSON_VALUES)
def test_random_json(decode: Callable[[bytes], Decoded], value: Any) -> None:
    survives(decode, orjson.dumps(value))


def shapes(value: Any) -> Any:
    """Requests of the right shape around a value that may be wrong."""
    span = span_json(attributes=[{"key": "k", "value": value}], status=value, events=[value])
    metric = {"name": "gen_ai.x", "sum": {"dataPoints": [value]}, "histogram": value}
    return span | {
        "resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": value}, value]}]}],
        "resourceMetrics": [{"scopeMetrics": [{"metrics": [metric, value]}]}],
    }


@pytest.mark.parametrize("decode", DECODERS[3:])
@given(value=JSON_VALUES)
def test_random_json_in_the_places_that_matter(
    decode: Callable[[bytes], Decoded], value: Any
) -> None:
    survives(decode, orjson.dumps(shapes(value)))


@pytest.mark.parametrize("extension", [".pb", ".json"])
@given(data=st.data())
def test_damaged_captures(extension: str, data: st.DataObject) -> None:
    paths = sorted(p for p in CAPTURES.glob(f"*{extension}") if p.name != "expected.json")
    if not paths:
        pytest.skip("the recorded OTLP requests are not beside this checkout")
    body = bytearray(data.draw(st.sampled_from(paths)).read_bytes())
    for at in data.draw(st.lists(st.integers(0, len(body) - 1), min_size=1, max_size=8)):
        body[at] = data.draw(st.integers(0, 255))
    damaged = bytes(body[: data.draw(st.integers(0, len(body)))])

    for decode in DECODERS:
        survives(decode, damaged)


@given(body=st.binary(), encoding=st.sampled_from(["gzip", "deflate"]))
def test_random_bytes_as_compressed_data(body: bytes, encoding: str) -> None:
    with contextlib.suppress(MalformedBody):
        inflate(body, encoding, 1000)


def decoded_within(seconds: float, body: bytes, decode: Callable[[bytes], Decoded]) -> Decoded:
    started = time.process_time()
    decoded = decode(body)
    assert time.process_time() - started < seconds
    return decoded


def test_a_hundred_thousand_attributes() -> None:
    attributes = {f"key-{i}": i for i in range(100_000)}
    body = traces(make_span(attributes)).SerializeToString()

    decoded = decoded_within(5, body, protobuf.decode_traces)

    assert decoded.batch.sources[0].attributes == attributes


def test_a_hundred_thousand_attributes_in_json() -> None:
    pairs = [{"key": f"key-{i}", "value": {"intValue": i}} for i in range(100_000)]

    decoded = decoded_within(5, orjson.dumps(span_json(attributes=pairs)), json.decode_traces)

    assert len(decoded.batch.sources[0].attributes) == 100_000


def test_a_value_of_ten_megabytes() -> None:
    text = "data \0 é 😀" * 1_000_000
    body = traces(make_span({"text": text})).SerializeToString()
    as_json = span_json(attributes=[{"key": "text", "value": {"stringValue": text}}])

    binary = decoded_within(2, body, protobuf.decode_traces)
    from_json = decoded_within(2, orjson.dumps(as_json), json.decode_traces)

    assert binary.batch.sources[0].attributes["text"] == text
    assert from_json.batch.sources[0].attributes["text"] == text


def test_nul_bytes_stay() -> None:
    body = traces(make_span({"a\0b": "c\0d"}, name="\0")).SerializeToString()

    source = protobuf.decode_traces(body).batch.sources[0]

    assert (source.name, source.attributes) == ("\0", {"a\0b": "c\0d"})


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_json_of_ten_thousand_levels(opening: bytes) -> None:
    closing = b"]" if opening == b"[" else b"}"
    body = b'{"resourceSpans":' + opening * 10_000 + b"1" + closing * 10_000 + b"}"

    with pytest.raises(MalformedBody):
        json.decode_traces(body)


@pytest.mark.parametrize("levels", [41, 200])
def test_deep_values_in_json(levels: int) -> None:
    value: dict[str, Any] = {"stringValue": "x"}
    for _ in range(levels):
        value = {"arrayValue": {"values": [value]}}
    body = dumps(span_json(attributes=[{"key": "k", "value": value}])).encode()

    with pytest.raises(MalformedBody, match="nests too deeply"):
        json.decode_traces(body)


def test_a_value_of_a_thousand_levels() -> None:
    value = any_value("x").SerializeToString()
    for _ in range(1000):
        value = field(5, field(1, value))
    pair = field(1, b"deep") + field(2, value)
    span = make_span().SerializeToString() + field(9, pair)
    body = field(1, field(2, field(2, span))) + traces(make_span(name="good")).SerializeToString()

    decoded = protobuf.decode_traces(body)

    assert [source.name for source in decoded.batch.sources] == ["good"]
    assert "nests too deeply" in decoded.message


def field(number: int, content: bytes) -> bytes:
    """A protobuf field of bytes."""
    length, size = b"", len(content)
    while size > 127:
        length += bytes([size & 127 | 128])
        size >>= 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + content


def test_hostile_keys_stay_as_they_are() -> None:
    attributes = {"__proto__": "a", "": "b", "a.b.": "c", "__class__": 1, "🙂" * 100: True}

    source = protobuf.decode_traces(traces(make_span(attributes)).SerializeToString())

    assert source.batch.sources[0].attributes == attributes


@pytest.mark.parametrize("scale", [-(2**31), -10, 20, 2**31 - 1])
def test_an_exponential_histogram_of_any_scale(scale: int) -> None:
    point = {
        "scale": scale,
        "positive": {"offset": 2**31 - 1, "bucketCounts": ["1", "2"]},
        "attributes": [{"key": "k", "value": {"doubleValue": "NaN"}}],
    }
    metric = {"name": "gen_ai.x", "exponentialHistogram": {"dataPoints": [point]}}
    request = {"resourceMetrics": [{"scopeMetrics": [{"metrics": [metric]}]}]}

    decoded = json.decode_metrics(orjson.dumps(request))

    assert decoded.batch.metrics[0].counts == [0, 1, 2, 0]


def test_many_resources_do_not_pile_up() -> None:
    for i in range(300):
        request = traces(make_span(), resource={"host.name": f"host-{i}"})
        protobuf.decode_traces(request.SerializeToString())

    assert protobuf._remembered_resource.cache_info().currsize <= 256
