"""CPU and throughput of one and two served apps, bare and behind nginx and HAProxy, in one run.

    python bench/topology.py [--requests 4000] [--rounds 3]

By turns, with the configuration that `pilothouse deploy init --target proxy` writes. "echo" answers
what it is given, "work" takes two milliseconds of CPU first, "many" streams 200 events. CPU is that
of whole process trees, from /proc; the client's is not in it, but it shares the two cores.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

from pilothouse.deploy import files_of, values_of, write
from pilothouse.deploy.linters import program
from serving import EVENTS, TICKS, load

APP = """
    import time

    async def echo(given: dict) -> dict:
        return given

    async def work(given: dict) -> dict:
        end = time.thread_time() + 0.002
        while time.thread_time() < end:
            pass
        return given

    async def many(given: dict):
        for n in range(200):
            yield f"token {n} "
"""
TARGETS = ("my_app:echo", "my_app:work", "my_app:many")
SHAPES = ("1 bare", "1 nginx", "2 nginx", "1 haproxy", "2 haproxy", "--workers 2")


class Tree:
    """A process and its children."""

    def __init__(self, command: list[str], folder: Path, port: int) -> None:
        environ = {
            **os.environ,
            "PILOTHOUSE_SERVE_ALLOWED_ORIGINS": "http://x",
            "HOME": str(folder),
        }
        log = (folder / f"{port}.log").open("ab")
        self.port = port
        self.process = subprocess.Popen(
            command, cwd=folder, env=environ, stdout=log, stderr=log, start_new_session=True
        )
        end = time.monotonic() + 60
        while time.monotonic() < end and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise SystemExit((folder / f"{port}.log").read_text())

    def cpu_s(self) -> float:
        """Of all of them."""
        return sum(cpu_s(pid) for pid in family(self.process.pid))

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def family(pid: int) -> list[int]:
    """A process and all below it."""
    children = [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]
    return [pid, *(each for child in children for each in family(child))]


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def app(folder: Path, *more: str) -> Tree:
    port = free_port()
    beside = str(Path(sys.executable).parent / "pilothouse")
    return Tree([beside, "serve", *TARGETS, "--no-trace", "--port", str(port), *more], folder, port)


def proxy(kind: str, folder: Path, upstreams: list[Tree]) -> Tree:
    port = free_port()
    ports = tuple(f"127.0.0.1:{tree.port}" for tree in upstreams)
    here = folder / f"{kind}-{len(ports)}"
    write(files_of("proxy", values_of(app="a:b", upstreams=ports, listen=port)), here)
    words = {
        "nginx": ["-c", str(here / "nginx.conf"), "-p", str(here), "-g", "daemon off;"],
        "haproxy": ["-db", "-f", str(here / "haproxy.cfg")],
    }
    return Tree([program(kind) or kind, *words[kind]], here, port)


class Shape:
    """Something to ask: by which port, and whose CPU it takes."""

    def __init__(self, front: Tree, workers: list[Tree]) -> None:
        self.port = front.port
        self.workers = workers
        self.proxy = None if front in workers else front

    def cpu_s(self) -> tuple[float, float]:
        """Of the workers, and of the proxy."""
        own = 0.0 if self.proxy is None else self.proxy.cpu_s()
        return sum(worker.cpu_s() for worker in self.workers), own


def measured(shape: Shape, path: str, total: int, at_once: int, end: bytes | None) -> list[float]:
    """µs of CPU a request of the workers and of the proxy, and requests a second."""
    asyncio.run(load(shape.port, path, at_once * 4, at_once, end))
    before, begun = shape.cpu_s(), time.monotonic()
    asyncio.run(load(shape.port, path, total, at_once, end))
    spent, after = time.monotonic() - begun, shape.cpu_s()
    done = total // at_once * at_once
    return [*((b - a) / done * 1e6 for a, b in zip(before, after, strict=True)), done / spent]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    (folder / "my_app.py").write_text(textwrap.dedent(APP))
    trees: list[Tree] = []

    def kept(tree: Tree) -> Tree:
        trees.append(tree)
        return tree

    try:
        one, two = kept(app(folder)), kept(app(folder))
        both = kept(app(folder, "--workers", "2"))
        shapes = {"1 bare": Shape(one, [one]), "--workers 2": Shape(both, [both])}
        for kind in ("nginx", "haproxy"):
            if program(kind):
                shapes[f"1 {kind}"] = Shape(kept(proxy(kind, folder, [one])), [one])
                shapes[f"2 {kind}"] = Shape(kept(proxy(kind, folder, [one, two])), [one, two])
        time.sleep(12)  # HAProxy gives a server that has just come its share slowly
        jobs = {
            "echo, 64 at once": ("/echo/invoke", given.requests, 64, None),
            "work of 2 ms, 64 at once": ("/work/invoke", given.requests // 4, 64, None),
            f"streams of {EVENTS}, 16 at once": (
                "/many/stream",
                given.requests // 30,
                16,
                b"0\r\n\r\n",
            ),
        }
        found: dict[tuple[str, str], list[list[float]]] = {}
        for _ in range(given.rounds):
            for job, how in jobs.items():
                for name in (name for name in SHAPES if name in shapes):
                    found.setdefault((job, name), []).append(measured(shapes[name], *how))
        for job in jobs:
            print(f"\n{job:28}{'app, µs':>10}{'proxy, µs':>11}{'requests/s':>12}")
            for name in (name for name in SHAPES if name in shapes):
                middle = [statistics.median(x) for x in zip(*found[job, name], strict=True)]
                print(f"{name:28}{middle[0]:10.0f}{middle[1]:11.0f}{middle[2]:12.0f}")
    finally:
        for tree in trees:
            tree.kill()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
