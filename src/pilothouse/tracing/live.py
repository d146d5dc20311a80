"""The running tracer: begins, fails and ends spans for the decorators, and never raises at them."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Mapping
from contextvars import Token
from typing import Any

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import Span, Status, StatusCode, set_span_in_context

from pilothouse.tracing.export import SESSION, Processor
from pilothouse.tracing.instrumentors import Recording
from pilothouse.tracing.machine import Machine
from pilothouse.tracing.outbox import Outbox
from pilothouse.tracing.scoring import ScoreBox
from pilothouse.tracing.settings import Settings
from pilothouse.tracing.trouble import trouble
from pilothouse.tracing.values import TEXT

OK = Status(StatusCode.OK)
MAX_STACK = 64_000
MAX_MESSAGE = 8_000
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
        outbox: Outbox[ReadableSpan],
        scores: ScoreBox,
        recording: Recording,
    ) -> None:
        self.settings = settings
        self.tracer = tracer
        self.start_span = tracer.start_span
        self.processor = processor
        self.outbox = outbox
        self.scores = scores
        self.recording = recording
        self.machine: Machine | None = None
        """Sends the metrics of the machine, where that is wanted."""
        self.limit = settings.max_content_chars

    def begin(self, name: str, attributes: dict[str, Any], *, root: bool = False) -> Opened | None:
        """Starts a span and makes it the current one."""
        try:
            base = _rootless() if root else None
            span = self.start_span(name, base, attributes=attributes)
            return span, otel_context.attach(set_span_in_context(span, base))
        except Exception as error:
            trouble("starting a span", error)
            return None

    def start(self, name: str, attributes: dict[str, Any], context: Context) -> Span | None:
        """Starts a span below the given context, without making it current."""
        try:
            return self.start_span(name, context, attributes=attributes)
        except Exception as error:
            trouble("starting a span", error)
            return None

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
    kind = type(error)
    module = kind.__module__
    name = kind.__qualname__ if module == "builtins" else f"{module}.{kind.__qualname__}"
    try:
        message = str(error)[:MAX_MESSAGE]
    except Exception:
        message = "(no message)"
    event = {"exception.type": name, "exception.message": message}
    if not isinstance(error, (asyncio.CancelledError, KeyboardInterrupt)):
        event["exception.stacktrace"] = _stack(error)
    span.add_event("exception", event)
    text = f"{kind.__name__}: {message}" if message else kind.__name__
    span.set_status(Status(StatusCode.ERROR, text))


def _stack(error: BaseException) -> str:
    try:
        lines = traceback.format_exception(type(error), error, error.__traceback__, limit=60)
    except Exception:
        lines = traceback.format_tb(error.__traceback__, limit=60)
    text = "".join(lines)
    return text if len(text) <= MAX_STACK else f"{text[:2_000]}\n…\n{text[-MAX_STACK:]}"


def _rootless() -> Context:
    """A context without a current span; the session stays."""
    session = otel_context.get_value(SESSION)
    return Context() if session is None else Context({SESSION: session})
