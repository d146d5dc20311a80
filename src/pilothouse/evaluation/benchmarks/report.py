"""What a benchmark found: figures as lm-evaluation-harness has them, and all they depend on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from pilothouse.evaluation.benchmarks.catalogue import task_named
from pilothouse.evaluation.benchmarks.gsm8k import NO_ANSWER
from pilothouse.evaluation.benchmarks.measures import normaliser
from pilothouse.evaluation.benchmarks.multiple_choice import Accuracy, accuracy, macro, pooled
from pilothouse.evaluation.comparison import Comparison
from pilothouse.evaluation.runner.experiment import Experiment, load_experiment
from pilothouse.evaluation.runner.records import RowResult
from pilothouse.evaluation.statistics.clusters import clustered_mean

Groups = Mapping[str, Mapping[str, Accuracy]]
_SETTINGS: Final = ("task", "mode", "shots", "prompt", "max_tokens", "shuffle")
"""What two reports have to share for a difference to be that of their models."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkReport:
    """The figures of one model in one benchmark."""

    settings: Mapping[str, Any]
    """Task, model, address, mode, shots, prompt, seed …: with what it was measured."""
    metrics: Mapping[str, Accuracy]
    """Mean, standard error and number of questions, failed ones left out."""
    normalisers: Mapping[str, str]
    """Of each metric what it divides by."""
    groups: Groups
    """The metrics of each group: a subject of MMLU, a kind of instruction."""
    categories: Groups
    """The same for what groups belong to, pooled."""
    macro: Mapping[str, float]
    """The mean of the groups, each counting once."""
    failed: int
    """Questions that came to no answer; they are in no figure."""
    no_answer: int
    """Answers without a letter or number: wrong ones."""
    cut_off: int
    """Answers that ended because they were too long."""
    warnings: tuple[str, ...]
    experiment: Experiment

    @property
    def comparison(self) -> Comparison | None:
        """Against the baseline, if one was given."""
        return self.experiment.comparison

    def document(self) -> dict[str, Any]:
        """All of it as JSON has it, without the questions."""
        return {
            "settings": dict(self.settings),
            "metrics": {name: asdict(found) for name, found in self.metrics.items()},
            "normalisers": dict(self.normalisers),
            "groups": _documents(self.groups),
            "categories": _documents(self.categories),
            "macro": dict(self.macro),
            "failed": self.failed,
            "no_answer": self.no_answer,
            "cut_off": self.cut_off,
            "warnings": list(self.warnings),
            "gates": [asdict(outcome) for outcome in self.experiment.gates],
            "comparison": None
            if self.comparison is None
            else {"sentence": self.comparison.sentence, "metrics": self.comparison.table()},
            "experiment": self.experiment.name,
        }

    def compare(self, baseline: BenchmarkReport, **options: Any) -> Comparison:
        """This one as the candidate against another, questions paired.

        Options are those of `comparison.compare`. Raises ValueError for another task or mode, or
        where worked examples or prompts differ: the difference would not be the model's.
        """
        if apart := differing(baseline.settings, self.settings):
            raise ValueError(f"these do not compare: {', '.join(apart.values())}")
        return self.experiment.compare(baseline.experiment, **options)


def differing(baseline: Mapping[str, Any], candidate: Mapping[str, Any]) -> dict[str, str]:
    """The settings beside the model that are not alike, each with what it was and is."""
    return {
        name: f"{name} {baseline.get(name)!r} and {candidate.get(name)!r}"
        for name in _SETTINGS
        if baseline.get(name) != candidate.get(name)
    }


def settings_of(experiment: Experiment) -> Mapping[str, Any]:
    """With what a benchmark was run. Raises ValueError for an experiment of another kind."""
    settings: Mapping[str, Any] | None = experiment.head["metadata"].get("benchmark")
    if settings is None:
        raise ValueError(f"{experiment.name!r} is an experiment, and no benchmark")
    return settings


