"""The guides' commands, programs and settings, in their order, on a server of their own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.unruly_provider import Unruly
from gateway_world import KEY
from servers import ServerProcess

GUIDES = Path(__file__).parents[2] / "docs/how-to"
BLOCK = re.compile(r"^```(bash|python|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SERVED = "http://localhost:8484"


@pytest.fixture
def server(provider: Unruly, tmp_path: Path) -> Iterator[ServerProcess]:
    running = ServerProcess(tmp_path / "data").start()
    body = {"base_url": provider.base_url, "api_key": KEY, "models": ["gpt-4o", "gpt-4o-mini"]}
    status, said = running.call("PUT", "/api/v1/providers/openai", body)
    assert status == 200, said
    yield running
    running.stop()


def run_block(language: str, code: str, server: ServerProcess) -> str:
    """What a block prints."""
    program = {"python": [sys.executable, "-c"], "bash": ["bash", "-euc"]}[language]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        [*program, code.replace(SERVED, server.url)],
        env={**os.environ, "PATH": path, "PILOTHOUSE_ENDPOINT": server.url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"{code}\n{done.stderr}"
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("guide", ["ab-test", "shadow", "release"])
def test_all_blocks_of_a_guide_run_in_their_order(guide: str, server: ServerProcess) -> None:
    said: list[str] = []
    for language, code in BLOCK.findall((GUIDES / f"{guide}.md").read_text("utf-8")):
        if language == "json":
            settings = json.loads(code)
            checked = {"name": f"checked-{guide}", "route": "another", "kind": "staged"}
            if "arms" in settings:
                checked["kind"] = "ab"
                prompts(server)
            else:
                settings["challenger"] = {"model": "openai/gpt-4o"}
            route = {"targets": [{"provider": "openai", "model": "gpt-4o"}]}
            server.call("PUT", "/api/v1/gateway/routes/another", route)
            status, told = server.call("POST", "/api/v1/releases", {**checked, **settings})
            assert status == 201, told
        else:
            said.append(run_block(language, code, server))

    assert [each for each in said if each.strip()], "something is printed"


def prompts(server: ServerProcess) -> None:
    """The prompt that the settings name."""
    plain = {"messages": [{"role": "system", "content": "Help."}]}
    server.call("POST", "/api/v1/prompts", {"name": "support"})
    body = {"prompt": plain, "labels": ["candidate"]}
    assert server.call("POST", "/api/v1/prompts/support/versions", body)[0] == 201
