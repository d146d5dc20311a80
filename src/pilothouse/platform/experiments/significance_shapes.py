"""What statistics of experiments look like over HTTP."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal

from pydantic import BaseModel

from pilothouse.platform.experiments.models import MEASURES
from pilothouse.platform.experiments.significance import Agreement, Compared, Match, Matrix

if TYPE_CHECKING:
    from pilothouse.evaluation.calibration import Calibration, Drift
    from pilothouse.evaluation.comparison import Comparison, MetricComparison
    from pilothouse.evaluation.statistics.intervals import Interval

MANY_LABELS: Final = 10
"""More different labels than these are rather numbers on a scale."""


class MetricStatistics(BaseModel):
    """What separates a candidate from a baseline in one metric."""

    name: str
    kind: Literal["score", "measure"]
    lower_is_better: bool
    n: int
    """Examples that both have a number for."""
    baseline_mean: float
    candidate_mean: float
    difference: float
    """Candidate minus baseline."""
    low: float | None
    """The interval of the difference; null where too few examples have one."""
    high: float | None
    p: float
    p_adjusted: float
    """Raised for how many metrics are asked about."""
    test: str
    verdict: Literal["better", "worse", "undecided", "different"]
    improved: int
    regressed: int
    unchanged: int
    detectable: float | None
    """The smallest difference that so many examples show with a power of 80 %."""
    rows_needed: int | None
    """Examples after which a difference like the one seen would show, where it did not."""
    effect_size: float | None
    failed_baseline: int
    """Runs on which the evaluator came to no verdict: they are not counted."""
    failed_candidate: int
    sentence: str
    warning: str | None

    @classmethod
    def of(cls, comparison: Comparison, metric: MetricComparison) -> MetricStatistics:
        """One metric of a comparison."""
        apart = metric.difference
        return cls(
            name=metric.metric,
            kind="measure" if metric.metric in MEASURES else "score",
            lower_is_better=metric.direction == "minimize",
            n=apart.n,
            baseline_mean=metric.baseline_mean,
            candidate_mean=metric.candidate_mean,
            difference=apart.mean,
            low=apart.interval.low,
            high=apart.interval.high,
            p=apart.test.p,
            p_adjusted=metric.p_adjusted,
            test=apart.test.method,
            verdict=metric.verdict,
            improved=len(metric.improved),
            regressed=len(metric.regressed),
            unchanged=metric.unchanged,
            detectable=metric.detectable,
            rows_needed=metric.rows_needed,
            effect_size=apart.effect_size,
            failed_baseline=metric.failed[0],
            failed_candidate=metric.failed[1],
            sentence=replace(comparison, metrics=(metric,)).sentence,
            warning=metric.warning or apart.interval.note or apart.test.note,
        )


class ComparisonStatistics(BaseModel):
    """Whether a candidate differs from a baseline, with what confidence."""

    baseline_id: str
    experiment_id: str
    sentence: str
    """What to take away of the scores, else of the measures."""
    n: int
    """Examples that both have a run of."""
    metrics: list[MetricStatistics]
    correction: str
    alpha: float
    only_baseline: int
    """Examples that only the baseline has a run of."""
    only_candidate: int
    failed_baseline: int
    """Runs that failed: they have no measures here, and are counted."""
    failed_candidate: int

    @classmethod
    def of(cls, found: Compared, metric: str | None) -> ComparisonStatistics:
        """A comparison; with a metric, of that one alone, among all of which it was decided."""
        before, after = found.baseline.id, found.candidate.id
        comparison, paired = found.comparison, found.paired
        metrics = [] if comparison is None else list(comparison.metrics)
        if metric is not None:
            metrics = [each for each in metrics if each.metric == metric]
        told = [each for each in metrics if each.metric not in MEASURES] or metrics
        sentence = f"{found.candidate.name} and {found.baseline.name} have nothing in common yet."
        if comparison is not None and told:
            sentence = replace(comparison, metrics=tuple(told)).sentence
        old, new = paired.examples[before], paired.examples[after]
        return cls(
            baseline_id=before,
            experiment_id=after,
            sentence=sentence,
            n=len(old & new),
            metrics=[MetricStatistics.of(comparison, each) for each in metrics if comparison],
            correction="holm" if comparison is None else comparison.correction,
            alpha=0.05 if comparison is None else comparison.alpha,
            only_baseline=len(old - new),
            only_candidate=len(new - old),
            failed_baseline=paired.failed_runs[before],
            failed_candidate=paired.failed_runs[after],
        )


class MatrixCell(BaseModel):
    """How the experiment of a row did against that of a column, by example."""

    wins: int
    losses: int
    ties: int
    win_rate: float | None
    """Wins among wins and losses, with its interval; null where all tied."""
    low: float | None
    high: float | None
    win_rate_half_ties: float | None
    p: float
    p_adjusted: float
    """Raised for how many pairs of experiments there are."""

    @classmethod
    def of(cls, match: Match | None) -> MatrixCell | None:
        """One match, if there is one."""
        if match is None:
            return None
        said, rate = match.preferences, match.preferences.win_rate
        return cls(
            wins=said.wins,
            losses=said.losses,
            ties=said.ties,
            win_rate=None if rate is None else rate.estimate,
            low=None if rate is None else rate.low,
            high=None if rate is None else rate.high,
            win_rate_half_ties=said.win_rate_half_ties,
            p=said.test.p,
            p_adjusted=match.p_adjusted,
        )


class MatrixExperiment(BaseModel):
    """An experiment in a matrix."""

    id: str
    name: str


class RankedExperiment(BaseModel):
    """An experiment's place among all."""

    experiment_id: str
    strength: float
    """Bradley-Terry log-strength, 0 in the mean."""
    low: float | None
    high: float | None
    elo: float
    """The same on the scale of Elo, 1000 in the mean."""
    best_rank: int
    worst_rank: int


