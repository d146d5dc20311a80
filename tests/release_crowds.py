"""Simulated users of a release: what the store would tell of them, without a store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from pilothouse.gateway.trials import Arm, Trial, assigned, digest_of
from pilothouse.platform.releases.evidence import Evidence, evidence_of
from pilothouse.platform.releases.judging import Decision, decided, judged
from pilothouse.platform.releases.models import Config, Kind, Release

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(slots=True, kw_only=True)
class Effect:
    """How the challenger differs."""

    errors: float = 0.0
    latency: float = 1.0
    cost: float = 1.0
    helpful: float = 0.0


def release(kind: Kind = "staged", **config: Any) -> Release:
    """A release without waiting times."""
    given: dict[str, Any] = {
        "route": "chat",
        "challenger": {"name": "challenger"},
        "minimum": {"units": 50, "calls": 100, "seconds": 0},
        **config,
    }
    return Release(
        id="r",
        name="r",
        kind=kind,
        config=Config.model_validate(given),
        salt="salt",
        created_at=EPOCH,
        updated_at=EPOCH,
        step_since=EPOCH,
    )


class Crowd:
    """Users, each with ways of his own, whose calls come one after the other."""

    def __init__(self, seed: int, *, users: int = 2000, effect: Effect | None = None) -> None:
        self.random = np.random.default_rng(seed)
        self.effect = effect or Effect()
        self.names = [f"user-{seed}-{number}" for number in range(users)]
        self.slow = self.random.normal(0.0, 0.3, users)
        self.pleased = self.random.normal(0.0, 0.1, users)
        self.rows: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.scores: dict[tuple[str, str, str], list[float]] = {}

    def call(self, many: int, arm_of: Callable[[str], str | None], step: int) -> None:
        """So many calls of users drawn by chance."""
        for at in self.random.integers(0, len(self.names), many):
            name = self.names[at]
            arm = arm_of(name)
            if arm is not None:
                self._add(int(at), digest_of("salt", name), arm, str(step))

    def _add(self, at: int, unit: str, arm: str, step: str) -> None:
        random, effect = self.random, self.effect
        differs = arm != "champion"
        failed = random.random() < 0.02 + (effect.errors if differs else 0.0)
        slower = np.log(effect.latency) if differs else 0.0
        log_us = 13.0 + self.slow[at] + slower + random.normal(0.0, 0.5)
        cost = 0.001 * random.lognormal(0.0, 0.5) * (effect.cost if differs else 1.0)
        row = self.rows.setdefault((arm, step, unit), _empty(arm, step, unit))
        row["calls"] += 1
        row["errors"] += failed
        if failed:
            return
        for count in ("timed", "priced", "counted"):
            row[count] += 1
        row["log_us"] += log_us
        row["cost"] += cost
        row["tokens"] += 100.0
        liked = 0.7 + self.pleased[at] + (effect.helpful if differs else 0.0)
        self.scores.setdefault((arm, step, unit), []).append(float(random.random() < liked))

    @property
    def evidence(self) -> Evidence:
        """What the store would tell."""
        scores = [
            (arm, step, unit, "helpful", len(values), sum(values))
            for (arm, step, unit), values in self.scores.items()
        ]
        return evidence_of(list(self.rows.values()), scores)


def _empty(arm: str, step: str, unit: str) -> dict[str, Any]:
    zeros = dict.fromkeys(
        ("calls", "errors", "timed", "log_us", "priced", "cost", "counted", "tokens",
         "primary_timed", "primary_log_us", "primary_priced", "primary_cost"), 0
    )  # fmt: skip
    return {"arm": arm, "step": step, "unit": unit, "durations": [], "first_tokens": [], **zeros}


def run(made: Release, crowd: Crowd, *, looks: int, calls: int) -> tuple[Release, list[Decision]]:
    """A release that is looked at after each so many calls, until it ends; every decision."""
    from dataclasses import replace

    decisions: list[Decision] = []
    for look in range(looks):
        share = made.share
        trial = Trial(
            name="r",
            salt="salt",
            arms=(
                Arm(name="champion", weight=1 - share),
                Arm(name="challenger", weight=share),
            ),
        )

        def arm_of(user: str, trial: Trial = trial) -> str | None:
            found = assigned(trial, user)
            return None if found is None else found.name

        crowd.call(calls, arm_of, made.step)
        now = EPOCH + timedelta(hours=look + 1)
        evidence = crowd.evidence
        decision = decided(made, evidence, judged(made, evidence), now)
        if decision is None:
            continue
        decisions.append(decision)
        if decision.action != "advanced":
            return made, decisions
        made = replace(made, stage=made.stage + 1, step=made.step + 1)
    return made, decisions
