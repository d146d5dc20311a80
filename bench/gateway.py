"""CPU of the gateway against a bare aiohttp proxy, in one run, and the time that it adds.

    python bench/gateway.py [--requests 3000] [--streams 150] [--rounds 3]
                            [--litellm PATH/OF/ITS/litellm]

Three processes beside this one: a provider that answers at once (a completion of 700 bytes, or a
stream of 200 events), a proxy of a few lines of aiohttp that passes bytes on, and `pilothouse up`
on an empty directory, asked with a virtual key that has limits and a budget, through a route of two
targets, each call recorded as a span. The two are asked by turns. Printed are the CPU time of the
process under test a request (until all spans are stored), as a median of the rounds, the ratio, and
the median time of an answer and of a first byte at one request at a time.

With `--litellm` the proxy of LiteLLM that is installed there (in an environment of its own, never
1.107.0) is asked by turns, too: a fiftieth of the requests, with its master key, no limits, and
nothing recorded.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp
from aiohttp import web

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

EVENTS = 200
USAGE = {"prompt_tokens": 25, "completion_tokens": 200, "total_tokens": 225}
QUESTION = {
    "model": "gpt-4o-mini",
    "messages": [
        {"role": "system", "content": "You are a helpful assistant. " * 4},
        {"role": "user", "content": "What is the capital of France?"},
    ],
    "max_tokens": 100,
}
HEAD = {"id": "chatcmpl-1", "created": 1_790_000_000, "model": "gpt-4o-mini-2024-07-18"}
MASTER_KEY = "sk-" + "bench" * 12
TICKS = os.sysconf("SC_CLK_TCK")


def provider(port: int) -> None:
    """Answers at once."""
    message = {"role": "assistant", "content": "The capital of France is Paris. " * 10}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    whole = json.dumps({**HEAD, "object": "chat.completion", "choices": [choice], "usage": USAGE})
    chunk = {**HEAD, "object": "chat.completion.chunk"}

    def event(choices: list[Any], **more: Any) -> bytes:
        return f"data: {json.dumps({**chunk, 'choices': choices, **more})}\n\n".encode()

    delta = {"index": 0, "delta": {"content": " token"}, "finish_reason": None}
    events = [event([delta], usage=None)] * EVENTS
    last = [event([{"index": 0, "delta": {}, "finish_reason": "stop"}], usage=None)]
    last += [event([], usage=USAGE), b"data: [DONE]\n\n"]

    async def answer(request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if not body.get("stream"):
            return web.Response(body=whole.encode(), content_type="application/json")
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        for piece in events + last:
            await response.write(piece)
            await asyncio.sleep(0)
        await response.write_eof()
        return response

    _serve([web.post("/v1/chat/completions", answer)], port)


def proxy(port: int, upstream: str) -> None:
    """Passes bytes on."""
    session: list[aiohttp.ClientSession] = []

    async def close(_app: web.Application) -> None:
        for each in session:
            await each.close()

    async def pass_on(request: web.Request) -> web.StreamResponse:
        if not session:
            session.append(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
        body = await request.read()
        headers = {"content-type": "application/json", "authorization": "Bearer sk-x"}
        async with session[0].post(upstream + request.path, data=body, headers=headers) as found:
            kind = {"content-type": found.headers["content-type"]}
            if "event-stream" not in kind["content-type"]:
                return web.Response(status=found.status, body=await found.read(), headers=kind)
            response = web.StreamResponse(status=found.status, headers=kind)
            await response.prepare(request)
            async for piece in found.content.iter_any():
                await response.write(piece)
            await response.write_eof()
            return response

    _serve([web.post("/v1/chat/completions", pass_on)], port, close)


def _serve(routes: list[web.RouteDef], port: int, close: Any = None) -> None:
    import uvloop

    app = web.Application(client_max_size=2**26)
    app.add_routes(routes)
    if close is not None:
        app.on_cleanup.append(close)
    uvloop.install()
    web.run_app(app, host="127.0.0.1", port=port, print=None, access_log=None)


def cpu_s(pid: int) -> float:
    """The processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


async def ask(session: aiohttp.ClientSession, url: str, key: str, *, stream: bool) -> float:
    """Seconds to the first byte of an answer, which is read to its end."""
    begun = time.perf_counter()
    body = {**QUESTION, "stream": stream}
    headers = {"authorization": f"Bearer {key}"}
    async with session.post(f"{url}/v1/chat/completions", json=body, headers=headers) as answer:
        await answer.content.readany()
        first = time.perf_counter() - begun
        rest = await answer.read()
        assert answer.status == 200, rest
    return first


