"""Runs an experiment whose calls are counted in a file: python paid_experiment.py CALLS JOURNAL."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from pilothouse.evaluation.runner import aevaluate

ROWS, AT_ONCE, WAIT_S = 150, 8, 0.005


async def main(calls: str, journal: str) -> None:
    log = os.open(calls, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    async def paid(what: str) -> None:
        os.write(log, f"{what}\n".encode())
        await asyncio.sleep(WAIT_S)

    async def target(inputs: dict[str, int]) -> dict[str, int]:
        await paid(f"target {inputs['n']}")
        return {"answer": inputs["n"] % 7}

    async def graded(inputs: dict[str, int], outputs: dict[str, int]) -> float:
        await paid(f"graded {inputs['n']}")
        return outputs["answer"] / 7

    async def liked(inputs: dict[str, int], outputs: dict[str, int]) -> bool:
        await paid(f"liked {inputs['n']}")
        return outputs["answer"] > 2

    def even(outputs: dict[str, int]) -> bool:
        return outputs["answer"] % 2 == 0

    data: list[dict[str, Any]] = [{"inputs": {"n": n}} for n in range(ROWS)]
    await aevaluate(
        target,
        data,
        [graded, liked, even],
        max_concurrency=AT_ONCE,
        experiment="paid",
        journal=Path(journal),
        resume=True,
        progress="none",
    )
    os.close(log)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
