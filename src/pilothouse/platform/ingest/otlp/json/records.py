"""Spans and log records out of their OTLP/JSON objects."""

from __future__ import annotations

import re
from typing import Final

from pilothouse.platform.ingest.otlp.decoded import (
    MAX_DEPTH,
    SPAN_ID_REASON,
    TRACE_ID_REASON,
    ZERO_SPAN,
    ZERO_TRACE,
    Decoded,
    event_name_of,
    log_id_of,
)
from pilothouse.platform.ingest.otlp.json.fields import (
    Object,
    each,
    enum_at,
    object_at,
    text_at,
    time_at,
    within,
)
from pilothouse.platform.ingest.otlp.json.values import attributes_of, value_of
from pilothouse.spans import Event, Link, LogRecord, Source

_TRACE_ID: Final = re.compile(r"[0-9a-fA-F]{32}").fullmatch
_SPAN_ID: Final = re.compile(r"[0-9a-fA-F]{16}").fullmatch


def span_of(
    span: Object, decoded: Decoded, resource: Object, scope: tuple[str, str, Object]
) -> Source | None:
    trace_id, span_id = text_at(span, "traceId"), text_at(span, "spanId")
    if not _TRACE_ID(trace_id) or trace_id == ZERO_TRACE:
        decoded.rejected[TRACE_ID_REASON] += 1
        return None
    if not _SPAN_ID(span_id) or span_id == ZERO_SPAN:
        decoded.rejected[SPAN_ID_REASON] += 1
        return None
    parent = text_at(span, "parentSpanId")
    start, end = time_at(span, "startTimeUnixNano"), time_at(span, "endTimeUnixNano")
    status = object_at(span, "status")
    with within("status"):
        code, message = enum_at(status, "code", 2), text_at(status, "message")
    return Source(
        project="",
        trace_id=trace_id.lower(),
        span_id=span_id.lower(),
        parent_span_id=parent.lower() if _SPAN_ID(parent) and parent != ZERO_SPAN else "",
        name=text_at(span, "name"),
        start_ns=start,
        end_ns=None if end == 0 else max(end, start),
        otel_kind=enum_at(span, "kind", 5),
        status_code=code,
        status_message=message,
        attributes=attributes_of(span),
        resource=resource,
        scope_name=scope[0],
        scope_version=scope[1],
        scope_attributes=scope[2],
        events=each(span, "events", _event),
        links=each(span, "links", _link),
    )


def _event(event: Object) -> Event:
    return Event(
        name=text_at(event, "name"),
        time_ns=time_at(event, "timeUnixNano"),
        attributes=attributes_of(event),
    )


def _link(link: Object) -> Link:
    return Link(
        trace_id=text_at(link, "traceId").lower(),
        span_id=text_at(link, "spanId").lower(),
        attributes=attributes_of(link),
    )


def log_of(record: Object, resource: Object, scope_name: str, position: int) -> LogRecord:
    trace_id, span_id = text_at(record, "traceId"), text_at(record, "spanId")
    traced = _TRACE_ID(trace_id) is not None and trace_id != ZERO_TRACE
    attributes = attributes_of(record)
    with within("body"):
        body = value_of(record.get("body"), MAX_DEPTH)
    return LogRecord(
        project="",
        time_ns=time_at(record, "timeUnixNano") or time_at(record, "observedTimeUnixNano"),
        trace_id=trace_id.lower() if traced else "",
        span_id=span_id.lower() if traced and _SPAN_ID(span_id) and span_id != ZERO_SPAN else "",
        event_name=text_at(record, "eventName") or event_name_of(attributes),
        severity=enum_at(record, "severityNumber", 24),
        body=body,
        attributes=attributes,
        resource=resource,
        scope_name=scope_name,
        position=position,
        id=log_id_of(attributes),
    )
