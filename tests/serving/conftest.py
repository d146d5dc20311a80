"""`pilothouse serve` as a process."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from command_line import command, environment

Serve = Callable[..., "Process"]


class Process:
    """One that runs; what it says goes to a file."""

    def __init__(self, folder: Path, *arguments: str, **environ: str) -> None:
        self.log = folder / "serve.log"
        with self.log.open("ab") as log:
            begun = self.log.stat().st_size
            self.process = subprocess.Popen(
                command("serve", *arguments),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment(**environ),
                start_new_session=True,
            )
        self.url = self._address(begun)

    def _address(self, begun: int) -> str:
        end = time.monotonic() + 120
        while time.monotonic() < end:
            said = self.log.read_text()[begun:]
            found = re.search(r"^Serving at (\S+)$", said, re.MULTILINE)
            if found:
                return found[1]
            assert self.process.poll() is None, said
            time.sleep(0.02)
        raise AssertionError(self.log.read_text())

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Its exit code after a signal."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(60)

    def kill(self) -> None:
        """It and all its workers, at once."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(60)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Serves targets of a module of which the text is given."""
    made: list[Process] = []

    def start(code: str, *arguments: str, **environ: str) -> Process:
        if code:
            (tmp_path / "my_app.py").write_text(textwrap.dedent(code))
        made.append(Process(tmp_path, *arguments, "--port", "0", "--no-trace", **environ))
        return made[-1]

    yield start
    for process in made:
        process.kill()