class MatrixOut(BaseModel):
    """Experiments against each other in one metric."""

    metric: str
    lower_is_better: bool
    experiments: list[MatrixExperiment]
    cells: list[list[MatrixCell | None]]
    """A row an experiment; null on the diagonal and where two have no example in common."""
    ranking: list[RankedExperiment]
    """Best first."""
    guessed: bool
    """Whether some never won or never lost, so that their distance is a guess."""

    @classmethod
    def of(cls, found: Matrix) -> MatrixOut:
        """A matrix."""
        places = range(len(found.experiments))
        ranking = found.ranking
        return cls(
            metric=found.metric,
            lower_is_better=found.lower_is_better,
            experiments=[MatrixExperiment(id=e.id, name=e.name) for e in found.experiments],
            cells=[
                [MatrixCell.of(found.matches.get((row, column))) for column in places]
                for row in places
            ],
            ranking=[
                RankedExperiment(
                    experiment_id=found.experiments[each.system].id,
                    strength=each.strength,
                    low=each.low,
                    high=each.high,
                    elo=each.elo,
                    best_rank=each.best_rank,
                    worst_rank=each.worst_rank,
                )
                for each in (() if ranking is None else ranking.systems)
            ],
            guessed=ranking is not None and ranking.prior,
        )


class Estimate(BaseModel):
    """A figure with its interval."""

    value: float
    low: float | None
    high: float | None

    @classmethod
    def of(cls, interval: Interval | None) -> Estimate | None:
        """An interval; null where there is nothing to count."""
        return None if interval is None else cls.known(interval)

    @classmethod
    def known(cls, interval: Interval) -> Estimate:
        """An interval that is there."""
        return cls(value=interval.estimate, low=interval.low, high=interval.high)


class LabelFigures(BaseModel):
    """How far judge and people mean the same by one label."""

    label: str
    precision: Estimate | None
    """Of what the judge calls so, the share that people call so."""
    recall: Estimate | None
    """Of what people call so, the share that the judge calls so."""
    human_share: float
    judge_share: float


class ConfusionMatrix(BaseModel):
    """How often the judge said what where people said what."""

    labels: list[str]
    counts: list[list[int]]
    """A row a label of people's, a column one of the judge's."""


class Disagreement(BaseModel):
    """A run that judge and people see differently."""

    trace_id: str
    span_id: str
    example_id: str
    judge: str
    human: str
    comment: str | None
    """Why people say so."""
    judge_comment: str | None


