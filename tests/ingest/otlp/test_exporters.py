"""OpenTelemetry's own exporters deliver, by HTTP and gRPC, plain and compressed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter

from pilothouse.platform.ingest.errors import Overloaded
from pilothouse.platform.ingest.otlp.grpc import GrpcServer

pytestmark = pytest.mark.slow

World = Any  # the fixture of conftest.py


def record(exporter: SpanExporter) -> None:
    """A trace of two spans, sent by the SDK."""
    provider = TracerProvider(resource=Resource.create({"service.name": "shop"}))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("tests", "1.0")
    with tracer.start_as_current_span("parent") as parent:
        parent.set_attribute("tags", ["a", "b"])
        with tracer.start_as_current_span("child"):
            pass
    provider.shutdown()


def assert_recorded(world: World) -> None:
    assert world.ingest.span_names == ["child", "parent"]
    child, parent = (batch.sources[0] for batch in world.ingest.batches)
    assert child.parent_span_id == parent.span_id
    assert child.trace_id == parent.trace_id
    assert child.project == "shop"
    assert list(parent.attributes["tags"]) == ["a", "b"]
    assert (parent.scope_name, parent.scope_version) == ("tests", "1.0")


@pytest.mark.parametrize("compression", list(Compression))
def test_the_http_exporter_delivers(world: World, compression: Compression) -> None:
    record(HttpExporter(endpoint=f"{world.url}/v1/traces", compression=compression))

    assert_recorded(world)


def test_the_http_exporter_comes_back_after_503(world: World) -> None:
    world.ingest.failure = Overloaded(1)
    threading.Timer(0.5, lambda: setattr(world.ingest, "failure", None)).start()

    record(HttpExporter(endpoint=f"{world.url}/v1/traces"))

    assert_recorded(world)


@pytest.fixture
def start_grpc(world: World) -> Iterator[Callable[[], int]]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = GrpcServer(world.ingest, lambda headers: None)

    def run(work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(20)

    yield lambda: run(server.start("127.0.0.1", 0))
    run(server.stop(1))
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


def test_the_grpc_exporter_delivers(world: World, start_grpc: Callable[[], int]) -> None:
    record(GrpcExporter(endpoint=f"127.0.0.1:{start_grpc()}", insecure=True))

    assert_recorded(world)


def test_the_grpc_exporter_comes_back_when_it_was_told_to(
    world: World, start_grpc: Callable[[], int]
) -> None:
    world.ingest.failure = Overloaded(1)
    port = start_grpc()
    threading.Timer(0.5, lambda: setattr(world.ingest, "failure", None)).start()

    record(GrpcExporter(endpoint=f"127.0.0.1:{port}", insecure=True))

    assert_recorded(world)