def report_of(which: Experiment | str) -> BenchmarkReport:
    """The report of a benchmark that was run, also of one that is stored, by its name or file.

    Raises JournalError where there is none, ValueError for an experiment of another kind.
    """
    found = load_experiment(which)
    settings = settings_of(found)
    task, seen = task_named(settings["task"]), _Seen()
    for row in found.rows():
        seen.add(row)
    groups = {
        group: {name: accuracy(values) for name, values in sorted(of_group.items())}
        for group, of_group in sorted(seen.groups.items())
    }
    metrics = {name: accuracy(values) for name, values in seen.values.items()}
    if task.per_group:
        metrics = {name: pooled(_of(groups, name)) for name in metrics}
    metrics |= {name: seen.of_parts(name) for name in seen.parts}
    return BenchmarkReport(
        settings=settings,
        metrics=metrics,
        normalisers={name: said for name in metrics if (said := normaliser(task, name))},
        groups=groups,
        categories=_categories(groups, task.categories),
        macro={name: macro(_of(groups, name)) for name in metrics if _of(groups, name)},
        failed=found.summary.failed_rows,
        no_answer=seen.no_answer,
        cut_off=seen.cut_off,
        warnings=(*settings["warnings"], *seen.warnings(found, settings)),
        experiment=found,
    )


class _Seen:
    """What is gathered while the rows pass."""

    def __init__(self) -> None:
        self.values: dict[str, list[float]] = {}
        self.groups: dict[str, dict[str, list[float]]] = {}
        self.parts: dict[str, list[tuple[str, bool]]] = {}
        """Of metrics that count parts of a row: the row's id and whether the part was right."""
        self.no_answer = self.cut_off = self.floored = self.held_back = self.impossible = 0

    def add(self, row: RowResult) -> None:
        group = row.row.metadata.get("group")
        outputs = row.row.outputs if isinstance(row.row.outputs, Mapping) else {}
        self.cut_off += outputs.get("finish_reason") == "length"
        self.floored += bool(outputs.get("missing"))
        self.impossible += _is_impossible(row.row.inputs, row.row.reference_outputs)
        found = [result.label != NO_ANSWER for result in row.results]
        self.no_answer += bool(found) and not any(found)  # GSM8K looks for a number in two ways
        self.held_back += any(result.status == "not_applicable" for result in row.results)
        for result in row.results:
            if result.score is None:
                continue
            self.values.setdefault(result.name, []).append(float(result.score))
            if group is not None:
                self._grouped(group, result.name, float(result.score))
            for name, parts in (result.metadata.get("parts") or {}).items():
                for kind, right in parts:
                    self.parts.setdefault(name, []).append((row.row.example_id or "", right))
                    self._grouped(kind, name, float(right))

    def _grouped(self, group: str, name: str, score: float) -> None:
        self.groups.setdefault(group, {}).setdefault(name, []).append(score)

    def of_parts(self, name: str) -> Accuracy:
        """The share of parts; those of one row are no independent ones."""
        parts = self.parts[name]
        found = clustered_mean([float(right) for _, right in parts], [row for row, _ in parts])
        return Accuracy(mean=found.mean, standard_error=found.standard_error, n=found.n)

    def warnings(self, found: Experiment, settings: Mapping[str, Any]) -> list[str]:
        summary, said = found.summary, []
        if summary.failed_rows:
            said.append(
                f"{summary.failed_rows} of {summary.rows} questions failed and are in no figure"
            )
        if self.no_answer:
            said.append(f"{self.no_answer} answers had no letter or number, and count as wrong")
        if self.cut_off:
            said.append(
                f"{self.cut_off} answers were cut off at {settings['max_tokens']} tokens: give more"
            )
        if self.floored:
            said.append(
                f"of {self.floored} questions the server did not list every letter: those count "
                "as less likely than all that it did list"
            )
        if self.impossible:
            said.append(f"of {self.impossible} questions no option is the right one: scored 0")
        if self.held_back:
            said.append(f"of {self.held_back} questions the answer is held back: nothing to score")
        return said


def _is_impossible(inputs: Any, gold: Any) -> bool:
    """Whether the right option is none of those that there are."""
    options = inputs.get("choices") or inputs.get("order")
    return options is not None and isinstance(gold, int) and gold not in range(len(options))


def _of(groups: Groups, name: str) -> list[Accuracy]:
    return [metrics[name] for metrics in groups.values() if name in metrics]


def _categories(groups: Groups, of_group: Mapping[str, str]) -> dict[str, dict[str, Accuracy]]:
    members: dict[str, dict[str, list[Accuracy]]] = {}
    for group, metrics in groups.items():
        if group in of_group:
            for name, found in metrics.items():
                members.setdefault(of_group[group], {}).setdefault(name, []).append(found)
    return {
        category: {name: pooled(found) for name, found in metrics.items()}
        for category, metrics in sorted(members.items())
    }


def _documents(groups: Groups) -> dict[str, Any]:
    return {
        group: {name: asdict(found) for name, found in metrics.items()}
        for group, metrics in groups.items()
    }
