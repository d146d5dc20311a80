"""An application and its judges, as workers of a Ray cluster import them.

Each call is written to the file that its inputs name, with the process that made it.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any


def _log(inputs: dict[str, Any], what: str) -> None:
    with Path(inputs["log"]).open("a") as log:
        log.write(f"{os.getpid()} {what} {inputs['n']}\n")


async def answer(inputs: dict[str, Any], seed: int) -> dict[str, Any]:
    _log(inputs, "target")
    await asyncio.sleep(0.02)
    if inputs["n"] % 10 == 7:
        raise ValueError("not seven")
    return {"drawn": seed % 1000, "n": inputs["n"]}


def high(outputs: dict[str, Any]) -> float:
    return outputs["drawn"] / 1000


async def third(inputs: dict[str, Any], outputs: dict[str, Any]) -> bool:
    _log(inputs, "judge")
    await asyncio.sleep(0.01)
    return outputs["n"] % 3 == 0
