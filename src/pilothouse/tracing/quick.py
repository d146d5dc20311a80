"""Our own spans: what OpenTelemetry asks of a span, in a third of the time that its SDK takes.

They are used where nobody else looks at spans: on our own provider with no other processor, where
all is kept and nothing is masked. Elsewhere the SDK makes them. Spans of libraries come from the
SDK always; parents and children of both kinds know each other by the context.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from opentelemetry.context import Context, get_current
from opentelemetry.sdk.trace import Tracer
from opentelemetry.trace import (
    Span,
    SpanContext,
    Status,
    StatusCode,
    TraceFlags,
    get_current_span,
)

from pilothouse.tracing import protobuf
from pilothouse.tracing.export import SESSION, Processor
from pilothouse.tracing.failures import event_of
from pilothouse.tracing.provider import SPAN_ATTRIBUTES, SPAN_EVENTS, OwnProvider

if TYPE_CHECKING:
    from pilothouse.tracing.settings import Settings

SAMPLED: Final = TraceFlags(TraceFlags.SAMPLED)
SAMPLED_RANDOM: Final = TraceFlags(TraceFlags.SAMPLED | TraceFlags.RANDOM_TRACE_ID)
UNSET: Final = Status(StatusCode.UNSET)
_INTERNAL: Final = b"\x30\x01"
"""Field 6 of a span: its kind."""


class QuickSpan(Span):
    """A span that becomes its bytes when it ends. Safe to be written to from any thread."""

    __slots__ = (
        "_context", "_ended", "_events", "_links", "_name", "_parent", "_processor", "_start",
        "attributes", "status",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        context: SpanContext,
        parent: SpanContext | None,
        attributes: dict[str, Any],
        processor: Processor,
    ) -> None:
        self._name = name
        self._context = context
        self._parent = parent
        self._processor = processor
        self._events: list[tuple[str, int, Mapping[str, Any]]] = []
        self._links: list[tuple[SpanContext, Mapping[str, Any]]] = []
        self._ended = False
        self.attributes = attributes
        self.status = UNSET
        self._start = time.time_ns()

    def get_span_context(self) -> SpanContext:
        return self._context

    def is_recording(self) -> bool:
        return not self._ended

    def set_attribute(self, key: str, value: Any) -> None:
        if not self._ended and (key in self.attributes or len(self.attributes) < SPAN_ATTRIBUTES):
            self.attributes[key] = tuple(value) if type(value) is list else value

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        for key, value in attributes.items():
            self.set_attribute(key, value)

    def add_event(
        self, name: str, attributes: Mapping[str, Any] | None = None, timestamp: int | None = None
    ) -> None:
        if not self._ended and len(self._events) < SPAN_EVENTS:
            self._events.append((name, timestamp or time.time_ns(), dict(attributes or {})))

    def add_link(self, context: SpanContext, attributes: Mapping[str, Any] | None = None) -> None:
        if not self._ended and len(self._links) < SPAN_EVENTS:
            self._links.append((context, dict(attributes or {})))

    def update_name(self, name: str) -> None:
        if not self._ended:
            self._name = name

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:
        """As the SDK has it: what is OK stays so, and nothing becomes unset again."""
        made = status if isinstance(status, Status) else Status(status, description)
        if self._ended or made.is_unset or self.status.status_code is StatusCode.OK:
            return
        self.status = made

    def record_exception(
        self,
        exception: BaseException,
        attributes: Mapping[str, Any] | None = None,
        timestamp: int | None = None,
        escaped: bool = False,
    ) -> None:
        self.add_event("exception", {**event_of(exception), **(attributes or {})}, timestamp)

    def end(self, end_time: int | None = None) -> None:
        if self._ended:
            return
        self._ended = True
        outbox = self._processor.outbox
        if outbox is not None:
            outbox.put(self._written(end_time or time.time_ns()))

    def _written(self, end_ns: int) -> bytes:
        context, parent, status = self._context, self._parent, self.status
        parts = [
            b"\x0a\x10", context.trace_id.to_bytes(16, "big"),
            b"\x12\x08", context.span_id.to_bytes(8, "big"),
        ]  # fmt: skip
        if context.trace_state:
            parts.append(protobuf.sized(b"\x1a", context.trace_state.to_header().encode()))
        if parent is not None:
            parts += (b"\x22\x08", parent.span_id.to_bytes(8, "big"))
        parts += (
            protobuf.sized(b"\x2a", protobuf.text(self._name)),
            _INTERNAL,
            protobuf.times(self._start, end_ns),
            protobuf.attributes(self.attributes.copy(), protobuf.ATTRIBUTE),
        )
        for name, at_ns, values in self._events:
            parts.append(protobuf.event(name, at_ns, values))
        for other, values in self._links:
            remote = other.is_remote
            parts.append(protobuf.link(other.trace_id, other.span_id, values, remote=remote))
        parts.append(protobuf.status(status.status_code.value, status.description))
        remote = parent is not None and parent.is_remote
        parts.append(protobuf.REMOTE if remote else protobuf.LOCAL)
        return protobuf.sized(b"\x12", b"".join(parts))


class Quick:
    """Begins such spans, as long as its provider is alone."""

    def __init__(self, provider: OwnProvider, processor: Processor) -> None:
        self._provider = provider
        self._processor = processor
        self._ids = provider.id_generator
        self._flags = SAMPLED_RANDOM if self._ids.is_trace_id_random() else SAMPLED

    def start(
        self, name: str, attributes: dict[str, Any], context: Context | None
    ) -> QuickSpan | None:
        """A span below the context's; None where the SDK has to decide."""
        if not self._provider.alone:
            return None
        within = get_current() if context is None else context
        parent: SpanContext | None = get_current_span(within).get_span_context()
        ids = self._ids
        if parent is not None and parent.is_valid:
            flags = parent.trace_flags
            if not flags.sampled:
                return None
            own = SpanContext(
                parent.trace_id,
                ids.generate_span_id(),
                is_remote=False,
                trace_flags=SAMPLED_RANDOM if flags.random_trace_id else SAMPLED,
                trace_state=parent.trace_state,
            )
        else:
            parent = None
            own = SpanContext(
                ids.generate_trace_id(),
                ids.generate_span_id(),
                is_remote=False,
                trace_flags=self._flags,
            )
        session: Any = within.get(SESSION)  # what `session` wrote, or None
        found = attributes if session is None else {**attributes, **session}
        return QuickSpan(name, own, parent, found, self._processor)


def quick_for(settings: Settings, provider: Any, tracer: Any, processor: Processor) -> Quick | None:
    """None where spans have to go the SDK's way."""
    if not isinstance(provider, OwnProvider) or not isinstance(tracer, Tracer):
        return None
    if settings.mask is not None or not settings.capture_content or settings.sample_rate < 1.0:
        return None
    return None if provider.cuts_texts else Quick(provider, processor)
