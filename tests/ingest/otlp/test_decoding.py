"""Attributes of every type arrive as they were sent, and what is wrong is repaired or told."""

from __future__ import annotations

import math
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    ExponentialHistogram,
    ExponentialHistogramDataPoint,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    NumberDataPoint,
    Sum,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from otlp_factory import (
    SPAN_ID,
    START_NS,
    TRACE_ID,
    any_value,
    as_dict,
    key_values,
    logs,
    make_span,
    metrics,
    span_json,
    traces,
)
from pilothouse.platform.ingest.otlp import json, protobuf
from pilothouse.platform.ingest.otlp.decoded import MalformedBody
from pilothouse.spans import Source

SCALARS = (
    st.text()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.none()
    | st.binary()
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


def one(span: Span, **resource: Any) -> Source:
    decoded = protobuf.decode_traces(traces(span, resource=resource).SerializeToString())
    return decoded.batch.sources[0]


def one_json(request: dict[str, Any]) -> Source:
    return json.decode_traces(orjson.dumps(request)).batch.sources[0]


def attribute(value: Any) -> dict[str, Any]:
    return span_json(attributes=[{"key": "k", "value": value}])


@pytest.mark.slow
@given(st.dictionaries(st.text(), VALUES))
def test_attributes_of_every_type_arrive_as_they_were_sent(attributes: dict[str, Any]) -> None:
    source = one(make_span(attributes))

    assert source.attributes == attributes
    assert list(source.attributes) == list(attributes)


@pytest.mark.parametrize(
    "length", [0, 1, 123, 124, 125, 126, 127, 128, 129, 16_379, 16_384, 70_000]
)
@pytest.mark.parametrize("letter", ["a", "é", "😀"])
def test_texts_around_every_length_of_the_wire_format_arrive(length: int, letter: str) -> None:
    text = letter * length

    source = one(make_span({"key": text, "k" * 130: text, "list": [text, text]}))

    assert source.attributes == {"key": text, "k" * 130: text, "list": [text, text]}


@pytest.mark.parametrize("number", [0, 1, 127, 128, 16_383, 16_384, 2**31, 2**63 - 1, -1, -(2**63)])
def test_integers_of_every_width_arrive(number: int) -> None:
    assert one(make_span({"n": number})).attributes == {"n": number}
    assert one_json(attribute({"intValue": str(number)})).attributes == {"k": number}
    assert one_json(attribute({"intValue": number})).attributes == {"k": number}


def test_of_equal_keys_the_last_one_wins() -> None:
    span = make_span()
    span.attributes.extend([*key_values({"k": "first"}), *key_values({"k": "last"})])

    assert one(span).attributes == {"k": "last"}


def test_a_value_that_is_sent_twice_in_one_key_value_is_its_last() -> None:
    pair = KeyValue(key="k", value=any_value("a")).SerializeToString()
    twice = pair + KeyValue(value=any_value("b")).SerializeToString()
    span = make_span().SerializeToString() + b"\x4a" + bytes([len(twice)]) + twice

    source = one(Span.FromString(span))

    assert source.attributes == {"k": "b"}


def raw_request(span: bytes) -> bytes:
    """A request around a span whose bytes the published classes would refuse to make."""

    def field(number: int, content: bytes) -> bytes:
        length, size = b"", len(content)
        while size > 127:
            length += bytes([size & 127 | 128])
            size >>= 7
        return bytes([number << 3 | 2]) + length + bytes([size]) + content

    return field(1, field(2, field(2, span)))


def test_invalid_utf8_becomes_replacement_characters_and_other_spans_stay() -> None:
    bad = make_span({"k": "XXXX"}, name="XXXX").SerializeToString().replace(b"XXXX", b"a\xff\xfeb")
    good = traces(make_span({"k": "fine"}, span_id=b"12345678")).SerializeToString()

    decoded = protobuf.decode_traces(raw_request(bad) + good)

    first, second = decoded.batch.sources
    assert (first.name, first.attributes) == ("a��b", {"k": "a��b"})
    assert second.attributes == {"k": "fine"}


def test_a_lone_surrogate_in_json_becomes_a_replacement_character() -> None:
    body = orjson.dumps(span_json(name="HERE")).replace(b"HERE", rb"a\ud800b \\ud800 \ud83d\ude00")

    assert json.decode_traces(body).batch.sources[0].name == "a�b \\ud800 😀"


def test_invalid_utf8_in_json_becomes_a_replacement_character() -> None:
    body = orjson.dumps(span_json(name="HERE")).replace(b"HERE", b"a\xffb")

    assert json.decode_traces(body).batch.sources[0].name == "a�b"


@pytest.mark.parametrize(
    ("start", "end", "wanted"),
    [
        (START_NS, START_NS + 5, (START_NS, START_NS + 5)),
        (START_NS, START_NS - 5, (START_NS, START_NS)),
        (START_NS, 0, (START_NS, None)),
        (0, 0, (0, None)),
        (1, 4_102_444_800_000_000_000, (1, 4_102_444_800_000_000_000)),
        (2**64 - 1, 2**64 - 1, (2**63 - 1, 2**63 - 1)),
        (2**64 - 1, 5, (2**63 - 1, 2**63 - 1)),
    ],
)
def test_times_are_repaired(start: int, end: int, wanted: tuple[int, int | None]) -> None:
    span = make_span(start_time_unix_nano=start, end_time_unix_nano=end)
    text = span_json(startTimeUnixNano=str(start), endTimeUnixNano=end)

    binary, from_json = one(span), one_json(text)

    assert (binary.start_ns, binary.end_ns) == wanted
    assert (from_json.start_ns, from_json.end_ns) == wanted


@pytest.mark.parametrize("parent", [b"", bytes(8), b"abc", b"123456789"])
def test_a_parent_that_is_none_makes_a_root(parent: bytes) -> None:
    assert one(make_span(parent_span_id=parent)).parent_span_id == ""
    assert one_json(span_json(parentSpanId=parent.hex())).parent_span_id == ""


def test_an_unknown_kind_or_status_is_unspecified() -> None:
    span = make_span(kind=17)
    span.status.code = 9

    source, text = one(span), one_json(span_json(kind=17, status={"code": 9}))

    assert (source.otel_kind, source.status_code) == (0, 0)
    assert (text.otel_kind, text.status_code) == (0, 0)


def test_status_and_its_message_arrive() -> None:
    span = make_span()
    span.status.code, span.status.message = 2, "timed out"

    source = one(span)

    assert (source.status_code, source.status_message) == (2, "timed out")


def test_events_links_and_scope_arrive() -> None:
    event = Span.Event(name="exception", time_unix_nano=7, attributes=key_values({"a": 1}))
    link = Span.Link(trace_id=TRACE_ID, span_id=SPAN_ID, attributes=key_values({"b": "c"}))
    request = traces(make_span(events=[event], links=[link]), resource={"service.name": "shop"})
    scope = request.resource_spans[0].scope_spans[0].scope
    scope.version = "1.2"
    scope.attributes.extend(key_values({"s": True}))

    source = protobuf.decode_traces(request.SerializeToString()).batch.sources[0]

    assert (source.events[0].name, source.events[0].time_ns) == ("exception", 7)
    assert source.events[0].attributes == {"a": 1}
    assert (source.links[0].trace_id, source.links[0].span_id) == (TRACE_ID.hex(), SPAN_ID.hex())
    assert source.links[0].attributes == {"b": "c"}
    assert (source.scope_name, source.scope_version) == ("tests", "1.2")
    assert source.scope_attributes == {"s": True}
    assert source.resource == {"service.name": "shop"}


@pytest.mark.parametrize(
    "ids",
    [
        {"trace_id": b""},
        {"trace_id": bytes(16)},
        {"trace_id": b"short"},
        {"span_id": b""},
        {"span_id": bytes(8)},
    ],
)
def test_a_span_with_an_invalid_id_is_rejected_alone(ids: dict[str, bytes]) -> None:
    request = traces(make_span(**ids), make_span(name="good"))
    group = {"resourceSpans": [{"scopeSpans": [{"spans": []}]}]}
    spans: list[Any] = group["resourceSpans"][0]["scopeSpans"][0]["spans"]
    valid = span_json(name="good")["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    renamed = {"trace_id": "traceId", "span_id": "spanId"}
    spans += [valid | {renamed[k]: v.hex() for k, v in ids.items()}, valid]

    binary = protobuf.decode_traces(request.SerializeToString())
    text = json.decode_traces(orjson.dumps(group))

    assert [s.name for s in binary.batch.sources] == ["good"]
    assert [s.name for s in text.batch.sources] == ["good"]
    assert binary.rejected_count == text.rejected_count == 1


def test_ids_in_json_are_hex_of_any_case_and_never_base64() -> None:
    upper = one_json(span_json(traceId=TRACE_ID.hex().upper(), spanId=SPAN_ID.hex().upper()))

    assert (upper.trace_id, upper.span_id) == (TRACE_ID.hex(), SPAN_ID.hex())
    with pytest.raises(MalformedBody, match="valid id"):
        one_json(span_json(traceId="W47/95gDgQPSabYzgT/GDA=="))


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ({"doubleValue": 1.5}, 1.5),
        ({"doubleValue": "Infinity"}, math.inf),
        ({"doubleValue": "-Infinity"}, -math.inf),
        ({"doubleValue": "2.5"}, 2.5),
        ({"doubleValue": 3}, 3.0),
        ({"boolValue": True}, True),
        ({"bytesValue": "_-8="}, b"\xff\xef"),
        ({"bytesValue": "/+8"}, b"\xff\xef"),
        ({"arrayValue": {"values": [{"intValue": "1"}, {}]}}, [1, None]),
        ({"arrayValue": {}}, []),
        ({"kvlistValue": {"values": [{"key": "a", "value": {"stringValue": "b"}}]}}, {"a": "b"}),
        ({}, None),
        (None, None),
        ({"stringValue": None}, None),
        ({"somethingNew": 1}, None),
        ({"stringValueStrindex": 4}, None),
    ],
)
def test_every_kind_of_value_is_read_from_json(value: Any, wanted: Any) -> None:
    assert one_json(attribute(value)).attributes == {"k": wanted}


