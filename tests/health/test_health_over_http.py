"""What a server tells of itself, asked as Prometheus and as the browser app ask."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as plain_text

import pilothouse as ph
from otlp import request, span, trace_id
from pilothouse.platform.health.metrics import METRICS
from servers import ServerProcess


def scraped(server: ServerProcess) -> dict[str, Any]:
    """The families of a scrape, by the name that queries use."""
    families = plain_text(server.get("/metrics").decode())
    return {f.name + ("_total" if f.type == "counter" else ""): f for f in families}


def value(server: ServerProcess, name: str, **labels: str) -> float:
    samples = [s for f in scraped(server).values() for s in f.samples]
    return next(s.value for s in samples if s.name == name and s.labels == labels)


def test_each_metric_is_told_with_its_type_and_sentence(server: ServerProcess) -> None:
    families = scraped(server)

    told = {name: (family.type, family.documentation) for name, family in families.items()}
    assert told == {metric.name: (metric.kind, metric.sentence) for metric in METRICS}
    # A store that has no history yet does not know how fast it grows, which is not 0.
    unknown = {name for name, family in families.items() if not family.samples}
    # Guardrails are told by their names, of which none has looked at anything yet.
    assert unknown == {
        "pilothouse_store_growth_bytes_per_day",
        "pilothouse_gateway_guardrail_checks_total",
        "pilothouse_gateway_guardrail_seconds_total",
    }


def test_who_asks_for_openmetrics_gets_it(server: ServerProcess) -> None:
    status, body = server.call(
        "GET", "/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"}
    )

    assert status == 200
    assert len(list(openmetrics(body.decode()))) == len(METRICS)


def test_spans_and_what_is_turned_away_are_counted_by_protocol(server: ServerProcess) -> None:
    good = [span(trace_id()) for _ in range(3)]
    spans = ("pilothouse_ingest_spans_total", {"protocol": "otlp_http"})
    left_out = ("pilothouse_ingest_rejected_total", {"protocol": "otlp_http"})
    refused = ("pilothouse_ingest_refused_requests_total",
               {"protocol": "otlp_http", "reason": "malformed"})  # fmt: skip
    runs = ("pilothouse_ingest_spans_total", {"protocol": "langsmith"})
    counted = (spans, left_out, refused, runs)
    before = [value(server, name, **labels) for name, labels in counted]

    assert server.call("POST", "/v1/traces", request(*good, span("0" * 32)))[0] == 200
    assert server.call("POST", "/v1/traces", b"{")[0] == 400
    run = {"id": "0193a8d4-6f00-7000-8000-00000000000a", "name": "work", "run_type": "chain",
           "start_time": "2026-11-01T00:00:00Z"}  # fmt: skip
    assert server.call("POST", "/langsmith/runs", run)[0] == 202

    after = [value(server, name, **labels) for name, labels in counted]
    assert [b - a for a, b in zip(before, after, strict=True)] == [3, 1, 1, 1]


def test_what_is_stored_stands_in_commits_and_rows(server: ServerProcess) -> None:
    server.count()  # a read waits until all that came before is stored
    rows = value(server, "pilothouse_store_rows_total", table="spans")
    commits = value(server, "pilothouse_store_commit_seconds_count")

    assert server.call("POST", "/v1/traces", request(span(trace_id()), span(trace_id())))[0] == 200
    server.count()

    assert value(server, "pilothouse_store_rows_total", table="spans") == rows + 2
    assert value(server, "pilothouse_store_commit_seconds_count") > commits
    assert value(server, "pilothouse_store_read_seconds_count", table="spans") > 0
    assert value(server, "pilothouse_queue_rows") == 0


def test_health_says_in_words_what_was_turned_away(server: ServerProcess) -> None:
    assert server.call("POST", "/v1/traces", b"{")[0] == 400

    health = server.get("/api/v1/server/health")

    found = {verdict["check"]: verdict for verdict in health["verdicts"]}
    assert health["status"] == found["rejected"]["status"] == "warn"
    assert "malformed" in found["rejected"]["message"]
    assert found["stores"]["status"] == "ok"
    assert health["figures"]["memory_bytes"] is None or health["figures"]["memory_bytes"] > 10**7
    assert health["figures"]["data_bytes"] > 0


def test_the_history_is_bounded_and_says_its_step(server: ServerProcess) -> None:
    history = server.get("/api/v1/server/health/history?hours=1")

    assert history["interval_s"] == 30
    assert server.call("GET", "/api/v1/server/health/history?hours=7")[0] == 400


def test_other_machines_need_a_key_that_reads(server_in: Any, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("correct horse battery")
    closed: ServerProcess = server_in(
        "--host",
        "0.0.0.0",
        environ={
            "PILOTHOUSE_ADMIN_EMAIL": "ada@example.com",
            "PILOTHOUSE_ADMIN_PASSWORD_FILE": str(secret),
        },
    )

    # As the how-to makes one for Prometheus, while the server runs.
    command = [str(Path(sys.executable).parent / "pilothouse"), "keys", "create", "prometheus"]
    made = subprocess.run(
        [*command, "--scope", "read", "--data", str(closed.data)],
        capture_output=True,
        text=True,
        check=True,
    )
    reads = {"Authorization": f"Bearer {made.stdout.strip()}"}
    found = [
        [closed.call("GET", path, headers=headers)[0] for headers in ({}, reads)]
        for path in ("/metrics", "/api/v1/server/health", "/api/v1/server/hosts")
    ]

    assert found == [[401, 200]] * 3


GPU = SimpleNamespace(
    nvmlInit=lambda: None,
    nvmlShutdown=lambda: None,
    nvmlDeviceGetCount=lambda: 1,
    nvmlDeviceGetHandleByIndex=lambda number: number,
    nvmlDeviceGetUUID=lambda gpu: "GPU-1",
    nvmlDeviceGetName=lambda gpu: b"NVIDIA L4",
    nvmlDeviceGetUtilizationRates=lambda gpu: SimpleNamespace(gpu=40),
    nvmlDeviceGetMemoryInfo=lambda gpu: SimpleNamespace(used=6 * 2**30, total=24 * 2**30),
)
"""NVML as on a machine with one GPU: those that run the tests seldom have one."""


def test_the_sdk_sends_how_busy_its_machine_and_its_process_are(
    server: ServerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", GPU)
    ph.init(project="desk", endpoint=server.url, instrument=False, system_metrics=True)
    assert ph.shutdown(60)

    (host,) = server.get("/api/v1/server/hosts")["items"]

    assert host["name"] == socket.gethostname()
    assert 0 <= host["cpu"] <= 1
    assert 0 < host["memory"] < 1
    assert host["memory_bytes"] > 10**6
    (disk,) = host["filesystems"]
    assert 0 < disk["share"] < 1
    assert disk["free_bytes"] > 0
    (process,) = host["processes"]
    assert (process["project"], process["service"], process["pid"]) == (
        "desk",
        "desk",
        str(os.getpid()),
    )
    assert process["memory_bytes"] > 10**6
    (gpu,) = host["gpus"]
    assert (gpu["id"], gpu["name"], gpu["share"], gpu["memory_share"]) == (
        "GPU-1",
        "NVIDIA L4",
        0.4,
        0.25,
    )
    assert host["points"][-1]["memory"] == pytest.approx(host["memory"], abs=0.5)


def test_without_the_extra_the_program_goes_on_and_is_told_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.instrumentation.system_metrics", None)

    with caplog.at_level(logging.WARNING, "pilothouse"):
        ph.init(
            project="desk", endpoint="http://127.0.0.1:9", instrument=False, system_metrics=True
        )
        ph.shutdown(0.05)

    assert [r.message for r in caplog.records] == [
        "system_metrics=True needs an extra: pip install 'pilothouse[system]'"
    ]
