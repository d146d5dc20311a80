"""Reverse proxies from Debian with the files that `pilothouse deploy init` writes, for real."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from pilothouse.deploy import files_of, values_of, write
from pilothouse.deploy.linters import program
from servers import free_port

START_S: Final = 30
COMMANDS: Final[dict[str, Callable[[Path], list[str]]]] = {
    "nginx": lambda at: ["-c", str(at / "nginx.conf"), "-p", str(at), "-g", "daemon off;"],
    "haproxy": lambda at: ["-db", "-f", str(at / "haproxy.cfg")],
    "caddy": lambda at: ["run", "--adapter", "caddyfile", "--config", str(at / "Caddyfile")],
}


class Proxy:
    """One that stands before some servers."""

    def __init__(self, kind: str, folder: Path, upstreams: list[str]) -> None:
        found = program(kind)
        if found is None:
            pytest.skip(f"{kind} is not installed (Debian: apt-get install {kind})")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        values = values_of(app="my_app:x", upstreams=tuple(upstreams), listen=self.port)
        write(files_of("proxy", values), folder)
        self.log = folder / f"{kind}.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [found, *COMMANDS[kind](folder)],
                cwd=folder,
                env={**os.environ, "HOME": str(folder)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            assert self.process.poll() is None, self.log.read_text()
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise AssertionError(self.log.read_text())

    def stop(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