def test_not_a_number_is_read_from_json() -> None:
    assert math.isnan(one_json(attribute({"doubleValue": "NaN"})).attributes["k"])


SPAN = "resourceSpans[0].scopeSpans[0].spans[0]"


@pytest.mark.parametrize(
    ("request_json", "place"),
    [
        (span_json(attributes={"a": 1}), f"{SPAN}.attributes: "),
        (attribute("text"), f"{SPAN}.attributes[0].value: "),
        (attribute({"intValue": "ten"}), f"{SPAN}.attributes[0].value.intValue: "),
        (attribute({"intValue": str(2**64)}), f"{SPAN}.attributes[0].value.intValue: "),
        (attribute({"intValue": True}), f"{SPAN}.attributes[0].value.intValue: "),
        (attribute({"boolValue": "true"}), f"{SPAN}.attributes[0].value.boolValue: "),
        (attribute({"bytesValue": "!"}), f"{SPAN}.attributes[0].value.bytesValue: "),
        (
            attribute({"arrayValue": {"values": [{}, {"doubleValue": "x"}]}}),
            f"{SPAN}.attributes[0].value.arrayValue.values[1].doubleValue: ",
        ),
        (
            attribute({"kvlistValue": {"values": [{"key": 5}]}}),
            f"{SPAN}.attributes[0].value.kvlistValue.values[0].key: ",
        ),
        (span_json(kind="SPAN_KIND_CLIENT"), f"{SPAN}.kind: "),
        (span_json(status={"code": "STATUS_CODE_OK"}), f"{SPAN}.status.code: "),
        (span_json(startTimeUnixNano="-1"), f"{SPAN}.startTimeUnixNano: "),
        (span_json(name=5), f"{SPAN}.name: "),
        (span_json(events=[{"name": []}]), f"{SPAN}.events[0].name: "),
        ({"resourceSpans": {}}, "resourceSpans: "),
        ({"resourceSpans": [5]}, "resourceSpans[0]: "),
        (
            {"resourceSpans": [{"resource": {"attributes": [{"key": "a", "value": 1}]}}]},
            "resourceSpans[0].resource.attributes[0].value: ",
        ),
        (
            {"resourceSpans": [{"scopeSpans": [{"scope": {"name": 1}}]}]},
            "resourceSpans[0].scopeSpans[0].scope.name: ",
        ),
    ],
)
def test_a_wrong_type_in_json_is_told_with_its_place(
    request_json: dict[str, Any], place: str
) -> None:
    with pytest.raises(MalformedBody) as refused:
        json.decode_traces(orjson.dumps(request_json))

    assert str(refused.value).startswith(place)


