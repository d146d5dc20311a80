"""Two experiments side by side: a sentence for who decides, and the figures behind it.

Rows are paired by example, repetitions averaged first, and every metric's p-value is raised for how
many metrics were asked about.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any, Literal

from pilothouse.evaluation.results import Direction, EvaluationResult
from pilothouse.evaluation.statistics.clusters import clustered_mean
from pilothouse.evaluation.statistics.corrections import Correction, adjusted
from pilothouse.evaluation.statistics.paired import Difference, Test, difference, student
from pilothouse.evaluation.statistics.power import detectable_difference, rows_for_difference

Verdict = Literal["better", "worse", "undecided", "different"]
"""`different`: beyond chance, in a metric of which neither end is better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """One metric's scores in one experiment."""

    metric: str
    values: Mapping[str, Sequence[float]]
    """By example: one score a repetition. Rows without a score are left out."""
    direction: Direction = "maximize"
    version: str = "1"
    failed: int = 0
    """Rows of which the evaluator came to no verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricComparison:
    """What separates the candidate from the baseline in one metric."""

    metric: str
    direction: Direction
    baseline_mean: float
    candidate_mean: float
    difference: Difference
    """Candidate minus baseline."""
    p_adjusted: float
    verdict: Verdict
    improved: tuple[str, ...]
    regressed: tuple[str, ...]
    unchanged: int
    detectable: float | None
    """The smallest difference that this many rows show with a power of 80 %."""
    rows_needed: int | None
    """Rows after which a difference as large as the one seen would show, where it did not."""
    only_baseline: tuple[str, ...]
    only_candidate: tuple[str, ...]
    failed: tuple[int, int]
    """Rows without a verdict, in the baseline and in the candidate."""
    warning: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A candidate against a baseline in all metrics that both have."""

    baseline: str
    candidate: str
    metrics: tuple[MetricComparison, ...]
    correction: Correction
    alpha: float
    left_out: tuple[str, ...] = ()
    """Why metrics that both have are not among them."""

    @property
    def sentence(self) -> str:
        """What a reader should take away, a sentence a metric."""
        said = [_sentence(self, metric) for metric in self.metrics]
        return " ".join([*said, *(f"Not compared: {why}." for why in self.left_out)])

    def table(self) -> list[dict[str, Any]]:
        """A row of figures a metric."""
        return [_figures(metric) for metric in self.metrics]


def compare(
    baseline: Iterable[Scores],
    candidate: Iterable[Scores],
    *,
    names: tuple[str, str] = ("the baseline", "the candidate"),
    clusters: Mapping[str, Hashable] | None = None,
    alpha: float = 0.05,
    correction: Correction = "holm",
    seed: int = 0,
    preferences: Iterable[MetricComparison] = (),
) -> Comparison:
    """Compares what both measured. `clusters` gives the source of each example, if some share one.

    `preferences` are what judges of pairs said, by `PairwiseReport.metric`; they stand in the same
    sentence and table, and count among the questions by which p-values are raised.

    A metric is left out where no example has it in both, where its versions or directions differ,
    and where an example has no cluster though others have. Raises ValueError where none is left.
    """
    before = {scores.metric: scores for scores in baseline}
    after = {scores.metric: scores for scores in candidate}
    both = [metric for metric in before if metric in after]
    said = list(preferences)
    if not both and (before or after or not said):
        raise ValueError(f"no metric in common: {_list(before)} against {_list(after)}")
    found: list[MetricComparison] = []
    left_out: list[str] = []
    for name in both:
        try:
            found.append(
                metric_comparison(before[name], after[name], clusters, alpha=alpha, seed=seed)
            )
        except ValueError as e:
            left_out.append(str(e))
    found += said
    if left_out and not found:
        raise ValueError("; ".join(left_out))
    p_values = adjusted([metric.difference.test.p for metric in found], correction)
    return Comparison(
        baseline=names[0],
        candidate=names[1],
        metrics=tuple(_decided(m, p, alpha) for m, p in zip(found, p_values, strict=True)),
        correction=correction,
        alpha=alpha,
        left_out=tuple(left_out),
    )


def scores_of(results: Iterable[tuple[str, EvaluationResult]]) -> list[Scores]:
    """The scores by metric of an experiment's results, each with its example's id."""
    values: dict[str, dict[str, list[float]]] = {}
    failed: dict[str, int] = {}
    directions: dict[str, Direction] = {}
    for example, result in results:
        directions.setdefault(result.name, result.direction)
        of_metric = values.setdefault(result.name, {})
        if result.status == "error":
            failed[result.name] = failed.get(result.name, 0) + 1
        elif result.score is not None:
            of_metric.setdefault(example, []).append(float(result.score))
    return [
        Scores(metric=name, values=found, direction=directions[name], failed=failed.get(name, 0))
        for name, found in values.items()
    ]