async def load(url: str, key: str, count: int, at_once: int, *, stream: bool) -> list[float]:
    """So many requests, so many at a time."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        left = iter(range(count))

        async def some() -> list[float]:
            return [await ask(session, url, key, stream=stream) for _ in left]

        found = await asyncio.gather(*(some() for _ in range(at_once)))
    return [each for part in found for each in part]


@dataclass(slots=True)
class Side:
    """A process under test."""

    pid: int
    url: str
    key: str
    server: Any = None
    """Where its calls become spans."""
    share: int = 1
    """One in so many of the requests is asked of it."""
    asked: int = 0


def until_stored(server: Any, count: int) -> None:
    """Return once so many calls are spans."""
    while server.get("/api/v1/gateway/status")["recorded"] < count:
        time.sleep(0.05)


def spent(
    args: argparse.Namespace, sides: dict[str, Side], at_once: int, *, stream: bool
) -> dict[str, list[float]]:
    """Microseconds of processor time a request, of each side in each round but the first."""
    count = args.streams if stream else args.requests
    found: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(args.rounds + 1):
        for name, side in sides.items():
            asked = max(at_once, count // side.share)
            before = cpu_s(side.pid)
            asyncio.run(load(side.url, side.key, asked, at_once, stream=stream))
            side.asked += asked
            if side.server is not None:
                until_stored(side.server, side.asked)
            if number:  # the first round warms all
                found[name].append((cpu_s(side.pid) - before) / asked * 1e6)
    return found


def compare(args: argparse.Namespace, sides: dict[str, Side]) -> None:
    """Ask both by turns and print what they need."""
    for stream in (False, True):
        what = f"{EVENTS}-event stream" if stream else "whole answer"
        for at_once in (16, 64):
            rounds = spent(args, sides, at_once, stream=stream)
            ours, bare = median(rounds["gateway"]), median(rounds["proxy"])
            shown = {name: [round(each) for each in found] for name, found in rounds.items()}
            print(f"{what}, {at_once} at once: proxy {bare:.0f} µs, gateway {ours:.0f} µs, "
                  f"ratio {ours / bare:.2f}; rounds {shown}", flush=True)  # fmt: skip
            if "litellm" in rounds:
                theirs = median(rounds["litellm"])
                print(f"  LiteLLM {theirs:.0f} µs, {theirs / ours:.0f} times ours", flush=True)
    for stream in (False, True):
        firsts = {}
        for name, side in sides.items():
            waits = asyncio.run(load(side.url, side.key, 300 // side.share, 1, stream=stream))
            firsts[name] = median(waits) * 1000
        what = "first byte of a stream" if stream else "answer"
        told = ", ".join(f"{name} {first:.2f} ms" for name, first in firsts.items())
        print(f"{what}, one at a time: {told}", flush=True)


def main() -> None:
    from servers import ServerProcess, free_port

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--streams", type=int, default=150)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--litellm", type=Path)
    parser.add_argument("--role", nargs="*")
    args = parser.parse_args()
    if args.role:
        role, port, *rest = args.role
        provider(int(port)) if role == "provider" else proxy(int(port), *rest)
        return
    ports = [free_port(), free_port()]
    upstream = f"http://127.0.0.1:{ports[0]}"
    roles = [["provider", str(ports[0])], ["proxy", str(ports[1]), upstream]]
    started = [subprocess.Popen([sys.executable, __file__, "--role", *role]) for role in roles]
    with tempfile.TemporaryDirectory() as folder:
        server = ServerProcess(Path(folder) / "data").start()
        try:
            key = set_up(server, upstream)
            assert server.process is not None
            sides = {
                "proxy": Side(started[1].pid, f"http://127.0.0.1:{ports[1]}", "x"),
                "gateway": Side(server.process.pid, server.url, key, server),
            }
            if args.litellm is not None:
                process, port = litellm(args.litellm, Path(folder), upstream)
                started.append(process)
                sides["litellm"] = Side(
                    process.pid, f"http://127.0.0.1:{port}", MASTER_KEY, share=50
                )
            compare(args, sides)
        finally:
            server.stop()
            for process in started:
                process.terminate()


def litellm(command: Path, folder: Path, upstream: str) -> tuple[subprocess.Popen[bytes], int]:
    """LiteLLM's proxy before the same provider, once it answers."""
    import urllib.request

    from servers import free_port

    port = free_port()
    config = folder / "litellm.yaml"
    params = f'{{model: openai/gpt-4o-mini, api_base: "{upstream}/v1", api_key: sk-x}}'
    config.write_text(f"model_list:\n  - model_name: gpt-4o-mini\n    litellm_params: {params}\n")
    environ = {
        **os.environ,
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_TELEMETRY": "False",
        "LITELLM_MASTER_KEY": MASTER_KEY,
    }
    process = subprocess.Popen(
        [command, "--config", config, "--port", str(port), "--host", "127.0.0.1"],
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(1200):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/liveliness", timeout=5):
                return process, port
        except OSError:
            assert process.poll() is None, "LiteLLM's proxy did not start"
            time.sleep(0.5)
    raise TimeoutError("LiteLLM's proxy did not answer within ten minutes")


def set_up(server: Any, upstream: str) -> str:
    """A provider, a route of two targets, and a key with every bound."""
    body = {"base_url": f"{upstream}/v1", "api_key": "sk-x"}
    for name in ("openai", "second"):
        server.call("PUT", f"/api/v1/providers/{name}", body)
    targets = [{"provider": n, "model": "gpt-4o-mini"} for n in ("openai", "second")]
    server.call("PUT", "/api/v1/gateway/routes/gpt-4o-mini", {"targets": targets})
    price = {"model": "gpt-4o-mini*", "prices": {"input": 0.15, "output": 0.6}}
    server.call("POST", "/api/v1/prices", price)
    bounds = {
        "requests_per_minute": 10_000_000,
        "tokens_per_minute": 1_000_000_000,
        "budget_usd": "100000",
    }
    status, made = server.call("POST", "/api/v1/gateway/keys", {"name": "bench", **bounds})
    assert status == 201, made
    return str(made["key"])


if __name__ == "__main__":
    main()