@pytest.mark.parametrize("body", [b"", b"[]", b"5", b"{", b'{"a": NaN}'])
def test_a_body_that_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedBody):
        json.decode_traces(body)


def test_logs_in_json_sent_to_the_traces_path_are_told_apart() -> None:
    with pytest.raises(MalformedBody, match="/v1/logs"):
        json.decode_traces(b'{"resourceLogs": []}')


@pytest.mark.parametrize("request_json", [{}, {"resourceSpans": []}, {"resourceSpans": [{}]}])
def test_an_empty_json_request_holds_nothing(request_json: dict[str, Any]) -> None:
    assert json.decode_traces(orjson.dumps(request_json)).batch.sources == []


def test_a_span_goes_to_the_project_that_is_named_nearest_to_it() -> None:
    request = traces(
        make_span(),
        make_span({"pilothouse.project": "own"}),
        resource={"openinference.project.name": "group", "service.name": "shop"},
    ).SerializeToString()

    by_attributes = protobuf.decode_traces(request).batch.sources
    by_header = protobuf.decode_traces(request, {"x-project-name": "sent"}).batch.sources

    assert [s.project for s in by_attributes] == ["group", "own"]
    assert [s.project for s in by_header] == ["sent", "sent"]


def test_a_deep_value_rejects_its_span_alone() -> None:
    deep: Any = "x"
    for _ in range(45):
        deep = [deep]
    request = traces(make_span({"deep": deep}), make_span(name="good")).SerializeToString()

    decoded = protobuf.decode_traces(request)

    assert [s.name for s in decoded.batch.sources] == ["good"]
    assert "nests too deeply" in decoded.message


