"""pilothouse traces: over the REST API."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from pilothouse.cli.rest import API_KEY, ENDPOINT, Rest
from pilothouse.cli.selecting import Filter, Since, Text, Until
from pilothouse.cli.terminal import (
    JSON,
    PROJECT,
    Failure,
    new_app,
    print_json,
    print_json_line,
    print_table,
    say,
)
from pilothouse.client import Client, calls
from pilothouse.client.api import Format, Scope

app = new_app("List, show, follow, export and import traces.")


@app.command("list")
def list_traces(
    project: Annotated[str | None, PROJECT] = None,
    filter_text: Filter = None,
    text: Text = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many.")] = 20,
    order_by: Annotated[
        str | None, typer.Option(help="A column; with - before it the largest first.")
    ] = None,
    endpoint: Annotated[str | None, ENDPOINT] = None,
    api_key: Annotated[str | None, API_KEY] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """List traces, the newest first.

    Example: pilothouse traces list -p support -f 'status = "error" and duration_ms > 2s'
    """
    with Client(endpoint, api_key) as client:
        found = list(
            client.traces(
                project,
                since=since,
                until=until,
                filter=filter_text,
                q=text,
                order_by=order_by,
                limit=limit,
            )
        )
    if as_json:
        print_json(found)
    else:
        print_table(
            ("start", "trace_id", "name", "status", "ms", "spans", "tokens", "cost", "input"),
            [_line(trace) for trace in found],
        )


@app.command()
def show(
    trace_id: Annotated[str, typer.Argument(help="The id of the trace.")],
    project: Annotated[str | None, PROJECT] = None,
    endpoint: Annotated[str | None, ENDPOINT] = None,
    api_key: Annotated[str | None, API_KEY] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Show one trace as a tree of its spans; with --json all that is in them.

    Example: pilothouse traces show 4bf92f3577b34da6a3ce929d0e0e4736
    """
    with Client(endpoint, api_key) as client:
        detail: Any = client.trace(trace_id, project, payloads=as_json)
    if as_json:
        print_json(detail)
        return
    trace = detail["trace"]
    sys.stdout.write(f"{trace['name']}  {trace['status']}  {_ms(trace)}  {trace['start_time']}\n")
    for line in _tree(detail["spans"]):
        sys.stdout.write(line + "\n")


