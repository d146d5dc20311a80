"""Real databases for tests: an SQLite file, or a PostgreSQL server started for the session."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pilothouse.platform.records import Records

_NUMBERS = itertools.count(1)


def _binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    return None if on_path is None else Path(on_path).parent


def _as_postgres(*command: str) -> list[str]:
    """The command as a user that PostgreSQL accepts: it refuses to run as root."""
    if os.getuid() != 0:
        return list(command)
    return ["runuser", "-u", "postgres", "--", *command]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The socket directory of a PostgreSQL server that lives as long as the tests."""
    binaries = _binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    pytest.importorskip("psycopg", reason="the driver of PostgreSQL is not installed")
    directory = Path(tempfile.mkdtemp(prefix="pilothouse-pg-"))
    directory.chmod(0o777)
    data = directory / "data"
    subprocess.run(
        _as_postgres(str(binaries / "initdb"), "-D", str(data), "-A", "trust", "-U", "postgres"),
        check=True,
        capture_output=True,
        cwd=directory,
    )
    options = f"-c listen_addresses='' -c unix_socket_directories={directory} -c fsync=off"
    control = str(binaries / "pg_ctl")
    subprocess.run(
        _as_postgres(
            control, "-D", str(data), "-w", "-l", str(directory / "log"), "-o", options, "start"
        ),
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=directory,
    )
    yield str(directory)
    subprocess.run(
        _as_postgres(control, "-D", str(data), "-m", "immediate", "stop"),
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=directory,
    )
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """The URL of a new, empty database on PostgreSQL."""
    import psycopg

    name = f"test_{os.getpid()}_{next(_NUMBERS)}"
    address = f"postgresql://postgres@/postgres?host={postgres_server}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"postgresql://postgres@/{name}?host={postgres_server}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database: the test runs once on each engine."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'records.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def records(database_url: str) -> Iterator[Records]:
    """An open records database with the newest tables, once on each engine."""
    opened = Records(database_url)
    opened.migrate()
    yield opened
    opened.close()


@pytest.fixture
def sqlite_records(tmp_path: Path) -> Iterator[Records]:
    """An open records database on SQLite, where the engine makes no difference."""
    opened = Records(f"sqlite:///{tmp_path / 'records.db'}")
    opened.migrate()
    yield opened
    opened.close()
