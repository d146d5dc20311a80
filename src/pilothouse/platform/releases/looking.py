"""A look at a release: what the store tells, what that means, and what is to be done."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from pilothouse.platform.releases.evidence import Evidence, evidence_of
from pilothouse.platform.releases.figures import figures_of
from pilothouse.platform.releases.judging import Decision, decided, judged
from pilothouse.platform.releases.models import Json, Release
from pilothouse.platform.store import arms
from pilothouse.platform.store.engine import Store


class Numbered(Protocol):
    """A project."""

    @property
    def id(self) -> int: ...


class Projects(Protocol):
    """What is needed of projects."""

    def all(self) -> Sequence[Numbered]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was found."""

    figures: Json
    decision: Decision | None


class Looking:
    """Reads the store."""

    def __init__(self, store: Store, numbers: NumbersOf) -> None:
        self._store = store
        self._numbers = numbers

    async def look(self, release: Release) -> Look:
        """What there is to say of a release now."""
        evidence = await self.evidence(release)
        return await asyncio.to_thread(_looked, release, evidence)

    async def evidence(self, release: Release) -> Evidence:
        """What the store tells of its arms."""
        numbers = await asyncio.to_thread(self._numbers.of_calls)
        rows = await arms.totals(self._store, numbers, release.name, release.created_at)
        scores = await arms.scores(self._store, numbers, release.name, release.created_at)
        of = set(release.arms)
        return await asyncio.to_thread(
            evidence_of,
            [row for row in rows if row["arm"] in of],
            [score for score in scores if score[0] in of],
        )

    async def pairs(self, release: Release, limit: int) -> list[Json]:
        """The newest answers of a shadow, each with where the call stands that it is beside."""
        numbers = await asyncio.to_thread(self._numbers.of_calls)
        return await arms.pairs(self._store, numbers, release.name, release.created_at, limit)


class NumbersOf:
    """The projects that calls of the gateway are recorded in."""

    def __init__(self, projects: Projects) -> None:
        self._projects = projects

    def of_calls(self) -> list[int]:
        """All of them: a route is asked by keys of several."""
        return [each.id for each in self._projects.all()]


def _looked(release: Release, evidence: Evidence) -> Look:
    now = datetime.now(UTC)
    found = judged(release, evidence)
    return Look(
        figures=figures_of(release, evidence, found, now),
        decision=decided(release, evidence, found, now),
    )
