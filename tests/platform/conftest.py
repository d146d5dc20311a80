"""What nothing that comes in may end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from otlp import request, span, trace_id
from servers import ServerProcess


@pytest.fixture
def still_serves(server: ServerProcess) -> Iterator[None]:
    """After each test the same process takes a good span and shows it."""
    assert server.process is not None
    process = server.process.pid
    yield
    trace = trace_id()
    assert server.call("POST", "/v1/traces", request(span(trace), project="good"))[0] == 200
    assert server.get(f"/api/v1/traces/{trace}")["trace"]["span_count"] == 1
    assert server.process.poll() is None
    assert server.process.pid == process
    assert "Traceback" not in server.said()
