"""The package of a year ago, in a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from run_uploads import spans_of
from servers import ServerProcess

VERSION = "0.4.43"
"""Of November 2025."""
PIP = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check"]
PROGRAM = """
import sys
import langsmith
from langsmith import Client, traceable, tracing_context
from langsmith.run_trees import RunTree

client = Client(api_url=sys.argv[1], api_key="none")

@traceable(run_type="llm", metadata={"ls_model_name": "gpt-4o", "ls_provider": "openai"})
def ask(messages):
    usage = {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}
    return {"role": "assistant", "content": "hi", "usage_metadata": usage}

@traceable
def work(question):
    return ask([{"role": "user", "content": question}])["content"]

with tracing_context(enabled=True, client=client, project_name="old"):
    work("hello")
tree = RunTree(name="tree", inputs={"a": 1}, client=client, project_name="old")
tree.post()
client.flush()
tree.end(outputs={"b": 2})
tree.patch()
client.flush()
print(langsmith.__file__)
"""
EVALUATION = """
import sys, uuid
from datetime import datetime, timezone
from langsmith import Client
from langsmith.evaluation import evaluate_comparative

client = Client(api_url=sys.argv[1], api_key="none")
run_id, now = uuid.uuid4(), datetime.now(timezone.utc)
client.create_run(
    "pictured", {"q": 1}, "chain", id=run_id, trace_id=run_id, start_time=now, end_time=now,
    dotted_order=f"{now:%Y%m%dT%H%M%S%fZ}{run_id}", project_name="old-files",
    outputs={"a": 1}, attachments={"note": ("text/plain", b"of a run")},
)
client.flush()
assert client.read_run(run_id).attachments["note"]["reader"].read() == b"of a run"

dataset = client.create_dataset("of the old package")
client.create_examples(dataset_id=dataset.id, examples=[
    {"inputs": {"q": n}, "outputs": {"a": n}, "attachments": {"n": ("text/plain", b"x")}}
    for n in range(3)
])
client.create_example_from_run(client.read_run(run_id), dataset_id=dataset.id)
def exact(outputs, reference_outputs):
    return {"key": "exact", "score": outputs == reference_outputs}
names = [
    client.evaluate(
        target, data=dataset.name, experiment_prefix=prefix,
        evaluators=[exact],
        summary_evaluators=[lambda runs, examples: {"key": "count", "score": len(runs)}],
    ).experiment_name
    for prefix, target in (("same", lambda inputs: {"a": inputs["q"]}), ("none", lambda inputs: {}))
]
client.flush()  # what is not sent yet is not compared
evaluate_comparative(tuple(names), client=client, evaluators=[
    lambda runs, example: {"key": "better", "scores": {runs[0].id: 1, runs[1].id: 0}}
])
client.flush()
same, none = (client.read_project(project_name=name, include_stats=True) for name in names)
assert [each.feedback_stats["exact"]["avg"] for each in (same, none)] == [1, 0]
assert same.run_count == 4
assert same.session_feedback_stats["count"]["avg"] == 4
results = client.get_experiment_results(project_id=same.id)
runs = [run.id for row in results["examples_with_runs"] for run in row.runs]
better = client.list_feedback(run_ids=runs, feedback_key=["better"])
assert [one.score for one in better] == [1, 1, 1, 1]

client.create_feedback(run_id, "thumbs", score=1, trace_id=run_id)
client.flush()
assert [one.score for one in client.list_feedback(run_ids=[run_id])] == [1]
token = client.share_run(run_id).rsplit("/", 2)[-2]
assert [run.name for run in client.list_shared_runs(token)] == ["pictured"]
queue = client.create_annotation_queue(name="of the old package")
client.add_runs_to_annotation_queue(queue.id, run_ids=[run_id])
assert client.get_run_from_annotation_queue(queue.id, index=0).name == "pictured"
"""


@pytest.fixture(scope="module")
def old_package(pytestconfig: pytest.Config) -> Path:
    """A folder with the old package and what it needs, kept for the next run.

    Skips where it cannot be had.
    """
    folder = pytestconfig.cache.mkdir(f"langsmith-{VERSION}")
    if not list(folder.glob("*.dist-info/RECORD")):
        uv = shutil.which("uv")
        installer = [uv, "pip", "install", "--python", sys.executable] if uv else PIP
        wanted = ["--quiet", "--target", str(folder), f"langsmith=={VERSION}"]
        done = subprocess.run([*installer, *wanted], capture_output=True, check=False)
        if done.returncode:
            pytest.skip(f"langsmith {VERSION} cannot be installed: {done.stderr.decode()[-300:]}")
    return folder


def run(package: Path, program: str, server: ServerProcess) -> str:
    """What a program that uses the old package prints."""
    done = subprocess.run(
        # Without the packages that are installed here: they are of today.
        [sys.executable, "-S", "-W", "ignore", "-c", program, f"{server.url}/langsmith/api/v1"],
        env={**os.environ, "PYTHONPATH": str(package)},
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_package_of_a_year_ago_sends_what_todays_does(
    old_package: Path, server: ServerProcess
) -> None:
    said = run(old_package, PROGRAM, server)
    assert said == str(old_package / "langsmith" / "__init__.py")
    spans = {span["name"]: span for span in spans_of(server, "old")}
    assert set(spans) == {"ask", "work", "tree"}
    assert spans["ask"]["usage"]["total_tokens"] == 7
    assert spans["ask"]["parent_span_id"] == spans["work"]["span_id"]
    assert spans["work"]["output"] == {"output": "hi"}
    assert (spans["tree"]["input"], spans["tree"]["output"]) == ({"a": 1}, {"b": 2})


def test_the_package_of_a_year_ago_evaluates_compares_reads_and_shares(
    old_package: Path, server: ServerProcess
) -> None:
    run(old_package, EVALUATION, server)
