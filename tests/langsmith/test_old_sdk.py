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


def test_the_package_of_a_year_ago_sends_what_todays_does(
    old_package: Path, server: ServerProcess
) -> None:
    url = f"{server.url}/langsmith/api/v1"
    done = subprocess.run(
        # Without the packages that are installed here: they are of today.
        [sys.executable, "-S", "-W", "ignore", "-c", PROGRAM, url],
        env={**os.environ, "PYTHONPATH": str(old_package)},
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(old_package / "langsmith" / "__init__.py")
    spans = {span["name"]: span for span in spans_of(server, "old")}
    assert set(spans) == {"ask", "work", "tree"}
    assert spans["ask"]["usage"]["total_tokens"] == 7
    assert spans["ask"]["parent_span_id"] == spans["work"]["span_id"]
    assert spans["work"]["output"] == {"output": "hi"}
    assert (spans["tree"]["input"], spans["tree"]["output"]) == ({"a": 1}, {"b": 2})
