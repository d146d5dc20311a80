"""What the experiment runner costs a row: CPU time over targets and models that answer at once.

    python bench/evaluation_runner.py [--rows 10000] [--rounds 5] [--only deterministic,judged,…]

Each figure is the least of the rounds; journal included, start and summary included. `latency` is
a target that takes 50 ms, in this process and over HTTP with our own client, fifty at a time;
beside it, in turns, tasks that do nothing but wait, and a bare client, show what the machine allows
just then.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evaluation_judge import PROMPT, ROW, clients, served, took

from pilothouse.evaluation.evaluators import Evaluator
from pilothouse.evaluation.metrics.strings import ExactMatch
from pilothouse.evaluation.models import Endpoint, Message, Request
from pilothouse.evaluation.results import EvaluationResult
from pilothouse.evaluation.runner import aevaluate, evaluate


class Judge(Evaluator):
    """A judge whose model is in this process."""

    name = "correct"
    kind = "llm"

    def __init__(self, wait_s: float = 0.0) -> None:
        super().__init__()
        self.wait_s = wait_s

    async def ajudge(self, *, inputs: Any, outputs: Any) -> EvaluationResult:
        await asyncio.sleep(self.wait_s)
        return EvaluationResult(name=self.name, score=1, kind="llm", explanation="It is right.")


def rows(count: int) -> Iterator[dict[str, Any]]:
    for i in range(count):
        yield {
            "id": f"example-{i}",
            "inputs": {"question": f"What is {i} and {i}?"},
            "reference_outputs": {"answer": str(2 * i if i % 10 else 1)},
        }


async def waiting(inputs: dict[str, Any]) -> dict[str, Any]:
    return {"answer": str(2 * int(inputs["question"].split()[2]))}


def plain(inputs: dict[str, Any]) -> dict[str, Any]:
    return {"answer": str(2 * int(inputs["question"].split()[2]))}


async def slow(inputs: dict[str, Any]) -> dict[str, Any]:
    await asyncio.sleep(0.05)
    return {"answer": "4"}


def right(outputs: dict[str, Any], reference_outputs: dict[str, Any]) -> bool:
    return outputs == reference_outputs


CASES: dict[str, tuple[str, Any, list[Any]]] = {
    "deterministic": ("async target, exact match", waiting, [ExactMatch()]),
    "plain target": ("plain target, exact match", plain, [ExactMatch()]),
    "plain both": ("plain target, plain function", plain, [right]),
    "judged": ("async target, judge in process", waiting, [Judge()]),
}


def measured(target: Any, evaluators: list[Any], count: int, **options: Any) -> tuple[float, float]:
    """CPU and clock microseconds a row."""
    with tempfile.TemporaryDirectory() as folder:
        data = list(rows(count))
        gc.collect()
        cpu, clock = time.process_time(), time.perf_counter()
        evaluate(
            target, data, evaluators, journal=Path(folder, "x.jsonl"), progress="none", **options
        )
        return (
            (time.process_time() - cpu) / count * 1e6,
            (time.perf_counter() - clock) / count * 1e6,
        )


async def bare(count: int) -> float:
    """Clock microseconds a row of tasks that do nothing but wait."""
    left = iter(range(count))

    async def place() -> None:
        for _ in left:
            await slow({})

    started = time.perf_counter()
    await asyncio.gather(*(place() for _ in range(50)))
    return (time.perf_counter() - started) / count * 1e6


async def over_http(count: int, rounds: int) -> list[tuple[float, float]]:
    """Rows a second of a bare client and of a whole run, over a model of 50 ms, in turns."""
    request = Request(messages=[Message("user", PROMPT + str(ROW))], temperature=0.0)
    found = []
    async with served(0.05) as url:
        endpoint = Endpoint("m", url)

        async def target(inputs: dict[str, Any]) -> str:
            return (await endpoint.complete(request)).text

        async for name, bare_client in clients(url):
            if name != "aiohttp":
                continue
            for _ in range(rounds):
                _, alone = await took(bare_client, count)
                with tempfile.TemporaryDirectory() as folder:
                    started = time.perf_counter()
                    await aevaluate(
                        target,
                        rows(count),
                        [],
                        journal=Path(folder, "x.jsonl"),
                        progress="none",
                        max_concurrency=50,
                    )
                    found.append((alone, count / (time.perf_counter() - started)))
    return found


def latency(count: int, rounds: int) -> None:
    """What share of the ideal is reached with a target of 50 ms, fifty at a time."""
    ideal = 50 / 0.05
    turns = [
        (
            1e6 / asyncio.run(bare(count)),
            1e6 / measured(slow, [], count, max_concurrency=50)[1],
        )
        for _ in range(rounds)
    ]
    for what, other, found in (
        ("in process", "asyncio alone", turns),
        ("over HTTP", "a bare client", asyncio.run(over_http(count, rounds))),
    ):
        for alone, ours in found:
            print(
                f"50 ms, 50 at once, {what}: {ours:.0f} rows a second, {ours / ideal:.1%} of the "
                f"ideal, {ours / alone:.3f} of {other} ({alone:.0f})"
            )


def memory(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = evaluate(
            waiting, rows(count), [ExactMatch()], journal=Path(folder, "x.jsonl"), progress="none"
        )
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"memory: {found.summary.rows:,} rows, {peak:.0f} MB at most")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="")
    chosen = parser.parse_args()
    only = set(filter(None, chosen.only.split(",")))
    for name, (what, target, evaluators) in CASES.items():
        if only and name not in only:
            continue
        measured(target, evaluators, 200)
        rounds = [measured(target, evaluators, chosen.rows) for _ in range(chosen.rounds)]
        cpus = sorted(cpu for cpu, _ in rounds)
        print(f"{what}: {cpus[0]:.0f} µs CPU a row (median {cpus[len(cpus) // 2]:.0f})")
    if not only or "latency" in only:
        latency(5000, chosen.rounds)
    if not only:
        command = [sys.executable, __file__, "--only", "memory", "--rows", "100000"]
        subprocess.run(command, check=True, env={**os.environ})
    if only == {"memory"}:
        memory(chosen.rows)


if __name__ == "__main__":
    main()
