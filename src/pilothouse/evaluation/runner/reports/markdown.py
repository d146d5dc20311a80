"""An experiment for a comment on a pull request, or GitHub's step summary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pilothouse.evaluation.comparison import Comparison
from pilothouse.evaluation.runner.experiment import Experiment
from pilothouse.evaluation.runner.summary import MetricSummary, Summary
from pilothouse.evaluation.statistics.intervals import Interval

_MARKS = {"passed": "✅", "failed": "❌", "inconclusive": "⚠️"}
_SHOWN = 10  # ids in a list; a comment is read, not searched


def as_markdown(experiment: Experiment) -> str:
    """The verdict first, then the figures, then the rows to look at."""
    return "\n".join(_lines(experiment)) + "\n"


def _lines(experiment: Experiment) -> Iterator[str]:
    summary = experiment.summary
    yield f"## {_text(experiment.name)}"
    yield ""
    yield _ran(experiment)
    yield ""
    if experiment.gates:
        yield from _table(
            ("", "gate", "why"),
            [
                (_MARKS[outcome.outcome], outcome.gate, outcome.reason)
                for outcome in experiment.gates
            ],
        )
    if experiment.comparison is not None:
        yield experiment.comparison.sentence
        yield ""
        if experiment.comparison.metrics:
            yield from _compared(experiment.comparison)
    yield from _table(
        ("metric", "mean", "95 % interval", "passed", "ok", "failed", "n/a", "with failures"),
        [_metric(metric) for metric in summary.metrics.values()],
    )
    for result in experiment.summary_results:
        said = result.score if result.score is not None else result.label or result.status
        yield f"* {_text(result.name)}: {said}"
    if any(metric.repeated for metric in summary.metrics.values()):
        yield from _repetitions(summary)
    yield from _worst(summary)


def _ran(experiment: Experiment) -> str:
    summary = experiment.summary
    parts = [f"{summary.rows:,} rows", f"{summary.failed_rows:,} failed"]
    if summary.p50_latency_ms is not None and summary.p95_latency_ms is not None:
        parts.append(
            f"target {summary.p50_latency_ms:,.0f} ms in the median, "
            f"{summary.p95_latency_ms:,.0f} at p95"
        )
    if summary.cost:
        parts.append(f"cost {summary.cost:.4f}")
    if experiment.wall_s is not None:
        parts.append(f"{experiment.wall_s:,.1f} s")
    return " · ".join(parts)


def _metric(metric: MetricSummary) -> tuple[str, ...]:
    return (
        metric.name,
        _number(metric.mean),
        _between(metric.interval),
        "" if metric.pass_rate is None else f"{metric.pass_rate.estimate:.1%}",
        f"{metric.n_ok:,} of {metric.n_total:,}",
        str(metric.n_error),
        str(metric.n_not_applicable + metric.n_skipped),
        f"{_number(metric.if_errors_worst)} to {_number(metric.if_errors_best)}"
        if metric.n_error
        else "",
    )


def _compared(comparison: Comparison) -> Iterator[str]:
    yield from _table(
        ("metric", "baseline", "candidate", "difference", "95 % interval", "p", "up / down / same"),
        [
            (
                metric.metric,
                _number(metric.baseline_mean),
                _number(metric.candidate_mean),
                f"{metric.difference.mean:+.3g}",
                _between(metric.difference.interval),
                f"{metric.p_adjusted:.3g}",
                f"{len(metric.improved)} / {len(metric.regressed)} / {metric.unchanged}",
            )
            for metric in comparison.metrics
        ],
    )
    for metric in comparison.metrics:
        for word, ids in (
            ("regressed", metric.regressed),
            ("added", metric.only_candidate),
            ("removed", metric.only_baseline),
        ):
            if ids:
                yield f"* {_text(metric.metric)}, {word}: {_ids(ids)}"
    yield ""


def _repetitions(summary: Summary) -> Iterator[str]:
    yield ""
    yield from _table(
        ("metric", "tries", "sd between", "sd within", "flips", "one passes", "all pass"),
        [
            (
                metric.name,
                str(metric.repeated.k),
                _number(metric.repeated.between_sd),
                _number(metric.repeated.within_sd),
                _number(metric.repeated.flip_rate),
                _number(metric.repeated.pass_at_k),
                _number(metric.repeated.pass_hat_k),
            )
            for metric in summary.metrics.values()
            if metric.repeated is not None
        ],
    )


def _worst(summary: Summary) -> Iterator[str]:
    for metric in summary.metrics.values():
        if metric.worst:
            rows = ", ".join(f"`{row.example}` ({_number(row.score)})" for row in metric.worst)
            yield f"* worst in {_text(metric.name)}: {rows}"
        for type, count in metric.errors.items():
            yield f"* {_text(metric.name)}: {_text(type)}, {count} rows"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield f"| {' | '.join(map(_text, row))} |"
    yield ""


def _text(value: str) -> str:
    """On one line, and unable to end its cell."""
    return " ".join(value.split()).replace("|", "\\|").replace("<", "&lt;")


def _ids(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
    return ", ".join(f"`{name}`" for name in ids[:_SHOWN]) + more


def _between(interval: Interval | None) -> str:
    if interval is None or interval.low is None or interval.high is None:
        return ""
    return f"{_number(interval.low)} to {_number(interval.high)}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"
