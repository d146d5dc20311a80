"""What a rule of online evaluation is, what waits for one, and what came out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from pilothouse.evaluation.results import Direction
from pilothouse.platform.evaluators.entities import Entity
from pilothouse.platform.evaluators.models import BILLIONTHS
from pilothouse.platform.rules.budgets import Budget
from pilothouse.platform.rules.sampling import Sampling
from pilothouse.platform.store.online import Unit

Outcome = Literal["scored", "failed", "skipped"]
OUTCOMES: Final[tuple[Outcome, ...]] = ("scored", "failed", "skipped")
RuleState = Literal["", "budget"]
SKIPS: Final = ("sampling", "budget", "not_applicable", "missing", "dropped")
"""Why an entity was not judged."""
ANSWERS: Final = ("passed", "blocked", "timed_out", "failed", "skipped")
"""What can come of a question to a guard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """That a rule judges what an application asks of it, while the application waits."""

    on_failure: Literal["open", "closed"]
    """Whether what got no verdict passes."""
    latency_ms: float = 300.0
    """How long the application waits at most."""
    threshold: float = 0.5
    blocks: Literal["below", "above"] | None = None
    """On which side of the threshold a score blocks; None: on the worse one of the evaluator."""

    def passes(self, score: float, direction: Direction) -> bool:
        """Whether a score passes, the threshold itself included."""
        above = direction == "minimize" if self.blocks is None else self.blocks == "above"
        return score <= self.threshold if above else score >= self.threshold


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
    sampling: Sampling = field(default_factory=Sampling)
    guard: Guard | None = None
    """With it the rule judges nothing but what it is asked."""
    mapping: Mapping[str, str] = field(default_factory=dict)
    budget: Budget = field(default_factory=Budget)
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
        return self.sampling.draw(entity, self.id)


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
    failures: Mapping[str, int] = field(default_factory=dict)
    """How many failed, by the type of the error, as far as it was noted."""
    answers: Mapping[str, int] = field(default_factory=dict)
    """What a guard answered: of `ANSWERS`."""


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
    share: float | None = None
    """Of how many like it one is judged; None where nobody noted it."""
    hour: int = 0
    """The hour of which some are drawn when it is over, counted from 1970; 0 for none."""


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
    share: float | None
