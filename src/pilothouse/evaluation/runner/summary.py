"""What an experiment found, metric by metric, with how sure that is and what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from pilothouse.evaluation.results import Direction, Usage
from pilothouse.evaluation.runner.tallies import Tallies, Tally
from pilothouse.evaluation.statistics.clusters import clustered_mean
from pilothouse.evaluation.statistics.intervals import (
    Interval,
    mean_interval,
    proportion_interval,
)
from pilothouse.evaluation.statistics.repetitions import pass_at_k, pass_hat_k


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated:
    """How much several tries at the same example differ."""

    between_sd: float | None
    """Of the examples' means."""
    within_sd: float | None
    """Of the tries at one example, pooled."""
    flip_rate: float | None
    """The share of examples of which some tries pass and some do not."""
    pass_at_k: float | None
    """The chance that one of all tries passes, averaged over examples."""
    pass_hat_k: float | None
    """The chance that all of them pass."""
    k: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstRow:
    """A row that scored badly."""

    example: str
    repetition: int
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricSummary:
    """One metric. Its mean is over `n_ok` rows; bounds say what failed ones could change."""

    name: str
    direction: Direction
    n_total: int
    n_ok: int
    n_error: int
    n_skipped: int
    n_not_applicable: int
    mean: float | None
    interval: Interval | None
    if_errors_worst: float | None
    """The mean if every failed row had the worst score."""
    if_errors_best: float | None
    threshold: float | None
    pass_rate: Interval | None
    labels: Mapping[str, int]
    errors: Mapping[str, int]
    """Failed rows by the type of their error."""
    worst: tuple[WorstRow, ...]
    repeated: Repeated | None
    p50_latency_ms: float | None
    p95_latency_ms: float | None
    cached: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A whole experiment."""

    rows: int
    failed_rows: int
    target_ok: int
    target_errors: Mapping[str, int]
    p50_latency_ms: float | None
    p95_latency_ms: float | None
    target_usage: Usage | None
    judge_usage: Usage | None
    cost: float
    metrics: Mapping[str, MetricSummary]


def summarized(tallies: Tallies, *, confidence: float = 0.95, worst: int = 5) -> Summary:
    """The summary of what was tallied; the same whatever order rows were done in."""
    return Summary(
        rows=tallies.rows,
        failed_rows=tallies.failed_rows,
        target_ok=tallies.answers["ok"],
        target_errors=dict(tallies.errors),
        p50_latency_ms=_quantile(tallies.latencies_ms, 0.5),
        p95_latency_ms=_quantile(tallies.latencies_ms, 0.95),
        target_usage=tallies.target_usage,
        judge_usage=tallies.judge_usage,
        cost=tallies.cost,
        metrics={
            tally.name: _metric(tally, tallies, confidence, worst) for tally in tallies.measured()
        },
    )


def _metric(tally: Tally, tallies: Tallies, confidence: float, worst: int) -> MetricSummary:
    rows = sorted(zip(tally.positions, tally.scores, tally.passed, strict=True))
    by_example: dict[int, list[tuple[float, int]]] = {}
    for position, score, passed in rows:
        by_example.setdefault(position // tallies.repetitions, []).append((score, passed))
    scores = [score for _, score, _ in rows]
    mean = sum(scores) / len(scores) if scores else None
    decided: dict[int, list[float]] = {}
    for position, _, passed in rows:
        if passed >= 0:
            decided.setdefault(position // tallies.repetitions, []).append(passed)
    low, high = _bounds(tally, scores)
    sign = 1 if tally.direction != "minimize" else -1
    lowest = sorted(rows, key=lambda row: (sign * row[1], row[0]))[:worst]
    counts = tally.counts
    return MetricSummary(
        name=tally.name,
        direction=tally.direction,
        n_total=counts.total(),
        n_ok=counts["ok"],
        n_error=counts["error"],
        n_skipped=counts["skipped"],
        n_not_applicable=counts["not_applicable"],
        mean=mean,
        interval=_interval(
            {index: [score for score, _ in tries] for index, tries in by_example.items()},
            tallies,
            confidence,
        )
        if scores
        else None,
        if_errors_worst=low if sign > 0 else high,
        if_errors_best=high if sign > 0 else low,
        threshold=tally.threshold,
        pass_rate=_interval(decided, tallies, confidence) if decided else None,
        labels=dict(sorted(tally.labels.items())),
        errors=dict(tally.errors),
        worst=tuple(
            WorstRow(
                example=tallies.examples[position // tallies.repetitions],
                repetition=position % tallies.repetitions,
                score=score,
            )
            for position, score, _ in lowest
        )
        if tally.direction != "neutral"
        else (),
        repeated=_repeated(list(by_example.values()), tallies.repetitions)
        if tallies.repetitions > 1 and scores
        else None,
        p50_latency_ms=_quantile(tally.latencies_ms, 0.5),
        p95_latency_ms=_quantile(tally.latencies_ms, 0.95),
        cached=tally.cached,
    )


def _interval(
    by_example: Mapping[int, Sequence[float]], tallies: Tallies, confidence: float
) -> Interval:
    """Of the examples' means: tries at one example are no independent rows."""
    means = [sum(tries) / len(tries) for tries in by_example.values()]
    clusters = [tallies.clusters.get(tallies.examples[index]) for index in by_example]
    if tallies.clusters and None not in clusters:
        return clustered_mean(means, clusters, confidence=confidence).interval
    if all(mean in (0.0, 1.0) for mean in means):
        return proportion_interval(round(sum(means)), len(means), confidence=confidence)
    return mean_interval(means, confidence=confidence)


def _bounds(tally: Tally, scores: Sequence[float]) -> tuple[float | None, float | None]:
    """The mean with every failed row at the lowest and at the highest score.

    The scale is 0 to 1 where all scores are within it, else from the least to the largest seen.
    """
    missing = tally.counts["error"]
    total = len(scores) + missing
    if total == 0 or not scores:
        return (None, None)
    least, most = min(0.0, *scores), max(1.0, *scores)
    if least < 0 or most > 1:
        least, most = min(scores), max(scores)
    seen = sum(scores)
    return (seen + missing * least) / total, (seen + missing * most) / total


def _repeated(by_example: Sequence[Sequence[tuple[float, int]]], k: int) -> Repeated:
    tries = [[score for score, _ in example] for example in by_example]
    means = [sum(scores) / len(scores) for scores in tries]
    squares = sum((s - m) ** 2 for scores, m in zip(tries, means, strict=True) for s in scores)
    freedom = sum(len(scores) - 1 for scores in tries)
    passes = [[passed for _, passed in example if passed >= 0] for example in by_example]
    full = [p for p in passes if len(p) == k]
    flipped = [0 < sum(p) < len(p) for p in passes if len(p) > 1]
    at_k = [pass_at_k(k, sum(p), k) for p in full]
    hat_k = [pass_hat_k(k, sum(p), k) for p in full]
    return Repeated(
        between_sd=_sd(means),
        within_sd=sqrt(squares / freedom) if freedom else None,
        flip_rate=_mean(flipped),
        pass_at_k=_mean([p for p in at_k if p is not None]),
        pass_hat_k=_mean([p for p in hat_k if p is not None]),
        k=k,
    )


def _sd(values: Sequence[float]) -> float | None:
    if len(values) < 2:
        return None
    mean = sum(values) / len(values)
    return sqrt(sum((v - mean) ** 2 for v in values) / (len(values) - 1))


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _quantile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that this share of values does not exceed."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
