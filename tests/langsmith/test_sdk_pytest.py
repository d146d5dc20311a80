"""LangSmith's plugin for pytest against a server process: the same tests twice."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from langsmith.schemas import Example

from langsmith import Client
from servers import ServerProcess

TESTS = """
import pytest
from langsmith import testing as t

@pytest.mark.langsmith
@pytest.mark.parametrize("q", [1, 2])
def test_doubles(q):
    t.log_inputs({"q": q})
    t.log_outputs({"a": q * 2})
    t.log_reference_outputs({"a": REFERENCE})
    t.log_feedback(key="size", score=q)
    assert q == 1
"""


@pytest.mark.parametrize("spelling", ["", "/api/v1"])
def test_a_second_pass_updates_what_the_first_made(
    spelling: str, server: ServerProcess, tmp_path: Path
) -> None:
    url = server.url + "/langsmith" + spelling
    suite = f"s{uuid.uuid4().hex[:8]}"

    def once(reference: str) -> None:
        (tmp_path / "test_it.py").write_text(TESTS.replace("REFERENCE", reference))
        environ = {k: v for k, v in os.environ.items() if not k.startswith(("LANG", "PYTEST"))}
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_it.py"],
            cwd=tmp_path,
            env=environ
            | {
                "LANGSMITH_ENDPOINT": url,
                "LANGSMITH_API_KEY": "none",
                "LANGSMITH_TRACING": "true",
                "LANGSMITH_TEST_SUITE": suite,
            },
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        assert "1 failed, 1 passed" in done.stdout, done.stdout + done.stderr

    once("q * 2")
    client = Client(api_url=url, api_key="none")
    dataset = client.read_dataset(dataset_name=suite)

    def examples() -> list[Example]:
        found = client.list_examples(dataset_id=dataset.id)
        return sorted(found, key=lambda each: (each.inputs or {})["q"])

    first = examples()
    assert [each.outputs for each in first] == [{"a": 2}, {"a": 4}]
    once("q * 20")
    second = examples()
    assert [each.id for each in second] == [each.id for each in first]
    assert [each.outputs for each in second] == [{"a": 20}, {"a": 40}]
    experiments = list(client.list_projects(reference_dataset_id=dataset.id, include_stats=True))
    assert len(experiments) == 2
    for experiment in experiments:
        assert experiment.run_count == 2
        assert experiment.feedback_stats is not None
        assert experiment.feedback_stats["pass"]["avg"] == 0.5
        assert experiment.feedback_stats["size"]["avg"] == 1.5
        runs = list(client.list_runs(project_id=experiment.id, is_root=True))
        assert {each.status for each in runs} == {"success", "error"}
        assert {each.reference_example_id for each in runs} == {each.id for each in second}
    client.close()