class DriftOut(BaseModel):
    """A judge's agreement with people against that of an earlier experiment."""

    before: Estimate
    after: Estimate
    """The share of runs on which both agree."""
    difference: Estimate
    """After less before."""
    p: float
    fell: bool
    """Whether it agrees less, beyond chance."""
    sentence: str

    @classmethod
    def of(cls, found: Drift | None) -> DriftOut | None:
        """A drift, if there is anything to compare with."""
        if found is None:
            return None
        return cls(
            before=Estimate.known(found.before),
            after=Estimate.known(found.after),
            difference=Estimate.known(found.difference),
            p=found.test.p,
            fell=found.fell,
            sentence=found.sentence,
        )


class CalibrationOut(BaseModel):
    """How far a judge agrees with people."""

    judge: str
    human: str
    n: int
    """Runs that both gave a verdict on."""
    failed: int
    """Runs on which the judge came to none."""
    unjudged: int
    """Runs that people scored and the judge did not."""
    kappa: Estimate | None
    accuracy: Estimate | None
    positive: str | None
    """The label that precision and recall are of; null where no label is the good one."""
    precision: Estimate | None
    recall: Estimate | None
    labels: list[LabelFigures]
    matrix: ConfusionMatrix
    use: Literal["do not gate", "trends only", "gate with correction"]
    sentence: str
    disagreement_count: int
    disagreements: list[Disagreement]
    warning: str | None
    drift: DriftOut | None
    """null where no earlier experiment was named, or it has not both."""

    @classmethod
    def of(cls, found: Agreement, judge: str, human: str, limit: int) -> CalibrationOut:
        """An agreement, with its first disagreements."""
        calibration = found.calibration
        if calibration is None:
            return _nothing(judge, human, found.unjudged)
        labels = [
            LabelFigures(
                label=label,
                precision=Estimate.of(each.precision),
                recall=Estimate.of(each.recall),
                human_share=each.human.estimate,
                judge_share=each.judge.estimate,
            )
            for label, each in calibration.by_label.items()
        ]
        good = next((each for each in labels if each.label == calibration.positive), None)
        return cls(
            judge=judge,
            human=human,
            n=len(calibration.counted),
            failed=calibration.failed,
            unjudged=found.unjudged,
            kappa=Estimate.of(calibration.kappa),
            accuracy=Estimate.of(calibration.accuracy),
            positive=calibration.positive,
            precision=None if good is None else good.precision,
            recall=None if good is None else good.recall,
            labels=labels,
            matrix=ConfusionMatrix(labels=list(calibration.labels), counts=calibration.confusion),
            use=calibration.use,
            sentence=calibration.sentence,
            disagreement_count=len(calibration.disagreements),
            disagreements=_disagreements(calibration, found, limit),
            warning=_warning(calibration),
            drift=DriftOut.of(found.drift),
        )


def _nothing(judge: str, human: str, unjudged: int) -> CalibrationOut:
    said = f"No run has both a score {judge!r} and one of people's, {human!r}."
    return CalibrationOut(
        judge=judge,
        human=human,
        n=0,
        failed=0,
        unjudged=unjudged,
        kappa=None,
        accuracy=None,
        positive=None,
        precision=None,
        recall=None,
        labels=[],
        matrix=ConfusionMatrix(labels=[], counts=[]),
        use="do not gate",
        sentence=said,
        disagreement_count=0,
        disagreements=[],
        warning=None,
        drift=None,
    )


def _disagreements(calibration: Calibration, found: Agreement, limit: int) -> list[Disagreement]:
    return [
        Disagreement(
            trace_id=place.trace_id,
            span_id=place.span_id,
            example_id=place.example_id,
            judge=str(each.judge),
            human=each.human,
            comment=place.human_comment or None,
            judge_comment=place.judge_comment or None,
        )
        for each in calibration.disagreements[:limit]
        if (place := found.places[each.example])
    ]


def _warning(calibration: Calibration) -> str | None:
    if len(calibration.labels) > MANY_LABELS:
        return (
            f"{len(calibration.labels)} different values are compared as labels: "
            "give a threshold to compare which side of it they fall on"
        )
    return None if calibration.kappa is None else calibration.kappa.note
