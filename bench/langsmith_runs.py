"""What a run of LangSmith costs from the body of its request to the idle store, in CPU time.

    python bench/langsmith_runs.py [--traces 600] [--rounds 9]

The bodies are those that LangSmith's own client sends (zstd, its own batches), recorded once by a
server that only keeps them. They go through the server's pipeline without HTTP, on a new store in
a process of its own each time. Every round takes the ways one after the other, each round in
another order; a ratio is the median of the ratios of the rounds, so that a neighbour's load hits
both of its sides. Ways to send the same runs:

whole     each run once, begun and ended
together  beginnings and ends in turns, so that those of nearly every run fall into one commit
apart     beginnings, the store takes them, then ends
past      each run once, begun and ended a month ago, so that the store is asked for it first
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import pickle
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

WAYS = ("whole", "together", "apart", "past")
GOALS = {"together": 1.6, "apart": 2.2}
RUNS_PER_S = 2500
SYLLABLES = [a + b for a in "bdfgklmnprst" for b in "aeiou"]
Body = tuple[bytes, str]
"""A body and its content type."""


class Recorder(BaseHTTPRequestHandler):
    """Says what our server says, and keeps what is sent."""

    info: bytes
    bodies: list[Body]

    def do_GET(self) -> None:
        self._answer(200, self.info)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        assert self.headers["content-encoding"] == "zstd"
        self.bodies.append((body, self.headers["content-type"]))
        self._answer(202, b"{}")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


def prose(chance: random.Random, words: int) -> str:
    """Text that compresses as text does."""
    vocabulary = chance.choices(SYLLABLES, k=words * 2)
    return " ".join(f"{a}{b}" for a, b in zip(vocabulary[::2], vocabulary[1::2], strict=True))


def runs(traces: int, start: datetime) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Traces of five runs: (what begins a run, what ends it)."""
    found, chance = [], random.Random(7)
    for number in range(traces):
        root: dict[str, Any] = {}
        kinds = ("chain", "retriever", "llm", "tool", "llm")
        for at, kind in enumerate(kinds):
            run_id = uuid.uuid4()
            begun = start + timedelta(milliseconds=number * 10 + at)
            order = f"{begun.strftime('%Y%m%dT%H%M%S%fZ')}{run_id}"
            if root:
                order = f"{root['dotted_order']}.{order}"
            said = f"Question {number}: {prose(chance, 160)}"
            given = {"messages": [{"role": "user", "content": said}]}
            answer = {"role": "assistant", "content": f"Answer {number}: {prose(chance, 80)}"}
            usage = {"input_tokens": 400, "output_tokens": 120, "total_tokens": 520}
            metadata = {"ls_method": "traceable", "thread_id": f"t{number % 50}"}
            if kind == "llm":
                metadata |= {"ls_provider": "openai", "ls_model_name": "gpt-4o"}
                answer |= {"usage_metadata": usage}
            runtime = {"sdk": "langsmith-py", "platform": "Linux", "runtime_version": "3.11.7"}
            post = {
                "id": run_id,
                "name": f"{kind} step",
                "run_type": kind,
                "inputs": given,
                "start_time": begun,
                "trace_id": root.get("trace_id", run_id),
                "dotted_order": order,
                "parent_run_id": root.get("id"),
                "project_name": "bench",
                "extra": {"metadata": metadata, "runtime": runtime},
                "tags": ["bench"],
            }
            patch = {
                "run_id": run_id,
                "end_time": begun + timedelta(milliseconds=900),
                "outputs": answer,
                "trace_id": post["trace_id"],
                "dotted_order": order,
                "parent_run_id": post["parent_run_id"],
                "extra": post["extra"],
                "events": [],
            }
            root = root or post
            found.append((post, patch))
    return found


def recorded(traces: int) -> dict[str, list[Body]]:
    """The bodies of the beginnings, of the ends, and of whole runs of now and of the past."""
    from langsmith import Client
    from pilothouse.platform.compat.langsmith import info

    routes = info.router(_Settings()).routes
    Recorder.info = json.dumps(routes[0].endpoint()).encode()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    client = Client(api_url=f"http://127.0.0.1:{server.server_port}", api_key="x")
    assert client.info.batch_ingest_config
    # After the start of the server that takes them, as runs are that come while they happen.
    now = datetime.now(UTC) + timedelta(minutes=30)
    made = runs(traces, now)
    found: dict[str, list[Body]] = {}

    def keep(name: str) -> None:
        client.flush()
        found[name] = Recorder.bodies
        Recorder.bodies = []

    Recorder.bodies = []
    for name, given in (("whole", made), ("past", runs(traces, now - timedelta(days=30)))):
        for post, patch in given:
            more = {k: patch[k] for k in ("end_time", "outputs", "events")}
            client.create_run(**post, **more)
        keep(name)
    for post, _ in made:
        client.create_run(**post)
    keep("beginnings")
    for _, patch in made:
        client.update_run(**patch)
    keep("ends")
    client.close()
    server.shutdown()
    return found


