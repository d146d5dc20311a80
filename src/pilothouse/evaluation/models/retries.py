"""Asks again where that may help, as long and as often as is decent."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pilothouse.evaluation.deadlines import of_loop
from pilothouse.evaluation.errors import ModelError
from pilothouse.evaluation.models.chat import ChatModel, Completion, Request
from pilothouse.evaluation.models.wrapped import Wrapped, has

_T = TypeVar("_T")
EXACT_BELOW_S: Final = 20.0
"""A shorter deadline is watched by a timer of its own, a longer one by the loop's one clock, up to
a second late: that timer was a tenth of a judged row."""
_RANDOM: Final = random.SystemRandom()


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often and for how long one call is tried."""

    attempts: int = 6
    base_s: float = 0.5
    cap_s: float = 60.0
    """The longest wait, where the provider does not ask for another."""
    deadline_s: float = 600.0
    """For the call with all its attempts and waits."""


class Retries:
    """Repeats a call that failed for reasons that pass, and counts what it repeated.

    The wait is the provider's `Retry-After`, else drawn between the base and three times the last
    one, so that clients do not come back all at once.
    """

    def __init__(
        self,
        policy: RetryPolicy | None = None,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
        draw: Callable[[float, float], float] = _RANDOM.uniform,
    ) -> None:
        self.policy = policy or RetryPolicy()
        self.retries = 0
        """How many calls were repeated so far."""
        self.rate_limited = 0
        """How many answers were 429 so far."""
        self._sleep, self._clock, self._draw = sleep, clock, draw

    async def run(self, name: str, call: Callable[[], Awaitable[_T]]) -> _T:
        """The first answer. Raises the last ModelError, with how often it was tried."""
        until = self._clock() + self.policy.deadline_s
        wait_s = self.policy.base_s
        attempt = 0
        while True:
            attempt += 1
            try:
                if self.policy.deadline_s < EXACT_BELOW_S:
                    async with asyncio.timeout(max(0.0, until - self._clock())):
                        return await call()
                with of_loop().within(max(0.0, until - self._clock())):
                    return await call()
            except TimeoutError:
                said = f"{name!r} did not answer within {self.policy.deadline_s:g} s"
                raise ModelError("Timeout", said, retryable=True, attempts=attempt) from None
            except ModelError as e:
                e.attempts = attempt
                self.rate_limited += e.type == "RateLimited"
                wait_s = self._wait_s(e, wait_s)
                late = self._clock() + wait_s >= until
                if not e.retryable or attempt >= self.policy.attempts or late:
                    raise
            self.retries += 1
            await self._sleep(wait_s)

    def _wait_s(self, error: ModelError, last_s: float) -> float:
        if error.retry_after_s is not None:
            return error.retry_after_s
        policy = self.policy
        return min(policy.cap_s, self._draw(policy.base_s, max(policy.base_s, 3 * last_s)))


class Retrying(Wrapped):
    """Repeats what failed for reasons that pass: 408, 409, 425, 429, 5xx, connections, timeouts.

    It is the only layer that does.
    """

    def __init__(
        self,
        inner: ChatModel,
        policy: RetryPolicy | None = None,
        **clock: Any,
    ) -> None:
        """`clock` is what `Retries` takes: `sleep`, `clock` and `draw`."""
        super().__init__(inner)
        self._retries = Retries(policy, **clock)

    @property
    def policy(self) -> RetryPolicy:
        """How often and for how long one call is tried."""
        return self._retries.policy

    @property
    def retries(self) -> int:
        """How many calls were repeated so far."""
        return self._retries.retries

    @property
    def rate_limited(self) -> int:
        """How many answers were 429 so far."""
        return self._retries.rate_limited

    async def complete(self, request: Request) -> Completion:
        """The first answer. Raises the last error, with how often it was tried."""
        return await self._retries.run(self.name, lambda: self.inner.complete(request))


def retried(model: ChatModel, policy: RetryPolicy | None = None) -> ChatModel:
    """The model with retries around it; as it is where it has them, so that none multiply."""
    return model if has(model, Retrying) else Retrying(model, policy)
