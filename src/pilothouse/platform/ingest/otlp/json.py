"""OTLP/JSON requests decoded to spans, log records and metric points.

The mapping is not that of protobuf: ids are hex, 64-bit integers are strings or
numbers, enums are integers. A value of the wrong type refuses the request and names its place, as
`resourceSpans[0].scopeSpans[0].spans[2].attributes[1].value.intValue`.
"""

from __future__ import annotations

import contextlib
import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any, Final, Required, TypedDict, TypeVar

import msgspec
import orjson

from pilothouse.dialects import project_of
from pilothouse.dialects.project import ATTRIBUTES as PROJECT_KEYS
from pilothouse.platform.ingest.batch import Batch, MetricPoint
from pilothouse.platform.ingest.otlp.decoded import (
    ATTRIBUTE_REASON,
    MAX_DEPTH,
    MAX_TIME_NS,
    SPAN_ID_REASON,
    TRACE_ID_REASON,
    ZERO_SPAN,
    ZERO_TRACE,
    BadAttribute,
    Decoded,
    MalformedBody,
    event_name_of,
    is_kept_log,
    log_id_of,
    refuse_if_nothing_is_valid,
)
from pilothouse.platform.ingest.otlp.metrics import exponential_buckets, is_kept_metric, point
from pilothouse.spans import Event, Link, LogRecord, Source, otlp_ids

T = TypeVar("T")
Object = dict[str, Any]  # JSON as it came in: every value is checked where it is read

_NO_HEADERS: Final[Mapping[str, str]] = {}
_LARGE_BYTES: Final = 1_000_000
_TRACE_ID: Final = re.compile(r"[0-9a-fA-F]{32}").fullmatch
_SPAN_ID: Final = re.compile(r"[0-9a-fA-F]{16}").fullmatch
_INTEGER: Final = re.compile(r"-?[0-9]{1,20}").fullmatch


class _ScopeSpans(TypedDict, total=False):
    scope: Any
    spans: list[msgspec.Raw]


class _ResourceSpans(TypedDict, total=False):
    resource: Any
    scopeSpans: list[_ScopeSpans]


class _Traces(TypedDict, total=False):
    resourceSpans: Required[list[_ResourceSpans]]


_coarse: Final = msgspec.json.Decoder(_Traces)
"""Reads a request but not the spans in it; what it refuses is read as a whole, to say why."""


class _Wrong(Exception):
    """A value of the wrong type; its path grows while the exception climbs."""

    def __init__(self, expected: str, path: str = "") -> None:
        super().__init__(expected)
        self.expected = expected
        self.path = path


def decode_traces(body: bytes, headers: Mapping[str, str] = _NO_HEADERS) -> Decoded:
    """Spans of a trace request; `headers` (lower-case names) may name the project."""
    if len(body) > _LARGE_BYTES:
        # Whoever parses holds Python's lock: a large body is parsed span by span.
        with contextlib.suppress(msgspec.DecodeError, orjson.JSONDecodeError):
            return _decode_traces(_coarse.decode(body), len(body), headers)
    return _decode_traces(_parse(body), len(body), headers)


def _decode_traces(request: Any, size_bytes: int, headers: Mapping[str, str]) -> Decoded:
    decoded = Decoded(batch=Batch(size_bytes=size_bytes))

    def take(group: Object, resource: Object) -> None:
        project = project_of(headers, resource, {})

        def take_scope(scope_spans: Object) -> None:
            scope = _scope(scope_spans)

            def take_span(span: Object) -> None:
                try:
                    source = _span(span, decoded, resource, scope)
                except BadAttribute:
                    decoded.rejected[ATTRIBUTE_REASON] += 1
                    return
                if source is not None:
                    if otlp_ids.are_told(source.attributes):
                        otlp_ids.take(source)
                    source.project = _project(headers, project, resource, source.attributes)
                    decoded.batch.sources.append(source)

            _each(scope_spans, "spans", take_span)

        _each(group, "scopeSpans", take_scope)

    _read(request, "resourceSpans", take)
    refuse_if_nothing_is_valid(decoded)
    return decoded


def decode_logs(body: bytes, headers: Mapping[str, str] = _NO_HEADERS) -> Decoded:
    """Log records of a log request that say something about a span or a model call."""
    decoded = Decoded(batch=Batch(size_bytes=len(body)))
    positions = count(1)

    def take(group: Object, resource: Object) -> None:
        project = project_of(headers, resource, {})

        def take_scope(scope_logs: Object) -> None:
            scope_name = _scope(scope_logs)[0]

            def take_record(record: Object) -> None:
                try:
                    log = _log(record, resource, scope_name, next(positions))
                except BadAttribute:
                    decoded.rejected[ATTRIBUTE_REASON] += 1
                    return
                if is_kept_log(log):
                    log.project = _project(headers, project, resource, log.attributes)
                    decoded.batch.logs.append(log)

            _each(scope_logs, "logRecords", take_record)

        _each(group, "scopeLogs", take_scope)

    _read(_parse(body), "resourceLogs", take)
    return decoded


