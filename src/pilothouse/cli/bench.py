"""pilothouse eval bench: run a model benchmark against an endpoint. No server is needed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pilothouse.cli import experiments
from pilothouse.cli.experiments import refuse
from pilothouse.cli.terminal import JSON, print_json, print_table, say

if TYPE_CHECKING:
    from pilothouse.evaluation.benchmarks import BenchmarkReport

_MAX_ERROR_RATE = 0.05


class Asking(StrEnum):
    """How a model is asked."""

    LOGLIKELIHOOD = "loglikelihood"
    LETTER_LOGPROB = "letter_logprob"
    GENERATE = "generate"
    COMPLETE = "complete"


class Echoed(StrEnum):
    """How a server is asked for the probabilities of a prompt."""

    ECHO = "echo"
    PROMPT_LOGPROBS = "prompt_logprobs"


def bench(
    task: Annotated[
        str,
        typer.Argument(
            help="hellaswag, mmlu, arc_easy, arc_challenge, truthfulqa_mc1, truthfulqa_mc2, "
            "truthfulqa_gen, gsm8k or ifeval."
        ),
    ],
    model: Annotated[str, typer.Option("--model", "-m", help="The name that the server knows.")],
    data: Annotated[
        Path, typer.Option("--data", "-d", help="Its rows: JSONL, CSV, Parquet, or a folder.")
    ],
    base_url: Annotated[
        str | None, typer.Option(help="Where it is served: http://localhost:8000/v1.")
    ] = None,
    mode: Annotated[Asking | None, typer.Option(help="How it is asked.")] = None,
    shots: Annotated[int | None, typer.Option(help="Worked examples before a question.")] = None,
    shots_data: Annotated[
        Path | None, typer.Option(help="Rows to take them from, in order: MMLU's dev file.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(help="Only the first rows, of MMLU those of each subject.")
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(help="question=NAME: a column stands under another name; may be repeated."),
    ] = None,
    api_key_env: Annotated[
        str | None, typer.Option(help="The variable of the environment that holds the key.")
    ] = None,
    max_tokens: Annotated[int | None, typer.Option(help="The longest answer.")] = None,
    tokenizer: Annotated[
        Path | None, typer.Option(help="The model's tokenizer.json: texts are sent as tokens.")
    ] = None,
    max_length: Annotated[
        int | None, typer.Option(help="Tokens that fit; needs --tokenizer.")
    ] = None,
    bos: Annotated[
        str,
        typer.Option(help="With --mutual-info: say <s>, if the server begins no text with one."),
    ] = "",
    echoing: Annotated[
        Echoed, typer.Option(help="How to ask for a prompt's probabilities.")
    ] = Echoed.ECHO,
    mutual_info: Annotated[
        bool, typer.Option("--mutual-info", help="Also acc_mutual_info; twice the calls.")
    ] = False,
    no_check: Annotated[
        bool, typer.Option("--no-check", help="Do not test the server's probabilities first.")
    ] = False,
    cache: Annotated[
        Path | None, typer.Option(help="A file to keep answers in, asked once each.")
    ] = None,
    concurrency: Annotated[int, typer.Option(help="Questions at once.")] = 10,
    seed: Annotated[int, typer.Option(help="Of the order of shuffled options.")] = 0,
    experiment: Annotated[str | None, experiments.NAME] = None,
    baseline: Annotated[
        str | None, typer.Option(help="A benchmark that was run, by name or file, to compare with.")
    ] = None,
    at_least: Annotated[
        list[str] | None,
        typer.Option(help="acc_norm=0.6: exit by 1 if it is lower; may be repeated."),
    ] = None,
    no_regression: Annotated[
        bool, typer.Option("--no-regression", help="Exit by 1 if worse than the baseline.")
    ] = False,
    price: Annotated[
        str | None, typer.Option(help="0.5/1.5: USD for a million tokens in, and out.")
    ] = None,
    budget: Annotated[
        float | None, typer.Option(help="Stop when more USD are spent; needs --price.")
    ] = None,
    report: Annotated[list[Path] | None, experiments.REPORT] = None,
    resume: Annotated[bool, experiments.RESUME] = False,
    retry_errors: Annotated[bool, experiments.RETRY_ERRORS] = False,
    overwrite: Annotated[bool, experiments.OVERWRITE] = False,
    progress: Annotated[experiments.Shown, experiments.PROGRESS] = experiments.Shown.AUTO,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Run a model benchmark and print its figures with standard errors.

    Example: pilothouse eval bench hellaswag -m llama -d val.jsonl --base-url http://localhost/v1
    """
    gates: list[Any] = [{"gate": "mean", "metric": m, "value": v} for m, v in _least(at_least)]
    if no_regression:
        gates.append({"gate": "no_regression"})
    experiments.check_formats(report or [])
    found = _ran(
        task,
        model,
        data,
        tokenizer,
        base_url=base_url,
        api_key=_key(api_key_env),
        mode=None if mode is None else mode.value,
        shots=shots,
        shots_data=shots_data,
        limit=limit,
        columns=dict(_pair(one, "--column") for one in column or ()) or None,
        max_tokens=max_tokens,
        max_length=max_length,
        bos=bos,
        echoing=echoing.value,
        mutual_info=mutual_info,
        self_check=not no_check,
        cache=cache,
        max_concurrency=concurrency,
        seed=seed,
        experiment=experiment,
        baseline=baseline,
        gates=gates,
        prices=_prices(price, budget),
        budget=budget,
        resume=experiments.resuming(experiment, resume=resume, retry_errors=retry_errors),
        overwrite=overwrite,
        max_error_rate=_MAX_ERROR_RATE,
        progress=progress.value,
    )
    if as_json:
        print_json(found.document())
    else:
        _show(found)
    experiments.conclude(found.experiment, report or [], _MAX_ERROR_RATE)


