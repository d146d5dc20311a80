"""`evaluate` and `aevaluate`: from a target, data and evaluators to an experiment."""

from __future__ import annotations

import secrets
import shutil
import sys
import tempfile
import threading
import weakref
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, get_args

from pilothouse.evaluation.comparison import Comparison
from pilothouse.evaluation.evaluators import Evaluator
from pilothouse.evaluation.functions import as_evaluator
from pilothouse.evaluation.loops import run
from pilothouse.evaluation.models.functions import in_thread
from pilothouse.evaluation.runner.admitted import out_of_bounds
from pilothouse.evaluation.runner.engine import Engine, ErrorHandling, Plan, Resume
from pilothouse.evaluation.runner.environment import environment
from pilothouse.evaluation.runner.errors import BadData, JournalError, Stopped
from pilothouse.evaluation.runner.examples import (
    Data,
    Example,
    examples,
    is_replayable,
    opened,
)
from pilothouse.evaluation.runner.experiment import (
    SUFFIX,
    Experiment,
    compared,
    experiment_of,
    journal_path,
    load_experiment,
)
from pilothouse.evaluation.runner.fingerprints import evaluator_fingerprint, target_fingerprint
from pilothouse.evaluation.runner.gates import (
    Evidence,
    Gate,
    NonInferior,
    NoRegression,
    checked,
    gate_of,
)
from pilothouse.evaluation.runner.journal import Journal, Key
from pilothouse.evaluation.runner.progress import Progress, shown
from pilothouse.evaluation.runner.records import RowResult
from pilothouse.evaluation.runner.summaries import passing, summary_results
from pilothouse.evaluation.runner.tallies import Tallies
from pilothouse.evaluation.runner.targets import Answer, Target, target_of

if TYPE_CHECKING:
    from pilothouse.evaluation.runner.cluster import Cluster

Evaluators = Sequence[Evaluator | Callable[..., Any] | str]
"""Evaluators, functions, and names that `load_evaluator` knows."""
_CHOICES: Final = {
    "error_handling": get_args(ErrorHandling),
    "resume": (False, True, "errors"),
    "progress": get_args(Progress),
}
_PATIENCE_S = 5.0  # for what is in flight when an experiment is interrupted


def evaluate(target: Any, data: Data | None = None, *args: Any, **options: Any) -> Experiment:
    """Runs an experiment to its end; the arguments are those of `aevaluate`.

    Ctrl-C stops it, keeps what was done, and prints how to go on.
    """
    stopped = threading.Event()

    async def whole() -> Experiment:
        try:
            return await aevaluate(target, data, *args, **options)
        finally:
            stopped.set()

    try:
        return run(whole())
    except BaseException:
        stopped.wait(_PATIENCE_S)
        raise


