"""The gRPC services take what the HTTP endpoint takes and answer with the codes of the protocol."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2_grpc import LogsServiceStub
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2_grpc import MetricsServiceStub
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import TraceServiceStub
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric, NumberDataPoint, Sum

from otlp_factory import TRACE_ID, logs, make_span, metrics, traces
from pilothouse.platform.errors import Forbidden, Unauthorized
from pilothouse.platform.ingest.batch import Batch
from pilothouse.platform.ingest.errors import Overloaded, StoreUnavailable
from pilothouse.platform.ingest.intake import Intake
from pilothouse.platform.ingest.otlp.grpc import GrpcServer

LIMIT_BYTES = 1024 * 1024
INTAKE = Intake()


class MemoryIngest:
    """Keeps batches, or fails as it is told."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self.failure: Exception | None = None

    async def accept(self, batch: Batch) -> None:
        if self.failure is not None:
            raise self.failure
        self.batches.append(batch)

    async def accept_from(self, decode: Callable[[], Batch]) -> None:
        await self.accept(await asyncio.to_thread(decode))


async def authorise(headers: Any) -> None:
    match headers.get("authorization"):
        case "Bearer wrong":
            raise Unauthorized("unknown key")
        case "Bearer reader":
            raise Forbidden("this key may only read")


@pytest.fixture(scope="module")
def grpc_server() -> Iterator[tuple[int, MemoryIngest]]:
    ingest = MemoryIngest()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def run(work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(20)

    server = GrpcServer(ingest, authorise, LIMIT_BYTES, INTAKE)
    yield run(server.start("127.0.0.1", 0)), ingest
    run(server.stop(1))
    loop.call_soon_threadsafe(loop.stop)
    thread.join(120)
    loop.close()


@pytest.fixture
def ingest(grpc_server: tuple[int, MemoryIngest]) -> MemoryIngest:
    grpc_server[1].batches.clear()
    grpc_server[1].failure = None
    return grpc_server[1]


@pytest.fixture
def channel(grpc_server: tuple[int, MemoryIngest]) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(f"127.0.0.1:{grpc_server[0]}") as channel:
        yield channel


def refused(channel: grpc.Channel, request: Any, **options: Any) -> grpc.RpcError:
    with pytest.raises(grpc.RpcError) as error:
        TraceServiceStub(channel).Export(request, timeout=120, **options)
    return error.value


def export_bytes(channel: grpc.Channel, body: bytes) -> Any:
    method = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
    return channel.unary_unary(method)(body, timeout=120)


def retry_info(error: Any) -> RetryInfo | None:
    trailers = dict(error.trailing_metadata())
    if "grpc-status-details-bin" not in trailers:
        return None
    status = Status.FromString(trailers["grpc-status-details-bin"])
    assert status.message == error.details()
    info = RetryInfo()
    assert status.details[0].Unpack(info)
    return info


def test_spans_and_refused_calls_are_counted(channel: grpc.Channel, ingest: MemoryIngest) -> None:
    def counts() -> tuple[int, int, int]:
        by_reason = INTAKE.refused
        return (
            INTAKE.spans["otlp_grpc"],
            by_reason["otlp_grpc", "malformed"],
            by_reason["otlp_grpc", "unavailable"],
        )

    before = counts()
    TraceServiceStub(channel).Export(traces(make_span(), make_span()), timeout=120)
    with pytest.raises(grpc.RpcError):
        export_bytes(channel, b"\xff")
    ingest.failure = Overloaded()
    refused(channel, traces(make_span()))

    assert [now - then for then, now in zip(before, counts(), strict=True)] == [2, 1, 1]


@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
def test_traces_logs_and_metrics_are_taken(
    channel: grpc.Channel, ingest: MemoryIngest, compression: grpc.Compression
) -> None:
    metric = Metric(name="gen_ai.x", sum=Sum(data_points=[NumberDataPoint(as_int=1)]))
    options: dict[str, Any] = {"timeout": 120, "compression": compression}

    answer = TraceServiceStub(channel).Export(traces(make_span()), **options)
    LogsServiceStub(channel).Export(logs(LogRecord(trace_id=TRACE_ID)), **options)
    MetricsServiceStub(channel).Export(metrics(metric), **options)

    assert not answer.HasField("partial_success")
    assert [len(b.sources) + 2 * len(b.logs) + 3 * len(b.metrics) for b in ingest.batches] == [
        1,
        2,
        3,
    ]


def test_an_empty_request_is_a_success(channel: grpc.Channel, ingest: MemoryIngest) -> None:
    answer = TraceServiceStub(channel).Export(traces(), timeout=120)

    assert not answer.HasField("partial_success")
    assert ingest.batches == []


def test_the_project_is_taken_from_the_metadata(
    channel: grpc.Channel, ingest: MemoryIngest
) -> None:
    metadata = (("x-pilothouse-project", "support"), ("trace-bin", b"\0\1"))

    TraceServiceStub(channel).Export(traces(make_span()), timeout=120, metadata=metadata)

    assert ingest.batches[0].sources[0].project == "support"


def test_rejected_spans_are_a_partial_success(channel: grpc.Channel, ingest: MemoryIngest) -> None:
    request = traces(make_span(), make_span(span_id=b"short"))

    answer = TraceServiceStub(channel).Export(request, timeout=120)

    assert answer.partial_success.rejected_spans == 1
    assert "span id" in answer.partial_success.error_message
    assert len(ingest.batches[0].sources) == 1


def test_a_large_request_within_the_limit_is_taken(
    channel: grpc.Channel, ingest: MemoryIngest
) -> None:
    TraceServiceStub(channel).Export(
        traces(make_span({"text": "x" * (LIMIT_BYTES - 1000)})), timeout=120
    )

    assert len(ingest.batches[0].sources[0].attributes["text"]) == LIMIT_BYTES - 1000


@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
def test_a_request_above_the_limit_is_refused_for_good(
    channel: grpc.Channel, ingest: MemoryIngest, compression: grpc.Compression
) -> None:
    error = refused(
        channel, traces(make_span({"text": "x" * LIMIT_BYTES})), compression=compression
    )

    assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert retry_info(error) is None
    assert ingest.batches == []


def test_garbage_is_refused(channel: grpc.Channel, ingest: MemoryIngest) -> None:
    with pytest.raises(grpc.RpcError) as error:
        export_bytes(channel, b"\xff\xff rubbish")

    assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert "not a protobuf" in error.value.details()


def test_spans_that_are_all_invalid_name_the_likely_mistake(
    channel: grpc.Channel, ingest: MemoryIngest
) -> None:
    error = refused(channel, traces(make_span(trace_id=b"")))

    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert "/v1/logs" in error.details()


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("Bearer wrong", grpc.StatusCode.UNAUTHENTICATED),
        ("Bearer reader", grpc.StatusCode.PERMISSION_DENIED),
    ],
)
def test_keys_that_may_not_write_are_refused(
    channel: grpc.Channel, ingest: MemoryIngest, key: str, code: grpc.StatusCode
) -> None:
    error = refused(channel, traces(make_span()), metadata=(("authorization", key),))

    assert error.code() == code
    assert ingest.batches == []