def test_log_records_of_traces_and_model_calls_are_kept() -> None:
    request = logs(
        LogRecord(trace_id=TRACE_ID, span_id=SPAN_ID, body=any_value({"content": "hi"})),
        LogRecord(event_name="gen_ai.choice", observed_time_unix_nano=9),
        LogRecord(attributes=key_values({"event.name": "gen_ai.evaluation.result"})),
        LogRecord(attributes=key_values({"gen_ai.system": "openai"})),
        LogRecord(body=any_value("listening on port 80")),
        resource={"service.name": "shop"},
    )

    kept = protobuf.decode_logs(request.SerializeToString()).batch.logs

    assert [log.position for log in kept] == [1, 2, 3, 4]
    assert (kept[0].trace_id, kept[0].span_id) == (TRACE_ID.hex(), SPAN_ID.hex())
    assert kept[0].body == {"content": "hi"}
    assert (kept[1].event_name, kept[1].time_ns) == ("gen_ai.choice", 9)
    assert kept[2].event_name == "gen_ai.evaluation.result"
    assert {log.project for log in kept} == {"shop"}


def test_histograms_and_sums_of_model_calls_are_kept() -> None:
    point = HistogramDataPoint(
        start_time_unix_nano=1,
        time_unix_nano=2,
        count=3,
        sum=42.5,
        bucket_counts=[1, 2],
        explicit_bounds=[10.0],
        attributes=key_values({"gen_ai.token.type": "input"}),
    )
    exponential = ExponentialHistogramDataPoint(count=4, sum=9.0, scale=0, zero_count=1)
    exponential.positive.offset = 1
    exponential.positive.bucket_counts.extend([2, 1])
    request = metrics(
        Metric(
            name="gen_ai.client.token.usage",
            unit="{token}",
            histogram=Histogram(data_points=[point]),
        ),
        Metric(
            name="mcp.client.session.duration",
            exponential_histogram=ExponentialHistogram(data_points=[exponential]),
        ),
        Metric(name="llm.calls", sum=Sum(data_points=[NumberDataPoint(as_int=7)])),
        Metric(name="process.cpu.time", sum=Sum(data_points=[NumberDataPoint(as_int=7)])),
    )

    usage, session, calls = protobuf.decode_metrics(request.SerializeToString()).batch.metrics

    assert (usage.name, usage.unit, usage.count, usage.sum) == (
        "gen_ai.client.token.usage",
        "{token}",
        3,
        42.5,
    )
    assert (usage.start_ns, usage.time_ns) == (1, 2)
    assert (usage.bounds, usage.counts) == ([10.0], [1, 2])
    assert usage.attributes == {"gen_ai.token.type": "input"}
    assert (session.bounds, session.counts) == ([2.0, 4.0, 8.0], [1, 2, 1, 0])
    assert calls.sum == 7.0


