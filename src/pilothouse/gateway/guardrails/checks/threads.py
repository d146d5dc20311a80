"""Somebody else's code beside the event loop: it may hang, and holds nothing up."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pilothouse.evaluation.runner.threads import Threads

_AT_ONCE: Final = 4
_MOST_HUNG: Final = 16
"""Calls that nobody waits for any more and that still run: beyond it none is begun."""


class OwnThreads:
    """Threads of one guardrail."""

    def __init__(self) -> None:
        self._threads: Threads | None = None
        self._lock = threading.Lock()
        self._hung = 0

    async def run(self, function: Callable[[], Any]) -> Any:
        """What the function returns; raises what it raises, RuntimeError where too many hang."""
        if self._hung >= _MOST_HUNG:
            raise RuntimeError(f"{self._hung} calls of it still run")
        if self._threads is None:
            from pilothouse.evaluation.runner.threads import Threads

            self._threads = Threads(_AT_ONCE, "gateway-guardrail").__enter__()
        state = {"left": False, "done": False}

        def work() -> Any:
            try:
                return function()
            finally:
                with self._lock:
                    state["done"] = True
                    self._hung -= state["left"]

        try:
            return await self._threads.run(work)
        except asyncio.CancelledError:
            with self._lock:
                if not state["done"]:
                    state["left"] = True
                    self._hung += 1
            raise
