"""What commands need of the server's code; loaded only by those that work on its data."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from pilothouse.cli.terminal import Failure

if TYPE_CHECKING:
    from pilothouse.platform.records import Records
    from pilothouse.platform.settings import Settings

NEEDED: Final = (
    "chdb", "clickhouse_connect", "fastapi", "uvicorn", "sqlalchemy", "alembic", "orjson",
    "ormsgpack", "argon2", "lark", "grpc", "genai_prices", "re2",
)  # fmt: skip
"""Packages that the extra [server] brings."""

DATA = typer.Option("--data", help="The data directory of the server.")
DATABASE = typer.Option("--database", help="The URL of the records database.")
CONFIG = typer.Option("--config", help="A configuration file; else DATA/pilothouse.toml.")


def require_server(command: str) -> None:
    """Raise Failure with the pip command where the server is not installed."""
    absent = [package for package in NEEDED if find_spec(package) is None]
    if absent:
        raise Failure(
            f"`pilothouse {command}` needs the server, which is not installed "
            f"({', '.join(absent)} missing): pip install 'pilothouse[server]'"
        )


def settings_of(config: Path | None = None, **given: object) -> Settings:
    """The settings of the server that would run with these arguments."""
    from pilothouse.platform.settings import load

    return load(given, config=config).settings


def open_records(command: str, config: Path | None, **given: object) -> Records:
    """The records database of the server, brought up to date."""
    require_server(command)
    from pilothouse.platform.records import Records

    settings = settings_of(config, **given)
    settings.data.mkdir(parents=True, exist_ok=True)
    records = Records(settings.database)
    records.migrate()
    return records
