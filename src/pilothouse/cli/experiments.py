"""What the commands that run experiments have in common: options, and how they end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn

import typer

from pilothouse.cli.terminal import say

if TYPE_CHECKING:
    from pilothouse.evaluation.runner import Experiment

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


def resuming(
    experiment: str | None, *, resume: bool, retry_errors: bool
) -> bool | Literal["errors"]:
    """How to go on, as `evaluate` takes it. Refuses to where nobody says with what."""
    if not resume:
        if retry_errors:
            refuse("--retry-errors goes with --resume")
        return False
    if experiment is None:
        refuse("--resume needs --experiment: the name was printed when it stopped")
    return "errors" if retry_errors else True


def check_formats(reports: Sequence[Path]) -> None:
    """Refuses reports that nobody knows how to write, before anything is paid for."""
    from pilothouse.evaluation.runner.reports import FORMATS

    for path in reports:
        if path.suffix.lower() not in FORMATS:
            refuse(f"a report ends in {', '.join(FORMATS)}, not {path.name!r}")


@contextmanager
def one_line() -> Iterator[None]:
    """Ends by a line that says what is wrong, and how to go on with what was stopped.

    Exits by 4 where a budget is spent, by 3 for errors of rows, and by 2 for mistakes.
    """
    from pilothouse.evaluation.errors import EvaluationError
    from pilothouse.evaluation.runner import BudgetExceeded, Stopped, TooManyErrors

    try:
        yield
    except Stopped as early:
        again = " --retry-errors" if isinstance(early, TooManyErrors) else ""
        say(f"pilothouse: {early}; go on by --experiment {early.experiment} --resume{again}")
        raise typer.Exit(4 if isinstance(early, BudgetExceeded) else 3) from None
    except (EvaluationError, ValueError, TypeError, ImportError, OSError) as mistake:
        refuse(str(mistake))


def show_verdicts(found: Experiment, notes: Sequence[str] = ()) -> None:
    """Prints what a comparison and gates say of it, and where it is kept."""
    if found.comparison is not None:
        typer.echo("\n" + found.comparison.sentence)
    for outcome in found.gates:
        typer.echo(f"{outcome.outcome}: {outcome.gate}: {outcome.reason}")
    for note in notes:
        say(f"note: {note}")
    say(f"kept as {found.name} in {found.path}")


def conclude(found: Experiment, reports: Sequence[Path], max_error_rate: float | None) -> None:
    """Writes the reports and exits by how it went: 1 for gates, 3 where too few rows count."""
    from pilothouse.evaluation.runner.engine import too_many
    from pilothouse.evaluation.runner.reports import write_report

    for path in reports:
        try:
            write_report(found, path)
        except OSError as e:
            refuse(f"{path}: {e.strerror}; the experiment itself is kept as {found.name}")
    failed, rows = found.summary.failed_rows, found.summary.rows
    if failed:
        say(f"pilothouse: {failed} of {rows} rows failed; the first: {_first_failure(found)}")
    if max_error_rate is not None and too_many(failed, rows, max_error_rate):
        raise typer.Exit(3)
    if not found.passed:
        raise typer.Exit(1)


def _first_failure(found: Experiment) -> str:
    """Which row failed first, and of what."""
    for row in found.rows():
        errors = [row.error, *(result.error for result in row.results)]
        said = next((error.message for error in errors if error is not None), None)
        if said is not None:
            return f"{row.row.example_id!r}: {' '.join(said.split())}"
    return "unknown"  # the journal was taken away meanwhile
