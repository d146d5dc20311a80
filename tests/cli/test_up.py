"""`pilothouse up` as other programs meet it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import httpx
import pytest

from command_line import command, environment

pytestmark = pytest.mark.slow


def test_whoever_reads_the_address_may_connect_at_once(tmp_path: Path) -> None:
    arguments = ("up", "--port", "0", "--otlp-grpc-port", "0", "--data", str(tmp_path / "data"))
    with subprocess.Popen(
        command(*arguments), stderr=subprocess.PIPE, text=True, env=environment()
    ) as process:
        try:
            assert process.stderr is not None
            said = ""
            while (found := re.search(r"^Pilothouse is at (\S+)$", said, re.MULTILINE)) is None:
                line = process.stderr.readline()
                assert line, said
                said += line
            assert httpx.get(found[1] + "/readyz", timeout=60).status_code == 200
        finally:
            process.terminate()
            process.communicate(timeout=60)
    assert process.returncode == 0
