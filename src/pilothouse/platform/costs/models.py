"""The figures of a cost report, and how they are added up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

TOKENS: Final = (
    *("input_tokens", "output_tokens", "total_tokens", "cached_tokens", "cache_write_tokens"),
    *("reasoning_tokens", "audio_tokens"),
)
COSTS: Final = ("total", "input", "output")
FIGURES: Final = (
    *(f"sum(cost.{name})" for name in COSTS),
    *(f"sum(usage.{name})" for name in TOKENS),
    *("call_count", "unpriced_call_count", "silent_call_count", "client_cost"),
)
"""The measures behind the figures; the first one orders the groups."""

Number = float | None
"""None is unknown, never 0."""


@dataclass(slots=True)
class Figures:
    """What some calls cost. Not frozen: intervals are added up in it."""

    cost: dict[str, Number] = field(default_factory=lambda: dict.fromkeys(COSTS))
    usage: dict[str, Number] = field(default_factory=lambda: dict.fromkeys(TOKENS))
    client_cost: float = 0.0
    """Of the cost, what senders reported themselves."""
    calls: int = 0
    """Calls that report tokens or a cost, each once."""
    unpriced_calls: int = 0
    """Of them, those whose cost is unknown."""
    calls_without_usage: int = 0
    """Answers of models that reported neither tokens nor a cost, and so are in no sum."""

    def add(self, point: Mapping[str, Any]) -> None:  # Any: a point of a chart
        for name in COSTS:
            self.cost[name] = added(self.cost[name], point[f"sum(cost.{name})"])
        for name in TOKENS:
            self.usage[name] = added(self.usage[name], point[f"sum(usage.{name})"])
        self.calls += point["call_count"]
        self.unpriced_calls += point["unpriced_call_count"]
        self.calls_without_usage += point["silent_call_count"]
        self.client_cost += point["client_cost"]

    @property
    def is_empty(self) -> bool:
        numbers = (*self.cost.values(), *self.usage.values())
        return not self.calls and all(number is None for number in numbers)

    def shown(self) -> dict[str, Any]:  # Any: JSON
        return {
            "cost": {**self.cost, "client": self.client_cost},
            "usage": dict(self.usage),
            "calls": self.calls,
            "unpriced_calls": self.unpriced_calls,
            "calls_without_usage": self.calls_without_usage,
        }


def added(a: Number, b: Number) -> Number:
    """The sum of what is known."""
    if a is None or b is None:
        return b if a is None else a
    return a + b


def change(now: Number, before: Number) -> Number:
    """By what part something grew; None where that cannot be said."""
    return None if now is None or not before else (now - before) / before


def share(part: Number, whole: Number) -> Number:
    return None if part is None or not whole else part / whole
