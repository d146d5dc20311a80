"""pilothouse gateway: keys, routes and the state of the gateway, over the REST API."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from pilothouse.cli.gateway_guardrails import app as guardrails
from pilothouse.cli.rest import API_KEY, ENDPOINT, Rest
from pilothouse.cli.serverside import require_server
from pilothouse.cli.terminal import JSON, Failure, new_app, print_json, print_table, say
from pilothouse.client import calls

app = new_app("Make keys and routes of the gateway, and see how its models do.")
keys = new_app("Make, bound and revoke the keys that programs ask models with.")
routes = new_app("List, set and remove what names lead to which models.")
app.add_typer(keys, name="keys")
app.add_typer(routes, name="routes")
app.add_typer(guardrails, name="guardrails")

Json = dict[str, Any]  # Any: JSON
Endpoint = Annotated[str | None, ENDPOINT]
ApiKey = Annotated[str | None, API_KEY]
AsJson = Annotated[bool, JSON]
Period = Literal["day", "week", "month", "total"]
_KEY_COLUMNS = (
    "id", "name", "hint", "project", "models", "requests_per_minute", "tokens_per_minute",
    "budget_usd", "spent_usd", "period",
)  # fmt: skip


@app.command("serve")
def serve_gateway(
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="The port.")] = None,
    data: Annotated[Path | None, typer.Option(help="The directory of all data.")] = None,
    database: Annotated[
        str | None,
        typer.Option(help="Where keys are kept: sqlite:///FILE or postgresql://HOST/DB."),
    ] = None,
    models: Annotated[
        Path | None, typer.Option(help="A file of routes, ours or LiteLLM's.")
    ] = None,
) -> None:
    """Serve the gateway by itself, at the root: the same server without its pages.

    Calls are recorded in its own store; `pilothouse gateway keys` and the REST API work as ever.

    Example: pilothouse gateway serve --port 4000 --models litellm.yaml
    """
    require_server("gateway serve")
    from pilothouse.platform.run import serve
    from pilothouse.platform.settings import load

    given = {
        "host": host,
        "port": port,
        "data": data,
        "database": database,
        "gateway_config": models,
        "gateway_only": True,
    }
    serve(load(given).settings)


@keys.command("create")
def create_key(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    project: Annotated[
        str, typer.Option("--project", "-p", help="Where its calls are recorded.")
    ] = "default",
    model: Annotated[
        list[str] | None,
        typer.Option("--model", "-m", help="A name, or a glob; several times for several."),
    ] = None,
    requests_per_minute: Annotated[
        int | None, typer.Option("--requests", help="Requests a minute.")
    ] = None,
    tokens_per_minute: Annotated[
        int | None, typer.Option("--tokens", help="Tokens a minute.")
    ] = None,
    budget: Annotated[
        str | None, typer.Option("--budget", help="US dollars that it may spend in a period.")
    ] = None,
    period: Annotated[Period, typer.Option("--period", help="Of the budget, in UTC.")] = "month",
    guardrail: Annotated[
        list[str] | None, typer.Option("--guardrail", "-g", help="One that looks at its calls.")
    ] = None,
    endpoint: Endpoint = None,
    api_key: ApiKey = None,
    as_json: AsJson = False,
) -> None:
    """Create a key and print it: it is shown this once.

    Example: pilothouse gateway keys create bot -p support -m 'openai/gpt-*' --budget 50
    """
    body = {
        "name": name,
        "project": project,
        "models": model or [],
        "requests_per_minute": requests_per_minute,
        "tokens_per_minute": tokens_per_minute,
        "budget_usd": budget,
        "period": period,
        "guardrails": guardrail or [],
    }
    with Rest(endpoint, api_key) as rest:
        made = rest.post(calls.path("gateway", "keys"), body)
    if as_json:
        print_json(made)
    else:
        say(f"key {made['id']} of the gateway; keep it, it is not shown again:")
        sys.stdout.write(made["key"] + "\n")


@keys.command("list")
def list_keys(endpoint: Endpoint = None, api_key: ApiKey = None, as_json: AsJson = False) -> None:
    """List all keys that were not revoked, with what they spent in their present period.

    Example: pilothouse gateway keys list
    """
    with Rest(endpoint, api_key) as rest:
        found: list[Json] = rest.get(calls.path("gateway", "keys"))["items"]
    if as_json:
        print_json(found)
    else:
        print_table(_KEY_COLUMNS, found)


@keys.command("revoke")
def revoke_key(
    key_id: Annotated[int, typer.Argument(help="The number of the key (gateway keys list).")],
    endpoint: Endpoint = None,
    api_key: ApiKey = None,
    as_json: AsJson = False,
) -> None:
    """Revoke a key: the server refuses it at once.

    Example: pilothouse gateway keys revoke 3
    """
    with Rest(endpoint, api_key) as rest:
        rest.delete(calls.path("gateway", "keys", str(key_id)))
    if as_json:
        print_json({"id": key_id, "revoked": True})
    else:
        say(f"revoked key {key_id} of the gateway")


@routes.command("list")
def list_routes(endpoint: Endpoint = None, api_key: ApiKey = None, as_json: AsJson = False) -> None:
    """List the routes with their targets; what is wrong with them is said beside.

    Example: pilothouse gateway routes list
    """
    with Rest(endpoint, api_key) as rest:
        found = rest.get(calls.path("gateway", "routes"))
    if as_json:
        print_json(found)
        return
    print_table(("name", "strategy", "targets", "fallbacks", "source"), map(_row, found["items"]))
    for line in found["problems"]:
        say(line)


@routes.command("set")
def set_route(
    name: Annotated[str, typer.Argument(help="What clients ask for; may hold one *.")],
    target: Annotated[
        list[str] | None,
        typer.Option("--target", "-t", help="provider/model or provider/model=weight."),
    ] = None,
    fallback: Annotated[
        list[str] | None, typer.Option("--fallback", help="A name that is asked next.")
    ] = None,
    strategy: Annotated[
        Literal["weighted", "priority", "least_busy", "latency"],
        typer.Option(help="Which target is asked."),
    ] = "weighted",
    cache_s: Annotated[
        float | None, typer.Option("--cache", help="Seconds that answers are given again.")
    ] = None,
    semantic: Annotated[
        bool, typer.Option("--semantic", help="Also to questions that mean the same.")
    ] = False,
    guardrail: Annotated[
        list[str] | None, typer.Option("--guardrail", "-g", help="One that looks at its calls.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", "-f", help="The route as JSON, for all else.")
    ] = None,
    endpoint: Endpoint = None,
    api_key: ApiKey = None,
    as_json: AsJson = False,
) -> None:
    """Make or replace a route.

    Example: pilothouse gateway routes set chat -t openai/gpt-4o-mini=3 -t local/llama --cache 60
    """
    if (file is None) == (target is None):
        raise Failure("say either --target or --file")
    body: Any = (
        _read(file)
        if file is not None
        else {
            "targets": [_target(each) for each in target or []],
            "fallbacks": fallback or [],
            "strategy": strategy,
            "cache": None
            if cache_s is None
            else {"ttl": cache_s, "mode": "semantic" if semantic else "exact"},
            "guardrails": guardrail or [],
        }
    )
    with Rest(endpoint, api_key) as rest:
        kept = rest.put(calls.path("gateway", "routes", name), body)
    if as_json:
        print_json(kept)
    else:
        say(f"route {name!r} leads to {_row(kept)['targets']}")


@routes.command("remove")
def remove_route(
    name: Annotated[str, typer.Argument(help="The name of the route.")],
    endpoint: Endpoint = None,
    api_key: ApiKey = None,
    as_json: AsJson = False,
) -> None:
    """Remove a route.

    Example: pilothouse gateway routes remove chat
    """
    with Rest(endpoint, api_key) as rest:
        rest.delete(calls.path("gateway", "routes", name))
    if as_json:
        print_json({"name": name, "removed": True})
    else:
        say(f"removed route {name!r}")


@routes.command("reload")
def reload_routes(
    endpoint: Endpoint = None, api_key: ApiKey = None, as_json: AsJson = False
) -> None:
    """Have the server read its file of routes again.

    Example: pilothouse gateway routes reload
    """
    with Rest(endpoint, api_key) as rest:
        said = rest.post(calls.path("gateway", "routes", "reload"), None)
    if as_json:
        print_json(said)
        return
    for line in said["problems"]:
        say(line)
    say("read the routes again")


@app.command("status")
def show_status(endpoint: Endpoint = None, api_key: ApiKey = None, as_json: AsJson = False) -> None:
    """Show how each target does, what guardrails found, and what the caches saved.

    Example: pilothouse gateway status
    """
    with Rest(endpoint, api_key) as rest:
        said = rest.get(calls.path("gateway", "status"))
    if as_json:
        print_json(said)
        return
    columns = ("target", "calls", "failed", "busy", "rests_s", "first_byte_ms")
    print_table(columns, said["targets"])
    if said["guardrails"]:
        shown = ("guardrail", "stage", "checks", "hits", "failed", "mean_ms")
        print_table(shown, [{**e, "mean_ms": round(e["mean_ms"], 2)} for e in said["guardrails"]])
    cache, semantic = said["cache"], said["semantic"]
    say(
        f"cache: {cache['hits']:,} hits, {semantic['hits']:,} by meaning, "
        f"{cache['misses'] - semantic['hits']:,} misses, "
        f"${cache['saved_usd'] + semantic['saved_usd']:,.4f} saved; "
        f"{said['dropped']:,} calls not recorded"
    )


def _target(text: str) -> Json:
    provider, slash, rest = text.partition("/")
    model, _, weight = rest.partition("=")
    try:
        number = float(weight or 1)
    except ValueError:
        raise Failure(f"the weight in {text!r} is no number") from None
    if not slash or not provider or not model:
        raise Failure(f"{text!r} is no target: write provider/model, or provider/model=weight")
    return {"provider": provider, "model": model, "weight": number}


def _row(route: Json) -> Json:
    targets = [f"{each['provider']}/{each['model']}" for each in route["targets"]]
    return {**route, "targets": ", ".join(targets)}


def _read(path: Path) -> Any:
    import json

    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise Failure(f"{path} cannot be read as JSON: {error}") from None
