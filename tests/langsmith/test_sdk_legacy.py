"""run_on_dataset, the way to evaluate of older LangChain, against a server process."""

from __future__ import annotations

import subprocess
import sys
import uuid

import pytest

from langsmith import Client
from servers import ServerProcess

pytest.importorskip("langchain_classic")

# In a process of its own: what the old package warns of while it is imported is its own affair.
PROGRAM = """
import sys, warnings
warnings.simplefilter("ignore")
from langchain_classic.smith import RunEvalConfig, run_on_dataset
from langchain_core.runnables import RunnableLambda
from langsmith import Client

def exact(run, example):
    return {"key": "exact", "score": run.outputs["output"] == example.outputs["output"]}

client = Client(api_url=sys.argv[1], api_key="none")
run_on_dataset(
    client=client,
    dataset_name=sys.argv[2],
    llm_or_chain_factory=lambda: RunnableLambda(lambda given: given["q"] * 2),
    evaluation=RunEvalConfig(custom_evaluators=[exact]),
    project_name=sys.argv[2] + "-try",
    concurrency_level=1,
)
client.flush()
"""


@pytest.mark.parametrize("spelling", ["", "/api/v1"])
def test_run_on_dataset_makes_an_experiment_with_scores(
    spelling: str, server: ServerProcess
) -> None:
    url = server.url + "/langsmith" + spelling
    client = Client(api_url=url, api_key="none")
    name = f"d{uuid.uuid4().hex[:8]}"
    dataset = client.create_dataset(name)
    examples = [{"inputs": {"q": i}, "outputs": {"output": i * 2}} for i in range(3)]
    client.create_examples(dataset_id=dataset.id, examples=examples)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, url, name],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    experiment = client.read_project(project_name=name + "-try", include_stats=True)
    assert experiment.reference_dataset_id == dataset.id
    assert experiment.run_count == 3
    assert experiment.end_time is not None
    assert experiment.feedback_stats is not None
    assert experiment.feedback_stats["exact"]["avg"] == 1
    runs = list(client.list_runs(project_id=experiment.id, is_root=True))
    assert {each.reference_example_id for each in runs} == {
        each.id for each in client.list_examples(dataset_id=dataset.id)
    }
    client.close()
