"""Sources and log records as OTLP in JSON: for any OpenTelemetry backend, and our own import."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Mapping
from typing import Any

from pilothouse.platform.store.rows import dumps
from pilothouse.spans import LogRecord, Source, otlp_ids
from pilothouse.spans.model import LOG_ID


def request(sources: Iterable[Source]) -> dict[str, Any]:
    """An ExportTraceServiceRequest, its spans by resource and scope."""
    grouped = _Grouped("scopeSpans", "spans")
    for source in sources:
        scope = {
            "name": source.scope_name,
            "version": source.scope_version,
            "attributes": pairs(source.scope_attributes),
        }
        grouped.add(source.project, source.resource, scope, span(source))
    return {"resourceSpans": grouped.resources}


def logs_request(records: Iterable[LogRecord]) -> dict[str, Any]:
    """An ExportLogsServiceRequest, its records by resource and scope."""
    grouped = _Grouped("scopeLogs", "logRecords")
    for record in records:
        grouped.add(record.project, record.resource, {"name": record.scope_name}, log(record))
    return {"resourceLogs": grouped.resources}


class _Grouped:
    """Items below the resource and scope that they share, each told once."""

    def __init__(self, scopes: str, items: str) -> None:
        """`scopes` and `items` are what OTLP calls the two lists."""
        self.resources: list[dict[str, Any]] = []
        self._names = scopes, items
        self._resources: dict[bytes, dict[str, Any]] = {}
        self._scopes: dict[tuple[bytes, bytes], list[dict[str, Any]]] = {}

    def add(
        self, project: str, resource: Mapping[str, Any], scope: dict[str, Any], item: dict[str, Any]
    ) -> None:
        scopes, items = self._names
        attributes = {**resource, "pilothouse.project": project}
        own = dumps(attributes)
        group = self._resources.get(own)
        if group is None:
            group = {"resource": {"attributes": pairs(attributes)}, scopes: []}
            self._resources[own] = group
            self.resources.append(group)
        key = (own, dumps(scope))
        found = self._scopes.get(key)
        if found is None:
            found = self._scopes[key] = []
            group[scopes].append({"scope": scope, items: found})
        found.append(item)


def log(record: LogRecord) -> dict[str, Any]:
    """One log record, with the id under which it is kept."""
    return {
        "timeUnixNano": str(record.time_ns),
        "traceId": otlp_ids.trace_hex(record.trace_id) if record.trace_id else "",
        "spanId": otlp_ids.span_hex(record.span_id),
        "eventName": record.event_name,
        "severityNumber": record.severity,
        "body": any_value(record.body),
        "attributes": pairs({**record.attributes, LOG_ID: record.id}),
    }


def span(source: Source) -> dict[str, Any]:
    """One span."""
    shown: dict[str, Any] = {
        "traceId": otlp_ids.trace_hex(source.trace_id),
        "spanId": otlp_ids.span_hex(source.span_id),
        "parentSpanId": otlp_ids.span_hex(source.parent_span_id),
        "name": source.name,
        "kind": source.otel_kind,
        "startTimeUnixNano": str(source.start_ns),
        "attributes": pairs({**source.attributes, **otlp_ids.told(source)}),
        "events": [
            {"name": e.name, "timeUnixNano": str(e.time_ns), "attributes": pairs(e.attributes)}
            for e in source.events
        ],
        "links": [
            {
                "traceId": otlp_ids.trace_hex(x.trace_id),
                "spanId": otlp_ids.span_hex(x.span_id),
                "attributes": pairs(x.attributes),
            }
            for x in source.links
        ],
        "status": {"code": source.status_code, "message": source.status_message},
    }
    if source.end_ns is not None:
        shown["endTimeUnixNano"] = str(source.end_ns)
    return shown


def pairs(attributes: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Attributes as OTLP writes them."""
    return [{"key": key, "value": any_value(value)} for key, value in attributes.items()]


def any_value(value: Any) -> dict[str, Any]:
    """One value with its type."""
    match value:
        case None:
            return {}
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            if math.isfinite(value):
                return {"doubleValue": value}
            return {"doubleValue": "NaN" if math.isnan(value) else f"{'-' * (value < 0)}Infinity"}
        case bytes() | bytearray():
            return {"bytesValue": base64.b64encode(value).decode()}
        case list() | tuple():
            return {"arrayValue": {"values": [any_value(v) for v in value]}}
        case dict():
            return {"kvlistValue": {"values": pairs(value)}}
        case _:
            return {"stringValue": str(value)}
