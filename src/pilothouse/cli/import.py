"""pilothouse import: from another server to ours."""  # noqa: N999 - the name of the command

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Final

import typer

from pilothouse.cli.langsmith.api import Api
from pilothouse.cli.langsmith.copying import Copy
from pilothouse.cli.langsmith.state import State
from pilothouse.cli.rest import ENDPOINT
from pilothouse.cli.terminal import JSON, new_app, print_json, say
from pilothouse.client import calls

app = new_app("Copy projects, runs, datasets, experiments, feedback and prompts from a server.")
NEVER: Final = "who reviewed what in annotation queues, online evaluators and shares"
"""What is not copied at all."""


@app.callback()
def _group() -> None:
    """A group, so that the name of the other product is a command of its own."""


@app.command()
def langsmith(
    api_url: Annotated[str, typer.Option(help="The API of the server to copy from.")],
    api_key: Annotated[str, typer.Option(help="A key of that server.")] = "",
    endpoint: Annotated[str | None, ENDPOINT] = None,
    key: Annotated[
        str | None, typer.Option("--key", help="A key of ours; else PILOTHOUSE_API_KEY.")
    ] = None,
    state: Annotated[
        Path, typer.Option(help="Where to note how far the copy is; it goes on from there.")
    ] = Path("langsmith-import.json"),
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Copy everything that a LangSmith server shows; started again, it goes on where it stopped.

    Example: pilothouse import langsmith --api-url https://langsmith.example/api/v1 --api-key KEY
    """
    address = calls.address(endpoint)
    source = Api(api_url, api_key)
    target = Api(f"{address}/langsmith", key or os.environ.get("PILOTHOUSE_API_KEY"))
    kept = State(state, source.base, target.base)
    try:
        Copy(source, target, kept).everything()
    finally:
        source.close()
        target.close()
    kept.keep("everything")
    if as_json:
        print_json({"copied": kept.copied, "left_out": kept.left_out})
        return
    for what, count in kept.copied.items():
        say(f"copied {count} {what}")
    for what, count in kept.left_out.items():
        say(f"left out {count} {what}")
    say(f"never copied: {NEVER}")