def decode_metrics(body: bytes, headers: Mapping[str, str] = _NO_HEADERS) -> Decoded:
    """Points of a metric request that measure model calls; others are dropped."""
    decoded = Decoded(batch=Batch(size_bytes=len(body)))

    def take(group: Object, resource: Object) -> None:
        project = project_of(headers, resource, {})

        def take_scope(scope_metrics: Object) -> None:
            scope_name = _scope(scope_metrics)[0]

            def take_metric(metric: Object) -> None:
                if not is_kept_metric(_text(metric, "name")):
                    return
                try:
                    decoded.batch.metrics += _points(metric, project, resource, scope_name)
                except BadAttribute:
                    decoded.rejected[ATTRIBUTE_REASON] += 1

            _each(scope_metrics, "metrics", take_metric)

        _each(group, "scopeMetrics", take_scope)

    _read(_parse(body), "resourceMetrics", take)
    return decoded


# ---- the request


def _read(request: Any, groups: str, take: Callable[[Object, Object], None]) -> None:
    """Hand every resource group and its resource attributes to `take`."""
    if not isinstance(request, dict):
        raise MalformedBody("the body is not a JSON object")
    if groups not in request:
        for other in ("resourceSpans", "resourceLogs", "resourceMetrics"):
            if other in request:
                signal = other.removeprefix("resource").lower().replace("spans", "traces")
                raise MalformedBody(
                    f"the body has {other}, not {groups}: send it to /v1/{signal} instead"
                )
    try:
        _each(request, groups, lambda group: take(group, _resource(group)))
    except _Wrong as e:
        raise MalformedBody(f"{e.path}: {e.expected}") from e


def _parse(body: bytes) -> Any:  # Any: JSON not yet looked at
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as e:
        repaired = _LONE_SURROGATE.sub(_replaced, body.decode("utf-8", "replace"))
        try:
            return orjson.loads(repaired)
        except orjson.JSONDecodeError:
            raise MalformedBody(f"the body is not valid JSON: {e}") from e


