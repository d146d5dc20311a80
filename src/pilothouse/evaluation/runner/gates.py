"""Conditions that an experiment has to meet before a change goes on.

A gate on a regression asks whether the drop is beyond chance, so that neither noise fails a build
nor a small sample lets a real drop through unsaid: what cannot be told is `inconclusive`.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, Literal, Protocol

from pilothouse.evaluation.comparison import Comparison, MetricComparison, Scores
from pilothouse.evaluation.runner.admitted import misfit
from pilothouse.evaluation.runner.summary import MetricSummary, Summary

Outcome = Literal["passed", "failed", "inconclusive"]
Policy = Literal["pass", "fail"]
"""What an inconclusive gate does to the build."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateOutcome:
    """How a gate came out, and why."""

    gate: str
    outcome: Outcome
    reason: str
    blocks: bool
    """Whether it stands in the way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What gates decide by."""

    summary: Summary
    comparison: Comparison | None = None
    scores: Sequence[Scores] = ()
    passing: Callable[[str], Mapping[str, bool]] = lambda metric: {}
    """Of a metric: whether each example passes in all its repetitions."""


class Gate(Protocol):
    """A condition."""

    def check(self, evidence: Evidence) -> GateOutcome:
        """How it comes out. Raises NotMeasured for a metric that the experiment does not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanAtLeast:
    """The mean of a metric reaches a value; of one to be small, it stays at or below it."""

    metric: str
    value: float
    bound: bool = False
    """Let the nearer end of the interval reach it, not the mean alone."""

    def check(self, evidence: Evidence) -> GateOutcome:
        """How it comes out."""
        found = _metric(evidence, self.metric)
        low_is_good = found.direction == "minimize"
        wanted = f"{self.metric} {'≤' if low_is_good else '≥'} {self.value:g}"
        if found.mean is None or found.interval is None:
            return _outcome(wanted, "failed", f"no row has a score ({_counts(found)})")
        seen: float | None = found.mean
        what = "mean"
        if self.bound:
            seen = found.interval.high if low_is_good else found.interval.low
            what = "end of the interval"
            if seen is None:
                return _outcome(wanted, "inconclusive", "too few rows for an interval", "fail")
        assert seen is not None
        good = seen <= self.value if low_is_good else seen >= self.value
        return _outcome(
            wanted, "passed" if good else "failed", f"{what} {seen:.4g} ({_counts(found)})"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PassRateAtLeast:
    """Enough rows reach the metric's threshold."""

    metric: str
    value: float
    bound: bool = False

    def check(self, evidence: Evidence) -> GateOutcome:
        """How it comes out."""
        found = _metric(evidence, self.metric)
        wanted = f"pass rate of {self.metric} ≥ {self.value:g}"
        if found.pass_rate is None:
            return _outcome(wanted, "failed", "it has no threshold, or no row has a score")
        seen = found.pass_rate.low if self.bound else found.pass_rate.estimate
        if seen is None:
            return _outcome(wanted, "inconclusive", "too few rows for an interval", "fail")
        outcome: Outcome = "passed" if seen >= self.value else "failed"
        return _outcome(wanted, outcome, f"{seen:.4g} ({_counts(found)})")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoRegression:
    """A metric did not drop beyond chance. Raise `min_effect` to let small drops pass."""

    metric: str | None = None
    """None: every metric that both experiments have, corrected for their number."""
    min_effect: float = 0.0
    inconclusive: Policy = "pass"

    def check(self, evidence: Evidence) -> GateOutcome:
        """How it comes out."""
        wanted = f"no regression in {self.metric or 'any metric'}"
        found = [(m, self._one(m)) for m in _compared(evidence, self.metric, wanted)]
        for outcome in ("failed", "inconclusive"):
            reasons = [_change(m) for m, verdict in found if verdict == outcome]
            if reasons:
                return _outcome(wanted, outcome, "; ".join(reasons), self.inconclusive)
        return _outcome(wanted, "passed", "; ".join(_change(m) for m, _ in found))

    def _one(self, metric: MetricComparison) -> Outcome:
        if metric.direction == "neutral":
            return "passed"
        gain, low, _ = _oriented(metric)
        if metric.verdict == "worse" and -gain >= self.min_effect:
            return "failed"
        dropped = gain < 0 and -gain >= self.min_effect
        blind = self.min_effect > 0 and (metric.detectable or 0.0) > self.min_effect
        if metric.verdict != "better" and (dropped or blind):
            return "inconclusive" if low is None or low < -self.min_effect else "passed"
        return "passed"


@dataclass(frozen=True, slots=True, kw_only=True)
class NonInferior:
    """A metric is shown to be worse by less than a margin, if worse at all."""

    metric: str
    margin: float
    inconclusive: Policy = "fail"

    def check(self, evidence: Evidence) -> GateOutcome:
        """How it comes out."""
        wanted = f"{self.metric} not worse by {self.margin:g}"
        metric = _compared(evidence, self.metric, wanted)[0]
        _, low, high = _oriented(metric)
        outcome: Outcome = "inconclusive"
        if low is not None and low > -self.margin:
            outcome = "passed"
        elif high is not None and high < -self.margin:
            outcome = "failed"
        return _outcome(wanted, outcome, _change(metric), self.inconclusive)


