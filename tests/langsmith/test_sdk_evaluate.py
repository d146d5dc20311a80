"""evaluate() and what belongs to it through LangSmith's own package, against a server process."""

from __future__ import annotations

import asyncio
import gc
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from langsmith.evaluation import aevaluate, evaluate, evaluate_comparative
from langsmith.schemas import Dataset, TracerSession

from langsmith import Client
from langsmith import utils as errors
from servers import ServerProcess

pytestmark = [
    # The client's own calls of methods that it gives up in 2027.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]


@pytest.fixture(params=["", "/api/v1"])
def client(
    request: pytest.FixtureRequest, server: ServerProcess, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Client]:
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    made = Client(api_url=f"{server.url}/langsmith{request.param}", api_key="none")
    yield made
    made.flush()
    made.close()


@pytest.fixture
def dataset(client: Client) -> Dataset:
    made = client.create_dataset(f"d{uuid.uuid4().hex[:8]}")
    client.create_examples(
        dataset_id=made.id,
        examples=[{"inputs": {"q": i}, "outputs": {"a": i * 2}} for i in range(4)],
    )
    return made


def double(inputs: dict[str, Any]) -> dict[str, Any]:
    return {"a": inputs["q"] * 2}


def wrong(inputs: dict[str, Any]) -> dict[str, Any]:
    return {"a": inputs["q"] * 3}


def correct(outputs: dict[str, Any], reference_outputs: dict[str, Any]) -> bool:
    return bool(outputs["a"] == reference_outputs["a"])


def size(outputs: dict[str, Any]) -> dict[str, Any]:
    return {"key": "size", "score": outputs["a"], "comment": "so large"}


def rate(outputs: list[dict[str, Any]], reference_outputs: list[dict[str, Any]]) -> dict[str, Any]:
    hits = sum(a == b for a, b in zip(outputs, reference_outputs, strict=True))
    return {"key": "rate", "score": hits / len(outputs)}


def measured(client: Client, name: str) -> TracerSession:
    client.flush()
    return client.read_project(project_name=name, include_stats=True)


def run(
    client: Client, dataset: Dataset, target: Callable[..., Any] = double, **more: Any
) -> TracerSession:
    given = {"evaluators": [correct], "client": client, "max_concurrency": 2} | more
    done = evaluate(target, data=dataset.name, **given)
    return measured(client, done.experiment_name)


def test_evaluate_keeps_runs_scores_and_a_summary(client: Client, dataset: Dataset) -> None:
    experiment = run(
        client,
        dataset,
        evaluators=[correct, size],
        summary_evaluators=[rate],
        num_repetitions=2,
        metadata={"model": "m1"},
        description="a try",
        experiment_prefix="pre",
    )
    assert experiment.name is not None
    assert experiment.name.startswith("pre-")
    assert experiment.description == "a try"
    assert experiment.reference_dataset_id == dataset.id
    assert experiment.run_count == 8
    assert experiment.error_rate == 0
    assert experiment.feedback_stats is not None
    assert experiment.session_feedback_stats is not None
    assert experiment.feedback_stats["correct"]["n"] == 8
    assert experiment.feedback_stats["correct"]["avg"] == 1
    assert experiment.feedback_stats["size"]["avg"] == 3
    assert experiment.session_feedback_stats["rate"]["avg"] == 1
    assert experiment.extra is not None
    assert experiment.extra["metadata"]["model"] == "m1"
    [one, *_] = client.list_runs(project_id=experiment.id, is_root=True)
    assert one.metadata["ls_example_dataset_split"] == ["base"]
    assert one.metadata["reference_dataset_id"] == str(dataset.id)
    newest = max(
        each.modified_at for each in client.list_examples(dataset_id=dataset.id) if each.modified_at
    )
    assert experiment.extra["metadata"]["dataset_version"] == newest.isoformat()
    found = client.list_projects(reference_dataset_id=dataset.id)
    assert [each.id for each in found] == [experiment.id]
    assert experiment.id not in {each.id for each in client.list_projects(reference_free=True)}
    assert client.read_dataset(dataset_id=dataset.id).session_count == 1


def test_experiments_show_every_example_with_its_runs(client: Client, dataset: Dataset) -> None:
    experiment = run(client, dataset, num_repetitions=3)
    results = client.get_experiment_results(project_id=experiment.id)
    rows = list(results["examples_with_runs"])
    assert [row.inputs for row in rows] == [{"q": i} for i in range(4)]
    assert [len(row.runs) for row in rows] == [3] * 4
    assert all(each.outputs == {"a": row.outputs["a"]} for row in rows for each in row.runs)
    assert results["run_stats"]["run_count"] == 12
    assert results["feedback_stats"]["correct"]["avg"] == 1
    short = client.get_experiment_results(project_id=experiment.id, limit=2, preview=True)
    assert len(list(short["examples_with_runs"])) == 2
    assert [
        each.runs[0].inputs
        for each in client.get_experiment_results(project_id=experiment.id, preview=True)[
            "examples_with_runs"
        ]
    ] == [{"q": i} for i in range(4)]
    only = client.get_experiment_results(
        project_id=experiment.id, filters={experiment.id: ['eq(name, "nobody")']}
    )
    assert not list(only["examples_with_runs"])
    table = client.get_test_results(project_id=experiment.id)
    assert len(table) == 12
    assert set(table["feedback.correct"]) == {1.0}


def test_the_second_version_gives_the_same_rows(client: Client, dataset: Dataset) -> None:
    experiment = run(client, dataset, evaluators=[size])
    pages = client.datasets.experiment_runs.query(
        str(dataset.id),
        experiment_ids=[str(experiment.id)],
        selects=["ID", "OUTPUTS"],
        page_size=3,
        sort={"by": "feedback.size", "order": "DESC"},
    )

    async def all_of() -> list[Any]:
        return [row async for row in pages]

    rows = asyncio.run(all_of())
    assert [row.runs[0].outputs for row in rows if row.runs] == [{"a": i} for i in (6, 4, 2, 0)]


def test_errors_of_targets_and_evaluators_are_told(client: Client, dataset: Dataset) -> None:
    def fails(inputs: dict[str, Any]) -> dict[str, Any]:
        if inputs["q"] == 1:
            raise ValueError("no")
        return {"a": inputs["q"] * 2}

    def judge(outputs: dict[str, Any]) -> bool:
        if outputs.get("a") == 4:
            raise RuntimeError("judge is out")
        return True

    experiment = run(client, dataset, fails, evaluators=[judge])
    assert experiment.run_count == 4
    assert experiment.error_rate == 0.25
    assert experiment.feedback_stats is not None
    assert experiment.feedback_stats["judge"]["errors"] == 1
    runs = list(client.list_runs(project_id=experiment.id, error=True))
    assert [each.inputs for each in runs] == [{"q": 1}]
    assert "ValueError('no')" in str(runs[0].error)


def test_an_experiment_can_be_scored_later(client: Client, dataset: Dataset) -> None:
    experiment = run(client, dataset, evaluators=[])
    client.create_example({"q": 99}, dataset_id=dataset.id)
    done = evaluate(experiment.id, evaluators=[correct, size], client=client)
    assert len(list(done)) == 4
    client.flush()
    again = client.read_project(project_id=experiment.id, include_stats=True)
    assert again.feedback_stats is not None
    assert again.feedback_stats["correct"]["n"] == 4
    assert again.run_count == 4


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_aevaluate_does_as_evaluate(client: Client, dataset: Dataset) -> None:
    async def target(inputs: dict[str, Any]) -> dict[str, Any]:
        await asyncio.sleep(0)
        return double(inputs)

    async def main() -> str:
        done = await aevaluate(
            target, data=dataset.name, evaluators=[correct], client=client, max_concurrency=4
        )
        return done.experiment_name

    name = asyncio.run(main())
    gc.collect()  # the connections that aevaluate leaves open are to be noticed here, not later
    experiment = measured(client, name)
    assert experiment.run_count == 4
    assert experiment.feedback_stats is not None
    assert experiment.feedback_stats["correct"]["avg"] == 1


def test_two_experiments_are_compared(
    client: Client, dataset: Dataset, server: ServerProcess
) -> None:
    first, second = run(client, dataset), run(client, dataset, wrong)

    def better(runs: list[Any], example: Any) -> dict[str, Any]:
        hits = {each.id: each.outputs["a"] == example.outputs["a"] for each in runs}
        return {"key": "better", "scores": {k: int(v) for k, v in hits.items()}}

    evaluate_comparative([first.id, second.id], evaluators=[better], client=client)
    client.flush()
    [found] = server.get(f"/langsmith/datasets/{dataset.id}/comparative")
    assert {each["id"] for each in found["experiments_info"]} == {str(first.id), str(second.id)}
    assert found["feedback_stats"][str(first.id)]["better"]["avg"] == 1
    assert found["feedback_stats"][str(second.id)]["better"]["avg"] == 0.25
    again = client.read_project(project_id=first.id, include_stats=True)
    assert again.run_count == 4


def test_a_name_that_is_taken_is_told(client: Client, dataset: Dataset) -> None:
    experiment = run(client, dataset)
    with pytest.raises(errors.LangSmithConflictError):
        client.create_project(str(experiment.name), reference_dataset_id=dataset.id)


def test_a_dataset_deleted_in_the_midst_of_evaluate_loses_nothing_that_comes_later(
    client: Client, dataset: Dataset
) -> None:
    def target(inputs: dict[str, Any]) -> dict[str, Any]:
        if inputs["q"] == 1:
            client.flush()
            client.delete_dataset(dataset_id=dataset.id)
        return double(inputs)

    prefix = f"e{uuid.uuid4().hex[:8]}"
    given: dict[str, Any] = {"evaluators": [correct], "client": client, "max_concurrency": 0}
    with pytest.raises(errors.LangSmithNotFoundError, match="there is no project"):
        list(evaluate(target, data=dataset.name, experiment_prefix=prefix, **given))
    client.flush()
    [late] = client.list_projects(name_contains=prefix, include_stats=True)
    assert late.reference_dataset_id is None
    runs = list(client.list_runs(project_id=late.id, is_root=True))
    assert {run.outputs["a"] for run in runs if run.outputs} >= {4, 6}, "those that came later"
    assert all(run.end_time and run.status == "success" for run in runs)
    scored = [run.feedback_stats["correct"]["avg"] for run in runs if run.feedback_stats]
    assert scored == [1] * len(runs)


def test_a_shared_dataset_is_cloned(client: Client, dataset: Dataset) -> None:
    token = client.share_dataset(dataset.id)["share_token"]
    client.delete_dataset(dataset_id=client.create_dataset(f"d{uuid.uuid4().hex[:8]}").id)
    name = f"c{uuid.uuid4().hex[:8]}"
    client.clone_public_dataset(token, dataset_name=name)
    found = client.list_examples(dataset_name=name)
    assert [each.inputs for each in found] == [{"q": i} for i in range(4)]
