"""What a rule of online evaluation is, what waits for one, and what came out of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from pilothouse.platform.evaluators.entities import Entity
from pilothouse.platform.evaluators.models import BILLIONTHS
from pilothouse.platform.store.online import Unit

Outcome = Literal["scored", "failed", "skipped"]
RuleState = Literal["", "budget"]
SKIPS: Final = ("sampling", "budget", "not_applicable", "missing", "dropped")
"""Why an entity was not judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a rule may take, None for as much as comes."""

    usd_per_day: float | None = None
    """Of the day in UTC."""
    calls_per_hour: int | None = None
    """Of the hour."""

    @property
    def billionths_per_day(self) -> int | None:
        """The money as it is kept."""
        return None if self.usd_per_day is None else round(self.usd_per_day * BILLIONTHS)

    def __bool__(self) -> bool:
        return self.usd_per_day is not None or self.calls_per_hour is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule as it stands."""

    id: str
    project_id: int
    evaluator_id: str
    name: str
    enabled: bool = True
    unit: Unit = "trace"
    filter: str = ""
    sampling_rate: float = 1.0
    mapping: Mapping[str, str] = field(default_factory=dict)
    budget: Budget = Budget()
    idle_minutes: float = 5.0
    """How long a session has to be quiet before it is judged."""
    version: int = 1
    seen: int = 0
    """The version of traces up to which the rule has looked."""
    state: RuleState = ""
    state_at: datetime | None = None
    spent: int = 0
    """Billionths of a dollar so far."""
    last_at: datetime | None = None
    created_by: str = ""
    created_at: datetime
    updated_at: datetime

    def cost(self, unpriced: int) -> float | None:
        """Dollars so far, as far as they are known; None where that is of no evaluation."""
        return None if unpriced and not self.spent else self.spent / BILLIONTHS

    def draw(self, entity: str) -> float:
        """A number from 0 to 1 that is the entity's own under this rule, whoever asks and when."""
        digest = hashlib.sha256(f"{entity}:{self.id}".encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(digest) / 2.0**256

    def samples(self, entity: str) -> bool:
        """Whether the entity is among those to be judged."""
        return self.draw(entity) < self.sampling_rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """What a rule did so far."""

    scored: int = 0
    failed: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    waiting: int = 0
    lag_s: float | None = None
    """How long the oldest that may be judged now has waited; None while nothing does."""
    unpriced: int = 0
    """Evaluations of which nobody knows what they cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An entity that a rule has still to judge."""

    rule_id: str
    entity: Entity
    job_id: str = ""
    """The back-fill that brought it; "" for what came in."""
    attempts: int = 0
    error: str = ""
    """What went wrong the last time."""
    found_at: int
    due_at: int
    """Microseconds since 1970, like all times here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of an entity."""

    waiting: Waiting
    outcome: Outcome
    reason: str = ""
    """Of `SKIPS`, or the type of an error."""
    detail: str = ""
    attempts: int = 0
    value: float | None = None
    label: str = ""
    cost: int | None = None
    """Billionths of a dollar; None where it is not known."""
    mark: str = ""
    """Which turns of a session were judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """An entry of a rule's log: what came of one entity."""

    at: datetime
    entity: Entity
    rule_version: int
    outcome: Outcome
    reason: str
    detail: str
    attempts: int
    value: float | None
    label: str
    cost: float | None
    mark: str
