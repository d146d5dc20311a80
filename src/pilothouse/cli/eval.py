"""pilothouse eval: run experiments and compare them. No server is needed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pilothouse.cli import experiments
from pilothouse.cli.bench import bench
from pilothouse.cli.rest import API_KEY, ENDPOINT
from pilothouse.cli.terminal import JSON, new_app, print_json, print_table

if TYPE_CHECKING:
    from pilothouse.evaluation.runner import Experiment

MISTAKE = 2
"""The exit code of a command that is called wrongly: 1 says that a gate failed."""
app = new_app(
    "Run experiments and compare them.\n\n"
    "Exit codes of run and bench: 0 all gates passed, 1 a gate failed, 2 a mistake in the suite or "
    "its use, 3 too many errors, 4 over budget, 130 stopped by Ctrl-C."
)


@app.command()
def run(
    suite: Annotated[Path, typer.Argument(help="The suite file, YAML.")],
    experiment: Annotated[str | None, experiments.NAME] = None,
    baseline: Annotated[
        str | None, typer.Option(help="An experiment, by name or file, to compare with.")
    ] = None,
    report: Annotated[list[Path] | None, experiments.REPORT] = None,
    resume: Annotated[bool, experiments.RESUME] = False,
    retry_errors: Annotated[bool, experiments.RETRY_ERRORS] = False,
    force: Annotated[
        bool, typer.Option("--force", help="With --resume: do anew what changed.")
    ] = False,
    overwrite: Annotated[bool, experiments.OVERWRITE] = False,
    no_gates: Annotated[
        bool, typer.Option("--no-gates", help="Leave out the gates: for a first baseline.")
    ] = False,
    progress: Annotated[experiments.Shown, experiments.PROGRESS] = experiments.Shown.AUTO,
    ray: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Run it on a Ray cluster: auto, local or HOST:PORT."),
    ] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Run a suite, print what was found, and exit by its gates.

    Example: pilothouse eval run suite.yaml --baseline main --report report.md
    """
    experiments.check_formats(report or [])
    found, max_error_rate = _ran(
        suite,
        experiment,
        baseline,
        {
            "resume": experiments.resuming(experiment, resume=resume, retry_errors=retry_errors),
            "force": force,
            "overwrite": overwrite,
            "progress": progress.value,
            "ray": ray,
        }
        | ({"gates": []} if no_gates else {}),
    )
    if as_json:
        from pilothouse.evaluation.runner.reports.document import document_of

        print_json(document_of(found))
    else:
        _show(found)
    experiments.conclude(found, report or [], max_error_rate)


@app.command()
def compare(
    baseline: Annotated[str, typer.Argument(help="An experiment, by name or file.")],
    candidate: Annotated[str, typer.Argument(help="The one that may be better.")],
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Say whether one experiment is better than another, and how sure that is.

    Example: pilothouse eval compare main my-change
    """
    from pilothouse.evaluation.runner import compared, load_experiment

    with experiments.one_line():
        comparison = compared(load_experiment(baseline), load_experiment(candidate))
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

    with experiments.one_line(), Client(endpoint, api_key) as client:
        sent = upload(experiment, dataset=dataset, client=client)
    if as_json:
        print_json(asdict(sent))
        return
    typer.echo(f"{sent.name}: {sent.sent} rows sent, {sent.earlier} were there; {sent.id}")


def _ran(
    suite: Path, experiment: str | None, baseline: str | None, how: dict[str, object]
) -> tuple[Experiment, float | None]:
    """The experiment, and which share of errors its suite allows."""
    from pilothouse.evaluation.runner import evaluate
    from pilothouse.evaluation.runner.suite import SuiteFile

    with experiments.one_line():
        file = SuiteFile(suite)
        options = file.options()
        if how["ray"] is not None:  # workers look for modules where this process does
            sys.path += file.modules
        if baseline is not None:
            options["baseline"] = baseline
        name = experiment or _new_name(file.suite.name)
        target, data = options.pop("target"), options.pop("data")
        found = evaluate(target, data, experiment=name, **{**options, **how})
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
    experiments.show_verdicts(found)


app.command()(bench)
