"""Binary OTLP requests decoded to spans, log records and metric points.

`attributes_of` is the hot path: it reads the few layouts that nearly every KeyValue has straight
from its bytes, and hands anything else to the protobuf classes. `bench/otlp_decode.py` measures it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import chain
from struct import unpack_from
from typing import Any, Final

from google.protobuf.message import (
    DecodeError,
)

from pilothouse.dialects import project_of
from pilothouse.dialects.project import ATTRIBUTES as PROJECT_KEYS
from pilothouse.platform.ingest.batch import Batch
from pilothouse.platform.ingest.otlp import schema
from pilothouse.platform.ingest.otlp.decoded import (
    ATTRIBUTE_REASON,
    MAX_DEPTH,
    MAX_TIME_NS,
    SPAN_ID_REASON,
    TRACE_ID_REASON,
    BadAttribute,
    Decoded,
    MalformedBody,
    event_name_of,
    is_kept_log,
    log_id_of,
    refuse_if_nothing_is_valid,
)
from pilothouse.platform.ingest.otlp.metrics import exponential_buckets, is_kept_metric, point
from pilothouse.platform.store.points import MetricPoint
from pilothouse.spans import Event, Link, LogRecord, Source, otlp_ids

_ZERO_TRACE: Final = bytes(16)
_ZERO_SPAN: Final = bytes(8)
_MAX_KEYS: Final = 20_000
_NO_HEADERS: Final[Mapping[str, str]] = {}

# Field 1 of KeyValue and the tag of field 2 → key. Only prefixes that the protobuf classes have
# read once are here, so a hit proves that the bytes before the value are well formed.
_keys: dict[bytes, str] = {}

# Short KeyValues with a string, which come again and again (roles, models, sessions, MIME types).
_known: dict[bytes, tuple[str, str]] = {}
_SHORT_BYTES: Final = 64
_MAX_KNOWN: Final = 20_000

_LONG_BYTES: Final = 16_384
"""From here on lengths take three bytes."""


def decode_traces(body: bytes, headers: Mapping[str, str] = _NO_HEADERS) -> Decoded:
    """Spans of an ExportTraceServiceRequest; `headers` (lower-case names) may name the project."""
    request = _parse(schema.TracesRequest, body, "ExportTraceServiceRequest")
    decoded = Decoded(batch=Batch(size_bytes=len(body)))
    for group in request.resource_spans:
        resource = _resource(group.resource)
        project = project_of(headers, resource, {})
        for scope_spans in group.scope_spans:
            scope = _scope(scope_spans.scope)
            _spans(scope_spans.spans, decoded, headers, project, resource, scope)
    refuse_if_nothing_is_valid(decoded)
    return decoded


def decode_logs(body: bytes, headers: Mapping[str, str] = _NO_HEADERS) -> Decoded:
    """Log records of an ExportLogsServiceRequest that tell of a span or a model call."""
    request = _parse(schema.LogsRequest, body, "ExportLogsServiceRequest")
    decoded = Decoded(batch=Batch(size_bytes=len(body)))
    position = 0
    for group in request.resource_logs:
        resource = _resource(group.resource)
        project = project_of(headers, resource, {})
        for scope_logs in group.scope_logs:
            scope_name = _scope(scope_logs.scope)[0]
            for record in scope_logs.log_records:
                position += 1
                try:
                    log = _log(record, resource, scope_name, position)
                except BadAttribute:
                    decoded.rejected[ATTRIBUTE_REASON] += 1
                    continue
                if is_kept_log(log):
                    attributes = log.attributes
                    log.project = (
                        project_of(headers, resource, attributes)
                        if any(key in attributes for key in PROJECT_KEYS)
                        else project
                    )
                    decoded.batch.logs.append(log)
    return decoded


def decode_metrics(body: bytes, headers: Mapping[str, str] = _NO_HEADERS) -> Decoded:
    """Points of an ExportMetricsServiceRequest that measure model calls; others are dropped."""
    request = _parse(schema.MetricsRequest, body, "ExportMetricsServiceRequest")
    decoded = Decoded(batch=Batch(size_bytes=len(body)))
    for group in request.resource_metrics:
        resource = _resource(group.resource)
        project = project_of(headers, resource, {})
        for scope_metrics in group.scope_metrics:
            scope_name = _scope(scope_metrics.scope)[0]
            for metric in scope_metrics.metrics:
                name = _text(metric.name)
                if not is_kept_metric(name):
                    continue
                try:
                    decoded.batch.metrics += _points(metric, name, project, resource, scope_name)
                except BadAttribute:
                    decoded.rejected[ATTRIBUTE_REASON] += 1
    return decoded


def attributes_of(pairs: Iterable[bytes]) -> dict[str, Any]:  # noqa: C901 - calls cost more
    """KeyValues as a dict; of equal keys the last one wins. Raises BadAttribute."""
    attributes: dict[str, Any] = {}
    keys, known = _keys, _known.get
    for pair in pairs:
        length = len(pair)
        if length < _SHORT_BYTES and (found := known(pair)) is not None:
            attributes[found[0]] = found[1]
            continue
        try:
            at = pair[1] + 3
            key = keys.get(pair[:at])
            if key is not None:
                # pair[at:] is the length of the AnyValue, then the AnyValue: its tag, its content.
                size = pair[at]
                if size > 127:
                    if (
                        pair[at + 1] < 128
                        and pair[at + 2] == 0x0A
                        and pair[at + 3] > 127
                        and (pair[at + 4] << 7) + pair[at + 3] + at == length + 123
                    ):
                        attributes[key] = pair[at + 5 :].decode()
                        continue
                    if length > _LONG_BYTES:
                        long_text = _long_text(pair, at)
                        if long_text is not None:
                            attributes[key] = long_text
                            continue
                else:
                    tag = pair[at + 1]
                    if tag == 0x0A:
                        if pair[at + 2] + at + 3 == length:
                            value = pair[at + 3 :].decode()
                            attributes[key] = value
                            if length < _SHORT_BYTES:
                                _remember(pair, key, value)
                            continue
                    elif size + at + 1 != length:
                        pass
                    elif tag == 0x18:
                        if size == 2:
                            attributes[key] = pair[at + 2]
                            continue
                        if size == 3:
                            attributes[key] = (pair[at + 2] & 127) | pair[at + 3] << 7
                            continue
                    elif tag == 0x21:
                        if size == 9:
                            attributes[key] = unpack_from("<d", pair, at + 2)[0]
                            continue
                    elif tag == 0x10:
                        if size == 2:
                            attributes[key] = pair[at + 2] != 0
                            continue
                    elif tag == 0x2A:
                        strings = _short_strings(pair, at + 3)
                        if strings is not None:
                            attributes[key] = strings
                            continue
        except (IndexError, UnicodeDecodeError):
            pass  # not one of the plain layouts, or not UTF-8
        name, value = _pair(pair)
        attributes[name] = value
    return attributes


def _remember(pair: bytes, key: str, value: str) -> None:
    if len(_known) >= _MAX_KNOWN:
        _known.clear()
    _known[pair] = key, value


def _long_text(pair: bytes, at: int) -> str | None:
    """The string that is all of the AnyValue whose length begins at `at`; None if it is not."""
    _, at = _varint(pair, at)
    if pair[at] != 0x0A:
        return None
    size, at = _varint(pair, at + 1)
    # Decoding a view saves a copy of what may be tens of megabytes.
    return str(memoryview(pair)[at:], "utf-8") if at + size == len(pair) else None


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number in protobuf's base 128, and where it ends."""
    number = shift = 0
    while data[at] > 127:
        number |= (data[at] & 127) << shift
        shift += 7
        at += 1
    return number | data[at] << shift, at + 1


