"""pilothouse budgets: over the REST API."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from pilothouse.cli.alerts import channel_named
from pilothouse.cli.rest import API_KEY, ENDPOINT, Rest
from pilothouse.cli.terminal import JSON, PROJECT, Failure, new_app, print_json, print_table, say
from pilothouse.client import calls

app = new_app("List, set and remove what projects may spend.")

Budget = dict[str, Any]  # Any: JSON
Project = Annotated[str, typer.Option("--project", "-p", help="The name of its project.")]
Name = Annotated[str, typer.Argument(help="The name of the budget.")]
_COLUMNS = ("name", "project", "period", "amount", "spent", "part", "forecast", "exhausted_at")


@app.command("list")
def list_budgets(
    project: Annotated[str | None, PROJECT] = None,
    endpoint: Annotated[str | None, ENDPOINT] = None,
    api_key: Annotated[str | None, API_KEY] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """List budgets with what was spent of them, in US dollars, and where that leads.

    Example: pilothouse budgets list --project support
    """
    with Rest(endpoint, api_key) as rest:
        found = _budgets(rest, project)
    if as_json:
        print_json(found)
        return
    print_table(_COLUMNS, [_row(budget) for budget in found])
    for budget in found:
        _talk(budget)


@app.command("set")
def set_budget(
    name: Name,
    project: Project,
    amount: Annotated[
        str | None, typer.Option("--amount", "-a", help="US dollars; of a new one needed.")
    ] = None,
    period: Annotated[
        Literal["day", "week", "month"] | None,
        typer.Option("--period", help="Of what time, in UTC; of a new one the month."),
    ] = None,
    filter_text: Annotated[
        str | None,
        typer.Option("--filter", "-f", help='The calls that count, over spans; "" for all.'),
    ] = None,
    threshold: Annotated[
        list[int] | None,
        typer.Option("--at", help="A percentage at which is told; several times for several."),
    ] = None,
    channel: Annotated[
        list[str] | None,
        typer.Option("--tell", help="A channel by name or id; several times for several."),
    ] = None,
    endpoint: Annotated[str | None, ENDPOINT] = None,
    api_key: Annotated[str | None, API_KEY] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Make a budget, or change what is said of one; its thresholds can be told again then.

    Example: pilothouse budgets set GPT -p support --amount 500 --filter 'model ~ "gpt-*"' --at 80
    """
    said = {"amount": amount, "period": period, "filter": filter_text, "thresholds": threshold}
    given: dict[str, Any] = {key: value for key, value in said.items() if value is not None}
    with Rest(endpoint, api_key) as rest:
        if channel is not None:
            given["channels"] = [channel_named(rest, one)["id"] for one in channel]
        found = _named(rest, project, name)
        if found is not None:
            if not given:
                raise Failure(f"say what to change of budget {name!r}")
            kept = rest.patch(calls.path("budgets", found["id"]), given)
        elif amount is None:
            raise Failure(f"there is no budget {name!r} in {project!r} yet: say its --amount")
        else:
            body = {"project": project, "name": name, **given}
            kept = rest.post(calls.path("budgets"), body)
    if as_json:
        print_json(kept)
        return
    did = "made" if found is None else "changed"
    say(f"{did} budget {name!r}: ${kept['amount']:,.2f} a {kept['period']}")
    _talk(kept)


@app.command("remove")
def remove_budget(
    name: Name,
    project: Project,
    endpoint: Annotated[str | None, ENDPOINT] = None,
    api_key: Annotated[str | None, API_KEY] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Remove a budget; what was spent stays known.

    Example: pilothouse budgets remove GPT --project support
    """
    with Rest(endpoint, api_key) as rest:
        found = _named(rest, project, name)
        if found is None:
            known = ", ".join(one["name"] for one in _budgets(rest, project)) or "none"
            raise Failure(f"there is no budget {name!r} in {project!r}; known are: {known}")
        rest.delete(calls.path("budgets", found["id"]))
    if as_json:
        print_json(found)
    else:
        say(f"removed budget {name!r}")


def _budgets(rest: Rest, project: str | None) -> list[Budget]:
    found: list[Budget] = rest.get(calls.path("budgets"), project=project)["items"]
    return found


def _named(rest: Rest, project: str, name: str) -> Budget | None:
    return next((one for one in _budgets(rest, project) if one["name"] == name), None)


def _row(budget: Budget) -> Budget:
    status = budget["status"] or {}
    part = status.get("part")
    return {
        **budget,
        **status,
        "part": None if part is None else f"{part * 100:.0f} %",
        "exhausted_at": (status.get("exhausted_at") or "")[:16].replace("T", " "),
    }


def _talk(budget: Budget) -> None:
    """What a reader should know of a budget besides its figures."""
    if budget["error"]:
        say(f"what was spent of {budget['name']} cannot be told: {budget['error']}")
    elif budget["status"]["unpriced_calls"]:
        calls_ = f"{budget['status']['unpriced_calls']:,} calls"
        say(f"{calls_} of {budget['name']} have no price: at least this was spent")
