"""pilothouse eval: run experiments and compare them. No server is needed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pilothouse.cli.bench import bench
from pilothouse.cli.experiments import (
    NAME,
    OVERWRITE,
    PROGRESS,
    REPORT,
    RESUME,
    RETRY_ERRORS,
    Shown,
    check_errors,
    check_formats,
    ended,
    refuse,
)
from pilothouse.cli.rest import API_KEY, ENDPOINT
from pilothouse.cli.terminal import JSON, new_app, print_json, print_table, say

if TYPE_CHECKING:
    from pilothouse.evaluation.runner import Experiment

app = new_app(
    "Run experiments and compare them.\n\n"
    "Exit codes of run and bench: 0 all gates passed, 1 a gate failed, 2 a mistake in the suite or "
    "its use, 3 too many errors, 4 over budget, 130 stopped by Ctrl-C."
)


@app.command()
def run(
    suite: Annotated[Path, typer.Argument(help="The suite file, YAML.")],
    experiment: Annotated[str | None, NAME] = None,
    baseline: Annotated[
        str | None, typer.Option(help="An experiment, by name or file, to compare with.")
    ] = None,
    report: Annotated[list[Path] | None, REPORT] = None,
    resume: Annotated[bool, RESUME] = False,
    retry_errors: Annotated[bool, RETRY_ERRORS] = False,
    force: Annotated[
        bool, typer.Option("--force", help="With --resume: do anew what changed.")
    ] = False,
    overwrite: Annotated[bool, OVERWRITE] = False,
    progress: Annotated[Shown, PROGRESS] = Shown.AUTO,
    ray: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Run it on a Ray cluster: auto, local or HOST:PORT."),
    ] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Run a suite, print what was found, and exit by its gates.

    Example: pilothouse eval run suite.yaml --baseline main --report report.md
    """
    if resume and experiment is None:
        refuse("--resume needs --experiment: the name was printed when it stopped")
    found, max_error_rate = _ran(
        suite,
        experiment,
        baseline,
        {
            "resume": "errors" if retry_errors else resume,
            "force": force,
            "overwrite": overwrite,
            "progress": progress.value,
            "ray": ray,
        },
        report or [],
    )
    if as_json:
        from pilothouse.evaluation.runner.reports.document import document_of

        print_json(document_of(found))
    else:
        _show(found)
    check_errors(found, max_error_rate)
    if not found.passed:
        raise typer.Exit(1)


@app.command()
def compare(
    baseline: Annotated[str, typer.Argument(help="An experiment, by name or file.")],
    candidate: Annotated[str, typer.Argument(help="The one that may be better.")],
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Say whether one experiment is better than another, and how sure that is.

    Example: pilothouse eval compare main my-change
    """
    from pilothouse.evaluation.errors import EvaluationError
    from pilothouse.evaluation.runner import compared, load_experiment

    try:
        comparison = compared(load_experiment(baseline), load_experiment(candidate))
    except (EvaluationError, ValueError) as e:
        refuse(str(e))
    if as_json:
        print_json({"sentence": comparison.sentence, "metrics": comparison.table()})
        return
    typer.echo(comparison.sentence + "\n")
    columns = ("metric", "verdict", "n", "baseline", "candidate", "difference", "low", "high",
               "p_adjusted", "improved", "regressed")  # fmt: skip
    print_table(columns, comparison.table())


@app.command()
def upload(
    experiment: Annotated[str, typer.Argument(help="An experiment, by name or file.")],
    dataset: Annotated[
        str | None,
        typer.Option(help="The dataset to send it to; made of its rows where there is none."),
    ] = None,
    endpoint: Annotated[str | None, ENDPOINT] = None,
    api_key: Annotated[str | None, API_KEY] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Send an experiment to the server; again, it goes on where it was broken off.

    Example: pilothouse eval upload my-change --dataset refunds
    """
    from dataclasses import asdict

    from pilothouse.client import Client
    from pilothouse.evaluation.data.upload import upload
    from pilothouse.evaluation.errors import EvaluationError

    try:
        with Client(endpoint, api_key) as client:
            sent = upload(experiment, dataset=dataset, client=client)
    except EvaluationError as e:
        refuse(str(e))
    if as_json:
        print_json(asdict(sent))
        return
    typer.echo(f"{sent.name}: {sent.sent} rows sent, {sent.earlier} were there; {sent.id}")


def _ran(
    suite: Path,
    experiment: str | None,
    baseline: str | None,
    how: dict[str, object],
    reports: list[Path],
) -> tuple[Experiment, float | None]:
    """The experiment, and which share of errors its suite allows."""
    from pilothouse.evaluation.errors import EvaluationError
    from pilothouse.evaluation.runner import Stopped, evaluate
    from pilothouse.evaluation.runner.reports import write_report
    from pilothouse.evaluation.runner.suite import SuiteFile

    check_formats(reports)
    try:
        file = SuiteFile(suite)
        options = file.options()
        if how["ray"] is not None:  # workers look for modules where this process does
            sys.path += file.modules
        if baseline is not None:
            options["baseline"] = baseline
        name = experiment or _new_name(file.suite.name)
        target, data = options.pop("target"), options.pop("data")
        found = evaluate(target, data, experiment=name, **options, **how)
        for path in reports:
            write_report(found, path)
    except Stopped as e:
        ended(e)
    except (EvaluationError, ValueError, TypeError, ImportError, OSError) as e:
        refuse(str(e))
    return found, options["max_error_rate"]


def _new_name(suite: str) -> str:
    import secrets
    from datetime import UTC, datetime

    return f"{suite}-{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def _show(found: Experiment) -> None:
    rows = [
        {
            "metric": metric.name,
            "mean": metric.mean,
            "low": None if metric.interval is None else metric.interval.low,
            "high": None if metric.interval is None else metric.interval.high,
            "passed": None if metric.pass_rate is None else metric.pass_rate.estimate,
            "ok": metric.n_ok,
            "failed": metric.n_error,
            "not_applicable": metric.n_not_applicable,
            "skipped": metric.n_skipped,
        }
        for metric in found.summary.metrics.values()
    ]
    columns = ("metric", "mean", "low", "high", "passed", "ok", "failed", "not_applicable",
               "skipped")  # fmt: skip
    print_table(columns, rows)
    for result in found.summary_results:
        typer.echo(f"{result.name}: {result.score if result.score is not None else result.label}")
    if found.comparison is not None:
        typer.echo("\n" + found.comparison.sentence)
    for outcome in found.gates:
        typer.echo(f"{outcome.outcome}: {outcome.gate}: {outcome.reason}")
    say(f"kept as {found.name} in {found.path}")


app.command()(bench)
