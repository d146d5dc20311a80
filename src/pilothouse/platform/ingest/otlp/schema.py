"""The OTLP messages as protobuf classes that leave text and attributes undecoded.

The published classes refuse a whole request for one invalid UTF-8 byte, and reach an attribute's
text through two wrapper objects. Here strings are `bytes`, and an attribute is the bytes of its
KeyValue, which `protobuf.py` reads directly: other spans survive bad text, and decoding takes
half the time. Field numbers are those of opentelemetry-proto; fields nobody reads are left out.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    message_factory,
)

_PACKAGE = "pilothouse.otlp"
_Type = descriptor_pb2.FieldDescriptorProto

_SCALARS = {
    "bytes": _Type.TYPE_BYTES,
    "bool": _Type.TYPE_BOOL,
    "int32": _Type.TYPE_INT32,
    "sint32": _Type.TYPE_SINT32,
    "int64": _Type.TYPE_INT64,
    "uint64": _Type.TYPE_UINT64,
    "fixed64": _Type.TYPE_FIXED64,
    "sfixed64": _Type.TYPE_SFIXED64,
    "double": _Type.TYPE_DOUBLE,
}

# One line a field: number, type, name. "*" repeats it, "|" puts it into the message's only
# oneof.
_MESSAGES = {
    "AnyValue": """
        1 |bytes string_value
        2 |bool bool_value
        3 |int64 int_value
        4 |double double_value
        5 |ArrayValue array_value
        6 |KeyValueList kvlist_value
        7 |bytes bytes_value
    """,
    "ArrayValue": "1 *AnyValue values",
    "KeyValueList": "1 *KeyValue values",
    "KeyValue": """
        1 bytes key
        2 AnyValue value
    """,
    "Resource": "1 *bytes attributes",
    "Scope": """
        1 bytes name
        2 bytes version
        3 *bytes attributes
    """,
    "Status": """
        2 bytes message
        3 int32 code
    """,
    "TracesRequest": "1 *ResourceSpans resource_spans",
    "ResourceSpans": """
        1 bytes resource
        2 *ScopeSpans scope_spans
    """,
    "ScopeSpans": """
        1 bytes scope
        2 *Span spans
    """,
    "Span": """
        1 bytes trace_id
        2 bytes span_id
        4 bytes parent_span_id
        5 bytes name
        6 int32 kind
        7 fixed64 start_time_unix_nano
        8 fixed64 end_time_unix_nano
        9 *bytes attributes
        11 *Event events
        13 *Link links
        15 bytes status
    """,
    "Event": """
        1 fixed64 time_unix_nano
        2 bytes name
        3 *bytes attributes
    """,
    "Link": """
        1 bytes trace_id
        2 bytes span_id
        4 *bytes attributes
    """,
    "LogsRequest": "1 *ResourceLogs resource_logs",
    "ResourceLogs": """
        1 bytes resource
        2 *ScopeLogs scope_logs
    """,
    "ScopeLogs": """
        1 bytes scope
        2 *LogRecord log_records
    """,
    "LogRecord": """
        1 fixed64 time_unix_nano
        11 fixed64 observed_time_unix_nano
        2 int32 severity_number
        5 bytes body
        6 *bytes attributes
        9 bytes trace_id
        10 bytes span_id
        12 bytes event_name
    """,
    "MetricsRequest": "1 *ResourceMetrics resource_metrics",
    "ResourceMetrics": """
        1 bytes resource
        2 *ScopeMetrics scope_metrics
    """,
    "ScopeMetrics": """
        1 bytes scope
        2 *Metric metrics
    """,
    "Metric": """
        1 bytes name
        3 bytes unit
        5 Gauge gauge
        7 Sum sum
        9 Histogram histogram
        10 ExponentialHistogram exponential_histogram
    """,
    "Gauge": "1 *NumberPoint data_points",
    "Sum": "1 *NumberPoint data_points",
    "Histogram": "1 *HistogramPoint data_points",
    "ExponentialHistogram": "1 *ExponentialPoint data_points",
    "NumberPoint": """
        2 fixed64 start_time_unix_nano
        3 fixed64 time_unix_nano
        4 |double as_double
        6 |sfixed64 as_int
        7 *bytes attributes
    """,
    "HistogramPoint": """
        2 fixed64 start_time_unix_nano
        3 fixed64 time_unix_nano
        4 fixed64 count
        5 double sum
        6 *fixed64 bucket_counts
        7 *double explicit_bounds
        9 *bytes attributes
    """,
    "ExponentialPoint": """
        1 *bytes attributes
        2 fixed64 start_time_unix_nano
        3 fixed64 time_unix_nano
        4 fixed64 count
        5 double sum
        6 sint32 scale
        7 fixed64 zero_count
        8 Buckets positive
        9 Buckets negative
    """,
    "Buckets": """
        1 sint32 offset
        2 *uint64 bucket_counts
    """,
    "Response": "1 PartialSuccess partial_success",
    "PartialSuccess": """
        1 int64 rejected
        2 bytes error_message
    """,
    # google.rpc.Status and, for throttling over gRPC, google.rpc.RetryInfo
    "RpcStatus": """
        1 int32 code
        2 bytes message
        3 *Any details
    """,
    "Any": """
        1 bytes type_url
        2 bytes value
    """,
    "RetryInfo": "1 Duration retry_delay",
    "Duration": "1 int64 seconds",
}


def _build() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(
        name="pilothouse/otlp.proto", package=_PACKAGE, syntax="proto3"
    )
    for message, fields in _MESSAGES.items():
        descriptor = file.message_type.add(name=message)
        for line in fields.strip().splitlines():
            number, kind, name = line.split()
            bare = kind.lstrip("*|")
            field = descriptor.field.add(name=name, number=int(number))
            field.label = _Type.LABEL_REPEATED if "*" in kind else _Type.LABEL_OPTIONAL
            if bare in _SCALARS:
                field.type = _SCALARS[bare]
            else:
                field.type = _Type.TYPE_MESSAGE
                field.type_name = f".{_PACKAGE}.{bare}"
            if "|" in kind:
                if not descriptor.oneof_decl:
                    descriptor.oneof_decl.add(name="value")
                field.oneof_index = 0
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return {
        message: message_factory.GetMessageClass(
            pool.FindMessageTypeByName(f"{_PACKAGE}.{message}")
        )
        for message in _MESSAGES
    }


# Any: classes made at run time have no static type.
_CLASSES: dict[str, Any] = _build()
AnyValue = _CLASSES["AnyValue"]
KeyValue = _CLASSES["KeyValue"]
Resource = _CLASSES["Resource"]
Scope = _CLASSES["Scope"]
Status = _CLASSES["Status"]
TracesRequest = _CLASSES["TracesRequest"]
LogsRequest = _CLASSES["LogsRequest"]
MetricsRequest = _CLASSES["MetricsRequest"]
Response = _CLASSES["Response"]
RpcStatus = _CLASSES["RpcStatus"]
RetryInfo = _CLASSES["RetryInfo"]
