"""Which target of a route is asked: by weight, order, load or speed, past those that fail.

A target that fails three times in a row rests for 5 s, each time twice as long up to 60 s; then one
request tries it. The last target of a route never rests: a bad answer is better than none.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from pilothouse.gateway.models import Route, Target

FAILURES: Final = 3
FIRST_REST_S: Final = 5.0
LONGEST_REST_S: Final = 60.0
_SHARE: Final = 0.2
"""Of calls may be repeated; more would make an outage worse."""
_MOST_REPEATS: Final = 20.0
_SMOOTHING: Final = 0.2
_KNOWN: Final = 10_000
"""Targets that are remembered."""


@dataclass(slots=True)
class State:
    """How a target does."""

    failures: int = 0
    """In a row."""
    rests_until: float = 0.0
    """By the monotonic clock."""
    rest_s: float = 0.0
    is_tried: bool = False
    """Whether one request tries it after a rest."""
    busy: int = 0
    repeats: float = _MOST_REPEATS
    latency_s: float = 0.0
    calls: int = 0
    failed: int = 0

    def rests(self, now: float) -> bool:
        """Whether it is not to be asked."""
        return now < self.rests_until or self.is_tried


class Balance:
    """Remembers how each target does, for all routes that name it."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, seed: int | None = None
    ) -> None:
        """`clock` and `seed` are for tests."""
        self._now = clock
        self._random = random.Random(seed)  # noqa: S311 - it spreads load and keeps no secret
        self._states: dict[tuple[str, str, str], State] = {}

    def of(self, target: Target) -> State:
        """How a target does."""
        place = (target.endpoint.name, target.endpoint.base_url, target.model)
        state = self._states.get(place)
        if state is None:
            if len(self._states) >= _KNOWN:
                self._states.clear()
            state = self._states[place] = State()
        return state

    def pick(self, route: Route, tried: Collection[Target]) -> Target:
        """The target to ask next: one that was not tried and does not rest, if there is one."""
        targets = route.targets
        if len(targets) == 1:
            return targets[0]
        now = self._now()
        fit = [each for each in targets if each not in tried and not self.of(each).rests(now)]
        if not fit:
            fit = [each for each in targets if not self.of(each).rests(now)]
        if not fit:
            return min(targets, key=lambda each: self.of(each).rests_until)
        return fit[0] if len(fit) == 1 else self._chosen(route, fit)

    def _chosen(self, route: Route, fit: list[Target]) -> Target:
        if route.strategy == "priority":
            return fit[0]
        if route.strategy == "least_busy":
            return min(fit, key=lambda each: self.of(each).busy / (each.weight or 1e-9))
        if route.strategy == "latency":
            return min(fit, key=lambda each: self.of(each).latency_s)
        weights = [each.weight for each in fit]
        return self._random.choices(fit, weights)[0] if any(weights) else fit[0]

    def begin(self, target: Target) -> None:
        """A request goes to a target; `end` must follow."""
        state = self.of(target)
        state.busy += 1
        state.calls += 1
        state.repeats = min(_MOST_REPEATS, state.repeats + _SHARE)
        if state.rests_until:
            state.is_tried = True

    def succeeded(self, target: Target, latency_s: float) -> None:
        """It answered, its first byte after so long."""
        state = self.of(target)
        state.is_tried = False
        state.failures, state.rests_until, state.rest_s = 0, 0.0, 0.0
        state.latency_s += (latency_s - state.latency_s) * (_SMOOTHING if state.latency_s else 1)

    def failed(self, target: Target, *, is_fault: bool, limited_s: float | None) -> None:
        """It did not; with `limited_s` it asked for a pause, which is no failure."""
        state = self.of(target)
        state.is_tried = False
        now = self._now()
        if limited_s is not None:
            state.rests_until = max(state.rests_until, now + limited_s)
            return
        if not is_fault:
            return
        state.failed += 1
        state.failures += 1
        if state.failures >= FAILURES:
            state.rest_s = min(LONGEST_REST_S, state.rest_s * 2 or FIRST_REST_S)
            state.rests_until = now + state.rest_s

    def end(self, target: Target) -> None:
        """The request is over, however it ended."""
        state = self.of(target)
        state.busy -= 1
        state.is_tried = False

    def may_repeat(self, target: Target) -> bool:
        """Whether one more attempt may follow a failure of this target; counts it."""
        state = self.of(target)
        if state.repeats < 1:
            return False
        state.repeats -= 1
        return True

    def shown(self) -> list[dict[str, object]]:
        """How every target does, for people."""
        now = self._now()
        return [
            {
                "target": f"{name}/{model}",
                "calls": state.calls,
                "failed": state.failed,
                "busy": state.busy,
                "rests_s": round(max(0.0, state.rests_until - now), 3),
                "first_byte_ms": round(state.latency_s * 1000, 3) if state.latency_s else None,
            }
            for (name, _, model), state in sorted(self._states.items())
        ]
