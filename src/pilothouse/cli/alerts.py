"""pilothouse alerts: over the REST API."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pilothouse.cli.rest import API_KEY, ENDPOINT, Rest
from pilothouse.cli.terminal import JSON, PROJECT, Failure, new_app, print_json, print_table, say
from pilothouse.client import calls

app = new_app("List alert rules, and try the channels that they tell on.")

_COLUMNS = ("state", "name", "project", "scope", "measure", "window", "value", "group", "since")


@app.command("list")
def list_alerts(
    project: Annotated[str | None, PROJECT] = None,
    is_open: Annotated[
        bool, typer.Option("--open", help="Only those that warn, alert or cannot be told.")
    ] = False,
    endpoint: Annotated[str | None, ENDPOINT] = None,
    api_key: Annotated[str | None, API_KEY] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """List alert rules with where they stand.

    Example: pilothouse alerts list --project support --open
    """
    with Rest(endpoint, api_key) as rest:
        found: list[dict[str, Any]] = rest.get(calls.path("alerts"), project=project)["items"]
    if is_open:
        found = [rule for rule in found if rule["state"] in {"warn", "alert", "error"}]
    if as_json:
        print_json(found)
        return
    print_table(_COLUMNS, [_row(rule) for rule in found])
    for rule in found:
        if rule["error"]:
            say(f"{rule['name']} cannot be evaluated: {rule['error']}")


@app.command("test")
def try_channel(
    channel: Annotated[str, typer.Argument(help="The name of a channel, or its id.")],
    endpoint: Annotated[str | None, ENDPOINT] = None,
    api_key: Annotated[str | None, API_KEY] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Send a test message on a channel, and say whether it was taken.

    Example: pilothouse alerts test "On call"
    """
    with Rest(endpoint, api_key, timeout_s=60) as rest:
        found = channel_named(rest, channel)
        tested = rest.post(calls.path("alerts", "channels", found["id"], "test"), None)
    if as_json:
        print_json(tested)
    elif tested["ok"]:
        say(f"channel {channel!r} took it in {tested['latency_ms']:.0f} ms")
    if not tested["ok"]:
        raise Failure(f"channel {channel!r} did not take it: {tested['error']}")


def channel_named(rest: Rest, channel: str) -> dict[str, Any]:
    """The channel of a name or id. Raises Failure."""
    channels: list[dict[str, Any]] = rest.get(calls.path("alerts", "channels"))["items"]
    for one in channels:
        if channel in (one["name"], one["id"]):
            return one
    known = ", ".join(one["name"] for one in channels) or "none has been added yet"
    raise Failure(f"there is no channel {channel!r}; known are: {known}")


def _row(rule: dict[str, Any]) -> dict[str, Any]:
    """A rule with its worst group."""
    worst = rule["groups"][0] if rule["groups"] else {}
    return {
        **rule,
        "value": worst.get("value"),
        "group": worst.get("group"),
        "since": (worst.get("opened_at") or "")[:19].replace("T", " "),
    }
