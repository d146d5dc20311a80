"""LangSmith's plugin for pytest against a server process: the same tests twice."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from pathlib import Path

from langsmith.schemas import Example

from langsmith import Client
from langsmith_world import SPELLINGS
from servers import ServerProcess

TESTS = """
import os
import pytest
from langsmith import Client, testing as t

CLIENTS = [Client(api_url=url, api_key="none") for url in os.environ["URLS"].split()]

def doubles(q):
    t.log_inputs({"q": q})
    t.log_outputs({"a": q * 2})
    t.log_reference_outputs({"a": REFERENCE})
    t.log_feedback(key="size", score=q)
    assert q == 1

@pytest.mark.langsmith(client=CLIENTS[0], test_suite_name=os.environ["SUITE"] + "-0")
@pytest.mark.parametrize("q", [1, 2])
def test_doubles(q):
    doubles(q)

@pytest.mark.langsmith(client=CLIENTS[1], test_suite_name=os.environ["SUITE"] + "-1")
@pytest.mark.parametrize("q", [1, 2])
def test_doubles_too(q):
    doubles(q)
"""


def test_a_second_pass_updates_what_the_first_made(server: ServerProcess, tmp_path: Path) -> None:
    urls = [server.url + spelling for spelling in SPELLINGS]
    suite = f"s{uuid.uuid4().hex[:8]}"

    def once(reference: str) -> None:
        (tmp_path / "test_it.py").write_text(TESTS.replace("REFERENCE", reference))
        environ = {k: v for k, v in os.environ.items() if not k.startswith(("LANG", "PYTEST"))}
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_it.py"],
            cwd=tmp_path,
            env=environ
            | {
                "LANGSMITH_ENDPOINT": urls[0],
                "LANGSMITH_API_KEY": "none",
                "LANGSMITH_TRACING": "true",
                "SUITE": suite,
                "URLS": " ".join(urls),
            },
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        assert "2 failed, 2 passed" in done.stdout, done.stdout + done.stderr

    once("q * 2")
    clients = [Client(api_url=url, api_key="none") for url in urls]
    names = [f"{suite}-{number}" for number in range(2)]
    suites = list(zip(clients, names, strict=True))
    first = [examples(client, name) for client, name in suites]
    assert [[each.outputs for each in some] for some in first] == [[{"a": 2}, {"a": 4}]] * 2
    once("q * 20")
    for (client, name), before in zip(suites, first, strict=True):
        second = examples(client, name)
        assert [each.id for each in second] == [each.id for each in before]
        assert [each.outputs for each in second] == [{"a": 20}, {"a": 40}]
        assert_two_passes(client, name, {each.id for each in second})
        client.close()


def examples(client: Client, suite: str) -> list[Example]:
    found = client.list_examples(dataset_name=suite)
    return sorted(found, key=lambda each: (each.inputs or {})["q"])


def assert_two_passes(client: Client, suite: str, ids: set[uuid.UUID]) -> None:
    """Each with a run of every example, scored, and of two one failed."""
    found = client.list_projects(reference_dataset_name=suite, include_stats=True)
    experiments = list(found)
    assert len(experiments) == 2
    for experiment in experiments:
        assert experiment.run_count == 2
        assert experiment.feedback_stats is not None
        assert experiment.feedback_stats["pass"]["avg"] == 0.5
        assert experiment.feedback_stats["size"]["avg"] == 1.5
        runs = list(client.list_runs(project_id=experiment.id, is_root=True))
        assert {each.status for each in runs} == {"success", "error"}
        assert {each.reference_example_id for each in runs} == ids
