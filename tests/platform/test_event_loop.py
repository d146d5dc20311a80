"""Large requests do not keep others waiting: they are decoded and encoded beside the event loop."""

from __future__ import annotations

import contextlib
import json
import os
import threading
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from otlp import attributes, request, span, trace_id
from servers import ServerProcess

pytestmark = pytest.mark.slow

MB = 1_000_000
WORST_S = 0.5
"""CPU seconds; about 0.1, as Python's threads share its lock. The request takes 1 to 3."""
ROUNDS = 3
"""What holds the loop does so each time; a thread that was not given a processor does not."""


class Poller(threading.Thread):
    """Asks /healthz again and again; notes the most that the server did before it answered.

    What it did is measured as CPU time: by the clock, other programs would be measured with it.
    """

    def __init__(self, server: ServerProcess) -> None:
        super().__init__(daemon=True)
        assert server.process is not None
        self.url = f"{server.url}/healthz"
        self._tasks = Path(f"/proc/{server.process.pid}/task")
        self._name = (self._tasks.parent / "comm").read_text()
        self.worst_s = 0.0
        self.asked = 0
        self._stop_asking = threading.Event()

    def run(self) -> None:
        while not self._stop_asking.wait(0.005):
            begun = self.cpu_s()
            urllib.request.urlopen(self.url, timeout=60).close()
            self.worst_s = max(self.worst_s, self.cpu_s() - begun)
            self.asked += 1

    def cpu_s(self) -> float:
        """CPU time of the server's Python threads so far; those of the engine have other names."""
        ticks = 0
        for task in self._tasks.iterdir():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has ended
                if (task / "comm").read_text() == self._name:
                    fields = (task / "stat").read_text().rpartition(")")[2].split()
                    ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

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

    worst = []
    for _ in range(ROUNDS):
        with Poller(server) as poller:
            status, answer = server.call("POST", "/v1/traces", body)
            server.get("/api/v1/traces?project=big")
        assert (status, answer) == (200, {})
        assert poller.asked > 5
        worst.append(poller.worst_s)
        if poller.worst_s < WORST_S:
            break

    assert min(worst) < WORST_S, worst
