"""Our own spans: the same bytes as the SDK's encoder writes, and the same parents and children."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Link, SpanContext, Status, StatusCode, TraceFlags, TraceState

from pilothouse.tracing import protobuf
from pilothouse.tracing.export import Processor
from pilothouse.tracing.outbox import Outbox
from pilothouse.tracing.quick import QuickSpan

PARENT = SpanContext(
    0xABC, 0xDEF, is_remote=True, trace_flags=TraceFlags(1), trace_state=TraceState([("a", "b")])
)
ATTRIBUTES: dict[str, Any] = {
    "text": "Grüße 🎈" * 100,
    "empty": "",
    "yes": True,
    "no": False,
    "small": 3,
    "below": -2,
    "large": 2**63 - 1,
    "half": 0.5,
    "bytes": b"\x00\xff",
    "many": ("a", "b"),
    "numbers": (1, 2, 300),
}


class Kept(Outbox[Any]):
    """Keeps what is put into it."""

    def __init__(self) -> None:
        super().__init__("spans", lambda _: "sent", size=10, batch=10, wait_s=60)
        self.items: list[Any] = []

    def put(self, item: Any) -> None:
        self.items.append(item)


def quick(parent: SpanContext | None = None, **attributes: Any) -> tuple[QuickSpan, Kept]:
    processor = Processor()
    processor.outbox = kept = Kept()
    context = SpanContext(
        0xABC,
        0x123,
        is_remote=False,
        trace_flags=TraceFlags(1),
        trace_state=parent.trace_state if parent else None,
    )
    return QuickSpan("step", context, parent, dict(attributes), processor), kept


def read(kept: Kept) -> Any:
    body = protobuf.request(b"", protobuf.sized(b"\x0a", protobuf.sized(b"\x0a", b"x")), kept.items)
    return ExportTraceServiceRequest.FromString(body).resource_spans[0].scope_spans[0].spans[0]


@pytest.mark.parametrize("parent", [None, PARENT])
def test_a_span_is_written_as_the_sdk_writes_it(parent: SpanContext | None) -> None:
    span, kept = quick(parent, **ATTRIBUTES)
    span.add_event("happened", {"n": 1}, timestamp=7)
    span.add_link(PARENT, {"why": "because"})
    span.set_status(Status(StatusCode.ERROR, "it broke"))

    span.end(9_000_000_000)

    twin = ReadableSpan(
        name="step",
        context=span.get_span_context(),
        parent=parent,
        attributes=ATTRIBUTES,
        events=[],
        links=[Link(PARENT, {"why": "because"})],
        status=Status(StatusCode.ERROR, "it broke"),
        start_time=read(kept).start_time_unix_nano,
        end_time=9_000_000_000,
    )
    wanted = encode_spans([twin]).resource_spans[0].scope_spans[0].spans[0]
    event = wanted.events.add(name="happened", time_unix_nano=7)
    event.attributes.add(key="n").value.int_value = 1
    assert read(kept) == wanted


def test_what_has_no_form_is_left_out_and_half_a_character_becomes_whole() -> None:
    span, kept = quick(odd=object(), nothing=None, huge=2**64, torn="a\ud800")

    span.end()

    assert {a.key: a.value.string_value for a in read(kept).attributes} == {"torn": "a?"}


def test_a_span_that_has_ended_takes_nothing_more_and_ends_once() -> None:
    span, kept = quick()
    span.end()

    span.set_attribute("late", 1)
    span.add_event("late")
    span.update_name("late")
    span.end()

    assert len(kept.items) == 1
    assert not span.is_recording()
    assert read(kept).name == "step"


def test_what_is_ok_stays_ok() -> None:
    span, _ = quick()
    span.set_status(StatusCode.OK)

    span.set_status(StatusCode.ERROR, "too late")

    assert span.status.status_code is StatusCode.OK


def test_a_span_of_the_sdk_below_one_of_ours_is_its_child() -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(span_limits=SpanLimits(), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    span, _ = quick()

    with trace.use_span(span, end_on_exit=True):
        provider.get_tracer("library").start_span("call").end()

    (child,) = exporter.get_finished_spans()
    assert child.parent is not None
    assert child.context is not None
    assert child.parent.span_id == 0x123
    assert child.context.trace_id == 0xABC
