"""Sources as OTLP in JSON: what any OpenTelemetry backend takes, and `pilothouse traces import`."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Mapping
from typing import Any

from pilothouse.platform.store.rows import dumps
from pilothouse.spans import Source


def request(sources: Iterable[Source]) -> dict[str, Any]:
    """An ExportTraceServiceRequest, its spans by resource and scope."""
    resources: dict[bytes, dict[str, Any]] = {}
    scopes: dict[tuple[bytes, bytes], dict[str, Any]] = {}
    for source in sources:
        attributes = {**source.resource, "pilothouse.project": source.project}
        own = dumps(attributes)
        resource = resources.get(own)
        if resource is None:
            resource = {"resource": {"attributes": pairs(attributes)}, "scopeSpans": []}
            resources[own] = resource
        scope = {
            "name": source.scope_name,
            "version": source.scope_version,
            "attributes": pairs(source.scope_attributes),
        }
        key = (own, dumps(scope))
        spans = scopes.get(key)
        if spans is None:
            spans = scopes[key] = {"scope": scope, "spans": []}
            resource["scopeSpans"].append(spans)
        spans["spans"].append(span(source))
    return {"resourceSpans": list(resources.values())}


def span(source: Source) -> dict[str, Any]:
    """One span."""
    shown: dict[str, Any] = {
        "traceId": source.trace_id,
        "spanId": source.span_id,
        "parentSpanId": source.parent_span_id,
        "name": source.name,
        "kind": source.otel_kind,
        "startTimeUnixNano": str(source.start_ns),
        "attributes": pairs(source.attributes),
        "events": [
            {"name": e.name, "timeUnixNano": str(e.time_ns), "attributes": pairs(e.attributes)}
            for e in source.events
        ],
        "links": [
            {"traceId": x.trace_id, "spanId": x.span_id, "attributes": pairs(x.attributes)}
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
