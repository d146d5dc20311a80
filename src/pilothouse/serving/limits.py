"""Requests a minute of each key, by the generic cell rate algorithm, and requests at once."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pilothouse.rates import Rate
from pilothouse.serving.errors import RateLimited

if TYPE_CHECKING:
    from pilothouse.serving.call import Call

KNOWN: Final = 10_000
"""Keys or addresses that are remembered."""


@dataclass(slots=True)
class _Asker:
    requests: Rate = field(default_factory=Rate)
    active: int = 0


class Limits:
    """Counts by key, or by address where nobody has one."""

    def __init__(self, per_minute: int, at_once: int) -> None:
        self._per_minute = per_minute
        self._at_once = at_once
        self._askers: OrderedDict[str, _Asker] = OrderedDict()
        self.on = bool(per_minute or at_once)

    def enter(self, call: Call) -> _Asker:
        """Count a request; raises RateLimited. What it gives goes to `leave`."""
        who = call.principal.name if call.principal and call.principal.name else _address(call)
        asker = self._askers.get(who)
        if asker is None:
            asker = self._askers[who] = _Asker()
            if len(self._askers) > KNOWN:
                self._askers.popitem(last=False)
        else:
            self._askers.move_to_end(who)
        if self._at_once and asker.active >= self._at_once:
            raise RateLimited(f"{self._at_once} requests of this key are at work", retry_after_s=1)
        if self._per_minute:
            self._spend(asker, call)
        asker.active += 1
        return asker

    def leave(self, asker: _Asker) -> None:
        """The request is answered."""
        asker.active -= 1

    def _spend(self, asker: _Asker, call: Call) -> None:
        now, rate = time.monotonic(), asker.requests
        wait = rate.wait_s(now, self._per_minute, 1)
        if wait:
            call.head += self._headers(0, rate.due - now)
            raise RateLimited(f"more than {self._per_minute} requests a minute", retry_after_s=wait)
        rate.spend(now, self._per_minute, 1)
        call.head += self._headers(rate.left(now, self._per_minute), rate.due - now)

    def _headers(self, left: int, reset_s: float) -> list[tuple[bytes, bytes]]:
        return [
            (b"x-ratelimit-limit-requests", b"%d" % self._per_minute),
            (b"x-ratelimit-remaining-requests", b"%d" % left),
            (b"x-ratelimit-reset-requests", b"%.3fs" % max(0.0, reset_s)),
        ]


def _address(call: Call) -> str:
    client = call.scope.get("client")
    return str(client[0]) if client else ""
