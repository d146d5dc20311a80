"""What a judge costs a call, over a model's server that answers after a while or at once.

    python bench/evaluation_judge.py [--rows 3000] [--rounds 5]

CPU time is this process's own; the server runs in another. Clients are measured in turns, round by
round, and the least of the rounds counts.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from pilothouse.evaluation.judges import ClassificationEvaluator
from pilothouse.evaluation.models import (
    Cache,
    Cached,
    Completion,
    Endpoint,
    Limited,
    Limiter,
    Message,
    Request,
    Retrying,
)
from pilothouse.evaluation.results import Usage

CONCURRENCY = 50
TEXT = json.dumps({"explanation": "It thanks the reader and offers help.", "label": "polite"})
ANSWER = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1_790_000_000,
    "model": "judge-2026-08-07",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": TEXT, "refusal": None},
            "finish_reason": "stop",
            "logprobs": None,
        }
    ],
    "usage": {"prompt_tokens": 180, "completion_tokens": 24, "total_tokens": 204},
}
PROMPT = "Is the answer polite?\n\n{inputs}\n\n{outputs}"
ROW = {"inputs": "How do I reset my password?", "outputs": "Thank you for asking! " * 20}
Ask = Callable[[], Awaitable[Any]]


class Server(asyncio.Protocol):
    """As little of HTTP as a client needs, so that the client is what is measured."""

    wait_s = 0.0
    data = json.dumps(ANSWER).encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    whole = head % len(data) + data

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.read = b""

    def data_received(self, data: bytes) -> None:
        self.read += data
        head, end, body = self.read.partition(b"\r\n\r\n")
        if not end:
            return
        fields = (line.partition(b":") for line in head.lower().split(b"\r\n"))
        length = next(int(value) for name, _, value in fields if name == b"content-length")
        if len(body) >= length:
            self.read = body[length:]
            asyncio.get_running_loop().call_later(self.wait_s, self.answer)

    def answer(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(self.whole)


async def serve(wait_s: float) -> None:
    Server.wait_s = wait_s
    server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@asynccontextmanager
async def served(wait_s: float) -> AsyncIterator[str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, __file__, "--serve", str(wait_s), stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        port = (await process.stdout.readline()).decode().strip()
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.kill()
        await process.wait()


class Within:
    """A model in this process that answers at once."""

    name = "within"
    structures = ("json_schema", "text")
    usage = Usage(input_tokens=180, output_tokens=24, calls=1)

    async def complete(self, request: Request) -> Completion:
        return Completion(text=TEXT, model="within", usage=self.usage)


async def took(ask: Ask, count: int) -> tuple[float, float]:
    """CPU microseconds a call, and calls a second, fifty at a time."""
    left = iter(range(count))

    async def worker() -> None:
        for _ in left:
            await ask()

    cpu, wall = time.process_time(), time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(CONCURRENCY)))
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return cpu / count * 1e6, count / wall


def judge(model: Any) -> Ask:
    evaluator = ClassificationEvaluator(PROMPT, {"polite": 1, "rude": 0}, model=model)

    async def ask() -> None:
        assert (await evaluator.aevaluate(**ROW)).score == 1

    return ask


async def compare(asks: dict[str, Ask], *, count: int, rounds: int) -> dict[str, Any]:
    """The least CPU and the highest rate of each, measured in turns."""
    best: dict[str, Any] = {}
    for _ in range(rounds):
        for name, ask in asks.items():
            cpu, rate = await took(ask, count)
            least, most = best.get(name, (cpu, rate))
            best[name] = min(least, cpu), max(most, rate)
    return {name: {"cpu_us": round(c, 1), "per_s": round(r)} for name, (c, r) in best.items()}


async def clients(url: str) -> AsyncIterator[tuple[str, Ask]]:
    """The bare HTTP clients, each posting what the endpoint posts."""
    import aiohttp
    import httpx

    body = {"model": "m", "messages": [{"role": "user", "content": PROMPT + str(ROW)}]}
    raw, headers = json.dumps(body).encode(), {"Content-Type": "application/json"}
    limits = httpx.Limits(max_connections=CONCURRENCY, max_keepalive_connections=CONCURRENCY)
    async with httpx.AsyncClient(limits=limits) as x, aiohttp.ClientSession() as a:

        async def by_httpx() -> None:
            answer = await x.post(f"{url}/chat/completions", content=raw, headers=headers)
            json.loads(answer.content)

        async def by_aiohttp() -> None:
            async with a.post(f"{url}/chat/completions", data=raw, headers=headers) as answer:
                json.loads(await answer.read())

        yield "httpx", by_httpx
        yield "aiohttp", by_aiohttp


async def measure(rows: int, rounds: int) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    request = Request(messages=[Message("user", PROMPT + str(ROW))], temperature=0.0)
    async with served(0.0) as url:
        endpoint = Endpoint("m", url)
        asks: dict[str, Ask] = {"endpoint": lambda: endpoint.complete(request)}
        asks["judge over HTTP"] = judge(endpoint)
        async for name, ask in clients(url):
            asks[name] = ask
            if len(asks) == 4:  # both clients are open
                figures["answers at once"] = await compare(asks, count=rows, rounds=rounds)
    within = {"judge, model within": judge(Within())}
    figures["no HTTP"] = await compare(within, count=rows, rounds=rounds)
    async with served(0.05) as url:
        endpoint = Endpoint("m", url)
        slow = {
            "judge": judge(endpoint),
            "judge, limited": judge(Retrying(Limited(endpoint, Limiter()))),
        }
        figures["answers after 50 ms"] = await compare(slow, count=rows, rounds=rounds)
        figures["cache hit"] = await compare(
            {"judge": judge(Cached(endpoint, Cache(":memory:")))}, count=rows, rounds=rounds
        )
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", type=float)
    given = parser.parse_args()
    if given.serve is not None:
        asyncio.run(serve(given.serve))
        return
    print(json.dumps(asyncio.run(measure(given.rows, given.rounds)), indent=2))


if __name__ == "__main__":
    main()