def in_turns(beginnings: list[Body], ends: list[Body]) -> list[Body]:
    """Both, each request of ends as soon as the beginnings of its runs have been sent."""
    begun = [((at + 1) / len(beginnings), 0, body) for at, body in enumerate(beginnings)]
    late = 2 / len(beginnings)  # requests are not all of one size
    ended = [((at + 1) / len(ends) + late, 1, body) for at, body in enumerate(ends)]
    return [body for *_, body in sorted(begun + ended, key=lambda each: each[:2])]


class _Settings:
    max_request_bytes = 64 << 20

    @property
    def settings(self) -> _Settings:
        return self


def one_round(bodies: dict[str, list[Body]], way: str, data: Path) -> float:
    """CPU seconds."""
    from pilothouse.platform.app import open_platform
    from pilothouse.platform.ingest.langsmith.inflate import inflated
    from pilothouse.platform.ingest.langsmith.upload import Upload, read_multipart
    from pilothouse.platform.settings import load

    platform = open_platform(load({"data": str(data)}, environ={}).settings)
    warm = recorded(20)["whole"]
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    start = 0.0

    async def send(some: list[Body]) -> None:
        for body, content_type in some:

            def read(body: bytes = body, content_type: str = content_type) -> Upload:
                plain = inflated(body, "zstd", 1 << 30)
                upload = read_multipart(plain, content_type)
                upload.size_bytes = len(plain)
                return upload

            await platform.runs.take(read, len(body))

    async def all_of_it() -> None:
        nonlocal start
        await send(warm)
        await platform.store.visible()
        start = time.process_time()
        if way in bodies:
            await send(bodies[way])
        elif way == "together":
            await send(in_turns(bodies["beginnings"], bodies["ends"]))
        else:
            await send(bodies["beginnings"])
            await platform.store.visible()
            await send(bodies["ends"])
        await platform.store.visible()

    asyncio.run(all_of_it())
    before = 0.0
    while (now := time.process_time()) - before > 0.01:  # merges are part of the price
        before = now
        time.sleep(0.5)
    spent = before - start
    platform.close()
    return spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--traces", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--child", default="", help=argparse.SUPPRESS)
    parser.add_argument("--bodies", default="", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        bodies = pickle.loads(Path(args.bodies).read_bytes())  # our own, of a moment ago
        with tempfile.TemporaryDirectory(prefix="runs-") as data:
            print(one_round(bodies, args.child, Path(data)))
        return
    count = args.traces * 5
    found: dict[str, list[float]] = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory(prefix="bodies-") as folder:
        kept = Path(folder) / "bodies"
        bodies = recorded(args.traces)
        kept.write_bytes(pickle.dumps(bodies))
        for name, some in bodies.items():
            size = sum(len(body) for body, _ in some)
            print(f"{name}: {len(some)} requests, {size / count:.0f} bytes a run")
        env = {k: v for k, v in os.environ.items() if not k.startswith("PILOTHOUSE_")}
        for number in range(args.rounds):
            for way in WAYS[number % len(WAYS) :] + WAYS[: number % len(WAYS)]:
                done = subprocess.run(
                    [sys.executable, __file__, "--child", way, "--bodies", str(kept)],
                    env=env,
                    stdout=subprocess.PIPE,
                    text=True,
                    check=True,
                )
                found[way].append(float(done.stdout.splitlines()[-1]))
    for way, seconds in found.items():
        ratios = sorted(a / b for a, b in zip(seconds, found["whole"], strict=True))
        ratio, least = statistics.median(ratios), min(seconds)
        told = ""
        if way in GOALS:
            told = f", goal {GOALS[way]}: {'met' if ratio <= GOALS[way] else 'MISSED'}"
        elif way == "whole":
            told = f", goal {RUNS_PER_S}: {'met' if count / least >= RUNS_PER_S else 'MISSED'}"
        print(
            f"{way:9} {least / count * 1e6:6.0f} µs a run (median"
            f" {statistics.median(seconds) / count * 1e6:.0f}), {count / least:6.0f} runs per CPU"
            f" second, {ratio:.2f} of whole ({ratios[0]:.2f} to {ratios[-1]:.2f}){told}"
        )


if __name__ == "__main__":
    main()