def _ran(
    task: str,
    model: str,
    data: Path,
    tokenizer: Path | None,
    **options: Any,  # Any: they are those of run_benchmark
) -> BenchmarkReport:
    from pilothouse.evaluation.benchmarks import run_benchmark
    from pilothouse.evaluation.errors import ModelError

    with experiments.one_line():
        if tokenizer is not None:
            options["tokenizer"] = _tokenizer(tokenizer)
        try:
            return run_benchmark(task, model, data, **options)
        except ModelError as e:
            say(f"pilothouse: {' '.join(str(e).split())}")
            raise typer.Exit(3) from None


def _tokenizer(path: Path) -> Any:
    from pilothouse.evaluation.extras import required

    read, text = required("tokenizers").Tokenizer.from_str, path.read_text("utf-8")
    try:
        return read(text)
    except Exception as e:  # noqa: BLE001 # it raises nothing narrower
        refuse(f"{path} is no tokenizer: {e}")


def _show(found: BenchmarkReport) -> None:
    settings = found.settings
    typer.echo(
        f"{settings['task']} · {settings['served']} · {settings['mode']}, {settings['shots']} shots"
    )
    typer.echo(f"prompt: {settings['prompt']}")
    rows = [
        {
            "metric": name,
            "value": metric.mean,
            "stderr": metric.standard_error,
            "n": metric.n,
            "divided by": found.normalisers.get(name),
        }
        for name, metric in found.metrics.items()
    ]
    print_table(("metric", "value", "stderr", "n", "divided by"), rows)
    several = found.categories or found.groups
    if several:
        typer.echo("")
        each = [
            {"group": group, "metric": name, "value": m.mean, "stderr": m.standard_error, "n": m.n}
            for group, metrics in several.items()
            for name, m in metrics.items()
        ]
        print_table(("group", "metric", "value", "stderr", "n"), each)
    experiments.show_verdicts(found.experiment, found.warnings)


def _pair(given: str, option: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if not (name and equals and value):
        refuse(f"{option} is NAME=VALUE, not {given!r}")
    return name, value


def _least(given: list[str] | None) -> Iterator[tuple[str, float]]:
    for one in given or ():
        metric, value = _pair(one, "--at-least")
        try:
            yield metric, float(value)
        except ValueError:
            refuse(f"--at-least needs a number, not {value!r}")


def _prices(given: str | None, budget: float | None) -> Any:
    from pilothouse.evaluation.models import PerMillion

    if given is None:
        if budget is not None:
            refuse("--budget needs --price: what do tokens cost?")
        return None
    try:
        of_input, of_output = map(float, given.split("/"))
    except ValueError:
        refuse(f"--price is IN/OUT, say 0.5/1.5, not {given!r}")
    return PerMillion(input=of_input, output=of_output)


def _key(variable: str | None) -> str | None:
    if variable is None:
        return None
    if not os.environ.get(variable):
        refuse(f"{variable} is not set")
    return os.environ[variable]
