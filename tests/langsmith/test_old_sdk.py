"""The package of a year ago, in an environment of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from run_uploads import spans_of
from servers import ServerProcess

VERSION = "0.4.43"
"""Of November 2025."""
PROGRAM = """
import sys
from langsmith import Client, traceable, tracing_context, __version__
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
"""


@pytest.fixture(scope="module")
def old_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter that has the old package; skips where none can be fetched."""
    folder = tmp_path_factory.mktemp("old")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / "bin" / "python"
    quiet = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [str(python), *quiet, f"langsmith=={VERSION}"], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip(f"langsmith {VERSION} cannot be installed: {done.stderr.decode()[-300:]}")
    return python


def test_the_package_of_a_year_ago_sends_what_todays_does(
    old_python: Path, server: ServerProcess
) -> None:
    url = f"{server.url}/langsmith/api/v1"
    subprocess.run([str(old_python), "-W", "ignore", "-c", PROGRAM, url], check=True, timeout=300)
    spans = {span["name"]: span for span in spans_of(server, "old")}
    assert set(spans) == {"ask", "work", "tree"}
    assert spans["ask"]["usage"]["total_tokens"] == 7
    assert spans["ask"]["parent_span_id"] == spans["work"]["span_id"]
    assert spans["work"]["output"] == {"output": "hi"}
    assert (spans["tree"]["input"], spans["tree"]["output"]) == ({"a": 1}, {"b": 2})
