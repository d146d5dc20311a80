"""pilothouse config: what the server would be started with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pilothouse.cli.serverside import CONFIG, DATA
from pilothouse.cli.terminal import JSON, new_app, print_json, print_table, shown

app = new_app("Show every setting and where it comes from.")


@app.callback()
def config() -> None:
    """Show every setting and where it comes from."""


@app.command()
def show(
    data: Annotated[Path | None, DATA] = None,
    config_file: Annotated[Path | None, CONFIG] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Print each setting, its value and where that came from; passwords are masked.

    Example: pilothouse config show --json
    """
    from pilothouse.platform.settings import load

    lines = load({"data": data}, config=config_file).shown()
    if as_json:
        print_json(
            [
                {
                    "name": line.name,
                    "value": str(line.value) if isinstance(line.value, Path) else line.value,
                    "origin": line.origin,
                    "sentence": line.sentence,
                }
                for line in lines
            ]
        )
        return
    print_table(
        ("setting", "value", "origin"),
        [
            {"setting": line.name, "value": shown(line.value), "origin": line.origin}
            for line in lines
        ],
    )