async def aevaluate(
    target: Any,
    data: Data | None = None,
    evaluators: Evaluators = (),
    *,
    summary_evaluators: Evaluators = (),
    experiment: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    max_concurrency: int = 10,
    judge_concurrency: int | None = None,
    repetitions: int = 1,
    seed: int = 0,
    timeout_s: float | None = 300.0,
    error_handling: ErrorHandling = "record",
    max_error_rate: float | None = 0.05,
    budget: float | None = None,
    baseline: str | Path | Experiment | None = None,
    gates: Sequence[Gate | Mapping[str, Any]] = (),
    resume: Resume = False,
    force: bool = False,
    overwrite: bool = False,
    journal: str | Path | bool = True,
    upload: bool | str | None = None,
    allow_unreviewed: bool = False,
    progress: Progress = "auto",
    on_row: Callable[[RowResult], None] | None = None,
    ray: str | None = None,
) -> Experiment:
    """Asks the target for every example, judges the answers, and says what was found.

        def answer(inputs):
            return {"answer": inputs["question"].upper()}

        def shouts(outputs):
            return outputs["answer"].isupper()

        found = evaluate(answer, [{"inputs": {"question": "why?"}}], [shouts])
        found.summary.metrics["shouts"].mean

    `target` is a function of the inputs (sync or async), something with `invoke`, a stored
    experiment whose answers are judged anew, or None where the data have `outputs`. `data` is a
    file (JSONL, CSV, Parquet), the name of a dataset of the server, what `from_dataset` and
    `from_traces` give, a dataset of Hugging Face's, or rows, of any number. `experiment` names the
    run; its journal is kept in `.pilothouse/experiments`, or where `journal` says, or nowhere.

    What was run over a dataset of the server is sent there when it is done, unless `upload=False`;
    `upload="NAME"` sends it whatever the data, and makes a dataset of that name of them.

    `resume=True` goes on with an experiment of this name and pays for nothing twice;
    `"errors"` also asks again what failed. A changed dataset or evaluator is refused unless `force`
    says to do anew what changed. `timeout_s` is for one answer and for one verdict.

    `ray` is the address of a Ray cluster whose workers ask and judge ("auto" finds the one this
    machine is in), or "local" for one of this machine's own; the journal stays here.

    Generated examples that nobody has reviewed are refused unless `allow_unreviewed`.

    Raises ExperimentError: BadData, JournalError, TooManyErrors, BudgetExceeded, RowFailed.
    """
    _check(
        repetitions=repetitions,
        max_concurrency=max_concurrency,
        judge_concurrency=judge_concurrency,
        timeout_s=timeout_s,
        max_error_rate=max_error_rate,
        budget=budget,
        error_handling=error_handling,
        resume=resume,
        progress=progress,
    )
    chosen = _named(evaluators)
    conditions = [gate_of(g) if isinstance(g, Mapping) else g for g in gates]
    needs_baseline = any(isinstance(g, NoRegression | NonInferior) for g in conditions)
    if needs_baseline and baseline is None:
        raise ValueError(
            "a gate against regressions needs a baseline: name an earlier experiment, which is run "
            "without gates"
        )
    before = None if baseline is None else load_experiment(baseline)
    called, data = _target(target, data)
    data = opened(data)
    about = getattr(data, "about", None) or {}
    if upload is True and not about:
        raise ValueError("upload=True is for data of a server's dataset: give upload='DATASET'")
    name = experiment or _new_name(called.name)
    plan = Plan(
        target=called,
        target_config=target_fingerprint(called),
        evaluators=chosen,
        configs={n: evaluator_fingerprint(e) for n, e in chosen.items()},
        target_concurrency=max_concurrency,
        judge_concurrency=judge_concurrency or max_concurrency,
        repetitions=repetitions,
        seed=seed,
        timeout_s=timeout_s,
        error_handling=error_handling,
        max_error_rate=max_error_rate,
        budget=budget,
        again=resume == "errors",
        on_row=on_row,
    )
    cluster = None if ray is None else _cluster(ray, plan)
    keep = _Scratch() if journal is False else None
    path = _path(name, journal, keep)
    head = _head(name, plan, metadata) | ({"data": about} if about else {})
    answered = called.call is None and called.stored is None
    read = partial(examples, data, answered=answered, unreviewed=allow_unreviewed)
    begun = await _begun(read())  # data that cannot be read leave no journal, and replace none
    kept = _journal(path, head, resume=bool(resume), force=force, overwrite=overwrite)
    started = monotonic()
    try:
        if resume and is_replayable(data):
            await _unchanged(kept, read(), force=force)
        tallies = Tallies(repetitions)
        engine = Engine(replace(plan, elsewhere=cluster), kept, tallies)
        rows = _same(kept, begun, force=force)
        rows_in_all = (
            len(data) if isinstance(data, Sequence | set) else getattr(data, "count", None)
        )
        total = None if rows_in_all is None else rows_in_all * repetitions
        async with (
            aclosing(rows),
            shown(engine, None if isinstance(data, str) else total, progress),
        ):
            working = partial(engine.run, rows)
            await (working() if cluster is None else cluster.during(working))
    except Stopped as e:
        e.experiment = name
        raise
    except BaseException as e:
        if keep is None and not isinstance(e, Exception):
            _how_to_resume(name, path)
        raise
    finally:
        kept.close()
    found = experiment_of(path, kept.head, tallies)
    if upload or (about and upload is None):
        await in_thread(_uploaded, found, upload if isinstance(upload, str) else None)
    return _judged(found, summary_evaluators, before, conditions, engine, started, keep)


