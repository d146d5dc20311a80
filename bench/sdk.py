#!/usr/bin/env python3
"""What tracing costs the traced program: CPU per span, ours beside the bare OpenTelemetry SDK.

    python bench/sdk.py [--pairs 5] [--bursts 20] [--traces 80] [--json out.json]

One run is a process that makes traces of 8 spans (one call with 7 below it, in 3 levels), written
the way each SDK's documentation shows, and exports them over OTLP/HTTP to a server on loopback
that throws them away. Runs of both sides alternate, so that both meet the same neighbours on the
machine; the ratio is taken pair by pair and its median reported.

  caller_us  CPU of the calling thread per span: what the program's own work is delayed by
  total_us   CPU of the whole process per span, exporting and flushing included
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

SPANS_A_TRACE = 8
PAYLOADS = {
    "small": (
        "what is the status of order 12345 for the customer?",
        "it was shipped on 3 March and arrives in two days",
    ),
    "big": ("", ""),  # made below: 4 kB in, 1 kB out, like a model call
}
Decorator = Callable[[str], Callable[[Callable[[str], str]], Callable[[str], str]]]


def words(count: int, seed: int) -> str:
    """Text of so many characters that does not compress to nothing."""
    draw = random.Random(seed)
    known = ["".join(draw.choices("etaoinshrdlucm", k=draw.randrange(2, 10))) for _ in range(900)]
    return " ".join(draw.choices(known, k=count // 3))[:count]


def tree(observed: Decorator, out: str) -> Callable[[str], str]:
    """root → a → b → c, d → e, f → g."""

    @observed("c")
    def c(x: str) -> str:
        return out

    @observed("b")
    def b(x: str) -> str:
        return c(x)

    @observed("a")
    def a(x: str) -> str:
        return b(x)

    @observed("e")
    def e(x: str) -> str:
        return out

    @observed("d")
    def d(x: str) -> str:
        return e(x)

    @observed("g")
    def g(x: str) -> str:
        return out

    @observed("f")
    def f(x: str) -> str:
        return g(x)

    @observed("root")
    def root(x: str) -> str:
        a(x)
        d(x)
        return f(x)

    return root


def bare(url: str) -> tuple[Decorator, Callable[[], Any]]:
    """OpenTelemetry as its documentation shows it."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=url + "/v1/traces")))
    tracer = provider.get_tracer("bench")

    def observed(name: str) -> Callable[[Callable[[str], str]], Callable[[str], str]]:
        def decorate(function: Callable[[str], str]) -> Callable[[str], str]:
            def call(x: str) -> str:
                with tracer.start_as_current_span(name) as span:
                    span.set_attribute("openinference.span.kind", "CHAIN")
                    span.set_attribute("input.value", x)
                    result = function(x)
                    span.set_attribute("output.value", result)
                    return result

            return call

        return decorate

    return observed, provider.force_flush


def ours(url: str) -> tuple[Decorator, Callable[[], Any]]:
    """Pilothouse, inside a session as an application would have it."""
    import pilothouse as ph

    ph.init(project="bench", endpoint=url, instrument=False)
    return (lambda name: ph.observe(name=name)), lambda: ph.flush(60)


SIDES = {"otel": bare, "pilothouse": ours}


def measure(side: str, url: str, payload: str, bursts: int, traces: int) -> dict[str, float]:
    """One run, in this process."""
    given, out = PAYLOADS[payload]
    if not given:
        given, out = words(4000, 1), words(1000, 2)
    begin = time.process_time()
    observed, flush = SIDES[side](url)
    started_ms = (time.process_time() - begin) * 1e3
    root = tree(observed, out)
    for _ in range(100):
        root(given)
    flush()
    gc.collect()
    calls: list[float] = []
    begin = time.process_time()
    for _ in range(bursts):
        before = time.thread_time()
        for _ in range(traces):
            root(given)
        calls.append((time.thread_time() - before) / traces / SPANS_A_TRACE)
        flush()
    total = (time.process_time() - begin) / (bursts * traces * SPANS_A_TRACE)
    return {
        "caller_us": statistics.median(calls) * 1e6,
        "total_us": total * 1e6,
        "start_cpu_ms": started_ms,
    }


class Nothing(BaseHTTPRequestHandler):
    """Takes any POST and forgets it."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def serve() -> None:
    """The null server; prints its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Nothing)
    print(server.server_port, flush=True)
    server.serve_forever()


def compare(url: str, payload: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """Alternating runs of both sides, each in a process of its own."""
    found: dict[str, list[dict[str, float]]] = {side: [] for side in SIDES}
    for pair in range(arguments.pairs):
        for side in SIDES if pair % 2 == 0 else reversed(SIDES):
            command = [sys.executable, __file__, "--side", side, "--url", url]
            command += ["--payload", payload, "--bursts", str(arguments.bursts)]
            command += ["--traces", str(arguments.traces)]
            run = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
            found[side].append(json.loads(run.stdout.splitlines()[-1]))
    result: dict[str, Any] = {"payload": payload, "pairs": arguments.pairs}
    for key in ("caller_us", "total_us", "start_cpu_ms"):
        for side, runs in found.items():
            result[f"{side}_{key}"] = round(statistics.median(run[key] for run in runs), 1)
        both = zip(found["pilothouse"], found["otel"], strict=True)
        result[f"ratio_{key}"] = round(statistics.median(a[key] / b[key] for a, b in both), 3)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--bursts", type=int, default=20)
    parser.add_argument("--traces", type=int, default=80)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--payload", choices=PAYLOADS, help="only this one")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve()
        return
    if arguments.side:
        result = measure(
            arguments.side, arguments.url, arguments.payload, arguments.bursts, arguments.traces
        )
        print(json.dumps(result), flush=True)
        return
    with subprocess.Popen(
        [sys.executable, __file__, "--serve"], stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            port = (server.stdout.readline() if server.stdout else "").strip()
            chosen = [arguments.payload] if arguments.payload else list(PAYLOADS)
            results = [compare(f"http://127.0.0.1:{port}", name, arguments) for name in chosen]
        finally:
            server.terminate()
    for result in results:
        print(json.dumps(result))
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
