"""Runs of which only changes came here: another server may have taken their beginnings."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import Final

LOOKS_S: Final = (1.0, 4.0, 15.0, 60.0, 300.0)
"""How long after each other the store is asked for a beginning."""
MOST: Final = 10_000
"""Runs that are waited for; of more the earliest are given up."""


class Unbegun:
    """When to look for the beginning of which run."""

    def __init__(self) -> None:
        self._looks: dict[str, tuple[float, int]] = {}
        """By id: when the next look is due, and its number."""
        self._any = asyncio.Event()

    def add(self, ids: Iterable[str]) -> None:
        """Wait for the beginnings of these runs."""
        now = time.monotonic()
        for run_id in ids:
            self._looks.pop(run_id, None)
            self._looks[run_id] = now + LOOKS_S[0], 0
            if len(self._looks) > MOST:
                del self._looks[next(iter(self._looks))]
            self._any.set()

    async def due(self) -> list[str]:
        """The runs whose beginnings are to be looked for now, once there are any."""
        while True:
            await self._any.wait()
            await asyncio.sleep(LOOKS_S[0])
            now = time.monotonic()
            due = [run_id for run_id, (at, _) in self._looks.items() if at <= now]
            for run_id in due:
                look = self._looks.pop(run_id)[1] + 1
                if look < len(LOOKS_S):
                    self._looks[run_id] = now + LOOKS_S[look], look
            if not self._looks:
                self._any.clear()
            if due:
                return due

    def begun(self, ids: Iterable[str]) -> None:
        """Wait no longer for these."""
        for run_id in ids:
            self._looks.pop(run_id, None)
