"""The command as people run it: a process of its own, with an environment of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Run = Callable[..., subprocess.CompletedProcess[str]]


def command(*arguments: str) -> list[str]:
    """The command line of `pilothouse ARGUMENTS`."""
    return [sys.executable, "-m", "pilothouse.cli.main", *arguments]


def environment(**more: str) -> dict[str, str]:
    """This process's environment without settings of Pilothouse, plus those given."""
    kept = {name: value for name, value in os.environ.items() if "PILOTHOUSE" not in name}
    return kept | {"PYTHONUNBUFFERED": "1"} | more


@dataclass
class Running:
    """A server process."""

    url: str
    port: int
    data: Path
    process: subprocess.Popen[bytes]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])