@pytest.mark.parametrize(
    ("failure", "seconds"), [(Overloaded(3), 3), (StoreUnavailable("the disk is full"), 10)]
)
def test_what_cannot_be_stored_now_is_asked_for_again(
    channel: grpc.Channel, ingest: MemoryIngest, failure: Exception, seconds: int
) -> None:
    ingest.failure = failure

    error = refused(channel, traces(make_span()))

    info = retry_info(error)
    assert error.code() == grpc.StatusCode.UNAVAILABLE
    assert info is not None
    assert info.retry_delay.seconds == seconds


def test_a_fault_of_ours_says_so_and_nothing_more(
    channel: grpc.Channel, ingest: MemoryIngest
) -> None:
    ingest.failure = ZeroDivisionError("secret detail")

    error = refused(channel, traces(make_span()))

    assert error.code() == grpc.StatusCode.INTERNAL
    assert "secret" not in error.details()


def test_an_unknown_service_is_unimplemented(channel: grpc.Channel) -> None:
    with pytest.raises(grpc.RpcError) as error:
        channel.unary_unary("/opentelemetry.proto.Nothing/Export")(b"", timeout=120)

    assert error.value.code() == grpc.StatusCode.UNIMPLEMENTED


def test_a_taken_port_is_an_error(grpc_server: tuple[int, MemoryIngest]) -> None:
    async def second() -> None:
        await GrpcServer(MemoryIngest(), authorise).start("127.0.0.1", grpc_server[0])

    with pytest.raises(OSError, match="cannot listen"):
        asyncio.run(second())


@pytest.mark.slow
def test_a_process_without_the_port_does_not_import_grpc() -> None:
    program = (
        "import sys; import pilothouse.platform.ingest.otlp.grpc as module; "
        "module.GrpcServer(None, None); sys.exit('grpc' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
