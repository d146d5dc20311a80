"""What a release is, what it went through, and what it compares by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pilothouse.gateway.trials import Compared, Unit

Kind = Literal["ab", "shadow", "staged"]
"""A split that stands, a shadow that stands, or a challenger that goes from the one to all."""
Status = Literal["running", "paused", "promoted", "rolled_back", "stopped"]
Action = Literal[
    "created", "advanced", "promoted", "rolled_back", "paused", "resumed", "changed", "stopped"
]
Goal = Literal["not_worse", "better"]
AT_WORK: Final[tuple[Status, ...]] = ("running", "paused")
SYSTEM: Final = "pilothouse"
"""Who acts where nobody did: the rule."""
CHAMPION, CHALLENGER, SHADOW = "champion", "challenger", "shadow"
SCORES: Final = "scores."
"""Before the name of a score, as a metric."""
METRICS: Final = ("errors", "latency", "cost", "tokens")
MARGINS: Final = {"errors": 0.02, "latency": 0.15, "cost": 0.15, "tokens": 0.15}
"""What is too much by itself: errors in parts of calls, all else as a part of the champion's."""
SCORE_MARGIN: Final = 0.05
RATIOS: Final = frozenset(("latency", "cost", "tokens"))
REFUSED_PARAMETERS: Final = frozenset(
    ("model", "messages", "input", "prompt", "stream", "stream_options", "user", "metadata")
)

Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._ -]*$")]
Text = Annotated[str, Field(min_length=1, max_length=500)]
Share = Annotated[float, Field(gt=0, le=1)]
Json = dict[str, Any]  # Any: JSON


class Written(BaseModel):
    """What people write by hand."""

    model_config = ConfigDict(extra="forbid")


class PromptRef(Written):
    """A version of a prompt of the registry."""

    name: Text
    version: Text = "latest"
    """A number, a label, or the beginning of a hash."""


class ArmConfig(Written):
    """An arm as people write it."""

    name: Name
    weight: Annotated[float, Field(ge=0, le=1_000_000)] = 1.0
    model: Annotated[str, Field(max_length=500)] = ""
    """A route or provider/model; "" for the route's own targets."""
    system: Annotated[str, Field(max_length=100_000)] | None = None
    """In place of the system messages of requests."""
    prompt: PromptRef | None = None
    """Whose text is put in place of the system messages."""
    parameters: Annotated[Json, Field(max_length=50)] = {}
    """Fields of the request that are put in place of the client's."""

    @model_validator(mode="after")
    def _is_possible(self) -> ArmConfig:
        if self.system is not None and self.prompt is not None:
            raise ValueError(f"arm {self.name!r}: say either system or prompt")
        if refused := sorted(REFUSED_PARAMETERS & set(self.parameters)):
            raise ValueError(f"arm {self.name!r}: parameters cannot put another {refused[0]!r}")
        return self


class ChallengerConfig(ArmConfig):
    """The arm that is to take over."""

    name: Name = CHALLENGER


class ShadowConfig(Written):
    """How calls are mirrored."""

    share: Share = 0.1
    """Of the calls of the route."""
    max_parallel: Annotated[int, Field(ge=1, le=1000)] = 8
    """Beyond it calls are not mirrored."""
    timeout: Annotated[float, Field(gt=0, le=3600)] = 60.0
    budget_usd: Annotated[float, Field(gt=0, le=1_000_000)] | None = None
    """What shadows and their judges may cost in a day (UTC)."""
    compare: Annotated[list[Compared], Field(max_length=3)] = ["exact", "similarity"]
    judge: Annotated[str, Field(max_length=500)] | None = None
    """provider/model of the judge of pairs."""
    criteria: Annotated[str, Field(max_length=2000)] | None = None
    """What the judge goes by; finishes "say which of them is better"."""

    @model_validator(mode="after")
    def _has_judge(self) -> ShadowConfig:
        if ("judge" in self.compare) != (self.judge is not None):
            raise ValueError('compare by "judge" and the name of a judge belong together')
        return self


class Criterion(Written):
    """What the challenger is held to."""

    metric: Text
    """errors, latency, cost, tokens, or scores.NAME."""
    goal: Goal = "not_worse"
    """To be shown worse by less than the margin, or to be shown better."""
    margin: Annotated[float, Field(gt=0, le=1000)] | None = None
    """0.02 of errors is 2 calls in a hundred; 0.15 of latency is 15 % of the champion's."""
    direction: Literal["maximize", "minimize"] = "maximize"
    """Of a score: which end is better. All else is better small."""

    @model_validator(mode="after")
    def _is_known(self) -> Criterion:
        if self.metric not in METRICS and not self.metric.removeprefix(SCORES).strip():
            raise ValueError("say the name of the score: scores.NAME")
        if self.metric not in METRICS and not self.metric.startswith(SCORES):
            raise ValueError(
                f"there is no metric {self.metric!r}: there are {', '.join(METRICS)}, scores.NAME"
            )
        return self

    @property
    def bound(self) -> float:
        """The margin, said or not."""
        return MARGINS.get(self.metric, SCORE_MARGIN) if self.margin is None else self.margin

    @property
    def is_small_good(self) -> bool:
        """Whether less is better."""
        return self.metric in METRICS or self.direction == "minimize"


