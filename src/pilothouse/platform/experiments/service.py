"""Experiments: made, finished, found; what they did, and how they compare."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, Protocol, TypeAlias

from pilothouse.filters import Expression
from pilothouse.platform.datasets.matching import contains
from pilothouse.platform.datasets.models import Example, JsonObject, checked_id
from pilothouse.platform.datasets.reading import place_of
from pilothouse.platform.datasets.rows import dumps
from pilothouse.platform.datasets.service import DatasetService
from pilothouse.platform.errors import BadRequest, Conflict, NotFound
from pilothouse.platform.experiments import comparing
from pilothouse.platform.experiments import records as kept
from pilothouse.platform.experiments.comparatives import Comparatives
from pilothouse.platform.experiments.measuring import Measuring
from pilothouse.platform.experiments.models import (
    MEASURES,
    Change,
    Comparison,
    Experiment,
    Row,
    Stats,
)
from pilothouse.platform.jobs.service import Jobs
from pilothouse.platform.projects.service import ProjectDirectory
from pilothouse.platform.query.scores import ScoreService
from pilothouse.platform.records import Records, Session, micros_of
from pilothouse.platform.records.lists import Place
from pilothouse.platform.store.engine import Store

MOST_COMPARED: Final = 20
"""Experiments in one comparison."""
PIECE: Final = 500

# `list` is a method of the service, as the contract of its name demands.
Experiments: TypeAlias = list[Experiment]
Rows: TypeAlias = list[Row]
Examples: TypeAlias = list[Example]


class Directions(Protocol):
    """Which way is better, where somebody has said so."""

    def lower_is_better(self, names: Sequence[str]) -> Mapping[str, bool]:
        """Of those of some scores that are known."""


class ExperimentService:
    """Keeps experiments, reads what they did.

    What asks the records alone is plain; what asks the span store is to be awaited.
    """

    def __init__(
        self,
        records: Records,
        store: Store,
        projects: ProjectDirectory,
        datasets: DatasetService,
        jobs: Jobs,
        scores: ScoreService,
        directions: Directions | None = None,
    ) -> None:
        self._records = records
        self._projects = projects
        self._datasets = datasets
        self._jobs = jobs
        self._directions = directions
        self._measuring = Measuring(store)
        self.comparatives = Comparatives(records, self._measuring, scores, self)
        datasets.before_delete(self.delete_all_of)

    # ---- experiments

    def create(
        self,
        name: str,
        dataset_id: str,
        *,
        id: str | None = None,
        description: str = "",
        extra: JsonObject | None = None,
        dataset_version: datetime | None = None,
        num_examples: int | None = None,
        num_repetitions: int = 1,
        evaluator_keys: Sequence[str] = (),
        started_at: datetime | None = None,
        by: str = "",
        with_it: Callable[[Session], object] = lambda _session: None,
    ) -> Experiment:
        """A new experiment on a dataset; the same request with the same id gives the same one.

        `with_it` writes in the same transaction what belongs to it. Raises NotFound for the
        dataset, Conflict for a name or id that is taken.
        """
        dataset = self._datasets.get(dataset_id)
        wanted = None if id is None else checked_id(id)
        version = micros_of(dataset_version or _version_in(extra or {}))

        def also(session: Session, number: int) -> None:
            kept.add(
                session,
                number,
                dataset_id=dataset.id,
                dataset_version=version,
                num_examples=num_examples,
                num_repetitions=max(1, num_repetitions),
                evaluator_keys=evaluator_keys,
                created_by=by,
            )
            with_it(session)

        try:
            project = self._projects.create(
                name,
                uuid=wanted,
                kind="experiment",
                description=description,
                extra=extra,
                started_at=started_at or datetime.now(UTC),
                also=also,
            )
        except Conflict:
            present = None if wanted is None else self._projects.by_uuid(wanted)
            if present is None or present.kind != "experiment" or present.name != name.strip():
                raise
            project = present
        made = self.get(project.uuid)
        told = (made.dataset_id, made.description, dumps(made.extra), *made.evaluator_keys)
        if told != (dataset.id, description, dumps(extra or {}), *evaluator_keys):
            raise Conflict(f"there is an experiment with the id {project.uuid} already")
        return made

    def get(self, experiment_id: str) -> Experiment:
        """The experiment of this id. Raises NotFound."""
        wanted = checked_id(experiment_id)
        with self._records.read() as session:
            found = kept.one(session, wanted)
        if found is None:
            raise NotFound(f"there is no experiment {wanted}", {"id": wanted})
        return found

    def named(self, name: str) -> Experiment | None:
        """The experiment of this name, None when there is none."""
        with self._records.read() as session:
            return kept.by_name(session, name)

    def list(
        self,
        dataset_id: str | None = None,
        *,
        name_contains: str | None = None,
        ids: Sequence[str] | None = None,
        metadata: JsonObject | None = None,
        dataset_version: datetime | None = None,
        limit: int = 50,
        offset: int = 0,
        after: Place | None = None,
    ) -> Experiments:
        """Experiments, the newest first; `metadata` is what theirs must contain."""
        found: Experiments = []
        skipped = 0
        with self._records.read() as session:
            while True:
                some = kept.page(
                    session,
                    dataset_id=None if dataset_id is None else checked_id(dataset_id),
                    name_contains=name_contains,
                    ids=None if ids is None else [checked_id(each) for each in ids],
                    dataset_version=micros_of(dataset_version),
                    after=after,
                    limit=PIECE if metadata else limit,
                    offset=0 if metadata else offset,
                )
                if not metadata:
                    return some
                for experiment in some:
                    if contains(experiment.metadata, metadata):
                        skipped += 1
                        if skipped > offset:
                            found.append(experiment)
                if len(some) < PIECE or len(found) >= limit:
                    return found[:limit]
                after = place_of(some[-1])

    def change(
        self,
        experiment_id: str,
        *,
        name: str | None = None,
        description: str | None = None,
        extra: JsonObject | None = None,
        dataset_version: datetime | None = None,
        num_examples: int | None = None,
        num_repetitions: int | None = None,
        evaluator_keys: Sequence[str] | None = None,
        started_at: datetime | None = None,
        ended_at: datetime | None = None,
    ) -> Experiment:
        """The experiment after a change; None leaves a value. `extra` takes the place of all.

        A `dataset_version` in its metadata, where `evaluate` puts it, is the version.
        """
        present = self.get(experiment_id)
        self._projects.change(
            present.name,
            new_name=name,
            description=description,
            extra=extra,
            started_at=started_at,
            ended_at=ended_at,
        )
        given: dict[str, Any] = {
            "dataset_version": dataset_version or _version_in(extra or {}),
            "num_examples": num_examples,
            "num_repetitions": num_repetitions or None,
            "evaluator_keys": None if evaluator_keys is None else tuple(evaluator_keys),
        }
        changes = {key: value for key, value in given.items() if value is not None}
        with self._records.write() as session:
            # As it is now: somebody else may have changed another of its fields meanwhile.
            session.hold("experiments", project_id=present.project_id)
            kept.change(session, replace(kept.one(session, present.id) or present, **changes))
        return self.get(experiment_id)

    def finish(self, experiment_id: str, ended_at: datetime | None = None) -> Experiment:
        """The experiment, ended now or then; one that was ended before stays so."""
        present = self.get(experiment_id)
        if present.ended_at is not None and ended_at is None:
            return present
        return self.change(experiment_id, ended_at=ended_at or datetime.now(UTC))

    def delete(self, experiment_id: str) -> None:
        """Remove an experiment; its runs are removed by a job. Raises NotFound."""
        experiment = self.get(experiment_id)
        project = self._projects.delete(experiment.name)
        self._jobs.start(
            "delete_project",
            title=f"Delete experiment {experiment.name}",
            arguments={"project_id": project.id, "name": project.name},
        )

    def delete_all_of(self, dataset_id: str) -> None:
        """Remove every experiment of a dataset."""
        while some := self.list(dataset_id, limit=PIECE):
            for experiment in some:
                self.delete(experiment.id)

    # ---- what they did

    async def stats(self, ids: Sequence[str]) -> dict[str, Stats]:
        """What was measured of some experiments, by id."""
        found = await self.several(ids)
        return await self._measuring.stats({each.project_id: each.id for each in found})

    async def compare(self, ids: Sequence[str], baseline_id: str | None = None) -> Comparison:
        """Every score and measure of some experiments against one of them, else the first."""
        found, baseline = await self.side_by_side(ids, baseline_id)
        means = await self._measuring.means({each.project_id: each.id for each in found})
        lower = await self.lower_is_better(means)
        return comparing.compared(means, baseline.id, [each.id for each in found], lower)

    async def rows(
        self,
        ids: Sequence[str],
        *,
        baseline_id: str | None = None,
        metric: str | None = None,
        change: Change | None = None,
        experiment_id: str | None = None,
        example_ids: Sequence[str] | None = None,
        splits: Sequence[str] | None = None,
        filters: Mapping[str, Expression] | None = None,
        preview: bool = False,
        limit: int = 50,
        offset: int = 0,
        after: Place | None = None,
    ) -> Rows:
        """Examples in the order of their creation, with all their runs in some experiments.

        `metric` and `change` leave the examples in which `experiment_id` (else the first that is
        not the baseline) did better, worse or the same; `filters` those that have a run in each of
        the named experiments which its filter lets through. Examples are shown as the baseline saw
        them. With `preview` inputs and outputs are their first 256 characters.
        """
        found, baseline = await self.side_by_side(ids, baseline_id)
        names = {each.project_id: each.id for each in found}
        means = await self._measuring.means(names)
        wanted = await self._wanted(found, baseline, means, metric, change, experiment_id)
        for each, expression in (filters or {}).items():
            one = next((e for e in found if e.id == checked_id(each)), None)
            if one is None:
                raise BadRequest(f"filters name {each}, which is not asked for")
            matching = await self._measuring.matching(one.project_id, one.name, expression)
            wanted = matching if wanted is None else wanted & matching
        if example_ids is not None:
            chosen = {checked_id(each) for each in example_ids}
            wanted = chosen if wanted is None else wanted & chosen
        examples = await asyncio.to_thread(
            self._examples, baseline, wanted, splits, limit, offset, after
        )
        runs = await self._measuring.runs(
            names, [example.id for example in examples], preview=preview
        )
        return [
            Row(
                example=example,
                runs={each.id: runs.get((each.id, example.id), []) for each in found},
                differences=comparing.differences(
                    means, baseline.id, [each.id for each in found], example.id
                ),
            )
            for example in examples
        ]

    # ---- within

    async def several(self, ids: Sequence[str]) -> Experiments:
        """The experiments that are there, in the order asked for."""
        checked = [checked_id(each) for each in dict.fromkeys(ids)]
        found = await asyncio.to_thread(self.list, ids=checked, limit=len(checked))
        by_id = {each.id: each for each in found}
        return [by_id[each] for each in checked if each in by_id]

    async def side_by_side(
        self, ids: Sequence[str], baseline_id: str | None
    ) -> tuple[Experiments, Experiment]:
        """Experiments of one dataset and their baseline. Raises BadRequest, NotFound."""
        if not 0 < len(ids) <= MOST_COMPARED:
            raise BadRequest(f"compare 1 to {MOST_COMPARED} experiments, not {len(ids)}")
        found = await self.several(ids)
        there = {each.id for each in found}
        for each in ids:
            if checked_id(each) not in there:
                raise NotFound(f"there is no experiment {each}", {"id": each})
        if len({each.dataset_id for each in found}) > 1:
            raise BadRequest("only experiments of one dataset can be compared")
        if baseline_id is None:
            return found, found[0]
        for experiment in found:
            if experiment.id == checked_id(baseline_id):
                return found, experiment
        raise BadRequest("the baseline is one of the experiments that are compared")

    async def lower_is_better(self, means: comparing.Means) -> Mapping[str, bool]:
        """Of those scores whose direction somebody has set."""
        names = sorted({name for metrics in means.values() for name in metrics} - set(MEASURES))
        if self._directions is None or not names:
            return {}
        return await asyncio.to_thread(self._directions.lower_is_better, names)

    async def _wanted(
        self,
        found: Experiments,
        baseline: Experiment,
        means: comparing.Means,
        metric: str | None,
        change: Change | None,
        experiment_id: str | None,
    ) -> set[str] | None:
        """The examples in which an experiment changed as asked for; None for all."""
        if metric is None or change is None:
            if metric is not None or change is not None:
                raise BadRequest("metric and change are given together")
            return None
        others = [each.id for each in found if each.id != baseline.id]
        if not others:
            raise BadRequest("there is only a baseline; name another experiment to compare")
        other = others[0] if experiment_id is None else checked_id(experiment_id)
        if other not in others:
            raise BadRequest(f"experiment {other} is not compared with the baseline")
        lower = comparing.is_lower(metric, await self.lower_is_better(means))
        changes = comparing.changed(means, metric, baseline.id, other, lower_is_better=lower)
        return {example for example, how in changes.items() if how == change}

    def _examples(
        self,
        baseline: Experiment,
        wanted: set[str] | None,
        splits: Sequence[str] | None,
        limit: int,
        offset: int,
        after: Place | None,
    ) -> Examples:
        ids = None if wanted is None else sorted(wanted)
        return self._datasets.examples(
            baseline.dataset_id,
            ids=ids,
            as_of=baseline.dataset_version,
            splits=splits,
            limit=limit,
            offset=offset,
            after=after,
        )


def _version_in(extra: JsonObject) -> datetime | None:
    """The dataset's version that an experiment's metadata names."""
    metadata = extra.get("metadata")
    named = metadata.get("dataset_version") if isinstance(metadata, Mapping) else None
    try:
        found = datetime.fromisoformat(named) if isinstance(named, str) else None
    except ValueError:
        return None
    return found if found is None or found.tzinfo else found.replace(tzinfo=UTC)
