"""What a span costs from the body of its request to the idle store: µs of CPU per span, by stage.

    python bench/ingest.py [--spans 8192] [--batch 512] [--rounds 3] [--other OTHER_CHECKOUT/src]

Drives the server's own pipeline without HTTP, on a new store in a process of its own each round,
and counts the CPU of all threads until nothing happens any more. With `--other` rounds alternate
between this code and that of another checkout: only such pairs compare on a machine whose speed
changes. Printed is the least of the rounds. `insert` is the writer's own thread, `engine` all other
threads of ClickHouse until its merges have ended, with the hand-overs between threads.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
WARM = 2
"""Requests sent before the count begins: they make plans and load the price list."""


def bodies(spans: int, batch: int) -> list[bytes]:
    """Requests of `batch` spans of one project each."""
    sys.path.insert(0, str(HERE / "harness"))
    made = importlib.import_module("gen").Gen(total=100_000, end=int(time.time()))
    waiting: dict[int, list[bytes]] = defaultdict(list)
    found: list[bytes] = []
    index = 0
    while (len(found) - WARM) * batch < spans:
        project, framed, _ = made.trace(index)
        index += 1
        queue = waiting[project]
        queue += [span for _, span, _ in framed]
        while len(queue) >= batch:
            found.append(bytes(made.body(project, queue[:batch])))
            del queue[:batch]
    return found


class Spent:
    """Adds up the CPU that this process's Python threads spend in some methods."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def watch(self, owner: type, name: str, stage: str) -> None:
        """Count the calls of a method toward a stage."""
        setattr(owner, name, self.timed(getattr(owner, name), stage))

    def timed(self, work: Callable[..., Any], stage: str) -> Callable[..., Any]:
        """`work`, counted."""

        def counted(*args: Any, **named: Any) -> Any:
            start = time.thread_time()
            try:
                return work(*args, **named)
            finally:
                self.seconds[stage] += time.thread_time() - start

        return counted


def one_round(requests: list[bytes], batch: int, data: Path) -> dict[str, float]:
    """µs of CPU a span by stage."""
    from pilothouse import dialects
    from pilothouse.platform.app import open_platform
    from pilothouse.platform.ingest.encode import Encoder
    from pilothouse.platform.ingest.otlp.protobuf import decode_traces
    from pilothouse.platform.ingest.wal import WriteAheadFile
    from pilothouse.platform.ingest.writer import Writer
    from pilothouse.platform.settings import load
    from pilothouse.platform.store.settle import Settler

    try:
        from pilothouse.platform.allocator import keep_freed_memory
    except ImportError:  # an older checkout
        pass
    else:
        keep_freed_memory()
    spent = Spent()
    spent.watch(Encoder, "chunks", "rows")
    spent.watch(WriteAheadFile, "append", "file")
    spent.watch(Settler, "settle", "settle")
    spent.watch(Writer, "_mark", "settle")
    spent.watch(Writer, "_insert", "insert")
    platform = open_platform(load({"data": str(data)}, environ={}).settings)
    sources = decode_traces(requests[0]).batch.sources
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    start = 0.0

    async def send(some: list[bytes]) -> None:
        for body in some:
            decode = spent.timed(lambda body=body: decode_traces(body).batch, "decode")
            await platform.ingest.accept_from(decode)

    async def all_of_it() -> None:
        nonlocal start
        await send(requests[:WARM])
        await platform.store.visible()
        for source in sources:
            dialects.derive(source)
        spent.seconds.clear()
        start = time.process_time()
        await send(requests[WARM:])
        await platform.store.visible()

    asyncio.run(all_of_it())
    before = 0.0
    while (now := time.process_time()) - before > 0.01:  # merges are part of the price
        before = now
        time.sleep(0.5)
    total = before - start
    begin = time.thread_time()
    for source in sources:
        dialects.derive(source)
    derive = (time.thread_time() - begin) * (len(requests) - WARM)
    platform.close()
    s = spent.seconds
    known = s["decode"] + s["rows"] + s["file"] + s["settle"] + s["insert"]
    found = {
        "decode": s["decode"],
        "derive": derive,
        "rows": s["rows"] - derive,
        "file": s["file"],
        "settle": s["settle"],
        "insert": s["insert"],
        "engine": total - known,
        "total": total,
    }
    return {
        stage: seconds / batch / (len(requests) - WARM) * 1e6 for stage, seconds in found.items()
    }


def child(source: str, spans: int, batch: int) -> dict[str, float]:
    """One round in a new process that runs the code in `source`."""
    with tempfile.TemporaryDirectory(prefix="ingest-") as data:
        command = [
            sys.executable,
            __file__,
            "--child",
            data,
            f"--spans={spans}",
            f"--batch={batch}",
        ]
        env = {k: v for k, v in os.environ.items() if not k.startswith("PILOTHOUSE_")}
        done = subprocess.run(
            command, env=env | {"PYTHONPATH": source}, stdout=subprocess.PIPE, text=True, check=True
        )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spans", type=int, default=8192)
    parser.add_argument("--batch", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--other", default="")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        print(json.dumps(one_round(bodies(args.spans, args.batch), args.batch, args.child)))
        return
    trees = [str(HERE.parent / "src"), *([args.other] if args.other else [])]
    rounds: dict[str, list[dict[str, float]]] = {tree: [] for tree in trees}
    for _ in range(args.rounds):
        for tree in trees:
            rounds[tree].append(child(tree, args.spans, args.batch))
    for tree, found in rounds.items():
        print(tree)
        for stage in found[0]:
            print(f"  {stage:8} {min(r[stage] for r in found):7.1f} µs")


if __name__ == "__main__":
    main()
