"""pilothouse dataset: make examples, review them, choose among them, and train with them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from pilothouse.cli.terminal import JSON, new_app, print_json, print_table, say

if TYPE_CHECKING:
    from pilothouse.evaluation.data.finetuning import Exported
    from pilothouse.evaluation.data.synthetic import Generated
    from pilothouse.evaluation.rows import Row

MISTAKE = 2
"""The exit code of a command that is called wrongly, as of all that it refuses."""
MODEL = typer.Option("--model", help="NAME@URL, or openai:NAME; else PILOTHOUSE_JUDGE.")
app = new_app(
    "Make examples, review them, and export them for training.\n\n"
    "DATA is a file (.jsonl, .csv, .parquet), dataset:NAME or traces:PROJECT of a server, or "
    "experiment:NAME.\n\n"
    "Exit codes: 0 done, 2 a mistake, 3 a model that cannot be asked, 130 stopped by Ctrl-C."
)


class Format(StrEnum):
    """A form of fine-tuning files."""

    OPENAI = "openai"
    SHAREGPT = "sharegpt"
    DPO = "dpo"
    OPENAI_DPO = "openai-dpo"


class Private(StrEnum):
    """What becomes of private data."""

    DROP = "drop"
    MASK = "mask"
    KEEP = "keep"


@app.command("export-finetune")
def export_finetune(
    data: Annotated[list[str], typer.Argument(help="What to train on; may be several.")],
    to: Annotated[Path, typer.Option("--to", help="The file to write, .jsonl.")],
    format: Annotated[Format, typer.Option(help="The form of the file.")] = Format.OPENAI,
    score: Annotated[
        str | None, typer.Option(help="The score that prefers one answer to another (dpo).")
    ] = None,
    at_least: Annotated[
        float | None, typer.Option(help="Leave out answers whose --score is below.")
    ] = None,
    margin: Annotated[float, typer.Option(help="By how much scores of a pair must differ.")] = 0.0,
    validation: Annotated[float, typer.Option(help="The share that is held back.")] = 0.1,
    near: Annotated[
        float,
        typer.Option(help="The common text of near duplicates; 1 leaves out equal ones only."),
    ] = 0.8,
    private: Annotated[
        Private, typer.Option(help="What to do with secrets and personal data.")
    ] = Private.DROP,
    seed: Annotated[int, typer.Option(help="Divides otherwise.")] = 0,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Write a file for fine-tuning, and one for validation beside it.

    Example: pilothouse dataset export-finetune traces:support --score helpful --at-least 1 --to
    train.jsonl
    """
    from pilothouse.evaluation.data import finetuning

    pairs = finetuning.FORMATS[format].pairs
    if pairs and score is None:
        _refuse(f"{format} is made of pairs: say by --score which answer is the better one")
    if at_least is not None and (score is None or pairs):
        _refuse("--at-least goes with --score, for formats that are no pairs")
    if to.resolve() in {Path(source).resolve() for source in data}:
        _refuse(f"{to} is what is to be trained on: write to another file")
    with _refusing():
        rows: Any = _rows(data)
        if pairs:
            rows = finetuning.pairs_of_scores(rows, lambda row: _score(row, score), margin=margin)
        elif at_least is not None:
            given = [(row, _score(row, score)) for row in rows]
            rows = [row for row, value in given if value is not None and value >= at_least]
        exported = finetuning.export_finetune(
            rows,
            to,
            format=format,
            validation=validation,
            near=None if near >= 1 else near,
            private=private.value,
            seed=seed,
        )
    _show(exported, private, as_json=as_json)


@app.command()
def generate(
    documents: Annotated[Path, typer.Argument(help="A text, a folder of texts, or rows of text.")],
    to: Annotated[Path, typer.Option("--to", help="The file that they are added to, .jsonl.")],
    model: Annotated[str | None, MODEL] = None,
    single: Annotated[int, typer.Option(help="Questions that one document answers.")] = 10,
    multi: Annotated[int, typer.Option(help="Questions that only several answer.")] = 0,
    unanswerable: Annotated[int, typer.Option(help="Questions that none answers.")] = 0,
    language: Annotated[str | None, typer.Option(help="In which language to ask.")] = None,
    seed: Annotated[int, typer.Option(help="Chooses other documents.")] = 0,
) -> None:
    """Make questions with answers and quotes from documents, to be reviewed.

    Example: pilothouse dataset generate handbook/ --to questions.jsonl --model
    llama-3@http://localhost:8000/v1 --multi 5
    """
    from pilothouse.evaluation.data.synthetic import generate
    from pilothouse.evaluation.data.synthetic.candidates import load

    options = {} if language is None else {"language": language}
    with _refusing():
        earlier = load(to) if to.exists() else []
        asked = [row["inputs"]["question"] for row in earlier if "question" in row["inputs"]]
        made = generate(
            documents,
            _model(model),
            single=single,
            multi=multi,
            unanswerable=unanswerable,
            existing=asked,
            seed=seed,
            **options,
        )
        _added(made, to)


