"""pilothouse backup: asks the running server for one, else opens the data itself."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pilothouse.cli.rest import API_KEY, ENDPOINT
from pilothouse.cli.serverside import CONFIG, DATA, require_server, settings_of
from pilothouse.cli.terminal import JSON, Failure, bytes_shown, new_app, print_json, say

if TYPE_CHECKING:
    from pilothouse.platform.settings import Settings

app = new_app("Write a backup of everything.")


@app.command(no_args_is_help=False)
def backup(
    name: Annotated[
        str | None, typer.Argument(help="The name of the backup; by default the time.")
    ] = None,
    data: Annotated[Path | None, DATA] = None,
    config: Annotated[Path | None, CONFIG] = None,
    endpoint: Annotated[str | None, ENDPOINT] = None,
    api_key: Annotated[str | None, API_KEY] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Write spans and records to a directory below DATA/backups (or PILOTHOUSE_BACKUPS).

    With --endpoint, or while a server runs on the data, the server writes it and goes on working.

    Example: pilothouse backup before-upgrade
    """
    done = _by_server(name, endpoint, api_key) if endpoint else _here(name, data, config, api_key)
    if as_json:
        print_json(done)
        return
    say(f"wrote {done['path']} ({bytes_shown(done['bytes'])})")
    if done["records"] == "postgresql":
        say("the records are in PostgreSQL: dump them with pg_dump")


def _here(
    name: str | None, data: Path | None, config: Path | None, api_key: str | None
) -> dict[str, Any]:
    require_server("backup")
    settings = settings_of(config, data=data)
    if not settings.data.is_dir():
        raise Failure(f"there is no data at {settings.data} to write a backup of; choose --data")
    from pilothouse.platform.backups.service import is_used

    if is_used(settings):
        return _by_server(name, settings.url, api_key)
    return asyncio.run(_written(settings, name))


async def _written(settings: Settings, name: str | None) -> dict[str, Any]:
    from pilothouse.platform.app import open_platform

    platform = open_platform(settings)
    try:
        done: dict[str, Any] = await platform.backups.write(name)
        return done
    finally:
        platform.close()


def _by_server(name: str | None, endpoint: str, api_key: str | None) -> dict[str, Any]:
    from pilothouse.cli.projects import finished
    from pilothouse.cli.rest import Rest
    from pilothouse.client import calls

    with Rest(endpoint, api_key) as rest:
        job = rest.post(calls.path("backups"), {"name": name})
        say("the server writes the backup")
        result: Any = finished(rest, job["id"])["result"]
    done: dict[str, Any] = result
    return done