def _short_strings(array: bytes, at: int) -> list[str] | None:
    """Items of an ArrayValue under 128 bytes, if strings (tags, finish reasons), else None."""
    strings = []
    end = len(array)
    while at < end:
        # One item: its tag and length, then those of the string in it, then the text.
        if array[at] != 0x0A or array[at + 2] != 0x0A or array[at + 1] != array[at + 3] + 2:
            return None
        stop = at + 4 + array[at + 3]
        strings.append(array[at + 4 : stop].decode())
        at = stop
    return strings if at == end else None


def _pair(pair: bytes) -> tuple[str, Any]:
    """Any KeyValue, by the protobuf classes."""
    try:
        message = schema.KeyValue.FromString(pair)
    except DecodeError as e:
        raise BadAttribute from e
    name = message.key
    key = _text(name)
    prefix = b"\x0a%c%b\x12" % (len(name), name) if 0 < len(name) < 128 else b""
    if prefix and pair.startswith(prefix):
        if len(_keys) >= _MAX_KEYS:
            _keys.clear()
        _keys[prefix] = key
    return key, _value(message.value, MAX_DEPTH)


def _value(message: Any, depth: int) -> Any:
    """Any AnyValue; Any in the signature: see schema.py."""
    kind = message.WhichOneof("value")
    if kind is None:
        return None
    value = getattr(message, kind)
    if kind == "string_value":
        return _text(value)
    if kind not in ("array_value", "kvlist_value"):
        return value
    if depth == 0:
        raise BadAttribute
    if kind == "array_value":
        return [_value(item, depth - 1) for item in value.values]
    return {_text(pair.key): _value(pair.value, depth - 1) for pair in value.values}


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")