# Each match is one whole escape, so that the text of `\\ud800` (an escaped backslash) stays.
_LONE_SURROGATE: Final = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|(?P<lone>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


def _replaced(escape: re.Match[str]) -> str:
    return "\\ufffd" if escape["lone"] else escape[0]


# ---- spans and records


def _span(
    span: Object, decoded: Decoded, resource: Object, scope: tuple[str, str, Object]
) -> Source | None:
    trace_id, span_id = _text(span, "traceId"), _text(span, "spanId")
    if not _TRACE_ID(trace_id) or trace_id == ZERO_TRACE:
        decoded.rejected[TRACE_ID_REASON] += 1
        return None
    if not _SPAN_ID(span_id) or span_id == ZERO_SPAN:
        decoded.rejected[SPAN_ID_REASON] += 1
        return None
    parent = _text(span, "parentSpanId")
    start, end = _time(span, "startTimeUnixNano"), _time(span, "endTimeUnixNano")
    status = _object(span, "status")
    with _at("status"):
        code, message = _enum(status, "code", 2), _text(status, "message")
    return Source(
        project="",
        trace_id=trace_id.lower(),
        span_id=span_id.lower(),
        parent_span_id=parent.lower() if _SPAN_ID(parent) and parent != ZERO_SPAN else "",
        name=_text(span, "name"),
        start_ns=start,
        end_ns=None if end == 0 else max(end, start),
        otel_kind=_enum(span, "kind", 5),
        status_code=code,
        status_message=message,
        attributes=_attributes(span),
        resource=resource,
        scope_name=scope[0],
        scope_version=scope[1],
        scope_attributes=scope[2],
        events=_each(span, "events", _event),
        links=_each(span, "links", _link),
    )


def _event(event: Object) -> Event:
    return Event(
        name=_text(event, "name"),
        time_ns=_time(event, "timeUnixNano"),
        attributes=_attributes(event),
    )


def _link(link: Object) -> Link:
    return Link(
        trace_id=_text(link, "traceId").lower(),
        span_id=_text(link, "spanId").lower(),
        attributes=_attributes(link),
    )


def _log(record: Object, resource: Object, scope_name: str, position: int) -> LogRecord:
    trace_id, span_id = _text(record, "traceId"), _text(record, "spanId")
    traced = _TRACE_ID(trace_id) is not None and trace_id != ZERO_TRACE
    attributes = _attributes(record)
    with _at("body"):
        body = _value(record.get("body"), MAX_DEPTH)
    return LogRecord(
        project="",
        time_ns=_time(record, "timeUnixNano") or _time(record, "observedTimeUnixNano"),
        trace_id=trace_id.lower() if traced else "",
        span_id=span_id.lower() if traced and _SPAN_ID(span_id) and span_id != ZERO_SPAN else "",
        event_name=_text(record, "eventName") or event_name_of(attributes),
        severity=_enum(record, "severityNumber", 24),
        body=body,
        attributes=attributes,
        resource=resource,
        scope_name=scope_name,
        position=position,
        id=log_id_of(attributes),
    )


def _points(metric: Object, project: str, resource: Object, scope_name: str) -> list[MetricPoint]:
    def of(data: Object, **values: Any) -> MetricPoint:  # Any: passed on to `point`, which is typed
        return point(
            project=project,
            name=_text(metric, "name"),
            unit=_text(metric, "unit"),
            resource=resource,
            scope_name=scope_name,
            attributes=_attributes(data),
            start_ns=_time(data, "startTimeUnixNano"),
            time_ns=_time(data, "timeUnixNano"),
            **values,
        )

    def summed(data: Object) -> MetricPoint:
        if "asInt" in data:
            return of(data, total=float(_integer(data, "asInt")))
        return of(data, total=_double(data, "asDouble"))

    def histogram(data: Object) -> MetricPoint:
        bounds = _numbers(data, "explicitBounds", _as_double)
        return measured(data, bounds, _numbers(data, "bucketCounts", _as_integer))

    def exponential(data: Object) -> MetricPoint:
        positive, negative = _object(data, "positive"), _object(data, "negative")
        below = sum(_numbers(negative, "bucketCounts", _as_integer))
        buckets = exponential_buckets(
            _integer(data, "scale"),
            below + _integer(data, "zeroCount"),
            _integer(positive, "offset"),
            _numbers(positive, "bucketCounts", _as_integer),
        )
        return measured(data, *buckets)

    def measured(data: Object, bounds: list[float], counts: list[int]) -> MetricPoint:
        calls, total = _integer(data, "count"), _double(data, "sum")
        return of(data, count=calls, total=total, bounds=bounds, counts=counts)

    points: list[MetricPoint] = []
    for kind, read in (
        ("sum", summed),
        ("histogram", histogram),
        ("exponentialHistogram", exponential),
    ):
        with _at(kind):
            points += _each(_object(metric, kind), "dataPoints", read)
    return points


def _resource(group: Object) -> Object:
    with _at("resource"):
        try:
            return _attributes(_object(group, "resource"))
        except BadAttribute as e:
            raise MalformedBody("a resource of the request nests too deeply") from e


def _scope(group: Object) -> tuple[str, str, Object]:
    scope = _object(group, "scope")
    with _at("scope"):
        try:
            return _text(scope, "name"), _text(scope, "version"), _attributes(scope)
        except BadAttribute as e:
            raise MalformedBody("a scope of the request nests too deeply") from e


def _project(
    headers: Mapping[str, str], group_project: str, resource: Object, attributes: Object
) -> str:
    if any(key in attributes for key in PROJECT_KEYS):
        return project_of(headers, resource, attributes)
    return group_project


# ---- attributes


def _attributes(owner: Object) -> Object:
    pairs = owner.get("attributes")
    if pairs is None:
        return {}
    if not isinstance(pairs, list):
        raise _Wrong('expected a list of {"key", "value"}', "attributes")
    return _pairs(pairs, "attributes", MAX_DEPTH)


def _pairs(pairs: list[Any], path: str, depth: int) -> Object:
    attributes: Object = {}
    for i, pair in enumerate(pairs):
        try:
            if not isinstance(pair, dict):
                raise _Wrong('expected an object {"key", "value"}')  # noqa: TRY301 - the path comes below
            key = pair.get("key", "")
            if not isinstance(key, str):
                raise _Wrong("expected a string", "key")  # noqa: TRY301 - as above
            value = pair.get("value")
            # The commonest value first; everything else takes the long way.
            if isinstance(value, dict) and type(text := value.get("stringValue")) is str:
                attributes[key] = text
                continue
            try:
                attributes[key] = _value(value, depth)
            except _Wrong as e:
                raise _Wrong(e.expected, _join("value", e.path)) from e
        except _Wrong as e:
            raise _Wrong(e.expected, _join(f"{path}[{i}]", e.path)) from e
    return attributes


def _value(value: Any, depth: int) -> Any:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise _Wrong('expected an object such as {"stringValue": …}')
    for key, content in value.items():
        read = _READERS.get(key)
        if read is not None and content is not None:
            return read(content, depth)
    return None


def _string_value(content: Any, _: int) -> str:
    if not isinstance(content, str):
        raise _Wrong("expected a string", "stringValue")
    return content


def _bool_value(content: Any, _: int) -> bool:
    if not isinstance(content, bool):
        raise _Wrong("expected true or false", "boolValue")
    return content


def _int_value(content: Any, _: int) -> int:
    with _at("intValue"):
        return _as_integer(content)


def _double_value(content: Any, _: int) -> float:
    with _at("doubleValue"):
        return _as_double(content)


def _bytes_value(content: Any, _: int) -> bytes:
    if not isinstance(content, str):
        raise _Wrong("expected base64 text", "bytesValue")
    text = content.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (Base64Error, ValueError) as e:
        raise _Wrong("expected base64 text", "bytesValue") from e


def _array_value(content: Any, depth: int) -> list[Any]:
    if depth == 0:
        raise BadAttribute
    values = []
    for i, value in enumerate(_values(content, "arrayValue")):
        try:
            values.append(_value(value, depth - 1))
        except _Wrong as e:
            raise _Wrong(e.expected, _join(f"arrayValue.values[{i}]", e.path)) from e
    return values


def _kvlist_value(content: Any, depth: int) -> Object:
    if depth == 0:
        raise BadAttribute
    return _pairs(_values(content, "kvlistValue"), "kvlistValue.values", depth - 1)


def _values(content: Any, key: str) -> list[Any]:
    if not isinstance(content, dict):
        raise _Wrong('expected an object {"values": […]}', key)
    values = content.get("values")
    if values is None:
        return []
    if not isinstance(values, list):
        raise _Wrong("expected a list", f"{key}.values")
    return values


_READERS: Final[dict[str, Callable[[Any, int], Any]]] = {
    "stringValue": _string_value,
    "boolValue": _bool_value,
    "intValue": _int_value,
    "doubleValue": _double_value,
    "arrayValue": _array_value,
    "kvlistValue": _kvlist_value,
    "bytesValue": _bytes_value,
}


# ---- fields


@contextlib.contextmanager
def _at(place: str) -> Iterator[None]:
    try:
        yield
    except _Wrong as e:
        raise _Wrong(e.expected, _join(place, e.path)) from e


def _join(place: str, path: str) -> str:
    if not path:
        return place
    return place + path if path.startswith("[") else f"{place}.{path}"


def _each(owner: Object, key: str, read: Callable[[Object], T]) -> list[T]:
    """What `read` makes of the objects of a list."""
    items = owner.get(key)
    if items is None:
        return []
    if not isinstance(items, list):
        raise _Wrong("expected a list", key)
    results = []
    for i, item in enumerate(items):
        try:
            if type(item) is msgspec.Raw:
                item = orjson.loads(memoryview(item))  # noqa: PLW2901 - the same, read at last
            if not isinstance(item, dict):
                raise _Wrong("expected an object")  # noqa: TRY301 - the path comes below
            results.append(read(item))
        except _Wrong as e:
            raise _Wrong(e.expected, _join(f"{key}[{i}]", e.path)) from e
    return results


def _object(owner: Object, key: str) -> Object:
    value = owner.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _Wrong("expected an object", key)
    return value


def _text(owner: Object, key: str) -> str:
    value = owner.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _Wrong("expected a string", key)
    return value


def _enum(owner: Object, key: str, highest: int) -> int:
    """A known value of an enum; an unknown one is 0, "unspecified"."""
    value = owner.get(key)
    if value is None:
        return 0
    if type(value) is not int:
        raise _Wrong("expected an integer: names of enum values are not valid in OTLP/JSON", key)
    return value if 0 <= value <= highest else 0


def _time(owner: Object, key: str) -> int:
    value = _integer(owner, key)
    if value < 0:
        raise _Wrong("expected nanoseconds since 1970", key)
    return min(value, MAX_TIME_NS)


def _integer(owner: Object, key: str) -> int:
    value = owner.get(key)
    if type(value) is str and value.isdecimal() and len(value) < 20:
        return int(value)
    if value is None:
        return 0
    with _at(key):
        return _as_integer(value)


def _as_integer(value: Any) -> int:
    if (type(value) is str and _INTEGER(value)) or (type(value) is float and value.is_integer()):
        value = int(value)
    if type(value) is not int or not -(2**63) <= value < 2**64:
        raise _Wrong("expected a 64-bit integer, as a number or a decimal string")
    return value


def _double(owner: Object, key: str) -> float:
    value = owner.get(key)
    if value is None:
        return 0.0
    with _at(key):
        return _as_double(value)


def _as_double(value: Any) -> float:
    if type(value) in (int, float):
        return float(value)
    if type(value) is str:
        try:
            return float(value)
        except ValueError:
            pass
    raise _Wrong('expected a number, "NaN", "Infinity" or "-Infinity"')


def _numbers(owner: Object, key: str, read: Callable[[Any], T]) -> list[T]:
    values = owner.get(key)
    if values is None:
        return []
    if not isinstance(values, list):
        raise _Wrong("expected a list", key)
    with _at(key):
        return [read(value) for value in values]
