"""Requests a minute of each key, by the generic cell rate algorithm, and requests at once."""

from __future__ import annotations

import os
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pilothouse.rates import Rate
from pilothouse.serving.errors import RateLimited

if TYPE_CHECKING:
    from pilothouse.serving.board import Board, Shared
    from pilothouse.serving.call import Call

BOARD: Final = "PILOTHOUSE_SERVE_BOARD"
"""How workers hear of the file in which they count together."""
KNOWN: Final = 10_000
"""Keys or addresses that are remembered."""


@dataclass(slots=True)
class _Asker:
    requests: Rate = field(default_factory=Rate)
    active: int = 0


def shared_board() -> Board | None:
    """The one that this worker shares with others; None where it is alone."""
    path = os.environ.get(BOARD)
    if not path:
        return None
    from pilothouse.serving.board import Board  # not every system has what it needs

    return Board(Path(path))


class _Busy(RateLimited):
    """Too many at once: which may be those of a worker that is gone."""


class Limits:
    """Counts by key, or by address where nobody has one; together with other workers of the app."""

    def __init__(self, per_minute: int, at_once: int, board: Board | None = None) -> None:
        self._per_minute = per_minute
        self._at_once = at_once
        self._board = board
        self._askers: OrderedDict[str, _Asker] = OrderedDict()
        self.on = bool(per_minute or at_once)

    def enter(self, call: Call) -> str:
        """Count a request; raises RateLimited. What it gives goes to `leave`."""
        who = call.principal.name if call.principal and call.principal.name else _address(call)
        if self._board is None:
            asker = self._known(who)
            self._count(asker, asker.active, call)
            return who
        try:
            self._count_shared(self._board, who, call)
        except _Busy:
            self._board.forget_dead()
            self._count_shared(self._board, who, call)
        return who

    def leave(self, who: str) -> None:
        """The request is answered."""
        if self._board is None:
            self._known(who).active -= 1
            return
        with self._board.asker(who) as asker:
            asker.active -= 1

    def _known(self, who: str) -> _Asker:
        asker = self._askers.get(who)
        if asker is None:
            asker = self._askers[who] = _Asker()
            if len(self._askers) > KNOWN:
                self._askers.popitem(last=False)
        else:
            self._askers.move_to_end(who)
        return asker

    def _count_shared(self, board: Board, who: str, call: Call) -> None:
        refused: RateLimited | None = None
        with board.asker(who) as asker:
            try:
                self._count(asker, asker.active + asker.elsewhere, call)
            except RateLimited as error:
                refused = error
        if refused is not None:
            raise refused

    def _count(self, asker: _Asker | Shared, active: int, call: Call) -> None:
        if self._at_once and active >= self._at_once:
            raise _Busy(f"{self._at_once} requests of this key are at work", retry_after_s=1)
        if self._per_minute:
            self._spend(asker.requests, call)
        asker.active += 1

    def _spend(self, rate: Rate, call: Call) -> None:
        now = time.monotonic()
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