# Any in the signatures below: messages of schema.py have no static type.
def _parse(message_class: Any, body: bytes, name: str) -> Any:
    try:
        return message_class.FromString(body)
    except DecodeError as e:
        raise MalformedBody(f"the body is not a protobuf {name}") from e


def _resource(resource: bytes) -> dict[str, Any]:
    return _remembered_resource(resource) if len(resource) <= _MAX_KEPT else _resource_of(resource)


def _scope(scope: bytes) -> tuple[str, str, dict[str, Any]]:
    return _remembered_scope(scope) if len(scope) <= _MAX_KEPT else _scope_of(scope)


def _resource_of(resource: bytes) -> dict[str, Any]:
    try:
        return attributes_of(schema.Resource.FromString(resource).attributes)
    except (DecodeError, BadAttribute) as e:
        raise MalformedBody("a resource of the request cannot be decoded") from e


def _scope_of(scope: bytes) -> tuple[str, str, dict[str, Any]]:
    try:
        message = schema.Scope.FromString(scope)
        attributes = attributes_of(message.attributes)
    except (DecodeError, BadAttribute) as e:
        raise MalformedBody("a scope of the request cannot be decoded") from e
    return _text(message.name), _text(message.version), attributes


# A process sends the same resource and scopes with every request. What is remembered is shared by
# all their spans, so nobody may change a span's resource or scope attributes in place.
_MAX_KEPT: Final = 4096
_remembered_resource = lru_cache(maxsize=256)(_resource_of)
_remembered_scope = lru_cache(maxsize=256)(_scope_of)


def _spans(
    spans: Any,
    decoded: Decoded,
    headers: Mapping[str, str],
    project: str,
    resource: dict[str, Any],
    scope: tuple[str, str, dict[str, Any]],
) -> None:
    scope_name, scope_version, scope_attributes = scope
    key_1, key_2, key_3 = PROJECT_KEYS
    append = decoded.batch.sources.append
    for span in spans:
        trace_id = span.trace_id
        if len(trace_id) != 16 or trace_id == _ZERO_TRACE:
            decoded.rejected[TRACE_ID_REASON] += 1
            continue
        span_id = span.span_id
        if len(span_id) != 8 or span_id == _ZERO_SPAN:
            decoded.rejected[SPAN_ID_REASON] += 1
            continue
        try:
            attributes = attributes_of(span.attributes)
            events = span.events
            events = [_event(event) for event in events] if events else []
            links = span.links
            links = [_link(link) for link in links] if links else []
            status = span.status
            status_code, status_message = _STATUS.get(status) or _status(status)
        except BadAttribute:
            decoded.rejected[ATTRIBUTE_REASON] += 1
            continue
        parent = span.parent_span_id
        start = span.start_time_unix_nano
        end = span.end_time_unix_nano
        if end > MAX_TIME_NS or start > MAX_TIME_NS:
            start, end = min(start, MAX_TIME_NS), min(end, MAX_TIME_NS)
        kind = span.kind
        append(
            Source(
                project=project_of(headers, resource, attributes)
                if key_1 in attributes or key_2 in attributes or key_3 in attributes
                else project,
                trace_id=trace_id.hex(),
                span_id=span_id.hex(),
                parent_span_id=parent.hex() if len(parent) == 8 and parent != _ZERO_SPAN else "",
                name=span.name.decode("utf-8", "replace"),
                start_ns=start,
                end_ns=(end if end > start else start) if end else None,  # noqa: FURB136 - twice as fast
                otel_kind=kind if 0 <= kind <= 5 else 0,
                status_code=status_code,
                status_message=status_message,
                attributes=attributes,
                resource=resource,
                scope_name=scope_name,
                scope_version=scope_version,
                scope_attributes=scope_attributes,
                events=events,
                links=links,
                logs=[],
            )
        )
        if otlp_ids.are_told(attributes):
            otlp_ids.take(decoded.batch.sources[-1])


