"""From ended spans to OTLP requests: the processor, and the last look at each span."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from opentelemetry.context import Context, get_current
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, Span, SpanProcessor
from opentelemetry.trace import Status

from pilothouse.tracing import protobuf
from pilothouse.tracing.content import mask_text, masked, without_content
from pilothouse.tracing.outbox import Outbox, Outcome
from pilothouse.tracing.settings import Settings
from pilothouse.tracing.trouble import trouble
from pilothouse.tracing.wire import Wire, outcome

SESSION = "pilothouse.session"
"""Key in the OpenTelemetry context: attributes that each span begun inside it gets."""
SCOPE = b"pilothouse"
BATCH_SPANS = 512
WAIT_S = 1.0
FULL_ID = 1 << 64
Ended = ReadableSpan | bytes
"""A span of the SDK, or one of ours, which is in its final form already."""


class Processor(SpanProcessor):
    """Hands ended spans to the outbox; gives each span its session. Stays with its provider."""

    def __init__(self) -> None:
        self.outbox: Outbox[Ended] | None = None
        self.keep_below = FULL_ID
        """Traces whose lower id half is below are kept; used where the provider samples all."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Sets the session's attributes, whoever begins the span."""
        context = get_current() if parent_context is None else parent_context
        given: Any = context.get(SESSION)  # what `session` wrote, or None
        if given is not None:
            span.set_attributes(given)

    def on_end(self, span: ReadableSpan) -> None:
        """Queues the span."""
        outbox = self.outbox
        if outbox is None:
            return
        context = span.context
        if context is None or not context.trace_flags.sampled:
            return
        if self.keep_below != FULL_ID and context.trace_id % FULL_ID >= self.keep_below:
            return
        outbox.put(span)

    def shutdown(self) -> None:
        """Sends what waits; the provider calls this at its own end."""
        if self.outbox is not None:
            self.outbox.flush(5.0)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Sends what waits."""
        return self.outbox is None or self.outbox.flush(timeout_millis / 1000)


class Exporter:
    """Encodes batches of spans and posts them; masks and strips on the way, in the background."""

    def __init__(
        self,
        settings: Settings,
        wire: Wire,
        resource: Resource,
        amend: Callable[[Resource], Resource] | None = None,
    ) -> None:
        """`resource` is what spans of ours carry."""
        self._wire = wire
        self._resource, self._scope = _around(resource if amend is None else amend(resource))
        self._mask = settings.mask
        self._strip = not settings.capture_content
        self._amend = amend

    def deliver(self, ended: list[Ended]) -> Outcome:
        """Sends one batch."""
        written = [span for span in ended if isinstance(span, bytes)]
        body = protobuf.request(self._resource, self._scope, written) if written else b""
        if len(written) < len(ended):  # requests of protobuf add up
            body += self._encoded([span for span in ended if not isinstance(span, bytes)])
        if not body:
            return "refused"
        answer = self._wire.post("/v1/traces", body, "application/x-protobuf")
        return outcome(answer, "spans", self._wire.endpoint)

    def _encoded(self, spans: list[ReadableSpan]) -> bytes:
        if self._mask is not None or self._strip or self._amend is not None:
            spans = [self._prepared(span) for span in spans]
        spans = [_mended(span) if _is_torn(span) else span for span in spans]
        return _encoded(spans)

    def _prepared(self, span: ReadableSpan) -> ReadableSpan:
        status = span.status
        if self._mask is not None and status.description:
            status = Status(status.status_code, mask_text(status.description, self._mask))
        return ReadableSpan(
            name=span.name,
            context=span.context,
            parent=span.parent,
            resource=span.resource if self._amend is None else self._amend(span.resource),
            attributes=self._attributes(span.attributes or {}),
            events=[
                Event(event.name, self._attributes(event.attributes or {}), event.timestamp)
                for event in span.events
            ],
            links=span.links,
            kind=span.kind,
            status=status,
            start_time=span.start_time,
            end_time=span.end_time,
            instrumentation_scope=span.instrumentation_scope,
        )

    def _attributes(self, attributes: Mapping[str, Any]) -> Mapping[str, Any]:
        if self._strip:
            attributes = without_content(attributes)
        if self._mask is not None:
            attributes = masked(attributes, self._mask)
        return attributes


def weight(span: Ended) -> int:
    """About how many bytes a span holds in memory."""
    if isinstance(span, bytes):
        return len(span)
    size = 1_000
    attributes = span._attributes or {}  # the public property copies
    for value in getattr(attributes, "_dict", attributes).values():
        if type(value) is str:
            size += len(value)
        elif type(value) is tuple:
            size += 16 * len(value)
    return size


def _around(resource: Resource) -> tuple[bytes, bytes]:
    """What stands around our own spans: their resource and their scope."""
    said = protobuf.attributes(resource.attributes, b"\x0a")
    return protobuf.sized(b"\x0a", said), protobuf.sized(b"\x0a", protobuf.sized(b"\x0a", SCOPE))


def _encoded(spans: list[ReadableSpan]) -> bytes:
    """The request body; one span that cannot be encoded must not cost the batch."""
    try:
        return bytes(encode_spans(spans).SerializePartialToString())
    except Exception as error:
        trouble("encoding a batch of spans", error)
    good: list[ReadableSpan] = []
    for span in spans:
        try:
            encode_spans([span]).SerializePartialToString()
        except Exception as error:
            trouble("encoding a span", error)
        else:
            good.append(span)
    return bytes(encode_spans(good).SerializePartialToString()) if good else b""


def _is_torn(span: ReadableSpan) -> bool:
    """Whether a text of the span holds half a surrogate pair, which UTF-8 cannot say."""
    if not all(map(_is_whole, (span.attributes or {}).values())):
        return True
    texts = [span.name, span.status.description or ""]
    for event in span.events:
        texts += [event.name, *(v for v in (event.attributes or {}).values() if type(v) is str)]
    return not all(map(_is_whole, texts))


def _is_whole(value: Any) -> bool:  # Any: an OpenTelemetry attribute value
    if type(value) is str:
        if value.isascii():
            return True
        try:
            value.encode()
        except UnicodeEncodeError:
            return False
        return True
    return all(map(_is_whole, value)) if type(value) is tuple else True


def _mended(span: ReadableSpan) -> ReadableSpan:
    """The span with each text as valid UTF-8."""

    def mend(value: Any) -> Any:  # Any: an OpenTelemetry attribute value
        if isinstance(value, str):
            return value.encode("utf-8", "replace").decode()
        if isinstance(value, (list, tuple)):
            return [mend(item) for item in value]
        if isinstance(value, Mapping):
            return {mend(key): mend(item) for key, item in value.items()}
        return value

    return ReadableSpan(
        name=mend(span.name),
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=mend(span.attributes or {}),
        events=[Event(mend(e.name), mend(e.attributes or {}), e.timestamp) for e in span.events],
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code, mend(span.status.description)),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )
