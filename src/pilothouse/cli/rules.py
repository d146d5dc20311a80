"""pilothouse rules: over the REST API."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pilothouse.cli.rest import API_KEY, ENDPOINT, Rest
from pilothouse.cli.terminal import JSON, PROJECT, Failure, new_app, print_json, print_table, say
from pilothouse.client import calls

app = new_app("List rules of online evaluation, and cap what those of a project may take.")

Caps = dict[str, Any]  # Any: JSON
_COLUMNS = ("name", "project", "unit", "state", "scored", "failed", "waiting", "cost")
_CAPS = (
    *("calls_per_hour", "calls_per_day", "tokens_per_hour", "tokens_per_day"),
    *("usd_per_hour", "usd_per_day"),
)
NONE = "none"
"""What is written for a cap that there shall not be."""


@app.command("list")
def list_rules(
    project: Annotated[str | None, PROJECT] = None,
    endpoint: Annotated[str | None, ENDPOINT] = None,
    api_key: Annotated[str | None, API_KEY] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """List rules with what they did so far, the newest first; costs are US dollars.

    Example: pilothouse rules list --project support
    """
    with Rest(endpoint, api_key) as rest:
        found = rest.get(calls.path("rules"), project=project)["items"]
    if as_json:
        print_json(found)
    else:
        print_table(_COLUMNS, [{**rule, **rule["stats"]} for rule in found])


@app.command("caps")
def cap_rules(
    project: Annotated[str, typer.Option("--project", "-p", help="The name of the project.")],
    calls_per_hour: Annotated[
        str | None, typer.Option(help="Calls of models an hour; none lifts a cap.")
    ] = None,
    calls_per_day: Annotated[str | None, typer.Option(help="Calls a day.")] = None,
    tokens_per_hour: Annotated[
        str | None, typer.Option(help="Tokens an hour, read and written together.")
    ] = None,
    tokens_per_day: Annotated[str | None, typer.Option(help="Tokens a day.")] = None,
    usd_per_hour: Annotated[str | None, typer.Option(help="US dollars an hour.")] = None,
    usd_per_day: Annotated[
        str | None, typer.Option(help="US dollars a day; calls without a price take nothing.")
    ] = None,
    endpoint: Annotated[str | None, ENDPOINT] = None,
    api_key: Annotated[str | None, API_KEY] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Show or set what all rules of a project may take together, in hours and days of UTC.

    Above a cap entities are skipped. Without one said it only shows them.

    Example: pilothouse rules caps --project support --usd-per-day 5 --tokens-per-hour none
    """
    said = dict(
        zip(
            _CAPS,
            (
                *(calls_per_hour, calls_per_day, tokens_per_hour, tokens_per_day),
                *(usd_per_hour, usd_per_day),
            ),
            strict=True,
        )
    )
    given = {name: _cap(name, text) for name, text in said.items() if text is not None}
    with Rest(endpoint, api_key) as rest:
        caps: Caps = rest.get(calls.path("rules", "budget"), project=project)["budget"]
        if given:
            body = {"project": project, "budget": caps | given}
            caps = rest.put(calls.path("rules", "budget"), body)["budget"]
    if as_json:
        print_json(caps)
        return
    rows = [
        {"cap": _words(name), "at most": caps[name]} for name in _CAPS if caps[name] is not None
    ]
    if rows:
        print_table(("cap", "at most"), rows)
    else:
        say(f"the rules of {project!r} may take as much as comes")


def _cap(name: str, text: str) -> float | int | None:
    """A cap as it was written. Raises Failure for what is none."""
    if text == NONE:
        return None
    option = f"--{name.replace('_', '-')}"
    try:
        return float(text) if name.startswith("usd") else int(text)
    except ValueError:
        kind = "a number" if name.startswith("usd") else "a whole number"
        raise Failure(f"{option} is {kind} or {NONE}, not {text!r}") from None


def _words(name: str) -> str:
    return name.replace("usd", "US dollars").replace("_", " ")
