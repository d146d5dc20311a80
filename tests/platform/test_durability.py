"""What was acknowledged is there afterwards, whatever happened to the process."""

from __future__ import annotations

import contextlib
import http.client
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from otlp import attributes, request, span, trace_id
from servers import ServerProcess

pytestmark = pytest.mark.slow


def load_until_gone(server: ServerProcess, acknowledged: list[str], spans: int) -> None:
    """Send requests until the server is gone; notes the traces of those that it answered."""
    while True:
        trace = trace_id()
        body = request(*[span(trace) for _ in range(spans)])
        try:
            status, _ = server.call("POST", "/v1/traces", body)
        except (OSError, http.client.HTTPException):
            return
        if status == 200:
            acknowledged.append(trace)


def read_until_gone(server: ServerProcess) -> None:
    """Reads wait for what was acknowledged, also while the server stops."""
    with contextlib.suppress(OSError, http.client.HTTPException):
        while True:
            server.call("POST", "/api/v1/spans/count", {})


def traces_of(server: ServerProcess) -> set[str]:
    """The ids of all traces, page by page."""
    found: set[str] = set()
    cursor = ""
    while True:
        page = server.get(f"/api/v1/traces?limit=1000&cursor={cursor}")
        found |= {t["trace_id"] for t in page["items"]}
        cursor = page["next_cursor"]
        if not cursor:
            return found


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["kill", "term"])
@pytest.mark.parametrize("durability", ["commit", "fsync"])
def test_no_acknowledged_span_is_lost(
    server_in: Any, number: signal.Signals, durability: str
) -> None:
    server = server_in("--durability", durability)
    acknowledged: list[str] = []
    clients = [
        threading.Thread(target=load_until_gone, args=(server, acknowledged, spans))
        for spans in (1, 1, 40)
    ]
    clients.append(threading.Thread(target=read_until_gone, args=(server,)))
    for client in clients:
        client.start()
    end = time.monotonic() + 200
    while len(acknowledged) < 150 and time.monotonic() < end:
        time.sleep(0.01)
    server.count()  # a read in the middle, so that some of it is settled and some is not
    time.sleep(0.05)

    server.stop(number)
    for client in clients:
        client.join()
    server.start()

    assert "Traceback" not in server.said()
    assert len(acknowledged) >= 150
    assert not set(acknowledged) - traces_of(server)
    assert not list((server.data / "rejected").glob("*"))


def test_a_span_is_visible_once_it_is_acknowledged(server: ServerProcess) -> None:
    for _ in range(10):
        trace = trace_id()
        assert server.call("POST", "/v1/traces", request(span(trace)))[0] == 200
        assert server.get(f"/api/v1/traces/{trace}")["trace"]["span_count"] == 1


def test_a_span_sent_twice_is_one_span(server: ServerProcess) -> None:
    trace = trace_id()
    body = request(span(trace, "ab" * 8, name="first"), project="twice")
    again = request(span(trace, "ab" * 8, name="second"), project="twice")

    server.call("POST", "/v1/traces", body)
    server.call("POST", "/v1/traces", body)
    server.get(f"/api/v1/traces/{trace}")
    server.call("POST", "/v1/traces", again)

    found = server.get(f"/api/v1/traces/{trace}")
    assert [s["name"] for s in found["spans"]] == ["second"]
    assert found["trace"]["span_count"] == 1
    assert server.count(project="twice") == 1


def test_a_trace_follows_its_first_span_into_another_hour(server: ServerProcess) -> None:
    trace = trace_id()
    server.call("POST", "/v1/traces", request(span(trace, at_s=0), project="hours"))
    assert len(server.get("/api/v1/traces?project=hours")["items"]) == 1

    server.call("POST", "/v1/traces", request(span(trace, at_s=-7200), project="hours"))

    [found] = server.get("/api/v1/traces?project=hours")["items"]
    assert found["span_count"] == 2
    assert len(server.get(f"/api/v1/traces/{trace}")["spans"]) == 2


def test_a_wrapper_that_comes_before_its_call_stops_counting(server: ServerProcess) -> None:
    trace = trace_id()
    usage = {"gen_ai.usage.input_tokens": 20, "gen_ai.usage.output_tokens": 5}
    agent = span(trace, "11" * 8, attributes=_attributes("invoke_agent", usage))
    call = span(trace, "22" * 8, "11" * 8, attributes=_attributes("chat", usage))

    server.call("POST", "/v1/traces", request(agent, project="wrap"))
    assert server.get(f"/api/v1/traces/{trace}")["trace"]["usage"]["total_tokens"] == 25
    server.call("POST", "/v1/traces", request(call, project="wrap"))

    found = server.get(f"/api/v1/traces/{trace}")
    assert found["trace"]["usage"]["total_tokens"] == 25
    assert {s["span_id"]: s["usage_counted"] for s in found["spans"]} == {
        "11" * 8: False,
        "22" * 8: True,
    }


def _attributes(operation: str, usage: dict[str, int]) -> list[dict[str, Any]]:
    return attributes({"gen_ai.operation.name": operation, **usage})


def test_a_second_server_on_the_same_folder_says_so_in_one_line(
    server: ServerProcess, tmp_path: Path
) -> None:
    second = ServerProcess(server.data)
    second.log = tmp_path / "second.log"

    with pytest.raises(AssertionError, match=r"exited with 1"):
        second.start()

    lines = [x for x in second.said().splitlines() if x]
    assert len(lines) == 1
    assert "another Pilothouse uses" in lines[0]
