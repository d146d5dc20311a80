"""Slows down guessing of passwords: a few attempts at once, then one every few seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Final

AT_ONCE_S: Final = 54.0
"""How much may be owed before the next attempt waits: ten failures of one address."""
OF_ADDRESS_S: Final = 6.0
OF_ACCOUNT_S: Final = 0.6
"""Less than for an address, or strangers could lock its owner out."""
_MOST: Final = 10_000


class Attempts:
    """Counts failures by address and by account; kept in memory, forgotten at a restart."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._free_at: dict[str, float] = {}
        """When each owes nothing any more; far in the future means many failures."""

    def wait_s(self, *names: str) -> float:
        """How long to wait before the next attempt, 0 when it may be made now."""
        now = self._clock()
        with self._lock:
            behind = max((self._free_at.get(name, now) - now for name in names), default=0.0)
        return max(0.0, behind - AT_ONCE_S)

    def failed(self, costs_s: Mapping[str, float]) -> None:
        """Remember a failure, and what it costs each name."""
        now = self._clock()
        with self._lock:
            if len(self._free_at) > _MOST:
                self._free_at = {name: free for name, free in self._free_at.items() if free > now}
            for name, cost_s in costs_s.items():
                self._free_at[name] = max(self._free_at.get(name, now), now) + cost_s

    def succeeded(self, *names: str) -> None:
        """Forget the failures of those who knew the password after all."""
        with self._lock:
            for name in names:
                self._free_at.pop(name, None)