# The three that nearly every span has.
_STATUS: Final = {b"": (0, ""), b"\x18\x01": (1, ""), b"\x18\x02": (2, "")}


def _status(status: bytes) -> tuple[int, str]:
    try:
        message = schema.Status.FromString(status)
    except DecodeError as e:
        raise BadAttribute from e
    code = message.code
    return code if code in (1, 2) else 0, _text(message.message)


def _event(event: Any) -> Event:
    return Event(
        name=_text(event.name),
        time_ns=min(event.time_unix_nano, MAX_TIME_NS),
        attributes=attributes_of(event.attributes),
    )


def _link(link: Any) -> Link:
    return Link(
        trace_id=link.trace_id.hex(),
        span_id=link.span_id.hex(),
        attributes=attributes_of(link.attributes),
    )


def _log(record: Any, resource: dict[str, Any], scope_name: str, position: int) -> LogRecord:
    trace_id, span_id = record.trace_id, record.span_id
    traced = len(trace_id) == 16 and trace_id != _ZERO_TRACE
    attributes = attributes_of(record.attributes)
    try:
        body = _value(schema.AnyValue.FromString(record.body), MAX_DEPTH)
    except DecodeError as e:
        raise BadAttribute from e
    return LogRecord(
        project="",
        time_ns=min(record.time_unix_nano or record.observed_time_unix_nano, MAX_TIME_NS),
        trace_id=trace_id.hex() if traced else "",
        span_id=span_id.hex() if traced and len(span_id) == 8 and span_id != _ZERO_SPAN else "",
        event_name=_text(record.event_name) or event_name_of(attributes),
        severity=record.severity_number,
        body=body,
        attributes=attributes,
        resource=resource,
        scope_name=scope_name,
        position=position,
        id=log_id_of(attributes),
    )


def _points(
    metric: Any, name: str, project: str, resource: dict[str, Any], scope_name: str
) -> list[MetricPoint]:
    def of(data: Any, **values: Any) -> MetricPoint | None:
        return point(
            project=project,
            name=name,
            unit=_text(metric.unit),
            resource=resource,
            scope_name=scope_name,
            attributes=attributes_of(data.attributes),
            start_ns=min(data.start_time_unix_nano, MAX_TIME_NS),
            time_ns=min(data.time_unix_nano, MAX_TIME_NS),
            **values,
        )

    points = []
    for data in chain(metric.gauge.data_points, metric.sum.data_points):
        value = data.as_int if data.WhichOneof("value") == "as_int" else data.as_double
        points.append(of(data, total=float(value)))
    for data in metric.histogram.data_points:
        bounds, counts = list(data.explicit_bounds), list(data.bucket_counts)
        points.append(of(data, count=data.count, total=data.sum, bounds=bounds, counts=counts))
    for data in metric.exponential_histogram.data_points:
        positive, below = data.positive, data.zero_count + sum(data.negative.bucket_counts)
        bounds, counts = exponential_buckets(
            data.scale, below, positive.offset, positive.bucket_counts
        )
        points.append(of(data, count=data.count, total=data.sum, bounds=bounds, counts=counts))
    return [kept for kept in points if kept is not None]
