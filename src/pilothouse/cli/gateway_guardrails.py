"""pilothouse gateway guardrails: what looks at calls of the gateway, over the REST API."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from pilothouse.cli.rest import API_KEY, ENDPOINT, Rest
from pilothouse.cli.terminal import JSON, Failure, new_app, print_json, print_table, say
from pilothouse.client import calls

app = new_app("List, set, remove and try what looks at questions and answers.")

Json = dict[str, Any]  # Any: JSON
Endpoint = Annotated[str | None, ENDPOINT]
ApiKey = Annotated[str | None, API_KEY]
AsJson = Annotated[bool, JSON]
_COLUMNS = ("name", "type", "looks at", "action", "every call", "source", "named by")


@app.command("list")
def list_guardrails(
    endpoint: Endpoint = None, api_key: ApiKey = None, as_json: AsJson = False
) -> None:
    """List the guardrails, the built-in ones among them.

    Example: pilothouse gateway guardrails list
    """
    with Rest(endpoint, api_key) as rest:
        found: list[Json] = rest.get(calls.path("gateway", "guardrails"))["items"]
    if as_json:
        print_json(found)
        return
    print_table(_COLUMNS, map(_row, found))
    for each in found:
        if each["problem"]:
            say(each["problem"])


@app.command("set")
def set_guardrail(
    name: Annotated[str, typer.Argument(help="What routes, keys and requests call it.")],
    definition: Annotated[str, typer.Argument(help="Its JSON, or @FILE.")],
    endpoint: Endpoint = None,
    api_key: ApiKey = None,
    as_json: AsJson = False,
) -> None:
    """Make or replace a guardrail.

    Example: pilothouse gateway guardrails set house '{"type": "words", "words": ["hal"]}'
    """
    with Rest(endpoint, api_key) as rest:
        kept = rest.put(calls.path("gateway", "guardrails", name), _read(definition))
    if as_json:
        print_json(kept)
    else:
        say(f"guardrail {name!r} looks at {' and '.join(kept['stages'])}: {kept['action']}")


@app.command("remove")
def remove_guardrail(
    name: Annotated[str, typer.Argument(help="The name of the guardrail.")],
    endpoint: Endpoint = None,
    api_key: ApiKey = None,
    as_json: AsJson = False,
) -> None:
    """Remove a guardrail that no route and no key names.

    Example: pilothouse gateway guardrails remove house
    """
    with Rest(endpoint, api_key) as rest:
        rest.delete(calls.path("gateway", "guardrails", name))
    if as_json:
        print_json({"name": name, "removed": True})
    else:
        say(f"removed guardrail {name!r}")


@app.command("try")
def try_guardrails(
    text: Annotated[str, typer.Argument(help="The text, or - for standard input.")],
    guardrail: Annotated[
        list[str] | None,
        typer.Option("--guardrail", "-g", help="A name; all of every call where there is none."),
    ] = None,
    stage: Annotated[
        Literal["input", "output"], typer.Option(help="Whether it is asked or answered.")
    ] = "input",
    endpoint: Endpoint = None,
    api_key: ApiKey = None,
    as_json: AsJson = False,
) -> None:
    """Ask guardrails of a text: what they find, and what would go on. Exit code 1: it would not.

    Example: pilothouse gateway guardrails try 'mail jane@example.com' -g pii -g secrets
    """
    given = sys.stdin.read() if text == "-" else text
    body = {"text": given, "stage": stage, "guardrails": guardrail or []}
    with Rest(endpoint, api_key) as rest:
        said = rest.post(calls.path("gateway", "guardrails", "try"), body)
    if as_json:
        print_json(said)
    else:
        columns = ("guardrail", "outcome", "score", "reason", "duration_ms")
        print_table(columns, said["verdicts"])
        if said["decision"] == "pass":
            sys.stdout.write(said["text"] + "\n")
        say(f"decision: {said['decision']}")
    if said["decision"] == "block":
        raise typer.Exit(1)


def _row(each: Json) -> Json:
    named = [f"route {name}" for name in each["routes"]] + [f"key {n}" for n in each["keys"]]
    return {
        **each,
        "looks at": ", ".join(each["stages"]),
        "every call": "yes" if each["default_on"] else "",
        "named by": ", ".join(named),
    }


def _read(definition: str) -> Any:
    try:
        if definition.startswith("@"):
            return json.loads(Path(definition[1:]).read_text("utf-8"))
        return json.loads(definition)
    except (OSError, ValueError) as error:
        raise Failure(f"the definition cannot be read as JSON: {error}") from None
