"""Runs of experiments on the server, without one: begun as a whole, paid for and stored once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from dataset_world import MemoryBlobs
from fakes.no_models import NoModels
from pilothouse.evaluation.rows import Row
from pilothouse.evaluation.runner.records import RowResult
from pilothouse.platform.datasets import DatasetService
from pilothouse.platform.datasets.models import NewExample
from pilothouse.platform.evaluators.service import EvaluatorService
from pilothouse.platform.experiments import ExperimentService
from pilothouse.platform.experiments.running import ExperimentRuns
from pilothouse.platform.experiments.running.journals import Journals
from pilothouse.platform.experiments.running.orders import Order
from pilothouse.platform.experiments.running.service import Stores
from pilothouse.platform.experiments.running.shapes import NewRun
from pilothouse.platform.experiments.running.storing import Storing
from pilothouse.platform.experiments.running.targets import Targets
from pilothouse.platform.ingest.batch import Batch
from pilothouse.platform.ingest.errors import Overloaded
from pilothouse.platform.jobs.models import JobFailed
from pilothouse.platform.jobs.service import JobContext, Jobs
from pilothouse.platform.projects import ProjectDirectory
from pilothouse.platform.prompts.service import PromptService
from pilothouse.platform.query.scores import ScoreService
from pilothouse.platform.records import Records
from pilothouse.platform.sealing import Sealer
from pilothouse.platform.store.engine import Store
from pilothouse.spans import Score

NO_STORE = cast("Store", None)  # what asks the records alone never looks at it
NOWHERE = "http://127.0.0.1:9/"


class Busy:
    """A store that takes nothing the first time."""

    def __init__(self) -> None:
        self.refused: set[str] = set()
        self.taken: list[str] = []

    def _take(self, what: str) -> None:
        if what not in self.refused:
            self.refused.add(what)
            raise Overloaded(retry_after_s=0)
        self.taken.append(what)

    async def accept_from(self, decode: Callable[[], Batch]) -> None:
        self._take(f"{len(decode().sources)} spans")

    async def write(self, placed: list[tuple[int, Score]]) -> None:
        self._take(f"{len(placed)} scores")


class World:
    """The services around a dataset of one example."""

    def __init__(self, records: Records, folder: Path) -> None:
        self.jobs = Jobs(records)
        projects = ProjectDirectory(records)
        datasets = DatasetService(records, MemoryBlobs())
        scores = ScoreService(NO_STORE, projects)
        self.experiments = ExperimentService(
            records, NO_STORE, projects, datasets, self.jobs, scores
        )
        self.journals = folder / "experiments"
        self.runs = ExperimentRuns(
            self.experiments,
            datasets,
            Targets(PromptService(records), NoModels(), Sealer(folder), private=True),
            EvaluatorService(records, NoModels()),
            projects,
            self.jobs,
            Stores(spans=Busy(), scores=Busy(), journals=Journals(self.journals, records)),
        )
        self.dataset = datasets.create("questions").id
        datasets.add(self.dataset, [NewExample(inputs={"q": 1})])

    def start(self) -> tuple[str, str]:
        """The ids of an experiment and its job."""
        body = {"dataset_id": self.dataset, "target": {"kind": "http", "url": NOWHERE}}
        made, job = self.runs.start(NewRun.model_validate(body))
        return made.id, job


@pytest.fixture
def world(sqlite_records: Records, tmp_path: Path) -> World:
    return World(sqlite_records, tmp_path)


def test_an_experiment_and_its_job_begin_together_or_not_at_all(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment, job = world.start()

    run = world.experiments.get(experiment).metadata["run"]
    assert (run["job_id"], run["outcome"]) == (job, "running")
    assert world.jobs.get(job).arguments["experiment_id"] == experiment

    def full(*_given: Any, **_more: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(world.jobs, "add", full)
    with pytest.raises(OSError, match="the disk is full"):
        world.start()
    assert [each.id for each in world.experiments.list()] == [experiment]


@pytest.mark.parametrize("outcome", ["done", "budget"])
def test_an_experiment_that_had_ended_when_its_server_died_asks_nobody_again(
    world: World, sqlite_records: Records, outcome: str
) -> None:
    experiment, job = world.start()
    found = world.experiments.get(experiment)
    run = {**found.metadata["run"], "outcome": outcome}
    world.experiments.change(experiment, extra={"metadata": {"run": run}})
    world.journals.mkdir()
    journal = world.journals / f"{experiment}.jsonl"
    journal.touch()

    went_on = world.runs._run(JobContext(world.jobs.get(job), sqlite_records))

    if outcome == "done":
        assert asyncio.run(went_on) == {"experiment_id": experiment, "outcome": "done"}
    else:
        with pytest.raises(JobFailed, match="had ended when its server stopped: budget"):
            asyncio.run(went_on)
    assert not journal.exists()


def test_rows_that_a_busy_store_refuses_are_stored_a_moment_later() -> None:
    order = Order(
        experiment_id="e",
        dataset_id="d",
        as_of="2026-11-22T00:00:00+00:00",
        splits=None,
        repetitions=1,
        concurrency=1,
        timeout_s=1,
        budget_usd=None,
        project_id=0,
        target={"kind": "http", "url": NOWHERE},
        evaluators=[],
    )
    busy = Busy()
    storing = Storing(order, {}, {}, busy, busy, lambda: (1, "shop"))
    row = Row(inputs={"q": 1}, outputs="a", example_id="x")
    storing.add(RowResult(row=row, error=None, latency_ms=1.0, usage=None, results=[]))

    asyncio.run(storing.flush())

    assert busy.taken == ["1 spans", "0 scores"]
