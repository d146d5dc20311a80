"""An experiment that was run: its rows, its summary, and how it stands against a baseline."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pilothouse.evaluation.comparison import Comparison, Scores, compare
from pilothouse.evaluation.results import EvaluationResult
from pilothouse.evaluation.rows import Row
from pilothouse.evaluation.runner.errors import JournalError
from pilothouse.evaluation.runner.examples import Example
from pilothouse.evaluation.runner.gates import GateOutcome
from pilothouse.evaluation.runner.journal import Journal, Key
from pilothouse.evaluation.runner.records import (
    RowResult,
    answered_of,
    results_of,
    row_result_of,
)
from pilothouse.evaluation.runner.summary import Summary, summarized
from pilothouse.evaluation.runner.tallies import Tallies

ENVIRONMENT: Final = "PILOTHOUSE_EXPERIMENTS"
"""Names the folder where experiments are kept."""
SUFFIX: Final = ".jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """What an experiment found. Its rows stand in the journal and are read when asked for."""

    name: str
    path: Path
    head: Mapping[str, Any]
    """With what it was run: target, evaluators, seed, versions."""
    summary: Summary
    scores: tuple[Scores, ...]
    clusters: Mapping[str, str]
    """Of examples that share a source: which one."""
    summary_results: tuple[EvaluationResult, ...] = ()
    """What summary evaluators said of all rows together."""
    comparison: Comparison | None = None
    """Against the baseline, if one was given."""
    gates: tuple[GateOutcome, ...] = ()
    earlier: int = 0
    """Rows that were taken from an earlier run."""
    wall_s: float | None = None
    keep: Any = None
    """What holds a journal that is gone with the experiment."""

    @property
    def passed(self) -> bool:
        """Whether no gate stands in the way."""
        return not any(outcome.blocks for outcome in self.gates)

    def rows(self) -> Iterator[RowResult]:
        """The rows in the order of the data, one at a time."""
        journal = Journal.open(self.path, write=False)
        try:
            evaluators = self.head["evaluators"]
            for key in _ordered(journal, self.head):
                yield _row(journal, key, evaluators)
        finally:
            journal.close()

    def table(self) -> list[dict[str, Any]]:
        """A flat mapping a row, as pandas and CSV writers take them."""
        return [row.flat() for row in self.rows()]

    def compare(self, baseline: Experiment, **options: Any) -> Comparison:
        """This one as the candidate against another."""
        return compared(baseline, self, **options)


def compared(baseline: Experiment, candidate: Experiment, **options: Any) -> Comparison:
    """Both side by side, rows paired by example. Options are those of `comparison.compare`."""
    clusters = {**baseline.clusters, **candidate.clusters} or None
    return compare(
        baseline.scores,
        candidate.scores,
        names=(baseline.name, candidate.name),
        **{"clusters": clusters, **options},
    )


def journal_path(name: str) -> Path:
    """Where the experiment of this name is kept. Raises JournalError for what is no file's name."""
    if not name or name.startswith(".") or any(c in name for c in '/\\:*?"<>|\0'):
        raise JournalError(f"{name!r} cannot be an experiment's name: it has to be a file's")
    folder = os.environ.get(ENVIRONMENT) or ".pilothouse/experiments"
    return Path(folder) / f"{name}{SUFFIX}"


def load_experiment(which: str | Path | Experiment) -> Experiment:
    """A stored experiment by its name or file. Raises JournalError where there is none."""
    if isinstance(which, Experiment):
        return which
    path = Path(which)
    if isinstance(which, str) and path.suffix != SUFFIX:
        path = journal_path(which)
    journal = Journal.open(path, write=False)
    try:
        head = journal.head
        tallies = Tallies(head["repetitions"])
        evaluators = head["evaluators"]
        for key in _ordered(journal, head):
            _tallied(tallies, journal, key, evaluators)
    finally:
        journal.close()
    return experiment_of(path, head, tallies)


def experiment_of(path: Path, head: Mapping[str, Any], tallies: Tallies) -> Experiment:
    """The experiment that these tallies sum up."""
    versions = {name: about["version"] for name, about in head["evaluators"].items()}
    return Experiment(
        name=head["experiment"],
        path=path,
        head=head,
        summary=summarized(tallies),
        scores=tuple(tallies.scores(versions)),
        clusters=dict(tallies.clusters),
    )


def _ordered(journal: Journal, head: Mapping[str, Any]) -> list[Key]:
    """The items that are done, in the order of the data."""
    evaluators = head["evaluators"]
    done: list[tuple[int, int, Key]] = []
    for key in journal.items():
        target = journal.target(key)
        if target is None:
            continue
        judged = all(
            journal.has_verdict(key, name, about["config"]) for name, about in evaluators.items()
        )
        if judged or target["status"] != "ok":
            done.append((target["index"], key.repetition, key))
    return [key for _, _, key in sorted(done)]


def _row(journal: Journal, key: Key, evaluators: Mapping[str, Any]) -> RowResult:
    target, *verdicts = journal.records(key)
    return row_result_of(target, verdicts, evaluators)


def _tallied(tallies: Tallies, journal: Journal, key: Key, evaluators: Mapping[str, Any]) -> None:
    target, *verdicts = journal.records(key)
    answered = answered_of(target)
    row = Row(cluster=target.get("cluster"))  # nothing else of it is counted
    tallies.answer(Example(target["index"], key.example, target["digest"], row), answered)
    failed = answered.error is not None
    for name, results in results_of(answered, verdicts, evaluators).items():
        tallies.verdicts(target["index"], key.repetition, name, results)
        failed = failed or any(result.status == "error" for result in results)
    tallies.row(failed=failed)