class Minimum(Written):
    """What is waited for before anything is decided."""

    units: Annotated[int, Field(ge=10, le=1_000_000)] = 50
    """Users (or what the unit is) of each arm."""
    calls: Annotated[int, Field(ge=10, le=100_000_000)] = 100
    """Of the challenger, in each step."""
    seconds: Annotated[float, Field(ge=0, le=31_536_000)] = 600.0
    """That each step lasts at least."""


class Guard(Written):
    """What rolls back at once."""

    errors_above: Annotated[float, Field(gt=0, lt=1)] = 0.05
    """So many more of the challenger's calls fail than of the champion's."""
    calls: Annotated[int, Field(ge=3, le=10_000)] = 10
    """Before so many it says nothing."""


DEFAULT_CRITERIA: Final = tuple(Criterion(metric=name) for name in ("errors", "latency", "cost"))


class Config(Written):
    """All that is set of a release."""

    route: Text
    """The name that clients ask for."""
    arms: Annotated[list[ArmConfig], Field(max_length=20)] = []
    """Of an A/B split; the first is what the others are held against."""
    challenger: ChallengerConfig | None = None
    """Of a shadow, and of what goes in stages."""
    label: PromptRef | None = None
    """A prompt and its label, which is moved to the challenger's version when it is promoted."""
    unit: Unit = "user"
    header: Annotated[str, Field(max_length=100, pattern=r"^[A-Za-z0-9-]*$")] = ""
    exclude: Annotated[list[Text], Field(max_length=1000)] = []
    holdout: Annotated[float, Field(ge=0, lt=1)] = 0.0
    shadow: ShadowConfig | None = None
    ramp: Annotated[list[Share], Field(max_length=20)] = [0.05, 0.25, 0.5]
    """The challenger's shares, rising; after the last one it gets everything."""
    criteria: Annotated[list[Criterion], Field(min_length=1, max_length=20)] = list(
        DEFAULT_CRITERIA
    )
    minimum: Minimum = Minimum()
    guard: Guard = Guard()
    alpha: Annotated[float, Field(ge=0.001, le=0.2)] = 0.05
    automatic: bool = True
    """Whether the rule promotes by itself; it always rolls back by itself."""
    rescue: bool = True
    """Whether calls that the challenger fails are answered by the champion."""
    channels: Annotated[list[str], Field(max_length=50)] = []
    """Ids of channels of alerts that are told of each stage."""
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Config:
        if (self.unit == "header") != bool(self.header):
            raise ValueError('unit "header" and the name of a header belong together')
        if sorted(set(self.ramp)) != self.ramp:
            raise ValueError("the shares of the ramp must rise")
        if len({arm.name for arm in self.arms}) != len(self.arms):
            raise ValueError("two arms have the same name")
        if len({each.metric for each in self.criteria}) != len(self.criteria):
            raise ValueError("two criteria are of the same metric")
        if self.starts_at and self.ends_at and self.starts_at >= self.ends_at:
            raise ValueError("it would end before it starts")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A release as it stands."""

    id: str
    name: str
    kind: Kind
    config: Config
    status: Status = "running"
    step: int = 0
    """Rises with each change of shares."""
    stage: int = 0
    """Which of the stages of what goes in stages it is at."""
    salt: str = ""
    revision: int = 0
    """Rises with each change; whoever decides says which one he saw."""
    before: Json | None = None
    """What a promotion took the place of, to put it back."""
    figures: Json | None = None
    """As the last look found them."""
    looked_at: datetime | None = None
    created_by: str = ""
    created_at: datetime
    updated_at: datetime
    step_since: datetime
    ended_at: datetime | None = None

    @property
    def stages(self) -> Sequence[float | None]:
        """Shares of the challenger, None for a shadow."""
        if self.kind != "staged":
            return ()
        shadow: list[float | None] = [None] if self.config.shadow is not None else []
        return [*shadow, *self.config.ramp]

    @property
    def is_shadow(self) -> bool:
        """Whether the challenger's answers reach nobody now."""
        return self.kind == "shadow" or (self.kind == "staged" and self.stages[self.stage] is None)

    @property
    def share(self) -> float:
        """The part of the units that get the challenger."""
        if self.status == "promoted":
            return 1.0
        if self.status not in AT_WORK or self.is_shadow:
            return 0.0
        if self.kind == "staged":
            return self.stages[self.stage] or 0.0
        whole = sum(arm.weight for arm in self.config.arms)
        return 1 - self.config.arms[0].weight / whole if whole else 0.0

    @property
    def arms(self) -> tuple[str, ...]:
        """The names of what is compared; the first is what the others are held against."""
        if self.kind == "ab":
            return tuple(arm.name for arm in self.config.arms)
        if self.is_shadow:
            return (CHAMPION, SHADOW)
        return (CHAMPION, CHALLENGER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A line of the audit trail."""

    id: int
    at: datetime
    actor: str
    action: Action
    reason: str
    status: Status
    stage: int
    share: float
    figures: Json | None
