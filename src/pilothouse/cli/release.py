"""pilothouse release: splits, shadows and challengers on live traffic, over the REST API."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from pilothouse.cli.rest import API_KEY, ENDPOINT, Rest
from pilothouse.cli.terminal import JSON, Failure, new_app, print_json, print_table, say
from pilothouse.client import calls

app = new_app("Split a route's users, mirror its calls, and release a challenger step by step.")

Json = dict[str, Any]  # Any: JSON
Endpoint = Annotated[str | None, ENDPOINT]
ApiKey = Annotated[str | None, API_KEY]
AsJson = Annotated[bool, JSON]
Named = Annotated[str, typer.Argument(help="The name of the release.")]
Route = Annotated[str, typer.Option("--route", "-r", help="The name that clients ask for.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it stands in the audit trail.")]
File = Annotated[
    Path | None, typer.Option("--file", "-f", help="All settings as JSON, for all else.")
]
Unit = Annotated[
    Literal["user", "session", "key", "header", "request"],
    typer.Option("--unit", help="Who keeps his arm."),
]
Channel = Annotated[
    list[str] | None, typer.Option("--channel", help="The id of a channel that is told.")
]


@app.command("ab")
def split_route(
    name: Named,
    route: Route,
    arm: Annotated[
        list[str] | None,
        typer.Option("--arm", help="name, name=weight, or name:route-or-provider/model=weight."),
    ] = None,
    unit: Unit = "user",
    header: Annotated[str, typer.Option(help="Which header, where the unit is one.")] = "",
    exclude: Annotated[
        list[str] | None, typer.Option(help="A unit, or a glob, that stays outside.")
    ] = None,
    holdout: Annotated[float, typer.Option(help="The share of units that stays outside.")] = 0.0,
    file: File = None,
    reason: Reason = "",
    endpoint: Endpoint = None,
    api_key: ApiKey = None,
    as_json: AsJson = False,
) -> None:
    """Split the users of a route between arms, and compare them.

    Example: pilothouse release ab tone -r chat --arm a --arm b:openai/gpt-4o
    """
    given: Json = {"unit": unit, "header": header, "exclude": exclude or [], "holdout": holdout}
    if arm:
        given["arms"] = [_arm(each) for each in arm]
    _begin(name, "ab", route, given, file, reason, endpoint, api_key, as_json=as_json)


@app.command("shadow")
def mirror_route(
    name: Named,
    route: Route,
    to: Annotated[str, typer.Option("--to", help="A route or provider/model that is asked too.")],
    share: Annotated[float, typer.Option(help="Of the calls, 0 to 1.")] = 0.1,
    judge: Annotated[
        str | None, typer.Option(help="provider/model that says which answer is better.")
    ] = None,
    budget: Annotated[float | None, typer.Option(help="US dollars a day.")] = None,
    parallel: Annotated[int, typer.Option(help="Shadows at the same time, at most.")] = 8,
    file: File = None,
    reason: Reason = "",
    endpoint: Endpoint = None,
    api_key: ApiKey = None,
    as_json: AsJson = False,
) -> None:
    """Have calls of a route answered by another model too, which no user sees.

    Example: pilothouse release shadow look -r chat --to openai/gpt-4o --share 0.2
    """
    compare = ["exact", "similarity", *(["judge"] if judge else [])]
    settings: Json = {
        "share": share,
        "judge": judge,
        "budget_usd": budget,
        "max_parallel": parallel,
        "compare": compare,
    }
    given = {"challenger": {"model": to}, "shadow": settings}
    _begin(name, "shadow", route, given, file, reason, endpoint, api_key, as_json=as_json)


@app.command("start")
def start_release(
    name: Named,
    route: Route,
    to: Annotated[
        str, typer.Option("--to", help="The challenger: a route or provider/model.")
    ] = "",
    prompt: Annotated[
        str, typer.Option("--prompt", help="The challenger: name@version of a prompt.")
    ] = "",
    label: Annotated[
        str, typer.Option("--label", help="The prompt's label, moved by the promotion.")
    ] = "",
    ramp: Annotated[str, typer.Option(help="Its shares in percent, rising.")] = "5,25,50",
    shadow: Annotated[
        float | None, typer.Option(help="Begin as a shadow of this share of calls, 0 to 1.")
    ] = None,
    score: Annotated[
        list[str] | None, typer.Option(help="A score that must not be worse: name or name=margin.")
    ] = None,
    users: Annotated[int, typer.Option(help="Units of each arm, at least.")] = 50,
    minutes: Annotated[float, typer.Option(help="That each stage lasts, at least.")] = 10.0,
    unit: Unit = "user",
    manual: Annotated[bool, typer.Option("--manual", help="Promote by hand only.")] = False,
    channel: Channel = None,
    file: File = None,
    reason: Reason = "",
    endpoint: Endpoint = None,
    api_key: ApiKey = None,
    as_json: AsJson = False,
) -> None:
    """Begin to give a route's users a challenger, step by step, held to a rule.

    Example: pilothouse release start mini -r chat --to openai/gpt-4o-mini --score helpful
    """
    challenger: Json = {"model": to}
    given: Json = {
        "challenger": challenger,
        "ramp": _shares(ramp),
        "unit": unit,
        "automatic": not manual,
        "minimum": {"units": users, "seconds": 60 * minutes},
        "channels": channel or [],
    }
    if prompt:
        prompt_name, _, version = prompt.partition("@")
        challenger["prompt"] = {"name": prompt_name, "version": version or "latest"}
        if label:
            given["label"] = {"name": prompt_name, "version": label}
    if shadow is not None:
        given["shadow"] = {"share": shadow}
    if score:
        usual = [{"metric": each} for each in ("errors", "latency", "cost")]
        given["criteria"] = [*usual, *map(_score, score)]
    _begin(name, "staged", route, given, file, reason, endpoint, api_key, as_json=as_json)


@app.command("list")
def list_releases(
    endpoint: Endpoint = None, api_key: ApiKey = None, as_json: AsJson = False
) -> None:
    """List releases, the newest first.

    Example: pilothouse release list
    """
    with Rest(endpoint, api_key) as rest:
        found: list[Json] = rest.get(calls.path("releases"))["items"]
    if as_json:
        print_json(found)
        return
    columns = ("name", "kind", "route", "status", "share", "said")
    print_table(columns, [{**each, "said": _said(each)} for each in found])


@app.command("show")
def show_release(
    name: Named, endpoint: Endpoint = None, api_key: ApiKey = None, as_json: AsJson = False
) -> None:
    """Look at a release now: what its arms were like, and what separates them.

    Example: pilothouse release show mini
    """
    with Rest(endpoint, api_key) as rest:
        found: Json = rest.post(calls.path("releases", name, "look"), None)
    if as_json:
        print_json(found)
        return
    say(f"{found['name']} on {found['route']}: {found['status']}, share {found['share']:.0%}")
    figures = found["figures"]
    if figures is None:
        say("nothing was seen yet")
        return
    say(figures["sentence"])
    arms = ("arm", "calls", "units", "errors", "p50_ms", "p95_ms", "cost_usd", "tokens")
    print_table(arms, map(_arm_row, figures["arms"]))
    if figures["differences"]:
        rows = [{**each, "difference": each["text"]} for each in figures["differences"]]
        print_table(("arm", "difference", "p", "verdict"), rows)
    for missing in figures["waits_for"]:
        say(f"waits for {missing}")


@app.command("events")
def show_events(
    name: Named, endpoint: Endpoint = None, api_key: ApiKey = None, as_json: AsJson = False
) -> None:
    """Show who did what, when and why.

    Example: pilothouse release events mini
    """
    with Rest(endpoint, api_key) as rest:
        found: list[Json] = rest.get(calls.path("releases", name, "events"))["items"]
    if as_json:
        print_json(found)
    else:
        print_table(("at", "actor", "action", "share", "reason"), found)


@app.command("promote")
def promote(
    name: Named,
    arm: Annotated[str, typer.Option(help="Which arm of an A/B split.")] = "",
    reason: Reason = "",
    endpoint: Endpoint = None,
    api_key: ApiKey = None,
    as_json: AsJson = False,
) -> None:
    """Give everybody the challenger now.

    Example: pilothouse release promote mini --reason 'seen enough'
    """
    _act(name, "promote", reason, endpoint, api_key, arm=arm, as_json=as_json)


@app.command("rollback")
def roll_back(
    name: Named,
    reason: Reason = "",
    endpoint: Endpoint = None,
    api_key: ApiKey = None,
    as_json: AsJson = False,
) -> None:
    """Take the challenger from everybody now; after a promotion, too.

    Example: pilothouse release rollback mini --reason 'people complain'
    """
    _act(name, "rollback", reason, endpoint, api_key, as_json=as_json)


@app.command("advance")
def advance(
    name: Named,
    reason: Reason = "",
    endpoint: Endpoint = None,
    api_key: ApiKey = None,
    as_json: AsJson = False,
) -> None:
    """Go on to the next stage without waiting for the rule.

    Example: pilothouse release advance mini
    """
    _act(name, "advance", reason, endpoint, api_key, as_json=as_json)


@app.command("pause")
def pause(
    name: Named,
    reason: Reason = "",
    endpoint: Endpoint = None,
    api_key: ApiKey = None,
    as_json: AsJson = False,
) -> None:
    """Stay at the present share; harm still rolls back.

    Example: pilothouse release pause mini --reason 'it is Friday'
    """
    _act(name, "pause", reason, endpoint, api_key, as_json=as_json)


@app.command("resume")
def resume(
    name: Named,
    reason: Reason = "",
    endpoint: Endpoint = None,
    api_key: ApiKey = None,
    as_json: AsJson = False,
) -> None:
    """Go on after a pause.

    Example: pilothouse release resume mini
    """
    _act(name, "resume", reason, endpoint, api_key, as_json=as_json)


@app.command("stop")
def stop(
    name: Named,
    reason: Reason = "",
    endpoint: Endpoint = None,
    api_key: ApiKey = None,
    as_json: AsJson = False,
) -> None:
    """End an A/B split or a shadow: the route is as it was.

    Example: pilothouse release stop tone
    """
    _act(name, "stop", reason, endpoint, api_key, as_json=as_json)


@app.command("remove")
def remove(
    name: Named, endpoint: Endpoint = None, api_key: ApiKey = None, as_json: AsJson = False
) -> None:
    """Remove a release that has ended, with its audit trail.

    Example: pilothouse release remove tone
    """
    with Rest(endpoint, api_key) as rest:
        rest.delete(calls.path("releases", name))
    if as_json:
        print_json({"name": name, "removed": True})
    else:
        say(f"removed release {name!r}")


def _begin(
    name: str,
    kind: str,
    route: str,
    given: Json,
    file: Path | None,
    reason: str,
    endpoint: str | None,
    api_key: str | None,
    *,
    as_json: bool,
) -> None:
    more = {} if file is None else _read(file)
    body = {"name": name, "kind": kind, "route": route, "reason": reason, **given, **more}
    with Rest(endpoint, api_key) as rest:
        made = rest.post(calls.path("releases"), body)
    if as_json:
        print_json(made)
    else:
        say(f"release {name!r} is at work on {route!r}, share {made['share']:.0%}")


def _act(
    name: str,
    verb: str,
    reason: str,
    endpoint: str | None,
    api_key: str | None,
    *,
    as_json: bool,
    arm: str = "",
) -> None:
    with Rest(endpoint, api_key) as rest:
        made = rest.post(calls.path("releases", name, verb), {"reason": reason, "arm": arm})
    if as_json:
        print_json(made)
    else:
        say(f"release {name!r} is {made['status'].replace('_', ' ')}, share {made['share']:.0%}")


def _arm(text: str) -> Json:
    named, _, weight = text.partition("=")
    name, _, model = named.partition(":")
    return {"name": name, "model": model, "weight": _number(weight or "1", text)}


def _score(text: str) -> Json:
    name, _, margin = text.partition("=")
    found: Json = {"metric": f"scores.{name}"}
    return found | ({"margin": _number(margin, text)} if margin else {})


def _shares(text: str) -> list[float]:
    return [_number(each, text) / 100 for each in text.split(",")]


def _number(text: str, within: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise Failure(f"{text!r} in {within!r} is no number") from None


def _arm_row(arm: Json) -> Json:
    latency = arm["latency_ms"]
    return {
        **arm,
        "p50_ms": _estimate(latency["p50"]),
        "p95_ms": _estimate(latency["p95"]),
        "cost_usd": _estimate(arm["cost_usd"]),
        "tokens": _estimate(arm["tokens"]),
    }


def _estimate(figure: Json | None) -> str | None:
    """A figure with its interval."""
    if figure is None:
        return None
    shown = f"{figure['estimate']:.4g}"
    if figure["low"] is None:
        return shown
    return f"{shown} ({figure['low']:.4g} to {figure['high']:.4g})"


def _said(release: Json) -> str | None:
    figures = release["figures"]
    return None if figures is None else str(figures["sentence"])


def _read(path: Path) -> Json:
    import json

    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise Failure(f"{path} cannot be read as JSON: {error}") from None
    if not isinstance(found, dict):
        raise Failure(f"{path} holds no JSON object")
    return found