def metric_comparison(
    before: Scores,
    after: Scores,
    clusters: Mapping[str, Hashable] | None = None,
    *,
    alpha: float = 0.05,
    seed: int = 0,
) -> MetricComparison:
    """One metric by itself, undecided: its p-value is not raised for other questions yet.

    Raises ValueError where the two cannot be compared.
    """
    name = before.metric
    if before.version != after.version:
        raise ValueError(f"{name!r} changed from version {before.version} to {after.version}")
    if before.direction != after.direction:
        raise ValueError(f"{name!r}: one says {before.direction}, the other {after.direction}")
    examples = [e for e, tries in before.values.items() if tries and after.values.get(e)]
    if not examples:
        raise ValueError(f"{name!r}: no example has a score in both")
    old = [_mean(before.values[e]) for e in examples]
    new = [_mean(after.values[e]) for e in examples]
    apart = difference(new, old, confidence=1 - alpha, seed=seed)
    warning = None
    if clusters is not None:
        apart, warning = _clustered(apart, examples, new, old, clusters, alpha)
    spread = apart.standard_error * apart.n**0.5 if apart.standard_error else None
    unsettled = apart.test.p > alpha and apart.mean != 0
    better = 1 if before.direction != "minimize" else -1
    changes = {e: (n - o) * better for e, n, o in zip(examples, new, old, strict=True)}
    return MetricComparison(
        metric=name,
        direction=before.direction,
        baseline_mean=_mean(old),
        candidate_mean=_mean(new),
        difference=apart,
        p_adjusted=apart.test.p,
        verdict="undecided",
        improved=tuple(e for e, change in changes.items() if change > 0),
        regressed=tuple(e for e, change in changes.items() if change < 0),
        unchanged=sum(change == 0 for change in changes.values()),
        detectable=detectable_difference(spread, apart.n, alpha=alpha) if spread else None,
        rows_needed=ceil(rows_for_difference(spread, apart.mean, alpha=alpha))
        if spread and unsettled
        else None,
        only_baseline=tuple(e for e in before.values if e not in after.values),
        only_candidate=tuple(e for e in after.values if e not in before.values),
        failed=(before.failed, after.failed),
        warning=warning,
    )


def _clustered(
    apart: Difference,
    examples: Sequence[str],
    new: Sequence[float],
    old: Sequence[float],
    clusters: Mapping[str, Hashable],
    alpha: float,
) -> tuple[Difference, str | None]:
    """The difference with the error and test that heed clusters; two of them are the least."""
    mean = clustered_mean(
        [n - o for n, o in zip(new, old, strict=True)],
        [clusters.get(e) for e in examples],
        confidence=1 - alpha,
    )
    if mean.standard_error is None:
        test = Test(method="none", p=1.0, n=apart.n, note="one cluster cannot tell")
    else:
        test = student(mean.mean, mean.standard_error, mean.clusters - 1, n=apart.n)
    return (
        replace(apart, standard_error=mean.standard_error, interval=mean.interval, test=test),
        mean.warning,
    )


def _decided(metric: MetricComparison, p: float, alpha: float) -> MetricComparison:
    verdict: Verdict = "undecided"
    if p <= alpha and metric.difference.mean != 0:
        if metric.direction == "neutral":
            verdict = "different"
        else:
            rose = metric.difference.mean > 0
            verdict = "better" if rose == (metric.direction == "maximize") else "worse"
    return replace(metric, p_adjusted=p, verdict=verdict)


def _sentence(comparison: Comparison, metric: MetricComparison) -> str:
    apart = metric.difference
    rows = f"{apart.n:,} example{'s' if apart.n != 1 else ''}"
    between = f"{_number(metric.candidate_mean)} against {_number(metric.baseline_mean)}"
    if apart.interval.low is None or apart.interval.high is None:
        evidence = rows
    else:
        evidence = (
            f"{apart.interval.confidence:.0%} interval {_signed(apart.interval.low)} to "
            f"{_signed(apart.interval.high)}, {_p(metric.p_adjusted)}, {rows}"
        )
    if metric.verdict == "undecided":
        said = (
            f"Whether {comparison.candidate} differs from {comparison.baseline} in "
            f"{metric.metric} cannot be told: {between} ({evidence})."
        )
        if metric.detectable is not None:
            said += f" Differences from {_number(metric.detectable)} on would show here"
            said += (
                f"; for one as small as this {metric.rows_needed:,} examples are needed."
                if metric.rows_needed is not None and metric.rows_needed > apart.n
                else "."
            )
    else:
        how = {"better": "better than", "worse": "worse than", "different": "different from"}
        said = (
            f"{comparison.candidate} is {how[metric.verdict]} {comparison.baseline} in "
            f"{metric.metric}: {between}, by {_number(abs(apart.mean))} ({evidence})."
        )
        said = said[0].upper() + said[1:] if said.startswith("the ") else said
    if any(metric.failed):
        said += (
            f" Without a verdict, and not counted: {metric.failed[1]} of {comparison.candidate}, "
            f"{metric.failed[0]} of {comparison.baseline}."
        )
    return said


def _figures(metric: MetricComparison) -> dict[str, Any]:
    apart = metric.difference
    return {
        "metric": metric.metric,
        "verdict": metric.verdict,
        "n": apart.n,
        "baseline": metric.baseline_mean,
        "candidate": metric.candidate_mean,
        "difference": apart.mean,
        "standard_error": apart.standard_error,
        "low": apart.interval.low,
        "high": apart.interval.high,
        "confidence": apart.interval.confidence,
        "interval": apart.interval.method,
        "test": apart.test.method,
        "p": apart.test.p,
        "p_adjusted": metric.p_adjusted,
        "effect_size": apart.effect_size,
        "correlation": apart.correlation,
        "improved": len(metric.improved),
        "regressed": len(metric.regressed),
        "unchanged": metric.unchanged,
        "detectable": metric.detectable,
        "rows_needed": metric.rows_needed,
        "only_baseline": len(metric.only_baseline),
        "only_candidate": len(metric.only_candidate),
        "failed_baseline": metric.failed[0],
        "failed_candidate": metric.failed[1],
        "warning": metric.warning,
    }


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _list(scores: Mapping[str, Scores]) -> str:
    return ", ".join(scores) or "none"


def _number(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"  # readable


def _signed(value: float) -> str:
    return f"{value:+.3g}".replace("-", "\u2212")  # a minus sign, as it is read


def _p(value: float) -> str:
    return "p < 0.001" if value < 0.001 else f"p = {value:.2g}"  # more is no news
