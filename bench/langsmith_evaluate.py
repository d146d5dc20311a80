"""How long `evaluate()` of LangSmith's own package takes against Pilothouse, and against a server
that answers everything at once with a constant: what is left is the client's own work.

    python bench/langsmith_evaluate.py [--examples 1000] [--rounds 5]

Both are measured in turn in one process, round by round and each first in every other round, so
that a change of the machine's speed touches both; a ratio is the median of those of the rounds. The
time is that of the clock, which neighbours lengthen; the CPU time is that of the client and the
server. The target does nothing; one evaluator compares its output with the reference.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
import warnings
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, NamedTuple
from urllib.parse import parse_qs, urlsplit

GOAL = 1.3


class Constant(BaseHTTPRequestHandler):
    """Answers every request of evaluate() from a dictionary; keeps nothing."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    dataset: ClassVar[dict[str, Any]] = {}
    examples: ClassVar[list[bytes]] = []
    info: ClassVar[dict[str, Any]] = {}

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline().split(b";")[0], 16):
                self.rfile.read(size + 2)
            self.rfile.readline()
        sent = self.rfile.read(length) if length else b""
        at = urlsplit(self.path)
        path = at.path
        if path.endswith("/info"):
            body = json.dumps(self.info).encode()
        elif path.endswith("/datasets"):
            body = json.dumps([self.dataset]).encode()
        elif path.endswith("/examples"):
            query = parse_qs(at.query)
            offset, limit = int(query.get("offset", ["0"])[0]), int(query["limit"][0])
            body = b"[" + b",".join(self.examples[offset : offset + limit]) + b"]"
        elif "/sessions" in path:
            told = json.loads(sent) if sent.startswith(b"{") else {}
            body = json.dumps(self._session(told)).encode()
        else:
            body = b"{}"
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _session(self, told: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": told.get("id") or str(uuid.uuid4()),
            "tenant_id": self.dataset["id"],
            "name": told.get("name") or "constant",
            "start_time": datetime.now(UTC).isoformat(),
            "extra": told.get("extra") or {},
            "reference_dataset_id": self.dataset["id"],
        }

    do_GET = do_POST = do_PATCH = do_PUT = _answer  # noqa: N815 (as the base class calls them)

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _started(data: Path) -> tuple[subprocess.Popen[bytes], str]:
    port = _free_port()
    command = [str(Path(sys.executable).parent / "pilothouse"), "up", "--port", str(port)]
    command += ["--data", str(data), "--otlp-grpc-port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{url}/readyz")
    except SystemExit:
        process.terminate()
        raise
    return process, url


def _wait(url: str) -> None:
    for _ in range(1200):
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{url} does not answer")


def _constant(file: Path, port: int) -> None:
    """Serve constant answers: in a process of its own, as the client needs its own whole."""
    told = json.loads(file.read_text())
    Constant.dataset, Constant.info = told["dataset"], told["info"]
    Constant.examples = [json.dumps(each).encode() for each in told["examples"]]
    ThreadingHTTPServer(("127.0.0.1", port), Constant).serve_forever()


def _evaluated(client: Any, data: str) -> float:
    from langsmith.evaluation import evaluate

    def target(inputs: dict[str, Any]) -> dict[str, Any]:
        return {"a": inputs["q"]}

    def correct(outputs: dict[str, Any], reference_outputs: dict[str, Any]) -> bool:
        return bool(outputs == reference_outputs)

    begin = time.perf_counter()
    evaluate(target, data=data, evaluators=[correct], client=client)
    client.flush()
    return time.perf_counter() - begin


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Spent(NamedTuple):
    """What one evaluation took, in seconds."""

    time: float
    client: float
    server: float

    @property
    def cpu(self) -> float:
        return self.client + self.server


def _measured(client: Any, server: int, data: str) -> Spent:
    used, served = time.process_time(), _cpu_seconds(server)
    elapsed = _evaluated(client, data)
    return Spent(elapsed, time.process_time() - used, _cpu_seconds(server) - served)


def _tell(rounds: dict[str, list[Spent]]) -> None:
    for name, spent in rounds.items():
        told = " · ".join(f"{one.time:.1f}" for one in spent)
        client = statistics.median(one.client for one in spent)
        server = statistics.median(one.server for one in spent)
        print(f"{name:11} time {told} s; CPU: client {client:.2f} s, server {server:.2f} s")
    for what in ("time", "cpu"):
        ratios = [
            getattr(a, what) / getattr(b, what)
            for a, b in zip(rounds["pilothouse"], rounds["constant"], strict=True)
        ]
        ratio = statistics.median(ratios)
        told = f"goal {GOAL}: {'met' if ratio <= GOAL else 'MISSED'}" if what == "time" else ""
        print(f"ratio of {what:4} {ratio:.2f} ({min(ratios):.2f} to {max(ratios):.2f}) {told}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--constant", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.constant is not None:
        _constant(arguments.constant, arguments.port)
        return
    warnings.simplefilter("ignore")
    os.environ["LANGSMITH_TRACING"] = "true"
    from langsmith import Client

    with tempfile.TemporaryDirectory() as folder:
        process, url = _started(Path(folder) / "data")
        constant: subprocess.Popen[bytes] | None = None
        try:
            ours = Client(api_url=f"{url}/langsmith", api_key="none")
            data = f"d{uuid.uuid4().hex[:8]}"
            dataset = ours.create_dataset(data)
            given = [{"inputs": {"q": i}, "outputs": {"a": i}} for i in range(arguments.examples)]
            ours.create_examples(dataset_id=dataset.id, examples=given)
            read = ours.request_with_retries("GET", "/datasets", params={"name": data}).json()
            answers = {
                "dataset": read[0],
                "info": ours.request_with_retries("GET", "/info").json(),
                "examples": [],
            }
            for offset in range(0, arguments.examples, 100):
                about = {"dataset": str(dataset.id), "limit": 100, "offset": offset}
                page = ours.request_with_retries("GET", "/examples", params=about).json()
                answers["examples"] += page
            told_by = Path(folder) / "answers.json"
            told_by.write_text(json.dumps(answers))
            port = _free_port()
            command = [sys.executable, __file__, "--constant", str(told_by), "--port", str(port)]
            constant = subprocess.Popen(command)
            host = f"http://127.0.0.1:{port}"
            _wait(f"{host}/info")
            theirs = Client(api_url=host, api_key="none")
            _evaluated(theirs, data), _evaluated(ours, data)  # warm both
            sides = {
                "pilothouse": (ours, process.pid),
                "constant": (theirs, constant.pid),
            }
            rounds: dict[str, list[Spent]] = {name: [] for name in sides}
            for number in range(arguments.rounds):
                for name in sorted(sides, reverse=bool(number % 2)):
                    rounds[name].append(_measured(*sides[name], data))
            _tell(rounds)
        finally:
            for each in (constant, process):
                if each is not None:
                    each.terminate()
                    each.wait(60)


if __name__ == "__main__":
    main()
