"""pilothouse restore: fills a data directory from a backup; no server may run on it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pilothouse.cli.serverside import CONFIG, DATA, require_server, settings_of
from pilothouse.cli.terminal import JSON, new_app, print_json, say

app = new_app("Bring a backup back.")


@app.command()
def restore(
    directory: Annotated[Path, typer.Argument(help="The directory that `backup` wrote.")],
    data: Annotated[Path | None, DATA] = None,
    config: Annotated[Path | None, CONFIG] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Set aside what is in the data directory.")
    ] = False,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Bring a backup back into an empty data directory, or with --replace into a used one.

    Example: pilothouse restore ~/.local/share/pilothouse/backups/before-upgrade --data /srv/ph
    """
    require_server("restore")
    from pilothouse.platform.backups.service import bring_back

    settings = settings_of(config, data=data)
    manifest = bring_back(directory, settings, replace=replace)
    if as_json:
        print_json({"data": str(settings.data), "created_at": manifest.created_at})
    else:
        say(f"restored the backup of {manifest.created_at} into {settings.data}")