def test_of_a_machine_what_is_kept_says_whose_it_is() -> None:
    def gauge(name: str, value: float, **attributes: str) -> Metric:
        point = NumberDataPoint(as_double=value, attributes=key_values(attributes))
        return Metric(name=name, gauge=Gauge(data_points=[point]))

    request = metrics(
        gauge("system.cpu.utilization", 0.75, cpu="1", state="idle"),
        gauge("system.cpu.utilization", 0.2, cpu="1", state="user"),
        gauge("system.memory.utilization", 0.5, **{"system.memory.state": "used"}),
        gauge("system.filesystem.utilization", 0.9, mountpoint="/"),
        gauge("hw.gpu.utilization", float("nan")),
        gauge("system.network.io", 7.0),
    )
    sender = {"host.name": "vm-1", "service.name": "desk", "os.type": "linux"}
    request.resource_metrics[0].resource.attributes.extend(key_values(sender))

    binary = protobuf.decode_metrics(request.SerializeToString()).batch.metrics
    text = json.decode_metrics(orjson.dumps(as_dict(request))).batch.metrics

    of = {"host.name": "vm-1", "service.name": "desk"}
    assert [(one.name, one.sum, one.attributes) for one in binary] == [
        ("system.cpu.utilization", 0.75, of | {"cpu": "1", "state": "idle"}),
        (
            "system.memory.utilization",
            0.5,
            of | {"system.memory.state": "used", "state": "used"},
        ),
        ("system.filesystem.utilization", 0.9, of | {"mountpoint": "/"}),
    ]
    assert repr(text) == repr(binary)


def test_senders_of_one_metric_stay_apart() -> None:
    def series(host: str) -> str:
        request = metrics(
            Metric(name="llm.calls", sum=Sum(data_points=[NumberDataPoint(as_int=7)]))
        )
        request.resource_metrics[0].resource.attributes.extend(key_values({"host.name": host}))
        return protobuf.decode_metrics(request.SerializeToString()).batch.metrics[0].series

    assert series("a") == series("a")
    assert series("a") != series("b")
