"""Large requests do not keep others waiting: they are decoded and encoded beside the event loop."""

from __future__ import annotations

import json
import os
import threading
import time
import urllib.request
from typing import Any

import pytest

from otlp import attributes, request, span, trace_id
from servers import ServerProcess

pytestmark = pytest.mark.slow

MB = 1_000_000
WORST_S = 1.0
"""About 0.4 on a busy machine: other programs share the processor, Python's threads its lock."""


class Poller(threading.Thread):
    """Asks /healthz again and again, and notes the longest wait for an answer."""

    def __init__(self, server: ServerProcess) -> None:
        super().__init__(daemon=True)
        self.url = f"{server.url}/healthz"
        self.worst_s = 0.0
        self.asked = 0
        self._stop_asking = threading.Event()

    def run(self) -> None:
        while not self._stop_asking.wait(0.005):
            begun = time.monotonic()
            urllib.request.urlopen(self.url, timeout=60).close()
            self.worst_s = max(self.worst_s, time.monotonic() - begun)
            self.asked += 1

    def __enter__(self) -> Poller:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop_asking.set()
        self.join()


def many_spans() -> list[dict[str, Any]]:
    """Some 20 MB of spans as an agent sends them."""
    values = {f"key.{n}": f"value {n}" for n in range(20)} | {"input.value": "word " * 400}
    given = attributes(values)
    return [span(trace_id(), attributes=given) for _ in range(5_500)]


def one_value() -> list[dict[str, Any]]:
    """One span with a value of 20 MB."""
    return [span(trace_id(), attributes=attributes({"input.value": os.urandom(10 * MB).hex()}))]


@pytest.mark.parametrize("make", [many_spans, one_value])
def test_a_request_of_20_mb_keeps_nobody_waiting(server: ServerProcess, make: Any) -> None:
    body = json.dumps(request(*make(), project="big")).encode()
    assert 18 * MB < len(body) < 30 * MB

    with Poller(server) as poller:
        status, answer = server.call("POST", "/v1/traces", body)
        server.get("/api/v1/traces?project=big")

    print(f"worst wait {poller.worst_s * 1000:.0f} ms of {poller.asked}")
    assert (status, answer) == (200, {})
    assert poller.asked > 5
    assert poller.worst_s < WORST_S