def _judged(
    found: Experiment,
    summary_evaluators: Evaluators,
    before: Experiment | None,
    gates: Sequence[Gate],
    engine: Engine,
    started: float,
    keep: Any,
) -> Experiment:
    """The experiment with what is said of all of its rows together."""
    comparison = None if before is None else _against(before, found)
    evidence = Evidence(
        summary=found.summary,
        comparison=comparison,
        scores=found.scores,
        passing=lambda metric: passing(found.rows(), metric),
    )
    return Experiment(
        name=found.name,
        path=found.path,
        head=found.head,
        summary=found.summary,
        scores=found.scores,
        clusters=found.clusters,
        summary_results=summary_results(summary_evaluators, found.rows),
        comparison=comparison,
        gates=checked(gates, evidence),
        earlier=engine.earlier,
        wall_s=monotonic() - started,
        keep=keep,
    )


def _against(before: Experiment, found: Experiment) -> Comparison:
    """The comparison; one that cannot be made must not cost what was paid for."""
    try:
        return compared(before, found)
    except ValueError as e:
        why = (str(e),)
        return Comparison(
            baseline=before.name,
            candidate=found.name,
            metrics=(),
            correction="holm",
            alpha=0.05,
            left_out=why,
        )


def _check(**options: Any) -> None:
    """Raises ValueError for an option that means nothing, before anything is paid for."""
    for name, value in options.items():
        if name in _CHOICES:
            if not any(value is choice or value == choice for choice in _CHOICES[name]):
                choices = ", ".join(map(repr, _CHOICES[name]))
                raise ValueError(f"{name!r} is one of {choices}, not {value!r}")
        elif said := out_of_bounds(name, value):
            raise ValueError(said)


def _named(evaluators: Evaluators) -> dict[str, Evaluator]:
    if isinstance(evaluators, str | Evaluator) or not isinstance(evaluators, Iterable):
        raise TypeError(f"evaluators are given as a list: write [{evaluators!r}]")
    named: dict[str, Evaluator] = {}
    for evaluator in map(as_evaluator, evaluators):
        if evaluator.name in named:
            raise ValueError(f"two evaluators are called {evaluator.name!r}: give one a name")
        named[evaluator.name] = evaluator
    return named


def _target(target: Any, data: Data | None) -> tuple[Target, Data]:
    if isinstance(target, Path):
        target = load_experiment(target)
    if isinstance(target, Experiment):
        answers = {
            Key(row.row.example_id or "", row.row.repetition): row.row for row in target.rows()
        }

        def stored(example: str, repetition: int) -> Answer:
            row = answers.get(Key(example, repetition))
            if row is None:
                raise JournalError(f"{target.name!r} has no answer to example {example!r}")
            return Answer(outputs=row.outputs, fields=row.fields)

        first = [row for key, row in answers.items() if key.repetition == 0]
        return Target(f"answers of {target.name}", None, False, stored=stored), data or first
    if data is None:
        raise ValueError("there are no data: give a file or rows")
    return target_of(target), data


def _cluster(address: str, plan: Plan) -> Cluster:
    from pilothouse.evaluation.runner.cluster import Cluster

    places = plan.target_concurrency + (plan.judge_concurrency if plan.slow else 0)
    return Cluster(address, target=plan.target, evaluators=plan.slow, places=places)


def _new_name(target: str) -> str:
    now = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    plain = "".join(c if c.isalnum() or c in "-_" else "-" for c in target).strip("-")
    return f"{plain or 'experiment'}-{now}-{secrets.token_hex(2)}"


