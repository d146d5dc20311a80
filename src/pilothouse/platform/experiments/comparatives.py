"""Comparative experiments: which of several outputs was preferred."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol, TypeAlias
from uuid import uuid4

from pilothouse.platform.datasets.models import JsonObject, checked_id
from pilothouse.platform.errors import BadRequest, Conflict, NotFound
from pilothouse.platform.experiments import records as kept
from pilothouse.platform.experiments.measuring import Measuring
from pilothouse.platform.experiments.models import (
    ComparativeExperiment,
    Experiment,
    Preference,
    ScoreStats,
)
from pilothouse.platform.query.scores import MOST as MOST_SCORES
from pilothouse.platform.query.scores import ScoreService
from pilothouse.platform.records import Records
from pilothouse.platform.records.lists import Place

# `list` is a method of the class, as the contract of its name demands.
Found: TypeAlias = list[ComparativeExperiment]
Scores: TypeAlias = list[ScoreStats]


class Experiments(Protocol):
    """What is compared."""

    def get(self, experiment_id: str) -> Experiment: ...
    async def several(self, ids: Sequence[str]) -> list[Experiment]: ...


class Comparatives:
    """Keeps comparative experiments and what was preferred in them."""

    def __init__(
        self,
        records: Records,
        measuring: Measuring,
        scores: ScoreService,
        experiments: Experiments,
    ) -> None:
        self._records = records
        self._measuring = measuring
        self._scores = scores
        self._experiments = experiments

    def create(
        self,
        experiment_ids: Sequence[str],
        *,
        id: str | None = None,
        name: str = "",
        description: str = "",
        dataset_id: str | None = None,
        extra: JsonObject | None = None,
        created_at: datetime | None = None,
    ) -> ComparativeExperiment:
        """A new comparative experiment; the same one with the same id again is the same.

        Raises BadRequest unless it names two or more experiments of one dataset.
        """
        chosen = [self._experiments.get(each) for each in dict.fromkeys(experiment_ids)]
        owners = {each.dataset_id for each in chosen}
        if len(chosen) < 2 or len(owners) > 1:
            raise BadRequest("a comparison takes two or more experiments of one dataset")
        [owner] = owners
        if dataset_id is not None and checked_id(dataset_id) != owner:
            raise BadRequest(f"the experiments are of dataset {owner}, not of {dataset_id}")
        now = datetime.now(UTC)
        wanted = ComparativeExperiment(
            id=str(uuid4()) if id is None else checked_id(id),
            dataset_id=owner,
            name=name,
            description=description,
            experiment_ids=tuple(each.id for each in chosen),
            extra=extra or {},
            created_at=created_at or now,
            modified_at=now,
        )
        with self._records.write() as session:
            if kept.add_comparative(session, wanted):
                return wanted
            present = kept.comparative(session, wanted.id)
        if present is None or (present.name, present.experiment_ids) != (
            wanted.name,
            wanted.experiment_ids,
        ):
            raise Conflict(f"there is a comparative experiment {wanted.id} already")
        return present

    def get(self, comparative_id: str) -> ComparativeExperiment:
        """The comparative experiment of this id. Raises NotFound."""
        wanted = checked_id(comparative_id)
        with self._records.read() as session:
            found = kept.comparative(session, wanted)
        if found is None:
            raise NotFound(f"there is no comparative experiment {wanted}", {"id": wanted})
        return found

    def list(
        self, dataset_id: str | None = None, *, limit: int = 50, after: Place | None = None
    ) -> Found:
        """Comparative experiments, the newest first."""
        owner = None if dataset_id is None else checked_id(dataset_id)
        with self._records.read() as session:
            return kept.comparatives(session, dataset_id=owner, after=after, limit=limit)

    def delete(self, comparative_id: str) -> None:
        """Remove a comparative experiment; its experiments stay. Raises NotFound."""
        found = self.get(comparative_id)
        with self._records.write() as session:
            kept.remove_comparative(session, found.id)

    async def preferences(self, comparative_id: str) -> dict[str, Scores]:
        """How often each experiment was preferred, by its id: statistics of each score."""
        found = await asyncio.to_thread(self.get, comparative_id)
        experiments = await self._experiments.several(found.experiment_ids)
        names = {each.project_id: each.id for each in experiments}
        return await self._measuring.preferences(names, found.id)

    async def prefer(self, comparative_id: str, preferences: Sequence[Preference]) -> None:
        """Keep what was preferred as scores of the runs; the same again replaces itself.

        Raises BadRequest for an experiment that is not compared, or an example it has no run of.
        """
        found = await asyncio.to_thread(self.get, comparative_id)
        experiments = {
            each.id: each for each in await self._experiments.several(found.experiment_ids)
        }
        given = await self._measuring.preferred(found, experiments, preferences)
        for at in range(0, len(given), MOST_SCORES):
            await self._scores.give(given[at : at + MOST_SCORES])
