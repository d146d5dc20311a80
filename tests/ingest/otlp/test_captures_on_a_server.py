"""Every recorded export, by every wire and in either order, shows as it must in the REST API."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest

from dialects import captures
from dialects.expected import USAGE, deviations, near
from servers import ServerProcess, free_port

WANT = captures.expectations()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not WANT, reason="the shared fixtures are not beside the checkout"),
]

SERVICES = {
    "traces": "trace.v1.TraceService",
    "logs": "logs.v1.LogsService",
    "metrics": "metrics.v1.MetricsService",
}
HTTP = {"protobuf": (".pb", "application/x-protobuf"), "json": (".json", "application/json")}
Send = Callable[[str, str], None]
"""Sends one file of a capture to a project."""


@pytest.fixture(scope="module")
def grpc_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def world(
    tmp_path_factory: pytest.TempPathFactory, grpc_port: int
) -> Iterator[tuple[ServerProcess, grpc.Channel]]:
    folder = tmp_path_factory.mktemp("server")
    server = ServerProcess(
        folder / "data",
        *("--otlp-grpc-port", str(grpc_port)),
        environ={"PILOTHOUSE_RETENTION_DAYS": "0"},
    ).start()
    with grpc.insecure_channel(f"127.0.0.1:{grpc_port}") as channel:
        yield server, channel
    code = server.stop()
    shutil.rmtree(folder, ignore_errors=True)
    assert code == 0, server.said()[-2000:]


@pytest.fixture(params=["grpc", "protobuf", "json"])
def wire(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def send(wire: str, world: tuple[ServerProcess, grpc.Channel]) -> Send:
    server, channel = world

    def by_grpc(name: str, project: str) -> None:
        method = f"/opentelemetry.proto.collector.{SERVICES[signal_of(name)]}/Export"
        body = (captures.FOLDER / f"{name}.pb").read_bytes()
        metadata = (("x-pilothouse-project", project),)
        channel.unary_unary(method)(body, timeout=30, metadata=metadata)

    def by_http(name: str, project: str) -> None:
        suffix, content_type = HTTP[wire]
        body = (captures.FOLDER / f"{name}{suffix}").read_bytes()
        headers = {"Content-Type": content_type, "x-pilothouse-project": project}
        status, answer = server.call("POST", f"/v1/{signal_of(name)}", body, headers)
        assert status == 200, answer

    return by_grpc if wire == "grpc" else by_http


def signal_of(name: str) -> str:
    kind = name.rpartition(".")[2]
    return kind if kind in ("logs", "metrics") else "traces"


def trace_ids(want: dict[str, Any]) -> dict[str, str]:
    """The trace of each span that was sent."""
    bodies = [
        json.loads((captures.FOLDER / f"{name}.json").read_text("utf-8"))
        for name in want["files"]
        if signal_of(name) == "traces"
    ]
    return {
        span["spanId"]: span["traceId"]
        for body in bodies
        for group in body.get("resourceSpans", [])
        for scope in group.get("scopeSpans", [])
        for span in scope.get("spans", [])
        if span.get("spanId") and span.get("traceId")
    }


@pytest.mark.parametrize(
    ("name", "logs_first"),
    [(n, order) for n, w in WANT.items() for order in (False, True)[: len(w["files"])]],
)
def test_a_capture_shows_as_expected(
    name: str, logs_first: bool, wire: str, send: Send, world: tuple[ServerProcess, grpc.Channel]
) -> None:
    want, server = WANT[name], world[0]
    project = f"{name}-{wire}-{logs_first}"

    for file in sorted(want["files"], key=lambda f: (signal_of(f) == "traces") == logs_first):
        send(file, project)

    of_span = trace_ids(want)
    wanted = want["expected_spans"]
    traces = {
        trace_id: server.get(f"/api/v1/traces/{trace_id}?project={project}")
        for trace_id in {of_span[span["span_id"]] for span in wanted}
    }
    spans = {span["span_id"]: span for found in traces.values() for span in found["spans"]}
    wrong = [
        (expected["span_name"], *deviation)
        for expected in wanted
        for deviation in deviations(expected, spans[expected["span_id"]])
    ]
    assert wrong == []
    assert list(_wrong_sums(want, traces)) == []
    sessions = want.get("resolved_trace_session_ids") or {}
    assert {t: traces[t]["trace"]["session_id"] for t in sessions} == sessions
    assert list(_missing_scores(want, server, project)) == []


def _wrong_sums(
    want: dict[str, Any], traces: dict[str, Any]
) -> Iterator[tuple[str, Any, int | None]]:
    once = want.get("total_usage_after_response_id_dedup") or {}
    for key, value in (want.get("total_usage") or {}).items():
        usages = [found["trace"]["usage"] or {} for found in traces.values()]
        known = [u[USAGE[key]] for u in usages if u.get(USAGE[key]) is not None]
        got = sum(known) if known else None
        if got not in {value, once.get(key, value)} | ({0, None} if not value else set()):
            yield key, value, got


def _missing_scores(
    want: dict[str, Any], server: ServerProcess, project: str
) -> Iterator[dict[str, Any]]:
    expected = want.get("expected_scores") or []
    found = server.get(f"/api/v1/scores?project={project}&limit=200")["items"] if expected else []
    for score in expected:
        if not any(
            got["name"] == score["name"]
            and ("value" not in score or near(got["value"], score["value"]))
            and score.get("label") in (None, got["label"])
            and score.get("explanation") in (None, got["comment"])
            for got in found
        ):
            yield score
