"""What rules may take: calls, tokens and money of an hour and of a day, for one or a project's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from pilothouse.platform.evaluators.models import BILLIONTHS

Kind = Literal["calls", "tokens", "spent"]
Window = Literal["hour", "day"]
_FIELDS: Final[tuple[tuple[str, Kind, Window], ...]] = (
    ("calls_per_hour", "calls", "hour"),
    ("calls_per_day", "calls", "day"),
    ("tokens_per_hour", "tokens", "hour"),
    ("tokens_per_day", "tokens", "day"),
    ("usd_per_hour", "spent", "hour"),
    ("usd_per_day", "spent", "day"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What may be taken, None for as much as comes. Hours and days are those of UTC."""

    calls_per_hour: int | None = None
    calls_per_day: int | None = None
    tokens_per_hour: int | None = None
    tokens_per_day: int | None = None
    usd_per_hour: float | None = None
    usd_per_day: float | None = None

    def limits(self) -> Iterator[tuple[Kind, Window, int, str]]:
        """Each limit that there is: of what, in what time, how much of it as kept, in words."""
        for name, kind, window in _FIELDS:
            most = getattr(self, name)
            if most is None:
                continue
            when = "in this hour" if window == "hour" else "on this day"
            if kind == "spent":
                yield kind, window, round(most * BILLIONTHS), f"{most:g} USD {when}"
            else:
                yield kind, window, most, f"{most} {kind} {when}"

    @property
    def asks(self) -> frozenset[Kind]:
        """Of what there is a limit."""
        return frozenset(kind for kind, *_ in self.limits())

    def stored(self) -> dict[str, Any]:
        """The limits that there are, as JSON."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def __bool__(self) -> bool:
        return any(True for _ in self.limits())


def budget_of(stored: Mapping[str, Any]) -> Budget:
    """What `stored` gave; a newer server's further limits are left alone."""
    return Budget(**{name: stored[name] for name, _, _ in _FIELDS if name in stored})


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What was taken, or will be: calls, tokens and billionths of a dollar."""

    calls: int = 0
    tokens: int = 0
    spent: int = 0

    def of(self, kind: Kind) -> int:
        """How much of one of them."""
        return int(getattr(self, kind))


def beyond(budget: Budget, taken: Mapping[Window, Taken], next_one: Taken) -> str:
    """What one more would go beyond, in words; "" where it may be made.

    What nobody knows the size of counts as one: the next is not made where all is used up.
    """
    for kind, window, most, words in budget.limits():
        if taken[window].of(kind) + max(next_one.of(kind), 1) > most:
            return words
    return ""
