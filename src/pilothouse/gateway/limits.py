"""Requests and tokens a minute of each key, by the generic cell rate algorithm."""

from __future__ import annotations

import time
from collections.abc import Callable

from pilothouse.gateway.errors import Refused
from pilothouse.gateway.models import Holder
from pilothouse.rates import Rate


class Limits:
    """The rates of all keys, in this process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._now = clock
        self._requests: dict[int, Rate] = {}
        self._tokens: dict[int, Rate] = {}

    def enter(self, holder: Holder, tokens: int) -> list[tuple[bytes, bytes]]:
        """Count a request of so many tokens, by estimate; what the client is told of its limits.

        Raises Refused 429, and counts nothing then.
        """
        if holder.team is not None:
            self._enter(holder.team, tokens)
            try:
                return self._enter(holder, tokens)
            except Refused:
                self._leave(holder.team, tokens)
                raise
        return self._enter(holder, tokens)

    def _enter(self, holder: Holder, tokens: int) -> list[tuple[bytes, bytes]]:
        now = self._now()
        told: list[tuple[bytes, bytes]] = []
        per_minute, limit = holder.requests_per_minute, holder.tokens_per_minute
        rate = self._requests.setdefault(holder.id, Rate()) if per_minute else None
        bucket = self._tokens.setdefault(holder.id, Rate()) if limit else None
        if rate is not None and per_minute and (wait := rate.wait_s(now, per_minute, 1)):
            raise Refused(
                429,
                "rate_limit_exceeded",
                f"{holder.called} has had its {per_minute:,} requests of this minute",
                retry_after_s=wait,
            )
        if bucket is not None and limit and (wait := bucket.wait_s(now, limit, tokens)):
            if tokens > limit:
                raise Refused(
                    429,
                    "rate_limit_exceeded",
                    f"the request takes about {tokens:,} tokens and {holder.called} may have "
                    f"{limit:,} a minute",
                    is_final=True,
                )
            raise Refused(
                429,
                "rate_limit_exceeded",
                f"{holder.called} has had its {limit:,} tokens of this minute",
                retry_after_s=wait,
            )
        if rate is not None and per_minute:
            rate.spend(now, per_minute, 1)
            told += _told(b"requests", per_minute, rate.left(now, per_minute))
        if bucket is not None and limit:
            bucket.spend(now, limit, tokens)
            told += _told(b"tokens", limit, bucket.left(now, limit))
        return told

    def leave(self, holder: Holder, tokens: int) -> None:
        """Take back an `enter`: the request was refused for another reason."""
        for each in holder.bounded:
            self._leave(each, tokens)

    def _leave(self, holder: Holder, tokens: int) -> None:
        now = self._now()
        rate, bucket = self._requests.get(holder.id), self._tokens.get(holder.id)
        if rate is not None and holder.requests_per_minute:
            rate.spend(now, holder.requests_per_minute, -1)
        if bucket is not None and holder.tokens_per_minute:
            bucket.spend(now, holder.tokens_per_minute, -tokens)

    def settle(self, holder: Holder, estimate: int, tokens: int) -> None:
        """The request took so many tokens indeed."""
        for each in holder.bounded:
            bucket = self._tokens.get(each.id)
            if bucket is not None and each.tokens_per_minute:
                bucket.spend(self._now(), each.tokens_per_minute, tokens - estimate)


def _told(what: bytes, limit: int, left: int) -> list[tuple[bytes, bytes]]:
    return [
        (b"x-ratelimit-limit-" + what, b"%d" % limit),
        (b"x-ratelimit-remaining-" + what, b"%d" % left),
    ]
