"""Importing the package and asking for help load no server and take no time."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from pilothouse.cli.main import COMMANDS

HEAVY = ("chdb", "fastapi", "sqlalchemy", "clickhouse_connect", "grpc", "alembic", "uvicorn",
         "genai_prices", "numpy", "pandas", "pyarrow")  # fmt: skip


def loaded(script: str) -> set[str]:
    """Which of the heavy packages a script has loaded when it ends."""
    whole = f"{script}\nprint('LOADED', *sorted(set({HEAVY!r}) & set(sys.modules)))"
    answer = subprocess.run(
        [sys.executable, "-c", "import sys\n" + whole], capture_output=True, text=True, check=True
    )
    line = next(line for line in answer.stdout.splitlines() if line.startswith("LOADED"))
    return set(line.split()[1:])


def test_importing_the_package_loads_no_server_code() -> None:
    assert loaded("import pilothouse") == set()


def test_help_loads_no_server_code() -> None:
    script = "from pilothouse.cli.main import run\nassert run(['--help']) == 0"

    assert loaded(script) == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_loads_no_server_code(name: str) -> None:
    script = f"from pilothouse.cli.main import run\nassert run(['{name}', '--help']) == 0"

    assert loaded(script) == set()


def test_help_takes_less_than_150_ms_of_processor_time() -> None:
    def used_s() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, "-m", "pilothouse.cli.main", "--help"], capture_output=True, check=True
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(used_s() for _ in range(5)) < 0.150
