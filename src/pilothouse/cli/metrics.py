"""pilothouse metrics: over the REST API."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import typer

from pilothouse.cli.rest import API_KEY, ENDPOINT
from pilothouse.cli.selecting import Filter, Since, Text, Until
from pilothouse.cli.terminal import JSON, PROJECT, Failure, new_app, print_json, print_table, say
from pilothouse.client import Client
from pilothouse.client.api import Scope

app = new_app("Measure traces, spans and sessions.")

_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_OTHERS: Final = "(all others)"
Point = dict[str, Any]  # Any: numbers, texts, lists of buckets


@app.callback()
def _group() -> None:
    """A group: `query` is a command of its own."""


@app.command()
def query(
    measures: Annotated[
        list[str],
        typer.Argument(
            help="What to measure: count, 'p95(duration_ms)', 'sum(cost.total) / count'."
        ),
    ],
    project: Annotated[str | None, PROJECT] = None,
    scope: Annotated[Scope, typer.Option(help="Of what.")] = "traces",
    group_by: Annotated[
        list[str] | None, typer.Option("--by", "-b", help="Split by a field; again for several.")
    ] = None,
    interval: Annotated[
        str | None, typer.Option("--interval", "-i", help="A row for each 5m, 1h, 1d …")
    ] = None,
    last: Annotated[
        str | None, typer.Option(help="How far back, instead of --from: 24h, 30d.")
    ] = None,
    since: Since = None,
    until: Until = None,
    filter_text: Filter = None,
    text: Text = None,
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", min=1, help="How many groups, the largest.")
    ] = None,
    other: Annotated[bool, typer.Option("--other", help="All other groups as one more.")] = False,
    compare: Annotated[
        str | None, typer.Option(help="Beside it the time before: previous, or 1w earlier.")
    ] = None,
    endpoint: Annotated[str | None, ENDPOINT] = None,
    api_key: Annotated[str | None, API_KEY] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Measure by interval and group. Names of measures: docs, Reference, Measures.

    Example: pilothouse metrics query count 'p95(duration_ms)' --scope spans --by model --last 7d
    """
    if last is not None and since is not None:
        raise Failure("say --last or --from, not both")
    start = since if last is None else _ago(last)
    with Client(endpoint, api_key, timeout_s=60) as client:
        answer: Any = client.metrics(
            measures,
            project=project,
            interval=interval,
            scope=scope,
            group_by=group_by or (),
            limit=limit,
            other=other,
            compare=compare,
            since=start,
            until=until,
            filter=filter_text,
            q=text,
        )
    if as_json:
        print_json(answer)
        return
    rows = list(_rows(answer, measures, _shift(answer, start)))
    figures = [name for each in measures for name in (each, _before(each))]
    columns = (["time"] if interval else []) + (group_by or []) + figures
    print_table([name for name in columns if any(name in row for row in rows)], rows)
    if answer["truncated"]:
        shown, count = len(answer["series"]) - other, answer["group_count"]
        say(f"the {shown:,} largest of {count:,} groups are shown; --limit shows more")


def _ago(last: str) -> datetime:
    match = re.fullmatch(r"(\d{1,4})([mhdw])", last)
    if match is None:
        raise Failure(f"--last {last}: write it as 90m, 24h, 30d or 4w")
    return datetime.now(UTC) - timedelta(**{_UNITS[match[2]]: int(match[1])})


def _shift(answer: Any, start: datetime | str | None) -> timedelta:
    """How much earlier the time before is; the server has read both moments."""
    if start is None or not answer.get("previous"):
        return timedelta()
    return _moment(start) - _moment(answer["previous"]["from"])


def _moment(when: datetime | str) -> datetime:
    moment = datetime.fromisoformat(when) if isinstance(when, str) else when
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _rows(answer: Any, measures: list[str], shift: timedelta) -> Iterator[Point]:
    """A row for each point, with the figures of the time before beside it."""
    previous = answer.get("previous")
    earlier = {
        (_key(series), _moment(point["time"]) + shift): point
        for series in (previous or {"series": []})["series"]
        for point in series["points"]
    }
    for series in answer["series"]:
        named = dict.fromkeys(series["group"], _OTHERS) if series.get("other") else series["group"]
        for point in series["points"]:
            row = {"time": (point["time"] or "")[:19].replace("T", " "), **named}
            row |= {name: _figure(point[name]) for name in measures}
            if previous:
                then = earlier.get((_key(series), _moment(point["time"])), {})
                row |= {_before(name): _figure(then.get(name)) for name in measures}
            yield row


def _key(series: Any) -> tuple[Any, ...]:
    return (series.get("other", False), *series["group"].values())


def _before(measure: str) -> str:
    return f"{measure} before"


def _figure(value: Any) -> Any:
    """A figure for a table; of buckets and labels how often each comes."""
    if not isinstance(value, list):
        return value
    return [f"{one.get('value', one.get('from'))}: {one['count']}" for one in value]
