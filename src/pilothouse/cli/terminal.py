"""What commands print: data to standard output, talk to standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import typer

JSON = typer.Option("--json", help="Print JSON instead of a table.")
PROJECT = typer.Option("--project", "-p", help="The name of a project.")


class Failure(Exception):
    """A command cannot go on; the message is one line for a person."""


def new_app(help_text: str) -> typer.Typer:
    """An application of typer as all commands have it."""
    return typer.Typer(
        help=help_text,
        add_completion=False,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["--help", "-h"]},
    )


def say(text: str) -> None:
    """Talk: on standard error, so that it never mixes with data."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def print_json(value: Any) -> None:
    """One JSON document."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")


def print_json_line(value: Any) -> None:
    """One JSON document on a line of its own, written at once."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()


def print_table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """A table with a head; numbers to the right."""
    lines = [[shown(row.get(column)) for column in columns] for row in rows]
    if not lines:
        say("nothing to show")
        return
    numeric = [all(_is_number(line[at]) for line in lines) for at in range(len(columns))]
    head = [column.replace("_", " ") for column in columns]
    widths = [
        min(60, max(len(head[at]), *(len(line[at]) for line in lines)))
        for at in range(len(columns))
    ]
    for line in (head, *lines):
        cells = [
            _fit(cell, widths[at]).rjust(widths[at])
            if numeric[at]
            else _fit(cell, widths[at]).ljust(widths[at])
            for at, cell in enumerate(line)
        ]
        sys.stdout.write("  ".join(cells).rstrip() + "\n")


def shown(value: Any) -> str:
    """A value in a table."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.6g}"
    if isinstance(value, (list, tuple, set)):
        return ", ".join(str(item) for item in value) or "-"
    return " ".join(str(value).split())


def bytes_shown(count: float | None) -> str:
    """A size as people say it."""
    if count is None:
        return "-"
    for unit in ("B", "kB", "MB", "GB"):
        if abs(count) < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def _fit(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _is_number(text: str) -> bool:
    return text == "-" or text.replace(",", "").replace(".", "").replace("-", "").isdigit()