class _Scratch:
    """A folder that is gone with the last who holds it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pilothouse-"))
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)


def _path(name: str, journal: str | Path | bool, keep: _Scratch | None) -> Path:
    if keep is not None:
        return keep.folder / f"experiment{SUFFIX}"
    return journal_path(name) if isinstance(journal, bool) else Path(journal)


def _head(name: str, plan: Plan, metadata: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        "experiment": name,
        "target": plan.target.name,
        "evaluators": {
            n: {
                "config": plan.configs[n],
                "version": e.version,
                "kind": e.kind,
                "direction": e.direction,
            }
            for n, e in plan.evaluators.items()
        },
        "repetitions": plan.repetitions,
        "seed": plan.seed,
        "metadata": dict(metadata or {}),
        "environment": environment(),
        "started_at": datetime.now(UTC).isoformat(),
    }


def _journal(
    path: Path, head: Mapping[str, Any], *, resume: bool, force: bool, overwrite: bool
) -> Journal:
    if not resume or not path.exists():
        return Journal.create(path, head, overwrite=overwrite)
    journal = Journal.open(path, write=True)
    changed = [
        part for part in ("target", "seed", "repetitions") if journal.head[part] != head[part]
    ]
    was, now = journal.head["evaluators"], head["evaluators"]
    changed += [
        f"evaluator {name!r}"
        for name in dict.fromkeys((*was, *now))
        if was.get(name) != now.get(name)
    ]
    if changed and not force:
        journal.close()
        raise JournalError(
            f"{path.stem!r} was begun with another {', '.join(changed)}: give the experiment "
            "another name, or do anew what changed by force=True"
        )
    if changed:
        # it stays the same experiment, also for a server that has it already
        journal.replace_head({**head, "started_at": journal.head["started_at"]})
    return journal


async def _begun(rows: AsyncGenerator[Example, None]) -> AsyncGenerator[Example, None]:
    """The same rows, of which the first has been read. Raises BadData where it cannot be."""
    first = await anext(rows)

    async def whole() -> AsyncGenerator[Example, None]:
        async with aclosing(rows):
            yield first
            async for row in rows:
                yield row

    return whole()


async def _unchanged(journal: Journal, rows: AsyncGenerator[Example, None], *, force: bool) -> None:
    """Looks through data that can be read twice before anything of them is paid for."""
    async with aclosing(_same(journal, rows, force=force)) as same:
        there = {example.id async for example in same}
    gone = [key.example for key in journal.items() if key.example not in there]
    if gone and not force:
        raise JournalError(
            f"example {gone[0]!r} and {len(set(gone)) - 1} more are no longer in the data: give "
            "the experiment another name, or leave them by force=True"
        )


async def _same(
    journal: Journal, rows: AsyncGenerator[Example, None], *, force: bool
) -> AsyncGenerator[Example, None]:
    """The examples. Raises JournalError for one that was done with other content."""
    async with aclosing(rows):
        async for example in rows:
            key = Key(example.id, 0)
            record = None if force or not journal.has(key) else journal.target(key)
            if record is not None and record["digest"] != example.digest:
                raise JournalError(
                    f"example {example.id!r} has changed since: give the experiment another name, "
                    "or do anew what changed by force=True"
                )
            yield example


def _uploaded(found: Experiment, dataset: str | None) -> None:
    """Sends what was found; that it cannot be sent must not cost what was paid for."""
    from pilothouse.client.errors import PilothouseError
    from pilothouse.evaluation.data.upload import upload

    try:
        upload(found, dataset=dataset)
    except (PilothouseError, BadData) as e:
        again = f"pilothouse eval upload {found.name}" + (
            f" --dataset {dataset}" if dataset else ""
        )
        sys.stderr.write(f"pilothouse: {found.name} was not sent: {e}; try again by {again}\n")


def _how_to_resume(name: str, path: Path) -> None:
    sys.stderr.write(
        f"\nstopped; what was done is kept in {path}. Go on by the same call with "
        f"experiment={name!r}, resume=True (on the command line --experiment {name} --resume).\n"
    )
