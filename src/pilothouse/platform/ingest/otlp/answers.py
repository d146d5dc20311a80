"""The answers of an OTLP endpoint, in the encoding of the request."""

from __future__ import annotations

from typing import Final, Literal

import orjson

from pilothouse.platform.ingest.otlp import schema
from pilothouse.platform.ingest.otlp.decoded import Decoded

Encoding = Literal["protobuf", "json"]
Signal = Literal["traces", "logs", "metrics"]

_REJECTED_KEY: Final[dict[Signal, str]] = {
    "traces": "rejectedSpans",
    "logs": "rejectedLogRecords",
    "metrics": "rejectedDataPoints",
}

# HTTP status → google.rpc.Code
_RPC_CODES: Final = {
    400: 3,
    401: 16,
    403: 7,
    404: 5,
    405: 12,
    409: 10,
    413: 8,
    415: 3,
    429: 8,
    500: 13,
    503: 14,
}


class Refusal(Exception):
    """A request that is answered with an HTTP error."""

    def __init__(
        self, status: int, message: str, *, retry_after_s: int | None = None, allow: str = ""
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.retry_after_s = retry_after_s
        self.allow = allow


def success(decoded: Decoded, encoding: Encoding, signal: Signal) -> bytes:
    """Body of a 200: empty when all was taken, else how many records were not, and why."""
    if not decoded.rejected:
        return b"" if encoding == "protobuf" else b"{}"
    rejected, message = decoded.rejected_count, decoded.message
    if encoding == "protobuf":
        partial = {"rejected": rejected, "error_message": message.encode()}
        # bytes(): SerializeToString of a run-time class has no static type.
        return bytes(schema.Response(partial_success=partial).SerializeToString())
    # 64-bit integers are strings in OTLP/JSON.
    partial_json = {_REJECTED_KEY[signal]: str(rejected), "errorMessage": message}
    return orjson.dumps({"partialSuccess": partial_json})


def failure(status: int, message: str, encoding: Encoding) -> bytes:
    """Body of a 4xx or 5xx: google.rpc.Status."""
    code = _RPC_CODES.get(status, 2)
    if encoding == "protobuf":
        return bytes(schema.RpcStatus(code=code, message=message.encode()).SerializeToString())
    return orjson.dumps({"code": code, "message": message})
