"""A receiver that a traced process sends to, and a way to run a script of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import pilothouse as ph
from fakes.openai_server import OpenAI, openai_server
from fakes.receiver import Receiver, receiver

Script = Callable[..., "subprocess.CompletedProcess[str]"]
SOURCE = Path(__file__).parents[2] / "src"


@pytest.fixture
def inbox() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


@pytest.fixture
def traced(inbox: Receiver) -> Iterator[Receiver]:
    """This process, traced, and where its spans arrive."""
    ph.init(project="tests", endpoint=inbox.url, instrument=False)
    yield inbox
    ph.shutdown()


@pytest.fixture
def llm() -> Iterator[OpenAI]:
    with openai_server() as running:
        yield running


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """Runs a program in a process of its own; `url` is where it should send to."""

    def run(
        code: str, url: str = "http://127.0.0.1:9", *, check: bool = True, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        path = tmp_path / "program.py"
        path.write_text(textwrap.dedent(code))
        known = {k: v for k, v in os.environ.items() if not k.startswith(("PILOTHOUSE", "OTEL"))}
        known |= {"PILOTHOUSE_ENDPOINT": url, "PYTHONPATH": str(SOURCE), **environment}
        return subprocess.run(
            [sys.executable, str(path)],
            env=known,
            capture_output=True,
            text=True,
            timeout=240,
            check=check,
        )

    return run
