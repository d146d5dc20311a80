"""What is remembered of all rows while they pass: a few bytes a verdict, never the rows."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pilothouse.evaluation.comparison import Scores
from pilothouse.evaluation.results import Direction, EvaluationResult, Status, Usage
from pilothouse.evaluation.runner.errors import TwiceMeasured
from pilothouse.evaluation.runner.examples import Example
from pilothouse.evaluation.runner.records import Answered

_UNSET = -1


@dataclass(slots=True)
class Tally:
    """One metric over all rows."""

    name: str
    direction: Direction
    evaluator: str
    """Which evaluator measures it: its name, or one that gives several metrics."""
    threshold: float | None = None
    counts: Counter[Status] = field(default_factory=Counter)
    positions: array[int] = field(default_factory=lambda: array("q"))
    """Of each score: index of the example · repetitions + repetition."""
    scores: array[float] = field(default_factory=lambda: array("d"))
    passed: array[int] = field(default_factory=lambda: array("b"))
    """Of each score: 1 or 0, or -1 where there is nothing to reach."""
    labels: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    latencies_ms: array[float] = field(default_factory=lambda: array("d"))
    """Of calls that were made, not answered by a cache."""
    cached: int = 0

    def add(self, position: int, result: EvaluationResult) -> None:
        """Counts a verdict."""
        self.counts[result.status] += 1
        if result.cached:
            self.cached += 1
        elif result.latency_ms is not None:
            self.latencies_ms.append(result.latency_ms)
        if result.error is not None:
            self.errors[result.error.type] += 1
        if result.threshold is not None:
            self.threshold = result.threshold
        if result.label is not None:
            self.labels[result.label] += 1
        score = result.score
        if score is None:
            return
        passed = result.passed
        if passed is None and isinstance(score, bool) and self.direction != "neutral":
            passed = score if self.direction == "maximize" else not score
        self.positions.append(position)
        self.scores.append(score)
        self.passed.append(_UNSET if passed is None else passed)

    def with_failures(self, other: Tally | None) -> Tally:
        """The same with the failures of another."""
        if other is None:
            return self
        return replace(self, counts=self.counts + other.counts, errors=self.errors + other.errors)


class Tallies:
    """All metrics of an experiment, and what its calls took."""

    def __init__(self, repetitions: int) -> None:
        self.repetitions = repetitions
        self.metrics: dict[str, Tally] = {}
        self.examples: dict[int, str] = {}
        self.clusters: dict[str, str] = {}
        self.answers: Counter[Status] = Counter()
        self.errors: Counter[str] = Counter()
        """Of the target, by type."""
        self.latencies_ms = array("d")
        """Of the target."""
        self.target_usage: Usage | None = None
        self.judge_usage: Usage | None = None
        self.rows = 0
        self.failed_rows = 0
        """Rows of which the target or an evaluator failed."""

    @property
    def cost(self) -> float:
        """What is known to have been paid."""
        usages = (self.target_usage, self.judge_usage)
        return sum(usage.cost or 0.0 for usage in usages if usage is not None)

    def answer(self, example: Example, answered: Answered) -> None:
        """Counts what the target did."""
        self.examples.setdefault(example.index, example.id)
        if example.row.cluster is not None:
            self.clusters[example.id] = example.row.cluster
        self.answers["ok" if answered.error is None else "error"] += 1
        if answered.error is not None:
            self.errors[answered.error.type] += 1
        if answered.latency_ms is not None:
            self.latencies_ms.append(answered.latency_ms)
        if answered.usage is not None:
            used = self.target_usage
            self.target_usage = answered.usage if used is None else used + answered.usage

    def verdicts(
        self, index: int, repetition: int, evaluator: str, results: Sequence[EvaluationResult]
    ) -> None:
        """Counts what an evaluator said of a row. Raises TwiceMeasured for another's metric."""
        position = index * self.repetitions + repetition
        for result in results:
            tally = self.metrics.get(result.name)
            if tally is None:
                tally = Tally(result.name, result.direction, evaluator)
                self.metrics[result.name] = tally
            elif tally.evaluator != evaluator:
                raise TwiceMeasured(
                    f"evaluators {tally.evaluator!r} and {evaluator!r} both measure "
                    f"{result.name!r}: give one of them another name or key"
                )
            tally.add(position, result)
            if result.usage is not None:
                used = self.judge_usage
                self.judge_usage = result.usage if used is None else used + result.usage

    def row(self, *, failed: bool) -> None:
        """Counts a row that is done."""
        self.rows += 1
        self.failed_rows += failed

    def measured(self) -> list[Tally]:
        """The metrics. Where an evaluator of several failed, no verdict is there for any of them.

        Its failures bear its own name, as it had no chance to say another.
        """
        several = {t.evaluator for t in self.metrics.values() if t.name != t.evaluator}
        failures = {
            tally.name: tally
            for tally in self.metrics.values()
            if tally.name in several and tally.counts.total() == tally.counts["error"]
        }
        return [
            tally.with_failures(failures.get(tally.evaluator))
            for tally in self.metrics.values()
            if tally.name not in failures
        ]

    def scores(self, versions: Mapping[str, str]) -> list[Scores]:
        """The scores as comparisons take them, examples in their order."""
        return [
            self._scores(tally, versions.get(tally.evaluator, "1")) for tally in self.measured()
        ]

    def _scores(self, tally: Tally, version: str) -> Scores:
        values: dict[str, list[float]] = {}
        for position, score in sorted(zip(tally.positions, tally.scores, strict=True)):
            values.setdefault(self.examples[position // self.repetitions], []).append(score)
        return Scores(
            metric=tally.name,
            values=values,
            direction=tally.direction,
            version=version,
            failed=tally.counts["error"],
        )
