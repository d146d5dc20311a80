"""OTLP requests as tests write them."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterable
from typing import Any

_numbers = itertools.count(1)
JSON = {"Content-Type": "application/json"}


def trace_id() -> str:
    """A trace id that no other test has."""
    return f"{time.time_ns():016x}{next(_numbers):016x}"


def value(v: Any) -> dict[str, Any]:
    """A Python value as AnyValue."""
    if isinstance(v, bool):
        return {"boolValue": v}
    if isinstance(v, int):
        return {"intValue": str(v)}
    if isinstance(v, float):
        return {"doubleValue": v}
    if isinstance(v, list):
        return {"arrayValue": {"values": [value(x) for x in v]}}
    if isinstance(v, dict):
        return {"kvlistValue": {"values": attributes(v)}}
    return {"stringValue": v}


def attributes(values: dict[str, Any]) -> list[dict[str, Any]]:
    """A dictionary as a list of KeyValue."""
    return [{"key": k, "value": value(v)} for k, v in values.items()]


def span(
    trace: str, span_id: str = "", parent: str = "", *, at_s: float = 0, **given: Any
) -> dict[str, Any]:
    """A span that started `at_s` seconds from now and took one second."""
    start = time.time_ns() + int(at_s * 1e9)
    return {
        "traceId": trace,
        "spanId": span_id or f"{next(_numbers):016x}",
        "parentSpanId": parent,
        "name": "work",
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + 10**9),
        **given,
    }


def request(*spans: dict[str, Any], project: str = "default") -> dict[str, Any]:
    """An ExportTraceServiceRequest."""
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": attributes({"service.name": project})},
                "scopeSpans": [{"scope": {"name": "tests"}, "spans": list(spans)}],
            }
        ]
    }


def used_memory(host: str, shares: Iterable[tuple[float, float]], *, project: str) -> bytes:
    """A request in which a host tells how full its memory was: (seconds ago, share)."""
    points = [
        {
            "timeUnixNano": str(time.time_ns() - round(ago_s * 1e9)),
            "asDouble": share,
            "attributes": attributes({"system.memory.state": "used"}),
        }
        for ago_s, share in shares
    ]
    metric = {"name": "system.memory.utilization", "unit": "1", "gauge": {"dataPoints": points}}
    resource = {"attributes": attributes({"host.name": host, "pilothouse.project": project})}
    sent = {"resource": resource, "scopeMetrics": [{"metrics": [metric]}]}
    return json.dumps({"resourceMetrics": [sent]}).encode()
