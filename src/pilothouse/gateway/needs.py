"""What the gateway needs of the server that it is part of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pilothouse.gateway.models import Holder, Table
from pilothouse.gateway.steps import Arms, Guards, NoArms, NoGuards, NoSimilar, Similar
from pilothouse.spans import Fields, Source


class CostLike(Protocol):
    """What a call cost, in US dollars."""

    total: float | None


class Tables(Protocol):
    """Where routes are kept."""

    def current(self) -> Table | None:
        """The table, if it was read a moment ago."""
        ...

    async def read(self) -> Table:
        """The table as it is now."""
        ...


class Keys(Protocol):
    """Where virtual keys are kept."""

    is_open: bool
    """Whether whoever shows none may ask, too."""

    def known(self, secret: str) -> tuple[bool, Holder | None]:
        """Whether the holder of a key was looked up a moment ago, and who it is."""
        ...

    async def look_up(self, secret: str) -> Holder | None:
        """The holder of a key that works."""
        ...


class Spending(Protocol):
    """Where it is kept what was spent, in nano-dollars, by key; a team has a negative number."""

    async def spent(self, holder: Holder, period_start: int) -> int:
        """By all servers, as far as they have said."""
        ...

    async def add(self, entries: Sequence[tuple[int, int, int]]) -> None:
        """Add (key, start of the period, nano-dollars)."""
        ...


class Prices(Protocol):
    """What calls cost, by the number of a project."""

    def price(self, project: int, fields: Fields, start_ns: int) -> CostLike | None: ...


class Spans(Protocol):
    """The way of spans into the store."""

    async def store(self, made: Callable[[], list[Source]], size_bytes: int) -> None:
        """Return once they are durable; raises when they were not taken.

        They are made beside the event loop.
        """
        ...


class Projects(Protocol):
    """The projects by name."""

    def find(self, name: str) -> int | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """All of it."""

    tables: Tables
    keys: Keys
    spending: Spending
    prices: Prices
    spans: Spans
    projects: Projects
    guards: Guards = field(default_factory=NoGuards)
    arms: Arms = field(default_factory=NoArms)
    similar: Similar = field(default_factory=NoSimilar)
    limit_bytes: int = 64 * 2**20
    """The largest body of a request."""
