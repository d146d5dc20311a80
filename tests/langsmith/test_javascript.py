"""LangSmith's JavaScript client, newest release, as an application uses it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import build_ui
import pytest

from servers import ServerProcess

SCRIPT = Path(__file__).with_name("javascript.cjs")
USAGE = {"input_tokens": 3, "output_tokens": 2}
MODULES = Path(build_ui.__file__).parent / "web/node_modules"


@pytest.mark.slow
def test_the_javascript_client_traces_evaluates_and_keeps_prompts(
    server: ServerProcess, project: str
) -> None:
    node = build_ui.find_node(os.environ)
    if node is None or not (MODULES / "langsmith").is_dir():
        pytest.skip("needs Node and web/node_modules: `make check`")

    done = subprocess.run(
        [str(node.executable), str(SCRIPT), f"{server.url}/langsmith/api/v1", project],
        env={**os.environ, "NODE_PATH": str(MODULES)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "runs": [
            ["app", "chain", {"a": "hello!"}, 5],
            ["model", "llm", {"a": "hello!", "usage_metadata": USAGE}, 5],
        ],
        "children": ["model"],
        "feedback": [["thumb", 1]],
        "shared": True,
        "stillShared": None,
        "queued": 1,
        "picture": [1, 2, 3],
        "scores": [[["a", 1], ["b", 0]], [["a", 0], ["b", 1]]],
        "preferred": [0, 0, 1, 1],
        "listed": True,
        "template": "Say {word}",
        "found": True,
    }
