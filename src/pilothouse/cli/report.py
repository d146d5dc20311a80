"""pilothouse report: over the REST API."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from pilothouse.cli.rest import API_KEY, ENDPOINT, Rest
from pilothouse.cli.selecting import Filter, Since, Until
from pilothouse.cli.terminal import JSON, PROJECT, Failure, new_app, print_json, print_table, say

app = new_app("Report what calls of models cost, and compare it with a provider's bill.")

_OTHERS = "(all others)"
_UNKNOWN = "(unknown)"
Provider = Literal["openai", "anthropic"]
Row = dict[str, Any]  # Any: JSON


@app.command()
def cost(
    project: Annotated[str | None, PROJECT] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(
            "--by",
            "-b",
            help="Up to two of project, user, model, provider, prompt, prompt_version, environment,"
            " tag, and day, week or month.",
        ),
    ] = None,
    since: Since = None,
    until: Until = None,
    filter_text: Filter = None,
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", min=1, help="How many groups, the dearest.")
    ] = None,
    endpoint: Annotated[str | None, ENDPOINT] = None,
    api_key: Annotated[str | None, API_KEY] = None,
    as_json: Annotated[bool, JSON] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV instead of a table.")] = False,
) -> None:
    """Cost and tokens of the last 30 days, or of any time, beside the time before.

    Example: pilothouse report cost --by model --by month --from 2026-01-01
    """
    if as_json and as_csv:
        raise Failure("say --json or --csv, not both")
    asked = {"project": project, "from": since, "to": until, "filter": filter_text, "limit": limit}
    with Rest(endpoint, api_key, timeout_s=120) as client:
        if as_csv:
            sys.stdout.write(client.text("/api/v1/costs/report", **asked, by=by, format="csv"))
            return
        report = client.get("/api/v1/costs/report", **asked, by=by)
    if as_json:
        print_json(report)
        return
    figures = ["cost", "share", "before", "change", "calls", "tokens"]
    print_table([*report["by"], *figures], _rows(report))
    _talk(report)


@app.command()
def reconcile(
    file: Annotated[
        Path, typer.Argument(help="A usage or cost export: CSV, or JSON of the provider's API.")
    ],
    provider: Annotated[Provider, typer.Option(help="Whose file it is.")],
    project: Annotated[str | None, PROJECT] = None,
    every: Annotated[bool, typer.Option("--all", help="Also rows that agree.")] = False,
    endpoint: Annotated[str | None, ENDPOINT] = None,
    api_key: Annotated[str | None, API_KEY] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """A provider's bill held against what was recorded, by day and model, and why they differ.

    Example: pilothouse report reconcile usage.csv --provider openai
    """
    with Rest(endpoint, api_key, timeout_s=120) as client:
        asked = {"provider": provider, "project": project}
        found = client.upload("/api/v1/costs/reconcile", file.read_bytes(), **asked)
    if as_json:
        print_json(found)
        return
    rows = [row for row in found["rows"] if every or not row["agrees"]]
    if rows:
        print_table(["day", "model", "tokens", "theirs", "ours", "why"], map(_compared, rows))
    say(found["total"]["sentence"])


def _compared(row: Row) -> Row:
    tokens = [row["tokens"][name]["difference"] for name in ("input", "output")]
    known = [number for number in tokens if number is not None]
    return {
        "day": row["day"],
        "model": row["model"],
        "tokens": f"{int(sum(known)):+,}" if known else None,
        "theirs": row["cost"]["theirs"],
        "ours": row["cost"]["ours"],
        "why": row["sentence"],
    }


def _rows(report: Row) -> Iterator[Row]:
    """A row for each group and time, and one for all."""
    for row in report["rows"]:
        named = {
            name: value or (_OTHERS if row["other"] else _UNKNOWN)
            for name, value in row["group"].items()
        }
        yield named | _figures(row)
    total = _figures(report["total"]) | {"share": None}
    yield dict.fromkeys(report["by"][:1], "all") | total


def _figures(row: Row) -> Row:
    unpriced = row["unpriced_calls"]
    dollars = row["cost"]["total"]
    least = "≥ " if unpriced and dollars is not None else ""
    return {
        "cost": None if dollars is None else f"{least}{dollars:,.{2 if dollars >= 100 else 6}f}",
        "share": _percent(row.get("share")),
        "before": row["before"]["cost"],
        "change": _percent(row["change"]),
        "calls": row["calls"],
        "tokens": _whole(row["usage"]["total_tokens"]),
    }


def _percent(part: float | None) -> str | None:
    return None if part is None else f"{part * 100:.1f} %"


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)


def _talk(report: Row) -> None:
    """What a reader of the table should know of it."""
    total = report["total"]
    say(f"from {report['from'][:16]} to {report['to'][:16]} UTC, in US dollars")
    if total["unpriced_calls"]:
        say(f"{total['unpriced_calls']:,} calls have no price: the cost is at least this")
    if total["calls_without_usage"]:
        say(f"{total['calls_without_usage']:,} answers reported neither tokens nor cost")
    if total["cost"]["client"]:
        say(f"{total['cost']['client']:,.4f} of it was reported by the senders themselves")
    if report["overlapping"]:
        say("a trace with several tags stands in the row of each")
    if report["truncated"]:
        say(f"these are the dearest of {report['group_count']:,} groups; --limit shows more")
