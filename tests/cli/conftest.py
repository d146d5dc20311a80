"""Commands run to their end, and a server with example traces to run them against."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from command_line import Run, Running, command, environment, run_command
from servers import free_port


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a command to its end, on data below the test's own directory."""

    def ran(*arguments: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        given = {"PILOTHOUSE_DATA": str(tmp_path / "data")} | more
        return run_command(arguments, stdin, environment(**given))

    return ran


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with example traces, shared by the tests of a module."""
    directory = tmp_path_factory.mktemp("server")
    port = free_port()
    data = directory / "data"
    arguments = ("up", "--port", str(port), "--otlp-grpc-port", "0", "--data", str(data), "--demo")
    url = f"http://127.0.0.1:{port}"
    with (
        (directory / "log").open("wb") as log,
        subprocess.Popen(
            command(*arguments), stdout=log, stderr=log, env=environment(), start_new_session=True
        ) as process,
    ):
        try:
            deadline = time.monotonic() + 200
            while not _has_examples(url):
                assert process.poll() is None, (directory / "log").read_text()
                assert time.monotonic() < deadline, (directory / "log").read_text()
                time.sleep(0.1)
            yield Running(url=url, port=port, data=data, process=process)
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=200) == 0, (directory / "log").read_text()
        finally:
            process.kill()


def _has_examples(url: str) -> bool:
    try:
        answer = httpx.get(url + "/api/v1/traces", params={"limit": 1}, timeout=60)
    except httpx.HTTPError:
        return False
    return answer.is_success and bool(answer.json()["items"])