@app.command()
def tail(
    project: Annotated[str | None, PROJECT] = None,
    filter_text: Filter = None,
    text: Text = None,
    endpoint: Annotated[str | None, ENDPOINT] = None,
    api_key: Annotated[str | None, API_KEY] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Print traces as they arrive and change, until Ctrl-C; with --json one document a line.

    Example: pilothouse traces tail -p support
    """
    with Rest(endpoint, api_key) as rest:
        for name, data in rest.events(
            calls.path("traces", "tail"), project=project, filter=filter_text, q=text
        ):
            if name == "ready":
                say("waiting for traces; Ctrl-C ends")
            elif name == "trace":
                _print_arrived(json.loads(data), as_json=as_json)


def _print_arrived(trace: Any, *, as_json: bool) -> None:
    if as_json:
        print_json_line(trace)
        return
    sys.stdout.write("  ".join(str(value) for value in _line(trace).values() if value) + "\n")
    sys.stdout.flush()


@app.command()
def export(
    project: Annotated[str | None, PROJECT] = None,
    filter_text: Filter = None,
    text: Text = None,
    since: Since = None,
    until: Until = None,
    form: Annotated[Format, typer.Option("--format", help="The form of the file.")] = "jsonl",
    scope: Annotated[Scope, typer.Option(help="What a row is.")] = "traces",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A file; else standard output.")
    ] = None,
    payloads: Annotated[
        bool, typer.Option("--payloads/--no-payloads", help="With all that is in the spans.")
    ] = True,
    endpoint: Annotated[str | None, ENDPOINT] = None,
    api_key: Annotated[str | None, API_KEY] = None,
) -> None:
    """Write the whole result of a filter; `pilothouse traces import` reads otlp and jsonl back.

    Example: pilothouse traces export -p support --format otlp -o support.otlp.jsonl
    """
    with Client(endpoint, api_key, timeout_s=300) as client:
        pieces = client.export(
            scope,
            format=form,
            project=project,
            since=since,
            until=until,
            filter=filter_text,
            q=text,
            payloads=payloads,
        )
        _write(pieces, output)


def _write(pieces: Any, output: Path | None) -> None:
    if output is None:
        for piece in pieces:
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        return
    total = 0
    part = output.with_name(output.name + ".part")
    try:
        with part.open("wb") as file:
            for piece in pieces:
                file.write(piece)
                total += len(piece)
        part.replace(output)
    except OSError as error:
        raise Failure(f"{output} cannot be written: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
    say(f"wrote {total:,} bytes to {output}")


@app.command("import")
def import_traces(
    files: Annotated[list[Path], typer.Argument(help="Files; - reads standard input.")],
    project: Annotated[
        str | None, typer.Option("--project", "-p", help="Put all spans into this project.")
    ] = None,
    endpoint: Annotated[str | None, ENDPOINT] = None,
    api_key: Annotated[str | None, API_KEY] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Send exported traces (OTLP in JSON, or our JSONL) to a server; twice changes nothing.

    Example: pilothouse traces import support.otlp.jsonl --endpoint http://other:8484
    """
    from pilothouse.cli.importing import requests_of

    counts = {"traces": 0, "logs": 0}
    sent = 0
    with Rest(endpoint, api_key, timeout_s=120) as rest:
        for file in files:
            for request in requests_of(file, project):
                answer = rest.send_otlp(request.signal, request.body)
                partial = (answer or {}).get("partialSuccess") or {}
                rejected = partial.get("rejectedSpans") or partial.get("rejectedLogRecords") or 0
                counts[request.signal] += request.count - int(rejected)
                sent += 1
                if partial.get("errorMessage"):
                    say(f"{file}: {partial['errorMessage']}")
    spans, logs = counts["traces"], counts["logs"]
    if as_json:
        print_json({"spans": spans, "log_records": logs, "requests": sent})
    else:
        beside = f" and {_counted(logs, 'log record')}" if logs else ""
        say(f"imported {_counted(spans, 'span')}{beside} in {_counted(sent, 'request')}")


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _line(trace: Any) -> dict[str, Any]:
    usage, cost = trace.get("usage") or {}, trace.get("cost") or {}
    total = cost.get("total")
    return {
        "start": trace["start_time"][:19].replace("T", " "),
        "trace_id": trace["trace_id"],
        "name": trace["name"],
        "status": trace["status"],
        "ms": _number(trace.get("duration_ms")),
        "spans": trace.get("span_count"),
        "tokens": usage.get("total_tokens"),
        "cost": None if total is None else f"{total:.6f}",
        "input": trace.get("input_preview"),
    }


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:.0f}"


def _ms(item: Any) -> str:
    value = item.get("duration_ms")
    return "unfinished" if value is None else f"{value:.0f} ms"


def _tree(spans: list[Any]) -> list[str]:
    """Spans as indented lines; one whose parent is absent, or in a ring, counts as a root."""
    children: dict[str | None, list[Any]] = {}
    ids = {span["span_id"] for span in spans}
    for span in sorted(spans, key=lambda one: one["start_time"]):
        parent = span.get("parent_span_id")
        children.setdefault(parent if parent in ids else None, []).append(span)
    lines: list[str] = []
    done: set[str] = set()
    waiting = [(span, 0) for span in reversed(children.get(None, []))]
    while waiting or len(done) < len(ids):
        if not waiting:
            waiting.append((next(span for span in spans if span["span_id"] not in done), 0))
        span, depth = waiting.pop()
        if span["span_id"] in done:
            continue
        done.add(span["span_id"])
        facts = [span["kind"], _ms(span)]
        facts += [str(span[name]) for name in ("model", "status_message") if span.get(name)]
        mark = "!" if span["status"] == "error" else " "
        lines.append(f"{mark} {'  ' * depth}{span['name']}  ({', '.join(facts)})")
        waiting += [(child, depth + 1) for child in reversed(children.get(span["span_id"], []))]
    return lines
