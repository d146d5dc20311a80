"""Experiments and comparative experiments as records, on both engines."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast
from uuid import uuid4

import pytest

from dataset_world import MemoryBlobs
from pilothouse.platform.datasets import DatasetService
from pilothouse.platform.errors import BadRequest, Conflict, NotFound
from pilothouse.platform.experiments import ExperimentService
from pilothouse.platform.jobs.service import JobContext, Jobs
from pilothouse.platform.projects import ProjectDirectory
from pilothouse.platform.query.scores import ScoreService
from pilothouse.platform.records import Records
from pilothouse.platform.store.engine import Store

# What asks the records alone never looks at the span store.
NO_STORE = cast("Store", None)


@pytest.fixture
def projects(records: Records) -> ProjectDirectory:
    return ProjectDirectory(records)


@pytest.fixture
def datasets(records: Records) -> DatasetService:
    return DatasetService(records, MemoryBlobs())


@pytest.fixture
def jobs(records: Records) -> Jobs:
    """Jobs that wait: nobody works them off here."""
    found = Jobs(records)

    async def never(_context: JobContext) -> None:
        raise AssertionError

    found.register("delete_project", never)
    return found


@pytest.fixture
def experiments(
    records: Records, projects: ProjectDirectory, datasets: DatasetService, jobs: Jobs
) -> ExperimentService:
    scores = ScoreService(NO_STORE, projects)
    return ExperimentService(records, NO_STORE, projects, datasets, jobs, scores)


@pytest.fixture
def dataset(datasets: DatasetService) -> str:
    return datasets.create("questions").id


def test_an_experiment_is_a_project_of_its_own(
    experiments: ExperimentService, projects: ProjectDirectory, dataset: str
) -> None:
    made = experiments.create(
        "base-1",
        dataset,
        id=str(uuid4()),
        description="first",
        extra={"metadata": {"model": "m", "dataset_version": "2026-11-21T10:00:00.123456+00:00"}},
        num_examples=3,
        num_repetitions=2,
        evaluator_keys=["correct"],
        by="ann",
    )

    project = projects.by_uuid(made.id)
    assert project is not None
    assert (project.name, project.kind, project.id) == ("base-1", "experiment", made.project_id)
    assert made.dataset_version == datetime(2026, 11, 21, 10, 0, 0, 123456, UTC)
    assert (made.metadata["model"], made.created_by) == ("m", "ann")
    assert experiments.get(made.id) == experiments.named("base-1") == made


def test_the_same_experiment_again_is_the_same_and_another_conflicts(
    experiments: ExperimentService, projects: ProjectDirectory, dataset: str
) -> None:
    chosen = str(uuid4())
    made = experiments.create("a", dataset, id=chosen, evaluator_keys=["k"])
    projects.create("plain")

    assert experiments.create("a", dataset, id=chosen, evaluator_keys=["k"]) == made
    for name, other in (("a", str(uuid4())), ("a", None), ("b", chosen), ("plain", None)):
        with pytest.raises(Conflict):
            experiments.create(name, dataset, id=other)
    with pytest.raises(Conflict):
        experiments.create("a", dataset, id=chosen, evaluator_keys=["other"])
    with pytest.raises(NotFound):
        experiments.create("c", str(uuid4()))
    assert projects.find("c") is None


def test_a_change_keeps_what_it_does_not_give(experiments: ExperimentService, dataset: str) -> None:
    made = experiments.create("a", dataset, extra={"metadata": {"k": 1}}, num_examples=5)

    versioned = experiments.change(
        made.id, extra={"metadata": {"dataset_version": "2026-11-21T10:00:00"}}
    )
    renamed = experiments.change(made.id, name="b", num_repetitions=3)
    ended = experiments.finish(made.id)

    assert versioned.dataset_version == datetime(2026, 11, 21, 10, tzinfo=UTC)
    assert (renamed.name, renamed.num_examples, renamed.num_repetitions) == ("b", 5, 3)
    assert renamed.dataset_version == versioned.dataset_version
    assert ended.ended_at is not None
    assert experiments.finish(made.id) == ended


def test_experiments_are_found(
    experiments: ExperimentService, datasets: DatasetService, dataset: str
) -> None:
    first = experiments.create("Base 1", dataset, extra={"metadata": {"model": "a"}})
    second = experiments.create("base 2", dataset, extra={"metadata": {"model": "b"}})
    other = experiments.create("other", datasets.create("others").id)

    assert experiments.list() == [other, second, first]
    assert experiments.list(dataset) == [second, first]
    assert experiments.list(name_contains="BASE") == [second, first]
    assert experiments.list(metadata={"model": "a"}) == [first]
    assert experiments.list(ids=[first.id, other.id]) == [other, first]
    assert experiments.list(dataset, limit=1, offset=1) == [first]
    summary = datasets.summaries([dataset])[dataset]
    assert (summary.experiment_count, summary.last_experiment_at) == (2, second.created_at)


def test_a_deleted_experiment_leaves_its_name_free(
    experiments: ExperimentService,
    projects: ProjectDirectory,
    datasets: DatasetService,
    jobs: Jobs,
    dataset: str,
) -> None:
    made = experiments.create("a", dataset)

    experiments.delete(made.id)
    again = experiments.create("a", dataset)
    datasets.delete(dataset)

    assert again.id != made.id
    for each in (made, again):
        with pytest.raises(NotFound):
            experiments.get(each.id)
    assert projects.find("a") is None
    waiting = {job.arguments["project_id"] for job in jobs.newest()}
    assert waiting == {made.project_id, again.project_id}


def test_comparative_experiments_take_experiments_of_one_dataset(
    experiments: ExperimentService, datasets: DatasetService, dataset: str
) -> None:
    one, two = experiments.create("a", dataset), experiments.create("b", dataset)
    foreign = experiments.create("c", datasets.create("others").id)
    chosen = str(uuid4())

    made = experiments.comparatives.create([one.id, two.id], id=chosen, name="a or b")

    assert experiments.comparatives.create([one.id, two.id], id=chosen, name="a or b") == made
    assert experiments.comparatives.list(dataset) == [made]
    assert experiments.comparatives.get(chosen) == made
    for wrong in ([one.id], [one.id, one.id], [one.id, foreign.id]):
        with pytest.raises(BadRequest):
            experiments.comparatives.create(wrong)
    with pytest.raises(Conflict):
        experiments.comparatives.create([two.id, one.id], id=chosen, name="a or b")
    experiments.comparatives.delete(chosen)
    assert experiments.comparatives.list() == []
