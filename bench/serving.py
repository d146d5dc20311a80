"""CPU of the app server a request and an event, against LangServe and bare Starlette, in one run.

    python bench/serving.py [--requests 3000] [--rounds 3]

Each server is a process of its own on one core; its CPU is read from /proc, the client's does not
count. "traced" sends a span a run to a server that answers at once.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
BODY = b'{"input":{"question":"What is the capital of France?"}}'
EVENTS = 200


# --- servers, each in a process of its own ---


def made(kind: str):
    """The application of a name."""
    if kind == "starlette":
        return starlette_app()
    from langchain_core.runnables import RunnableLambda

    async def echo(given: dict) -> dict:
        return given

    async def pieces(given: dict):
        for n in range(EVENTS):
            yield f"token {n} "

    if kind == "langserve":
        return langserve_app(echo, pieces)
    import pilothouse as ph
    from pilothouse.serving import App

    if kind.endswith("traced"):
        ph.init(project="bench", endpoint=os.environ["SINK"], instrument=False)
    target = echo if kind.startswith("function") else RunnableLambda(echo)
    app = App().add("/one", target, name="one").add("/many", pieces, name="many")

    async def drip(given: dict):
        for n in range(int(given["n"])):
            yield f"{n} "
            await asyncio.sleep(0.05)

    return app.add("/drip", drip, name="drip").asgi


def langserve_app(echo, pieces):
    """LangServe's own server for both."""
    from fastapi import FastAPI
    from langchain_core.runnables import RunnableGenerator, RunnableLambda
    from langserve import add_routes

    app = FastAPI()
    add_routes(app, RunnableLambda(echo), path="/one")

    async def generated(given):
        async for _ in given:
            async for piece in pieces({}):
                yield piece

    add_routes(app, RunnableGenerator(generated), path="/many")
    return app


def starlette_app():
    from starlette.applications import Starlette
    from starlette.responses import JSONResponse, StreamingResponse
    from starlette.routing import Route

    async def one(request):
        body = await request.json()
        return JSONResponse({"output": body["input"]})

    async def pieces():
        for n in range(EVENTS):
            yield f'event: data\ndata: "token {n} "\n\n'

    async def many(request):
        await request.json()
        return StreamingResponse(pieces(), media_type="text/event-stream")

    return Starlette(
        routes=[
            Route("/one/invoke", one, methods=["POST"]),
            Route("/many/stream", many, methods=["POST"]),
        ]
    )


def serve(kind: str, port: int) -> None:
    """Serve until killed, on core 0."""
    import uvicorn

    os.sched_setaffinity(0, {0})
    app = sink if kind == "sink" else made(kind)
    if kind.startswith(("runnable", "function")):
        from pilothouse.serving.process import settle

        settle()  # as `pilothouse serve` does
    uvicorn.run(
        app,
        port=port,
        loop="uvloop",
        http="httptools",
        log_level="error",
        access_log=False,
        server_header=False,
        date_header=False,
        lifespan="off",
    )


async def sink(scope: dict, receive, send) -> None:
    """Takes spans and answers at once."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})


# --- the client ---


class Server:
    """A process, and how much CPU it has used."""

    def __init__(self, kind: str, **environ: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--serve", kind, "--port", str(self.port)],
            env={**os.environ, **environ},
        )
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            time.sleep(0.05)
        raise SystemExit(f"{kind} does not start")

    def cpu_s(self) -> float:
        """Of all its threads."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


def request(path: str, body: bytes) -> bytes:
    """The bytes of a POST."""
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def ask(port: int, path: str, times: int, end: bytes | None) -> None:
    """One connection that asks again and again; `end` is how a chunked answer ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    asked = request(path, BODY)
    for _ in range(times):
        writer.write(asked)
        head = await reader.readuntil(b"\r\n\r\n")
        assert b" 200 " in head.split(b"\r\n", 1)[0], head
        if end is not None:
            await reader.readuntil(end)
            continue
        at = head.lower().index(b"content-length:") + 15
        await reader.readexactly(int(head[at : head.index(b"\r\n", at)]))
    writer.close()


async def load(port: int, path: str, total: int, at_once: int, end: bytes | None = None) -> None:
    """So many requests by so many connections."""
    await asyncio.gather(*(ask(port, path, total // at_once, end) for _ in range(at_once)))


def measured(
    server: Server, path: str, total: int, at_once: int, end: bytes | None = None
) -> float:
    """Microseconds of the server's CPU a request."""
    asyncio.run(load(server.port, path, at_once * 4, at_once, end))
    before = server.cpu_s()
    asyncio.run(load(server.port, path, total, at_once, end))
    time.sleep(1.2)  # spans go out in the background
    return (server.cpu_s() - before) / total * 1e6


async def one_drip(port: int, n: int, gaps: list[float]) -> None:
    """The longest time between two events of a stream."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request("/drip/stream", b'{"input":{"n":%d}}' % n))
    await reader.readuntil(b"\r\n\r\n")
    last, longest = 0.0, 0.0
    while data := await reader.read(65536):
        now = time.monotonic()
        if last:
            longest = max(longest, now - last)
        last = now
        if data.endswith(b"0\r\n\r\n"):
            break
    gaps.append(longest)
    writer.close()


async def drips(port: int, streams: int, n: int) -> list[float]:
    """Many slow streams at once, begun within three seconds."""
    gaps: list[float] = []
    tasks = []
    for _ in range(streams):
        tasks.append(asyncio.create_task(one_drip(port, n, gaps)))
        await asyncio.sleep(3 / streams)
    await asyncio.gather(*tasks)
    return gaps


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--streams", type=int, default=2000)
    parser.add_argument("--serve")
    parser.add_argument("--port", type=int, default=0)
    given = parser.parse_args()
    if given.serve:
        serve(given.serve, given.port)
        return
    os.sched_setaffinity(0, {1})
    kinds = ("starlette", "langserve", "runnable", "runnable-traced", "function", "function-traced")
    taker = Server("sink")
    servers = {k: Server(k, SINK=f"http://127.0.0.1:{taker.port}") for k in kinds}
    try:
        whole: dict[str, list[float]] = {k: [] for k in kinds}
        events: dict[str, list[float]] = {k: [] for k in kinds}
        for _ in range(given.rounds):
            for kind, server in servers.items():
                whole[kind].append(measured(server, "/one/invoke", given.requests, 64))
                per_stream = measured(
                    server, "/many/stream", max(64, given.requests // 30), 16, b"0\r\n\r\n"
                )
                events[kind].append(per_stream / EVENTS)
        print(f"{'':18}{'µs a request':>14}{'LangServe is':>14}{'µs an event':>13}")
        base = statistics.median(whole["langserve"])
        for kind in kinds:
            middle = statistics.median(whole[kind])
            per_event = statistics.median(events[kind])
            print(f"{kind:18}{middle:14.0f}{base / middle:13.2f}x{per_event:13.1f}")
        traced = servers["function-traced"]
        before, begun = traced.cpu_s(), time.monotonic()
        gaps = sorted(asyncio.run(drips(traced.port, given.streams, 160)))
        share = (traced.cpu_s() - before) / (time.monotonic() - begun)
        print(
            f"{len(gaps)} streams of 20 tokens/s: longest gap {gaps[-1] * 1000:.0f} ms, "
            f"p99 of the streams' longest {gaps[int(len(gaps) * 0.99)] * 1000:.0f} ms, "
            f"{share * 100:.0f} % of a core"
        )
    finally:
        for server in (*servers.values(), taker):
            server.process.kill()
            server.process.wait()


if __name__ == "__main__":
    main()
