"""OTLP over gRPC: the three Export services.

The grpc package costs memory and start-up time; it is imported when a server starts, so that a
process without this port does without it.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from pilothouse.platform.errors import ApiError
from pilothouse.platform.ingest.batch import Batch
from pilothouse.platform.ingest.errors import IngestError
from pilothouse.platform.ingest.intake import Intake
from pilothouse.platform.ingest.otlp import protobuf, schema
from pilothouse.platform.ingest.otlp.answers import Signal, success
from pilothouse.platform.ingest.otlp.decoded import Decoded, MalformedBody
from pilothouse.platform.ingest.otlp.http import DEFAULT_LIMIT_BYTES, Authorise, Ingest

log = logging.getLogger(__name__)

_SERVICES: Final[dict[str, tuple[Signal, Callable[[bytes, Mapping[str, str]], Decoded]]]] = {
    "opentelemetry.proto.collector.trace.v1.TraceService": ("traces", protobuf.decode_traces),
    "opentelemetry.proto.collector.logs.v1.LogsService": ("logs", protobuf.decode_logs),
    "opentelemetry.proto.collector.metrics.v1.MetricsService": ("metrics", protobuf.decode_metrics),
}
_SMALL_BYTES: Final = 64 * 1024
# HTTP status of an ApiError → name of the gRPC code
_CODES: Final = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    503: "UNAVAILABLE",
}


class GrpcServer:
    """Takes OTLP over gRPC from `start` to `stop`."""

    def __init__(
        self,
        ingest: Ingest,
        authorise: Authorise,
        limit_bytes: int = DEFAULT_LIMIT_BYTES,
        intake: Intake | None = None,
    ) -> None:
        """`authorise` gets the metadata of a call as it gets the headers of an HTTP request.

        `intake` counts what comes in.
        """
        self._ingest = ingest
        self._authorise = authorise
        self._limit_bytes = limit_bytes
        self._intake = Intake() if intake is None else intake
        self._server: Any = None  # Any: grpc brings no types

    async def start(self, host: str, port: int) -> int:
        """Listen and return the port, which is a free one for port 0. OSError if it is taken."""
        import grpc

        server = grpc.aio.server(
            options=[
                ("grpc.max_receive_message_length", self._limit_bytes),
                # Two servers must not share a port unnoticed.
                ("grpc.so_reuseport", 0),
            ]
        )
        server.add_generic_rpc_handlers(
            tuple(
                grpc.method_handlers_generic_handler(
                    service,
                    # Without serializers a handler takes and gives bytes.
                    {"Export": grpc.unary_unary_rpc_method_handler(self._export(signal, decode))},
                )
                for service, (signal, decode) in _SERVICES.items()
            )
        )
        address = f"[{host}]" if ":" in host else host
        try:
            bound = server.add_insecure_port(f"{address}:{port}")
        except RuntimeError as e:
            raise OSError(f"cannot listen on {address}:{port} for OTLP over gRPC") from e
        await server.start()
        self._server = server
        return int(bound)

    async def stop(self, grace_s: float) -> None:
        """Take no more calls, and give the running ones `grace_s` to end."""
        if self._server is not None:
            await self._server.stop(grace_s)
            self._server = None

    def _export(
        self, signal: Signal, decode: Callable[[bytes, Mapping[str, str]], Decoded]
    ) -> Callable[[bytes, Any], Awaitable[bytes]]:
        import grpc

        async def refuse(context: Any, code: str, message: str, retry_s: int | None) -> None:
            status = grpc.StatusCode[code]
            trailers: tuple[tuple[str, bytes], ...] = ()
            if retry_s is not None:
                trailers = (
                    ("grpc-status-details-bin", _details(status.value[0], message, retry_s)),
                )
            await context.abort(status, message, trailers)

        async def export(request: bytes, context: Any) -> bytes:
            headers = {
                key: value for key, value in context.invocation_metadata() if isinstance(value, str)
            }
            status, code, retry_s = 500, "INTERNAL", None
            try:
                return await self._take(request, headers, signal, decode)
            except MalformedBody as e:
                status, code, message = 400, "INVALID_ARGUMENT", str(e)
            except IngestError as e:
                status, code, message = 503, "UNAVAILABLE", str(e)
                retry_s = e.retry_after_s
            except ApiError as e:
                status, code, message = e.status, _CODES.get(e.status, "INTERNAL"), e.message
            except Exception:  # the sender learns that the fault is ours
                log.exception("an OTLP call failed")
                message = "internal error; the server's log has the details"
            self._intake.refuse("otlp_grpc", status)
            await refuse(context, code, message, retry_s)
            raise AssertionError("a refused call does not return")

        return export

    async def _take(
        self,
        request: bytes,
        headers: dict[str, str],
        signal: Signal,
        decode: Callable[[bytes, Mapping[str, str]], Decoded],
    ) -> bytes:
        principal = self._authorise(headers)
        if inspect.isawaitable(principal):
            await principal
        if len(request) <= _SMALL_BYTES:
            decoded = decode(request, headers)
            if decoded.batch:
                await self._ingest.accept(decoded.batch)
            return self._success(decoded, signal)
        made: list[Decoded] = []

        def job() -> Batch:
            made.append(decode(request, headers))
            return made[0].batch

        await self._ingest.accept_from(job)
        return self._success(made[0], signal)

    def _success(self, decoded: Decoded, signal: Signal) -> bytes:
        self._intake.take("otlp_grpc", len(decoded.batch.sources), decoded.rejected_count)
        return success(decoded, "protobuf", signal)


def _details(code: int, message: str, retry_s: int) -> bytes:
    """A google.rpc.Status that says when to try again."""
    retry = schema.RetryInfo(retry_delay={"seconds": retry_s}).SerializeToString()
    detail = {"type_url": b"type.googleapis.com/google.rpc.RetryInfo", "value": retry}
    status = schema.RpcStatus(code=code, message=message.encode(), details=[detail])
    return bytes(status.SerializeToString())