@dataclass(frozen=True, slots=True, kw_only=True)
class MustPass:
    """These examples pass, in every repetition."""

    metric: str
    examples: Sequence[str]

    def check(self, evidence: Evidence) -> GateOutcome:
        """How it comes out."""
        _metric(evidence, self.metric)
        passing = evidence.passing(self.metric)
        missed = [e for e in self.examples if not passing.get(e, False)]
        wanted = f"{len(self.examples)} examples pass {self.metric}"
        reason = f"not passed: {', '.join(missed[:10])}" if missed else "all passed"
        return _outcome(wanted, "failed" if missed else "passed", reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRateAtMost:
    """Few enough rows failed."""

    value: float

    def check(self, evidence: Evidence) -> GateOutcome:
        """How it comes out."""
        summary = evidence.summary
        rate = summary.failed_rows / summary.rows if summary.rows else 0.0
        return _outcome(
            f"error rate ≤ {self.value:g}",
            "passed" if rate <= self.value else "failed",
            f"{summary.failed_rows} of {summary.rows} rows failed",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CostAtMost:
    """All calls together cost no more than this."""

    value: float

    def check(self, evidence: Evidence) -> GateOutcome:
        """How it comes out."""
        cost = evidence.summary.cost
        outcome: Outcome = "passed" if cost <= self.value else "failed"
        return _outcome(f"cost ≤ {self.value:g}", outcome, f"{cost:.4f}")


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyAtMost:
    """95 of 100 answers of the target come within this time."""

    p95_ms: float

    def check(self, evidence: Evidence) -> GateOutcome:
        """How it comes out."""
        seen = evidence.summary.p95_latency_ms
        wanted = f"p95 of the target ≤ {self.p95_ms:g} ms"
        if seen is None:
            return _outcome(wanted, "failed", "the target was not timed")
        return _outcome(wanted, "passed" if seen <= self.p95_ms else "failed", f"{seen:.1f} ms")


KINDS: Final[Mapping[str, type[Any]]] = {
    "mean": MeanAtLeast,
    "pass_rate": PassRateAtLeast,
    "no_regression": NoRegression,
    "non_inferior": NonInferior,
    "must_pass": MustPass,
    "error_rate": ErrorRateAtMost,
    "cost": CostAtMost,
    "latency": LatencyAtMost,
}
"""As suite files name them, by the key `gate`."""


def gate_of(given: Mapping[str, Any]) -> Gate:
    """The gate that a mapping describes: `{"gate": "mean", "metric": "f1", "value": 0.8}`.

    Raises ValueError for an unknown kind or key, with the nearest right one, and for a missing one.
    """
    options = dict(given)
    kind = options.pop("gate", None)
    if kind not in KINDS:
        raise ValueError(f"there is no gate {kind!r}{nearest(str(kind), KINDS)}")
    known = {f.name: str(f.type) for f in fields(KINDS[kind])}
    for key, value in options.items():
        if key not in known:
            raise ValueError(f"gate {kind!r} has no {key!r}{nearest(str(key), known)}")
        if said := misfit(key, value, known[key]):
            raise ValueError(f"gate {kind!r}: {said}")
    try:
        made: Gate = KINDS[kind](**options)
    except TypeError:
        needed = ", ".join(known)
        raise ValueError(f"gate {kind!r} lacks something of {needed}") from None
    return made


def checked(gates: Iterable[Gate], evidence: Evidence) -> tuple[GateOutcome, ...]:
    """How all of them come out. One on a metric that nobody measured fails."""
    return tuple(_checked(gate, evidence) for gate in gates)


def _checked(gate: Gate, evidence: Evidence) -> GateOutcome:
    try:
        return gate.check(evidence)
    except NotMeasured as e:  # the experiment is paid for: its other findings must not be lost
        name = next((name for name, kind in KINDS.items() if type(gate) is kind), "gate")
        return _outcome(name, "failed", str(e))


class NotMeasured(ValueError):
    """A gate is on a metric that the experiment, or its baseline, does not have."""


def nearest(name: str, known: Iterable[str]) -> str:
    """What an error says of a name that nobody knows."""
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1)
    return f": did you mean {near[0]!r}?" if near else f": there are {', '.join(names) or 'none'}"


def _outcome(gate: str, outcome: Outcome, reason: str, policy: Policy = "pass") -> GateOutcome:
    blocks = outcome == "failed" or (outcome == "inconclusive" and policy == "fail")
    return GateOutcome(gate=gate, outcome=outcome, reason=reason, blocks=blocks)


def _metric(evidence: Evidence, name: str) -> MetricSummary:
    metrics = evidence.summary.metrics
    if name not in metrics:
        raise NotMeasured(f"no metric {name!r} was measured{nearest(name, metrics)}")
    return metrics[name]


def _compared(evidence: Evidence, name: str | None, gate: str) -> Sequence[MetricComparison]:
    if evidence.comparison is None:
        raise ValueError(f"{gate}: this needs a baseline")
    metrics = {metric.metric: metric for metric in evidence.comparison.metrics}
    if name is None:
        if evidence.comparison.left_out:
            raise NotMeasured(f"not compared: {'; '.join(evidence.comparison.left_out)}")
        return list(metrics.values())
    if name not in metrics:
        raise NotMeasured(f"the baseline has no {name!r} in common{nearest(name, metrics)}")
    return [metrics[name]]


def _oriented(metric: MetricComparison) -> tuple[float, float | None, float | None]:
    """Difference and interval so that up is better."""
    apart = metric.difference
    low, high = apart.interval.low, apart.interval.high
    if metric.direction != "minimize":
        return apart.mean, low, high
    return -apart.mean, None if high is None else -high, None if low is None else -low


def _change(metric: MetricComparison) -> str:
    apart = metric.difference
    within = ""
    if apart.interval.low is not None and apart.interval.high is not None:
        within = f" [{apart.interval.low:+.3g}, {apart.interval.high:+.3g}]"
    return f"{metric.metric} {apart.mean:+.3g}{within}, p = {metric.p_adjusted:.2g}, n = {apart.n}"


def _counts(metric: MetricSummary) -> str:
    return f"{metric.n_ok} of {metric.n_total} rows ok, {metric.n_error} failed"
