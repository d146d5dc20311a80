"""What the commands that run experiments have in common: options, and how they end."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from pilothouse.cli.terminal import say

if TYPE_CHECKING:
    from pilothouse.evaluation.runner import Experiment, Stopped

NAME = typer.Option("--experiment", "-e", help="The name to keep it under.")
REPORT = typer.Option(help="Write a report: .json, .md or .xml (JUnit); may be repeated.")
RESUME = typer.Option("--resume", help="Go on with the experiment of this name.")
RETRY_ERRORS = typer.Option("--retry-errors", help="With --resume: ask again what failed.")
OVERWRITE = typer.Option("--overwrite", help="Replace the experiment of this name.")
PROGRESS = typer.Option(help="How to show it.")


class Shown(StrEnum):
    """How progress is shown."""

    AUTO = "auto"
    BAR = "bar"
    PLAIN = "plain"
    NONE = "none"


def refuse(said: str) -> NoReturn:
    """Exits by 2: a mistake of whoever asked."""
    say(f"pilothouse: {' '.join(said.split())}")
    raise typer.Exit(2)


def check_formats(reports: Sequence[Path]) -> None:
    """Refuses reports that nobody knows how to write, before anything is paid for."""
    from pilothouse.evaluation.runner.reports import FORMATS

    for path in reports:
        if path.suffix.lower() not in FORMATS:
            refuse(f"a report ends in {', '.join(FORMATS)}, not {path.name!r}")


def ended(early: Stopped) -> NoReturn:
    """Says how to go on, and exits by 4 for a budget, by 3 for errors."""
    from pilothouse.evaluation.runner import BudgetExceeded, TooManyErrors

    again = " --retry-errors" if isinstance(early, TooManyErrors) else ""
    say(f"pilothouse: {early}; go on by --experiment {early.experiment} --resume{again}")
    raise typer.Exit(4 if isinstance(early, BudgetExceeded) else 3) from None


def check_errors(found: Experiment, limit: float | None) -> None:
    """Exits by 3 where so few rows came to a verdict that the gates say little."""
    from pilothouse.evaluation.runner.engine import too_many

    summary = found.summary
    if limit is not None and too_many(summary.failed_rows, summary.rows, limit):
        say(f"pilothouse: {summary.failed_rows} of {summary.rows} rows failed")
        raise typer.Exit(3)
