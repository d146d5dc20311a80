"""OTLP/JSON requests decoded to spans, log records and metric points.

The mapping is not that of protobuf: ids are hex, 64-bit integers are strings or
numbers, enums are integers. A value of the wrong type refuses the request and names its place, as
`resourceSpans[0].scopeSpans[0].spans[2].attributes[1].value.intValue`.
"""

from pilothouse.platform.ingest.otlp.json.requests import decode_logs, decode_metrics, decode_traces

__all__ = ["decode_logs", "decode_metrics", "decode_traces"]
