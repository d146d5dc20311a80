"""A ClickHouse server for tests: `clickhouse_front.py` in a process, or a real one.

A real one is named by PILOTHOUSE_TEST_CLICKHOUSE (clickhouse://user:password@host:port).
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from servers import START_S, free_port

REAL = os.environ.get("PILOTHOUSE_TEST_CLICKHOUSE", "").rstrip("/")
FRONT = Path(__file__).with_name("clickhouse_front.py")


class ClickHouse:
    """A ClickHouse server that the test may stop and start again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return REAL or f"clickhouse://writer:p%40ss%20word@127.0.0.1:{self.port}"

    def start(self) -> ClickHouse:
        if REAL:
            return self
        command = [sys.executable, str(FRONT), "--port", str(self.port), "--path", str(self.path)]
        command += ["--user", "writer", "--password", "p@ss word"]
        self.process = subprocess.Popen(command, env={**os.environ, "TZ": "UTC"})
        end = time.monotonic() + START_S
        while time.monotonic() < end and self.process.poll() is None:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/ping", timeout=2).close()
            except OSError:
                time.sleep(0.05)
            else:
                return self
        raise AssertionError("the ClickHouse front does not start")

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
