"""Reads exported traces back and makes OTLP requests of them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any, Final, Literal

from pilothouse.cli.terminal import Failure

Json = dict[str, Any]  # JSON of other people's programs
Signal = Literal["traces", "logs"]

AT_ONCE: Final = 400
"""Spans or log records in one request, unless a line of the file holds more."""
_BYTES: Final = 8 * 2**20
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SHAPES: Final[dict[Signal, tuple[str, str, str]]] = {
    "traces": ("resourceSpans", "scopeSpans", "spans"),
    "logs": ("resourceLogs", "scopeLogs", "logRecords"),
}
"""What OTLP calls the lists by resource, by scope, and of the things themselves."""
_STATUS: Final = {"unset": 0, "ok": 1, "error": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One OTLP request that a file makes."""

    signal: Signal
    body: bytes
    count: int
    """Spans, or log records."""


def requests_of(file: Path, project: str | None) -> Iterator[Request]:
    """The requests that a file makes.

    A file holds one JSON document, or one on each line: an OTLP export request of spans or of log
    records, an exported trace ({"trace", "spans"}), or an exported span.
    """
    waiting: list[Json] = []
    signal: Signal = "traces"
    items = size = 0
    for document in _documents(file):
        for found, groups in _as_otlp(document, file):
            if project is not None:
                _move(groups, project)
            count = _count(found, groups)
            length = len(json.dumps(groups))
            full = items + count > AT_ONCE or size + length > _BYTES
            if waiting and (full or found != signal):
                yield _whole_request(signal, waiting, items)
                waiting, items, size = [], 0, 0
            signal = found
            waiting += groups
            items, size = items + count, size + length
    if waiting:
        yield _whole_request(signal, waiting, items)


def _whole_request(signal: Signal, groups: list[Json], count: int) -> Request:
    body = json.dumps({_SHAPES[signal][0]: groups}).encode()
    return Request(signal=signal, body=body, count=count)


def _documents(file: Path) -> Iterator[Json]:
    if str(file) == "-":
        yield from _read(sys.stdin, file)
        return
    try:
        with file.open(encoding="utf-8") as opened:
            yield from _read(opened, file)
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"{file} cannot be read: {error}") from None


def _read(opened: IO[str], file: Path) -> Iterator[Json]:
    for number, line in enumerate(opened, 1):
        if not line.strip():
            continue
        try:
            document = json.loads(line)
        except ValueError:
            if number > 1:
                raise Failure(f"{file}, line {number}: this is not JSON") from None
            document = _whole(line + opened.read(), file)
        found = document if isinstance(document, list) else [document]
        for one in found:
            if not isinstance(one, dict):
                raise Failure(f"{file}, line {number}: this is no trace")
            yield one


def _whole(text: str, file: Path) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise Failure(f"{file}: this is not JSON: {error}") from None


def _as_otlp(document: Json, file: Path) -> Iterable[tuple[Signal, list[Json]]]:
    """The groups of a document by resource, spans before log records."""
    told: list[tuple[Signal, list[Json]]] = [
        (signal, document[groups])
        for signal, (groups, _, _) in _SHAPES.items()
        if isinstance(document.get(groups), list)
    ]
    if told:
        return told
    if isinstance(document.get("spans"), list):
        return [("traces", _groups(document["spans"], file))]
    if "span_id" in document:
        return [("traces", _groups([document], file))]
    raise Failure(f"{file}: neither OTLP in JSON nor an export of `pilothouse traces export`")


def _groups(spans: list[Json], file: Path) -> list[Json]:
    by_project: dict[str, list[Json]] = {}
    for span in spans:
        try:
            by_project.setdefault(span["project"], []).append(_span(span))
        except (KeyError, TypeError, ValueError) as error:
            raise Failure(
                f"{file}: a span lacks what is needed ({error}); export it with its payloads"
            ) from None
    return [
        {
            "resource": {"attributes": _pairs({"pilothouse.project": name})},
            "scopeSpans": [{"scope": {"name": "pilothouse.import"}, "spans": converted}],
        }
        for name, converted in by_project.items()
    ]


def _span(span: Json) -> Json:
    converted: Json = {
        "traceId": span["trace_id"],
        "spanId": span["span_id"],
        "parentSpanId": span.get("parent_span_id") or "",
        "name": span["name"],
        "startTimeUnixNano": _nanos(span["start_time"]),
        "attributes": _pairs(span["attributes"] or {}),
        "events": [
            {
                "name": event["name"],
                "timeUnixNano": _nanos(event["time"]),
                "attributes": _pairs(event.get("attributes") or {}),
            }
            for event in span.get("events") or []
        ],
        "links": [
            {
                "traceId": link["trace_id"],
                "spanId": link["span_id"],
                "attributes": _pairs(link.get("attributes") or {}),
            }
            for link in span.get("links") or []
        ],
        "status": {
            "code": _STATUS.get(span.get("status") or "unset", 0),
            "message": span.get("status_message") or "",
        },
    }
    if span.get("end_time"):
        converted["endTimeUnixNano"] = _nanos(span["end_time"])
    return converted


def _nanos(text: str) -> str:
    moment = datetime.fromisoformat(text)
    return str((moment - _EPOCH) // timedelta(microseconds=1) * 1000)


def _pairs(attributes: Json) -> list[Json]:
    return [{"key": key, "value": _value(value)} for key, value in attributes.items()]


def _value(value: Any) -> Json:  # Any: what JSON holds
    match value:
        case None:
            return {}
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case str():
            return {"stringValue": value}
        case list():
            return {"arrayValue": {"values": [_value(item) for item in value]}}
        case _:
            return {"kvlistValue": {"values": _pairs(value)}}


def _move(groups: list[Json], project: str) -> None:
    """Put everything in these groups into one project, whatever it says itself."""
    for group in groups:
        resource = group.setdefault("resource", {})
        resource["attributes"] = [
            pair
            for pair in resource.get("attributes") or []
            if pair.get("key") != "pilothouse.project"
        ] + _pairs({"pilothouse.project": project})


def _count(signal: Signal, groups: list[Json]) -> int:
    _, scopes, items = _SHAPES[signal]
    return sum(len(scope.get(items) or []) for group in groups for scope in group.get(scopes) or [])
