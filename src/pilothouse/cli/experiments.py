"""What the commands that run experiments have in common: options, and how they end."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NoReturn

import typer

from pilothouse.cli.terminal import say

if TYPE_CHECKING:
    from pilothouse.evaluation.runner import Experiment, Stopped


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
