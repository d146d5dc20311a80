"""pilothouse projects: over the REST API."""

from __future__ import annotations

import sys
import time
from typing import Annotated

import typer

from pilothouse.cli.rest import API_KEY, ENDPOINT, Rest
from pilothouse.cli.terminal import JSON, Failure, new_app, print_json, print_table, say
from pilothouse.client import Client, calls

app = new_app("List, create and delete projects.")


@app.command("list")
def list_projects(
    endpoint: Annotated[str | None, ENDPOINT] = None,
    api_key: Annotated[str | None, API_KEY] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """List all projects.

    Example: pilothouse projects list --json
    """
    with Client(endpoint, api_key) as client:
        found = list(client.projects())
    if as_json:
        print_json(found)
    else:
        print_table(("name", "retention_days", "demo", "created_at"), found)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="The name of the project.")],
    retention_days: Annotated[
        int | None, typer.Option(help="How long its traces are kept; 0 means for ever.")
    ] = None,
    description: Annotated[str, typer.Option(help="What the project is.")] = "",
    endpoint: Annotated[str | None, ENDPOINT] = None,
    api_key: Annotated[str | None, API_KEY] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Create a project. One is also created by the first span that names it.

    Example: pilothouse projects create support --retention-days 30
    """
    with Client(endpoint, api_key) as client:
        made = client.create_project(name, description=description, retention_days=retention_days)
    if as_json:
        print_json(made)
    else:
        say(f"created project {made['name']!r}")


@app.command()
def delete(
    name: Annotated[str, typer.Argument(help="The name of the project.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until it is gone.")] = True,
    endpoint: Annotated[str | None, ENDPOINT] = None,
    api_key: Annotated[str | None, API_KEY] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Delete a project and everything in it, for ever.

    Example: pilothouse projects delete support --yes
    """
    if not yes and not sys.stdin.isatty():
        raise Failure("nothing was deleted: there is nobody to ask, so say --yes")
    if not yes and not typer.confirm(f"Delete project {name!r} and all its traces?", err=True):
        raise Failure("nothing was deleted")
    with Rest(endpoint, api_key) as rest:
        job = rest.delete_project(name)
        if wait:
            job = finished(rest, job["id"])
    if as_json:
        print_json(job)
    else:
        say(f"deleted project {name!r}" if wait else f"job {job['id']} deletes project {name!r}")


def finished(rest: Rest, job_id: str) -> dict[str, object]:
    """A job once it has ended; raises Failure when it failed."""
    while True:
        job: dict[str, object] = rest.get(calls.path("jobs", job_id))
        if job["status"] == "failed":
            raise Failure(f"{job['title']}: {job['error']}")
        if job["status"] == "done":
            return job
        time.sleep(0.2)
