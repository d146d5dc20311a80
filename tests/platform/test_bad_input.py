"""Whatever comes in, the server gives a sensible answer and goes on storing good spans."""

from __future__ import annotations

import base64
import gzip
import json
import os
import time
import zlib
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from otlp import attributes, request, span, trace_id, value
from servers import ServerProcess

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("still_serves")]

PROTOBUF = {"Content-Type": "application/x-protobuf"}
MB = 1_000_000
SECOND = 10**9


def send(server: ServerProcess, *spans: dict[str, Any], project: str = "default") -> None:
    """Send spans that the server must take."""
    status, answer = server.call("POST", "/v1/traces", request(*spans, project=project))
    assert (status, answer) == (200, {}), answer


def as_protobuf(trace: str, name: str) -> bytes:
    """An OTLP request in protobuf with one span."""
    message = ExportTraceServiceRequest()
    sent = message.resource_spans.add().scope_spans.add().spans.add()
    sent.trace_id, sent.span_id, sent.name = bytes.fromhex(trace), os.urandom(8), name
    sent.start_time_unix_nano = time.time_ns()
    sent.end_time_unix_nano = sent.start_time_unix_nano + SECOND
    return message.SerializeToString()


# ---- bodies


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        pytest.param(b"\xff\xfe not protobuf", PROTOBUF, 400, id="malformed protobuf"),
        pytest.param(b"\x0a\xff\xff\xff\xff\x7f", PROTOBUF, 400, id="length beyond the end"),
        pytest.param(b'{"resourceSpans": [', {}, 400, id="cut JSON"),
        pytest.param(b"[1, 2]", {}, 400, id="JSON of another shape"),
        pytest.param(b'{"resourceSpans": 7}', {}, 400, id="a number for a list"),
        pytest.param(b"[" * 100_000, {}, 400, id="deep nesting"),
        pytest.param(b"\xc3\x28{}", {}, 400, id="JSON that is not UTF-8"),
        pytest.param(b"{}", {"Content-Type": "text/html"}, 415, id="another content type"),
        pytest.param(b"{}", {"Content-Encoding": "br"}, 415, id="another compression"),
        pytest.param(gzip.compress(b"{}" * 99)[:-12], {"Content-Encoding": "gzip"}, 400, id="cut"),
        pytest.param(b"plain", {"Content-Encoding": "gzip"}, 400, id="not gzip"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(
    server: ServerProcess, body: bytes, headers: dict[str, str], status: int
) -> None:
    answered, answer = server.call("POST", "/v1/traces", body, headers)

    assert answered == status
    assert answer


def test_a_gzip_bomb_is_refused_without_being_inflated(server: ServerProcess) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    zeros = packer.compress(bytes(10 * MB)) + packer.flush(zlib.Z_FULL_FLUSH)
    # A full flush begins anew, so that one piece can be repeated; nobody comes to the checksum.
    bomb = gzip.compress(b"")[:10] + zeros * 200 + packer.flush() + bytes(8)

    status, _ = server.call("POST", "/v1/traces", bomb, {"Content-Encoding": "gzip", **PROTOBUF})

    assert status == 413
    assert peak_mb(server) < 1500


def peak_mb(server: ServerProcess) -> float:
    """The most memory that the process had at a time."""
    assert server.process is not None
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    [line] = [x for x in status.splitlines() if x.startswith("VmHWM")]
    return int(line.split()[1]) / 1000


def test_a_bad_span_does_not_take_the_good_one_with_it(server: ServerProcess) -> None:
    trace = trace_id()
    bad = span("00" * 16), span(trace, "00" * 8), span("xyz")

    status, answer = server.call("POST", "/v1/traces", request(*bad, span(trace)))

    assert status == 200
    assert answer["partialSuccess"]["rejectedSpans"] in ("3", 3)
    assert server.get(f"/api/v1/traces/{trace}")["trace"]["span_count"] == 1


# ---- large values


def test_a_value_of_30_mb_stands_apart_and_lists_stay_small(server: ServerProcess) -> None:
    trace = trace_id()
    text = "lorem ipsum " * (30 * MB // 12)
    sent = span(trace, "ab" * 8, attributes=attributes({"input.value": text, "output.value": "ok"}))

    send(server, sent, span(trace), project="large")

    [listed] = server.get("/api/v1/traces?project=large")["items"]
    assert listed["span_count"] == 2
    assert len(listed["input_preview"]) <= 300
    assert len(json.dumps(server.get("/api/v1/spans?project=large"))) < 20_000
    detail = server.get(f"/api/v1/traces/{trace}/spans/{'ab' * 8}")
    assert len(json.dumps(detail)) < 100_000
    marker = detail["input"]
    assert marker["bytes"] == len(text)
    assert text.startswith(marker["preview"])
    status, stored = server.call("GET", f"/api/v1/blobs/{marker['$blob']}")
    assert status == 200
    assert stored == text.encode()
    whole = server.get(f"/api/v1/traces/{trace}")
    assert len(json.dumps(whole)) < 100_000


def test_an_attribute_of_10_mb_stands_apart(server: ServerProcess) -> None:
    trace = trace_id()
    text = os.urandom(5 * MB).hex()

    send(server, span(trace, "ab" * 8, attributes=attributes({"dump": text, "small": "yes"})))

    detail = server.get(f"/api/v1/traces/{trace}/spans/{'ab' * 8}")
    assert detail["attributes"]["small"] == "yes"
    marker = detail["attributes"]["dump"]
    assert marker["bytes"] == len(text)
    assert server.call("GET", f"/api/v1/blobs/{marker['$blob']}")[1] == text.encode()


def test_an_image_inside_messages_leaves_them_readable(server: ServerProcess) -> None:
    trace = trace_id()
    image = b"\x89PNG\r\n\x1a\n" + os.urandom(MB)
    url = "data:image/png;base64," + base64.b64encode(image).decode()
    messages = [
        {"role": "system", "parts": [{"type": "text", "content": "You see."}]},
        {
            "role": "user",
            "parts": [
                {"type": "text", "content": "What is this?"},
                {"type": "blob", "modality": "image", "mime_type": "image/png", "content": url},
            ],
        },
    ]
    chat = {"gen_ai.operation.name": "chat", "gen_ai.input.messages": json.dumps(messages)}

    send(server, span(trace, "ab" * 8, attributes=attributes(chat)))

    detail = server.get(f"/api/v1/traces/{trace}/spans/{'ab' * 8}")
    text = json.dumps(detail)
    assert len(text) < 100_000
    assert "You see." in text
    assert "What is this?" in text
    assert [m["role"] for m in detail["messages_in"]] == ["system", "user"]
    [part] = [p for p in detail["messages_in"][1]["parts"] if p["type"] == "image"]
    blob = part["blob"]["$blob"] if isinstance(part["blob"], dict) else part["blob"]
    assert server.call("GET", f"/api/v1/blobs/{blob}")[1] == image


def test_a_large_body_of_a_log_record_stands_apart(server: ServerProcess) -> None:
    trace = trace_id()
    text = "once upon a time " * (2 * MB // 17)
    send(server, span(trace, "ab" * 8, attributes=attributes({"gen_ai.operation.name": "chat"})))
    record = {
        "timeUnixNano": str(time.time_ns()),
        "traceId": trace,
        "spanId": "ab" * 8,
        "eventName": "gen_ai.user.message",
        "attributes": attributes({"event.name": "gen_ai.user.message"}),
        "body": value({"role": "user", "content": text}),
    }
    body = {"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}

    assert server.call("POST", "/v1/logs", body)[0] == 200

    detail = server.get(f"/api/v1/traces/{trace}/spans/{'ab' * 8}")
    told = json.dumps(detail)
    assert len(told) < 100_000
    blob = told.partition('"$blob": "')[2][:64]
    assert server.call("GET", f"/api/v1/blobs/{blob}")[1] == text.encode()


def test_100_000_attributes_are_kept(server: ServerProcess) -> None:
    trace = trace_id()
    many = attributes({f"key.{n}": n for n in range(100_000)})

    send(server, span(trace, "ab" * 8, attributes=many), span(trace), project="wide")

    [listed] = server.get("/api/v1/traces?project=wide")["items"]
    assert listed["span_count"] == 2
    kept = server.get(f"/api/v1/traces/{trace}/spans/{'ab' * 8}")["attributes"]
    assert len(kept) == 100_000
    assert kept["key.99999"] == 99_999


# ---- text


@pytest.mark.parametrize(
    "text",
    ["nul \0 inside", "\0", "\ud800 alone", "tail \udfff", "\u202e\ufeff\uffff", "😀" * 50],
    ids=["nul", "only nul", "high surrogate", "low surrogate", "odd", "emoji"],
)
def test_odd_characters_are_stored(server: ServerProcess, text: str) -> None:
    trace = trace_id()
    given = attributes({"input.value": text, f"key {text}": text, "session.id": text})
    sent = span(trace, "ab" * 8, name=text, attributes=given, status={"code": 2, "message": text})

    send(server, sent, project="odd")

    kept = server.get(f"/api/v1/traces/{trace}/spans/{'ab' * 8}")
    wanted = text.encode("utf-8", "replace").decode()
    assert plain(kept["name"]) == plain(wanted)
    assert plain(kept["input"]) == plain(wanted)
    assert trace in {t["trace_id"] for t in server.get("/api/v1/traces?project=odd")["items"]}


def plain(text: str) -> str:
    """Text with whatever stands for half a character made one sign."""
    return text.replace("\ufffd", "?")


def test_bytes_that_are_not_utf_8_in_protobuf_are_replaced(server: ServerProcess) -> None:
    trace = trace_id()
    body = as_protobuf(trace, "broken name").replace(b"broken", b"br\xff\xc3en")

    status, _ = server.call("POST", "/v1/traces", body, PROTOBUF)

    assert status == 200
    [kept] = server.get(f"/api/v1/traces/{trace}")["spans"]
    assert kept["name"].startswith("br")
    assert kept["name"].endswith("en name")


# ---- times and structure


def test_a_negative_duration_becomes_none_at_all(server: ServerProcess) -> None:
    trace = trace_id()
    now = time.time_ns()

    send(
        server,
        span(trace, startTimeUnixNano=str(now), endTimeUnixNano=str(now - 5 * SECOND)),
        project="negative",
    )

    [listed] = server.get("/api/v1/traces?project=negative")["items"]
    assert listed["duration_ms"] == 0


@pytest.mark.parametrize(
    ("start_ns", "year"),
    [
        (0, None),
        (1, "1970"),
        (4_102_444_800 * SECOND, "2100"),
        (2**63 - 1, None),
        (2**64 - 1, None),
    ],
    ids=["0", "1970", "2100", "2262", "2554"],
)
def test_a_span_of_any_time_is_stored(
    server: ServerProcess, start_ns: int, year: str | None
) -> None:
    trace = trace_id()
    end_ns = min(start_ns + SECOND, 2**64 - 1)
    times = {"startTimeUnixNano": str(start_ns), "endTimeUnixNano": str(end_ns)}

    send(server, span(trace, **times), span(trace), project="times")

    opened = server.get(f"/api/v1/traces/{trace}")
    assert opened["trace"]["span_count"] == 2
    assert year is None or opened["trace"]["start_time"][:4] in (year, str(time.gmtime().tm_year))
    listed = server.get("/api/v1/traces?project=times&limit=1000")["items"]
    assert trace in {t["trace_id"] for t in listed}


def test_a_cycle_of_parents_can_be_opened(server: ServerProcess) -> None:
    trace = trace_id()
    one, two, own = "11" * 8, "22" * 8, "33" * 8
    usage = attributes({"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 3})

    send(
        server,
        span(trace, one, two, attributes=usage),
        span(trace, two, one, attributes=usage),
        span(trace, own, own),
    )

    opened = server.get(f"/api/v1/traces/{trace}")
    assert len(opened["spans"]) == opened["trace"]["span_count"] == 3


def test_a_span_whose_parent_never_came_is_shown(server: ServerProcess) -> None:
    trace = trace_id()

    send(server, span(trace, "11" * 8, "99" * 8, name="orphan"), project="orphans")

    [listed] = server.get("/api/v1/traces?project=orphans")["items"]
    assert listed["name"] == "orphan"
    assert server.get(f"/api/v1/traces/{trace}")["spans"][0]["parent_span_id"] == "99" * 8


def test_the_last_of_spans_with_one_id_is_kept(server: ServerProcess) -> None:
    trace = trace_id()

    send(server, *[span(trace, "ab" * 8, name=f"try {n}") for n in range(5)])

    opened = server.get(f"/api/v1/traces/{trace}")
    assert [s["name"] for s in opened["spans"]] == ["try 4"]
    assert opened["trace"]["span_count"] == 1


def test_a_trace_id_of_two_projects_asks_for_the_project(server: ServerProcess) -> None:
    trace = trace_id()
    send(server, span(trace, "ab" * 8), project="left")
    send(server, span(trace, "ab" * 8), span(trace), project="right")

    status, answer = server.call("GET", f"/api/v1/traces/{trace}")

    assert status == 409
    assert sorted(named_in(answer["error"]["details"])) == ["left", "right"]
    opened = server.get(f"/api/v1/traces/{trace}?project=right")
    assert opened["trace"]["span_count"] == 2
    assert server.call("GET", f"/api/v1/traces/{trace}/spans/{'ab' * 8}")[0] == 409


def named_in(details: Any) -> list[str]:
    """The projects that a 409 names."""
    return list(details["projects"] if isinstance(details, dict) else details)


def test_a_span_that_comes_a_day_late_joins_its_trace(server: ServerProcess) -> None:
    trace = trace_id()
    send(server, span(trace, name="now"), project="late")
    server.get("/api/v1/traces?project=late")

    send(server, span(trace, at_s=-86_400, name="root"), project="late")

    [listed] = server.get("/api/v1/traces?project=late")["items"]
    assert listed["span_count"] == 2
    assert listed["duration_ms"] >= 86_400_000


def test_a_trace_of_5_000_spans_opens_without_payloads(server: ServerProcess) -> None:
    trace, root = trace_id(), "11" * 8
    text = attributes({"input.value": "word " * 200})
    spans = [span(trace, parent=root, attributes=text) for _ in range(4_999)]
    send(server, span(trace, root), *spans, project="long")

    opened = server.get(f"/api/v1/traces/{trace}?payloads=false")

    assert len(opened["spans"]) == 5_000
    assert "input" not in opened["spans"][-1]
