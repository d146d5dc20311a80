"""The running tracer: begins, fails and ends spans for the decorators, and never raises at them."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import Token
from typing import Any

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, Status, StatusCode, set_span_in_context

from pilothouse.tracing.export import SESSION, Ended, Processor
from pilothouse.tracing.failures import event_of
from pilothouse.tracing.instrumentors import Recording
from pilothouse.tracing.machine import Machine
from pilothouse.tracing.outbox import Outbox
from pilothouse.tracing.quick import Quick
from pilothouse.tracing.scoring import ScoreBox
from pilothouse.tracing.settings import Settings
from pilothouse.tracing.trouble import trouble
from pilothouse.tracing.values import TEXT

OK = Status(StatusCode.OK)
CALM = (GeneratorExit, SystemExit)
"""Leaving a span by one of these is no failure of it."""

Opened = tuple[Span, Token[Context]]


class Live:
    """What `init` has built."""

    __slots__ = (
        "limit",
        "machine",
        "outbox",
        "processor",
        "quick",
        "recording",
        "scores",
        "settings",
        "start_span",
        "tracer",
    )

    def __init__(
        self,
        settings: Settings,
        tracer: trace.Tracer,
        processor: Processor,
        outbox: Outbox[Ended],
        scores: ScoreBox,
        recording: Recording,
        quick: Quick | None,
    ) -> None:
        self.settings = settings
        self.tracer = tracer
        self.start_span = tracer.start_span
        self.quick = quick
        self.processor = processor
        self.outbox = outbox
        self.scores = scores
        self.recording = recording
        self.machine: Machine | None = None
        """Sends the metrics of the machine, where that is wanted."""
        self.limit = settings.max_content_chars

    def begin(
        self,
        name: str,
        attributes: dict[str, Any],
        *,
        root: bool = False,
        within: Context | None = None,
    ) -> Opened | None:
        """Starts a span and makes it the current one; its context is `within`, or the current."""
        try:
            base = _rootless() if root else within
            span = self._started(name, attributes, base)
            return span, otel_context.attach(set_span_in_context(span, base))
        except Exception as error:
            trouble("starting a span", error)
            return None

    def start(self, name: str, attributes: dict[str, Any], context: Context) -> Span | None:
        """Starts a span below the given context, without making it current."""
        try:
            return self._started(name, attributes, context)
        except Exception as error:
            trouble("starting a span", error)
            return None

    def _started(self, name: str, attributes: dict[str, Any], context: Context | None) -> Span:
        span: Span | None = None
        if self.quick is not None:
            span = self.quick.start(name, attributes, context)
        if span is None:
            span = self.start_span(name, context, attributes=attributes)
        return span

    def leave(self, opened: Opened) -> None:
        """Makes the span before it current again, and ends it."""
        span, token = opened
        try:
            otel_context.detach(token)
        except Exception as error:
            trouble("leaving a span", error)
        self.end(span)

    def end(self, span: Span) -> None:
        """Ends a span."""
        try:
            span.end()
        except Exception as error:
            trouble("ending a span", error)

    def succeed(self, span: Span) -> None:
        """Marks a span as done, unless somebody has set its status already."""
        try:
            status = getattr(span, "status", None)
            if status is None or status.status_code is StatusCode.UNSET:
                span.set_status(OK)
        except Exception as error:
            trouble("ending a span", error)

    def fail(self, span: Span, error: BaseException) -> None:
        """Marks a span as failed, with the exception as an event."""
        try:
            if isinstance(error, CALM):
                self.succeed(span)
                return
            record(span, error)
        except Exception as own:
            trouble("recording an exception", own)

    def mark(self, span: Span, message: str) -> None:
        """Marks a span as failed without an exception."""
        try:
            span.set_status(Status(StatusCode.ERROR, message))
        except Exception as error:
            trouble("writing to a span", error)

    def write(self, span: Span, attributes: Mapping[str, Any]) -> None:
        """Sets attributes."""
        try:
            span.set_attributes(attributes)
        except Exception as error:
            trouble("writing to a span", error)

    def write_content(self, span: Span, side: str, text: str, mime: str) -> None:
        """Sets an input or output; plain text, which is what readers assume, is not named so."""
        try:
            span.set_attribute(f"{side}.value", text)
            if mime != TEXT:
                span.set_attribute(f"{side}.mime_type", mime)
        except Exception as error:
            trouble("writing to a span", error)


def record(span: Span, error: BaseException) -> None:
    """Writes an exception to a span: status, and an event with the stack."""
    event = event_of(error)
    span.add_event("exception", event)
    name, message = type(error).__name__, event["exception.message"]
    span.set_status(Status(StatusCode.ERROR, f"{name}: {message}" if message else name))


def _rootless() -> Context:
    """A context without a current span; the session stays."""
    session = otel_context.get_value(SESSION)
    return Context() if session is None else Context({SESSION: session})