@app.command()
def vary(
    data: Annotated[str, typer.Argument(help="The examples.")],
    to: Annotated[Path, typer.Option("--to", help="The file that they are added to, .jsonl.")],
    kinds: Annotated[
        str, typer.Option(help="Which, with commas between; typos and injection need no model.")
    ] = "typos,injection,paraphrase,distractor,negation,language",
    model: Annotated[str | None, MODEL] = None,
    field: Annotated[str | None, typer.Option(help="The text of the inputs to vary.")] = None,
    languages: Annotated[str, typer.Option(help="Into which, with commas between.")] = "German",
    seed: Annotated[int, typer.Option(help="Makes other ones.")] = 0,
) -> None:
    """Make variants that an application should withstand, to be reviewed.

    Example: pilothouse dataset vary questions.jsonl --to hard.jsonl --kinds typos,injection
    """
    from pilothouse.evaluation.data.synthetic import KINDS, vary
    from pilothouse.evaluation.data.synthetic.variants import BY_RULE

    chosen: Any = [kind.strip() for kind in kinds.split(",")]
    with _refusing():
        made = vary(
            _rows([data], answered=False),
            _model(model) if (set(KINDS) - BY_RULE).intersection(chosen) else None,
            kinds=chosen,
            field=field,
            languages=[language.strip() for language in languages.split(",")],
            seed=seed,
        )
        _added(made, to)


@app.command()
def review(
    file: Annotated[Path, typer.Argument(help="A file of generated examples, .jsonl.")],
    accept: Annotated[list[str] | None, typer.Option(help="An id; may be repeated.")] = None,
    reject: Annotated[list[str] | None, typer.Option(help="An id; may be repeated.")] = None,
    accept_all: Annotated[
        bool, typer.Option("--accept-all", help="Accept all that wait and are not rejected.")
    ] = False,
    table: Annotated[
        Path | None, typer.Option(help="Write those that wait to this CSV, to be filled in.")
    ] = None,
    apply: Annotated[
        Path | None, typer.Option(help="Do what this CSV says: verdicts, and changed texts.")
    ] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Show generated examples that wait for a review, and keep what was decided.

    Example: pilothouse dataset review questions.jsonl --table review.csv
    """
    from dataclasses import asdict

    from pilothouse.evaluation.data.synthetic import Review
    from pilothouse.evaluation.data.synthetic.review import COLUMNS, table_line

    with _refusing():
        held = Review(file)
        if apply is not None:
            held.apply_table(apply)
        held.accept(*(accept or ()))
        held.reject(*(reject or ()))
        if accept_all:
            held.accept(*(row["id"] for row in held.waiting()))
        if table is not None:
            held.write_table(table)
        decides = accept or reject or accept_all or apply is not None
        stands = held.save() if decides else held.stands()
    if as_json:
        print_json({**asdict(stands), "items": held.waiting()})
        return
    if not decides and table is None:
        print_table([c for c in COLUMNS if c != "verdict"], map(table_line, held.waiting()))
    say(f"{stands.accepted} accepted, {stands.rejected} rejected, {stands.waiting} waiting")


def _show(exported: Exported, private: Private, *, as_json: bool) -> None:
    from dataclasses import asdict

    if as_json:
        print_json(asdict(exported))
        return
    typer.echo(f"{exported.path}: {exported.written} to train on")
    if exported.validation_path is not None:
        typer.echo(f"{exported.validation_path}: {exported.validation} to validate by")
    say(
        f"left out: {exported.exact_duplicates} duplicates, {exported.near_duplicates} near ones, "
        f"{sum(exported.unusable.values())} unusable"
    )
    for reason, count in exported.unusable.items():
        say(f"  {count}: {reason}")
    if exported.private_samples:
        kinds = ", ".join(f"{count} {kind}" for kind, count in exported.private.items())
        done = {"drop": "left out", "mask": "masked", "keep": "kept"}[private]
        say(f"{exported.private_samples} with private data ({kinds}), {done}")


def _rows(data: list[str], *, answered: bool = True) -> list[Row]:
    """The rows of all sources; those of an experiment with its verdicts as scores."""
    import asyncio
    from dataclasses import replace

    from pilothouse.evaluation.runner import load_experiment
    from pilothouse.evaluation.runner.examples import examples

    async def read(source: str) -> list[Row]:
        return [example.row async for example in examples(source, answered=answered)]

    found: list[Row] = []
    for source in data:
        kind, _, name = source.partition(":")
        if kind != "experiment":
            found += asyncio.run(read(source))
            continue
        for result in load_experiment(name).rows():
            scores = {r.name: r.score for r in result.results if r.status == "ok"}
            found.append(replace(result.row, fields={**result.row.fields, "scores": scores}))
    return found


def _score(row: Row, name: str | None) -> float | None:
    """What was given under the name; a row of a file may have it as a column of its own."""
    scores = row.fields.get("scores")
    value = scores.get(name) if isinstance(scores, dict) else row.fields.get(name or "")
    try:
        number = None if value is None else float(value)
    except (TypeError, ValueError):  # a label, say
        return None
    return None if number is None or isnan(number) else number


def _added(made: Generated, to: Path) -> None:
    made.save(to)
    typer.echo(
        f"{to}: {len(made.candidates)} made, to be reviewed by pilothouse dataset review {to}"
    )
    for reason, count in made.dropped.items():
        say(f"  {count} dropped: {reason}")


def _model(address: str | None) -> str:
    import os

    from pilothouse.evaluation.langchain.loading import JUDGE

    chosen = address or os.environ.get(JUDGE)
    if not chosen:
        _refuse(f"say by --model who writes them, or set {JUDGE}")
    return chosen


@contextmanager
def _refusing() -> Iterator[None]:
    """Exits with one line: by 2 for what a user can put right, by 3 for a silent model."""
    from pilothouse.evaluation.errors import EvaluationError, ModelError

    try:
        yield
    except ModelError as e:
        say(f"pilothouse: {' '.join(str(e).split())}")
        raise typer.Exit(3) from None
    except (EvaluationError, ValueError, ImportError, OSError) as e:
        _refuse(str(e))


def _refuse(said: str) -> NoReturn:
    say(f"pilothouse: {' '.join(said.split())}")
    raise typer.Exit(2)
