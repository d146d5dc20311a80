"""Keeps to what a provider allows: requests and tokens a minute, and how many at once."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import Any, Final

from pilothouse.evaluation.errors import ModelError
from pilothouse.evaluation.models.chat import ChatModel, Completion, RateLimits, Request
from pilothouse.evaluation.models.wrapped import Wrapped

_UNKNOWN_OUTPUT = 256  # tokens that an answer is taken to have until it is there


@dataclass(slots=True)
class _Process:
    """What is true of this process, and so of models that any module makes."""

    share: float = 1.0


PROCESS: Final = _Process()


def divide(processes: int) -> None:
    """Says that so many processes do what this one does: its limiters keep to a part each."""
    PROCESS.share = 1 / processes


@dataclass(slots=True)
class _Bucket:
    """What may be taken a minute. Taking more than is there is a debt to be waited for."""

    per_min: float | None
    level: float = field(init=False)
    at: float = 0.0

    def __post_init__(self) -> None:
        self.level = self.per_min or 0.0

    def take(self, amount: float, now: float) -> float:
        """Takes, and says how many seconds to wait before using it."""
        if self.per_min is None:
            return 0.0
        rate = self.per_min / 60
        self.level = min(self.per_min, self.level + (now - self.at) * rate)
        self.at = now
        self.level -= amount
        return max(0.0, -self.level / rate)

    def give_back(self, amount: float) -> None:
        if self.per_min is not None:
            self.level = min(self.per_min, self.level + amount)

    def told(self, per_min: float | None, left: float | None) -> None:
        """What the provider says, which is right: others may use the same key."""
        if per_min is not None and self.per_min is None:
            self.per_min = self.level = float(per_min)
        if left is not None and self.per_min is not None:
            self.level = min(self.level, float(left))


@dataclass(slots=True, eq=False)
class _Waiter:
    """Somebody who waits for a place, on whichever loop."""

    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[None]
    granted: bool = False

    def wake(self) -> None:
        self.loop.call_soon_threadsafe(self._done)

    def _done(self) -> None:
        if not self.future.done():
            self.future.set_result(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """Leave to make one call: when it was given, and for how many tokens."""

    at: float
    tokens: float


class Limiter:
    """One provider's limits, shared by all models that are asked there, from any thread.

    How many calls run at once adapts: halved once for a burst of 429s, and one more for each round
    without any.
    """

    def __init__(
        self,
        *,
        requests_per_min: float | None = None,
        tokens_per_min: float | None = None,
        max_concurrency: int = 50,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """What is not given is taken from the provider's headers, where they say it."""
        if max_concurrency < 1:
            raise ValueError("max_concurrency must be at least 1")
        if any(given is not None and not given > 0 for given in (requests_per_min, tokens_per_min)):
            raise ValueError("requests and tokens a minute must be above 0, or None")
        self._again = partial(
            Limiter,
            requests_per_min=requests_per_min,
            tokens_per_min=tokens_per_min,
            max_concurrency=max_concurrency,
        )
        self._share = PROCESS.share
        self.max_concurrency = max(1, int(max_concurrency * self._share))
        self._sleep, self._clock = sleep, clock
        self._lock = Lock()
        self._requests = _Bucket(self._part(requests_per_min), clock())
        self._tokens = _Bucket(self._part(tokens_per_min), clock())
        self._window = float(self.max_concurrency)
        self._running = 0
        self._clean = 0
        self._reduced_at = float("-inf")
        self._paused_until = float("-inf")
        self._waiting: deque[_Waiter] = deque()

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy for another process, where nothing has been asked yet."""
        return self._again, ()

    @property
    def concurrency(self) -> int:
        """How many calls may run at once now."""
        return int(self._window)

    async def enter(self, tokens: float) -> Pass:
        """Leave for a call of about so many tokens, once there is a place and enough is left."""
        await self._place()
        with self._lock:
            now = self._clock()
            wait_s = max(
                self._requests.take(1, now),
                self._tokens.take(tokens, now),
                self._paused_until - now,
            )
        if wait_s > 0:
            try:
                await self._sleep(wait_s)
            except BaseException:
                with self._lock:
                    self._requests.give_back(1)
                self.leave(Pass(at=now, tokens=tokens), used=0, error=_given_up())
                raise
        return Pass(at=self._clock(), tokens=tokens)

    def leave(
        self,
        given: Pass,
        *,
        used: float | None = None,
        told: RateLimits | None = None,
        error: ModelError | None = None,
    ) -> None:
        """Ends a call: what it used, what the provider said of its limits, how it failed."""
        with self._lock:
            if used is not None:
                self._tokens.give_back(given.tokens - used)
            if told is not None:
                self._requests.told(self._part(told.requests), self._part(told.requests_left))
                self._tokens.told(self._part(told.tokens), self._part(told.tokens_left))
            if error is not None and error.type == "RateLimited":
                self._reduce(given, error.retry_after_s)
            elif error is None:
                self._clean += 1
                if self._clean >= self._window:
                    self._clean = 0
                    self._window = min(self.max_concurrency, self._window + 1)
            self._running -= 1
            self._admit()

    def _part(self, told: float | None) -> float | None:
        return None if told is None else told * self._share

    def _reduce(self, given: Pass, retry_after_s: float | None) -> None:
        now = self._clock()
        self._clean = 0
        self._paused_until = max(self._paused_until, now + (retry_after_s or 0))
        if given.at > self._reduced_at:  # calls of the same burst reduce once
            self._window = max(1.0, self._window / 2)
            self._reduced_at = now

    async def _place(self) -> None:
        with self._lock:
            if not self._waiting and self._running < int(self._window):
                self._running += 1
                return
            loop = asyncio.get_running_loop()
            waiter = _Waiter(loop, loop.create_future())
            self._waiting.append(waiter)
        try:
            await waiter.future
        except BaseException:
            with self._lock:
                if waiter.granted:
                    self._running -= 1
                    self._admit()
                else:
                    self._waiting.remove(waiter)
            raise

    def _admit(self) -> None:
        while self._waiting and self._running < int(self._window):
            waiter = self._waiting.popleft()
            self._running += 1
            waiter.granted = True
            waiter.wake()


class Limited(Wrapped):
    """A model asked within the limits of its provider."""

    def __init__(self, inner: ChatModel, limiter: Limiter) -> None:
        super().__init__(inner)
        self.limiter = limiter

    async def complete(self, request: Request) -> Completion:
        """The answer, once it may be asked for."""
        given = await self.limiter.enter(estimated_tokens(request))
        try:
            completion = await self.inner.complete(request)
        except BaseException as e:
            error = e if isinstance(e, ModelError) else _given_up()
            self.limiter.leave(given, error=error)
            raise
        usage = completion.usage
        used = None
        if usage is not None and usage.input_tokens is not None:
            used = usage.input_tokens + (usage.output_tokens or 0)
        self.limiter.leave(given, used=used, told=completion.limits)
        return completion


def estimated_tokens(request: Request) -> float:
    """About how many tokens a call takes, four letters each, before it says so itself."""
    letters = sum(len(message.content) for message in request.messages)
    return letters / 4 + (request.max_tokens or _UNKNOWN_OUTPUT)


def _given_up() -> ModelError:
    return ModelError("Cancelled", "the call was given up")
