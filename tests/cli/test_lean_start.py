"""Importing the package and asking for help load no server and little else."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pilothouse.cli.main import COMMANDS

HEAVY = ("chdb", "fastapi", "sqlalchemy", "clickhouse_connect", "grpc", "alembic", "uvicorn",
         "genai_prices", "numpy", "pandas", "pyarrow")  # fmt: skip


def loaded(script: str, heavy: tuple[str, ...] = HEAVY) -> set[str]:
    """Which of the heavy packages a script has loaded when it ends."""
    whole = f"{script}\nprint('LOADED', *sorted(set({heavy!r}) & set(sys.modules)))"
    answer = subprocess.run(
        [sys.executable, "-c", "import sys\n" + whole], capture_output=True, text=True, check=True
    )
    line = next(line for line in answer.stdout.splitlines() if line.startswith("LOADED"))
    return set(line.split()[1:])


def test_importing_the_package_loads_no_server_code() -> None:
    assert loaded("import pilothouse") == set()


def test_experiments_load_scipy_no_sooner_than_they_need_a_distribution() -> None:
    run = (
        "import pilothouse as ph\n"
        "data = [{'inputs': n, 'reference_outputs': n % 3} for n in range(9)]\n"
        "def off(outputs, reference_outputs): return outputs - reference_outputs\n"
        "def ran(**with_): return ph.evaluate(lambda n: n, data, [off], journal=False, **with_)\n"
    )

    assert loaded("import pilothouse.evaluation.runner", ("scipy", "pandas")) == set()
    assert loaded(f"{run}ran(baseline=ran())", ("scipy.stats", "pandas")) == set()


@pytest.mark.slow
def test_the_help_of_the_commands_loads_no_server_code() -> None:
    script = (
        "from pilothouse.cli.main import run\n"
        f"assert not any(run([name, '--help']) for name in {tuple(COMMANDS)!r})"
    )

    assert loaded(script) == set()


def test_the_list_of_commands_needs_nothing_but_the_standard_library() -> None:
    script = "from pilothouse.cli.main import run\nassert run(['--help']) == 0"

    assert loaded(script, ("typer", "click", "rich", "httpx", "opentelemetry", *HEAVY)) == set()
