"""The command as people run it, with an environment of its own."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from pilothouse.cli.main import run

LIGHT = frozenset(("traces", "projects", "users", "keys", "config", "metrics"))
"""Commands that leave nothing behind in their process; the others open the engine or serve."""

Run = Callable[..., subprocess.CompletedProcess[str]]


def command(*arguments: str) -> list[str]:
    """The command line of `pilothouse ARGUMENTS`."""
    return [sys.executable, "-m", "pilothouse.cli.main", *arguments]


def environment(**more: str) -> dict[str, str]:
    """This process's environment without settings of Pilothouse, plus those given."""
    kept = {name: value for name, value in os.environ.items() if "PILOTHOUSE" not in name}
    return kept | {"PYTHONUNBUFFERED": "1"} | more


def run_command(
    arguments: Sequence[str], stdin: str, environ: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """What a command says: in this process where it is a light one, which saves its start."""
    if arguments and arguments[0] in LIGHT:
        return _run_here(arguments, stdin, environ)
    return subprocess.run(
        command(*arguments),
        input=stdin,
        capture_output=True,
        text=True,
        env=environ,
        timeout=200,
        check=False,
    )


def _run_here(
    arguments: Sequence[str], stdin: str, environ: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    out, err, given = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(3))
    given.write(stdin)
    given.seek(0)
    with (
        mock.patch.dict(os.environ, environ, clear=True),
        mock.patch("sys.stdin", given),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        code = run(arguments)
    texts = []
    for stream in (out, err):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode())
    return subprocess.CompletedProcess(list(arguments), code, *texts)


@dataclass
class Running:
    """A server process."""

    url: str
    port: int
    data: Path
    process: subprocess.Popen[bytes]
