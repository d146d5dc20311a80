"""What experiments look like over HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pilothouse.platform.datasets.example_shapes import ExampleOut
from pilothouse.platform.experiments.models import (
    ComparativeExperiment,
    Comparison,
    Experiment,
    Metric,
    Row,
    Run,
    ScoreStats,
    Side,
    Stats,
)

Json = dict[str, Any]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class Bin(BaseModel):
    """A part of a distribution."""

    at_least: float
    below: float
    count: float


class ScoreFigures(BaseModel):
    """What the scores of one name say together."""

    name: str
    n: int
    errors: int
    mean: float | None
    min: float | None
    max: float | None
    stdev: float | None
    labels: dict[str, int]
    distribution: list[Bin]
    comments: list[str]

    @classmethod
    def of(cls, stats: ScoreStats) -> ScoreFigures:
        return cls(
            name=stats.name,
            n=stats.n,
            errors=stats.errors,
            mean=stats.mean,
            min=stats.min,
            max=stats.max,
            stdev=stats.stdev,
            labels=dict(stats.labels),
            distribution=[
                Bin(at_least=start, below=end, count=count) for start, end, count in stats.bins
            ],
            comments=list(stats.comments),
        )


class RunTokens(BaseModel):
    """Tokens, null where unknown."""

    input_tokens: int | None
    output_tokens: int | None
    total_tokens: int | None


class RunCost(BaseModel):
    """US dollars, null where unknown."""

    input: float | None
    output: float | None
    total: float | None


class ExperimentFigures(BaseModel):
    """What was measured of an experiment."""

    run_count: int
    example_count: int
    error_count: int
    error_rate: float | None
    latency_p50_ms: float | None
    latency_p99_ms: float | None
    first_token_p50_ms: float | None
    first_token_p99_ms: float | None
    usage: RunTokens
    cost: RunCost
    first_run_at: datetime | None
    last_run_at: datetime | None
    scores: list[ScoreFigures]
    """Of its runs."""
    own_scores: list[ScoreFigures]
    """Of the experiment as a whole."""

    @classmethod
    def of(cls, stats: Stats) -> ExperimentFigures:
        return cls(
            run_count=stats.run_count,
            example_count=stats.example_count,
            error_count=stats.error_count,
            error_rate=stats.error_rate,
            latency_p50_ms=stats.latency_p50_ms,
            latency_p99_ms=stats.latency_p99_ms,
            first_token_p50_ms=stats.first_token_p50_ms,
            first_token_p99_ms=stats.first_token_p99_ms,
            usage=RunTokens(
                input_tokens=stats.input_tokens,
                output_tokens=stats.output_tokens,
                total_tokens=stats.total_tokens,
            ),
            cost=RunCost(input=stats.cost_input, output=stats.cost_output, total=stats.cost_total),
            first_run_at=stats.first_run_at,
            last_run_at=stats.last_run_at,
            scores=[ScoreFigures.of(each) for each in stats.scores],
            own_scores=[ScoreFigures.of(each) for each in stats.own_scores],
        )


class ExperimentOut(BaseModel):
    """An experiment. Its runs are traces of the project `project`."""

    id: str
    name: str
    project: str
    description: str
    dataset_id: str
    dataset_version: datetime | None
    num_examples: int | None
    num_repetitions: int
    evaluator_keys: list[str]
    metadata: Json
    created_by: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    stats: ExperimentFigures | None
    """null where they were not asked for."""

    @classmethod
    def of(cls, experiment: Experiment, stats: Stats | None) -> ExperimentOut:
        return cls(
            id=experiment.id,
            name=experiment.name,
            project=experiment.name,
            description=experiment.description,
            dataset_id=experiment.dataset_id,
            dataset_version=experiment.dataset_version,
            num_examples=experiment.num_examples,
            num_repetitions=experiment.num_repetitions,
            evaluator_keys=list(experiment.evaluator_keys),
            metadata=dict(experiment.metadata),
            created_by=experiment.created_by or None,
            created_at=experiment.created_at,
            started_at=experiment.started_at,
            ended_at=experiment.ended_at,
            stats=None if stats is None else ExperimentFigures.of(stats),
        )


class ExperimentPage(BaseModel):
    """Experiments, the newest first."""

    items: list[ExperimentOut]
    next_cursor: str | None = None


class NewExperiment(BaseModel):
    """An experiment to begin. Its runs are sent to the project of its name."""

    model_config = ConfigDict(extra="forbid")

    id: str | None = None
    """A UUID of the caller's own: the same request again gives the same experiment."""
    name: Name
    dataset_id: str
    dataset_version: datetime | None = None
    description: str = Field("", max_length=100_000)
    metadata: Json = {}
    num_examples: int | None = Field(None, ge=0)
    num_repetitions: int = Field(1, ge=1, le=10_000)
    evaluator_keys: list[str] = Field([], max_length=1_000)


class ExperimentChange(BaseModel):
    """What to change of an experiment; null leaves a value."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    description: str | None = Field(None, max_length=100_000)
    metadata: Json | None = None
    dataset_version: datetime | None = None
    num_examples: int | None = Field(None, ge=0)
    num_repetitions: int | None = Field(None, ge=1, le=10_000)
    evaluator_keys: list[str] | None = Field(None, max_length=1_000)
    ended_at: datetime | None = None


class RunOut(BaseModel):
    """What an experiment did with an example, once."""

    trace_id: str
    span_id: str | None
    name: str
    repetition: int
    start_time: datetime
    duration_ms: float | None
    time_to_first_token_ms: float | None
    status: str
    status_message: str | None
    error_type: str | None
    usage: RunTokens
    cost: RunCost
    input: str
    output: str
    """As text; the first 256 characters with `preview`."""
    scores: list[Json]

    @classmethod
    def of(cls, run: Run) -> RunOut:
        return cls(
            trace_id=run.trace_id,
            span_id=run.span_id or None,
            name=run.name,
            repetition=run.repetition,
            start_time=run.start_time,
            duration_ms=run.duration_ms,
            time_to_first_token_ms=run.time_to_first_token_ms,
            status=run.status,
            status_message=run.status_message or None,
            error_type=run.error_type or None,
            usage=RunTokens(
                input_tokens=run.input_tokens,
                output_tokens=run.output_tokens,
                total_tokens=run.total_tokens,
            ),
            cost=RunCost(input=run.cost_input, output=run.cost_output, total=run.cost_total),
            input=run.input,
            output=run.output,
            scores=[dict(score) for score in run.scores],
        )


class ExperimentRow(BaseModel):
    """An example with what each of the experiments did with it."""

    example: ExampleOut
    runs: dict[str, list[RunOut]]
    """By the experiment's id."""
    differences: dict[str, dict[str, float]]
    """By the experiment's id and the metric: its mean less that of the baseline."""

    @classmethod
    def of(cls, row: Row) -> ExperimentRow:
        return cls(
            example=ExampleOut.of(row.example),
            runs={name: [RunOut.of(run) for run in runs] for name, runs in row.runs.items()},
            differences={name: dict(each) for name, each in row.differences.items()},
        )


class ExperimentRows(BaseModel):
    """Examples in the order of their creation."""

    items: list[ExperimentRow]
    next_cursor: str | None = None


class ComparisonSide(BaseModel):
    """How an experiment stands against the baseline, over the examples that both have."""

    experiment_id: str
    n: int
    mean: float | None
    baseline_mean: float | None
    difference: float | None
    better: int
    worse: int
    same: int

    @classmethod
    def of(cls, side: Side) -> ComparisonSide:
        return cls(
            experiment_id=side.experiment_id,
            n=side.n,
            mean=side.mean,
            baseline_mean=side.baseline_mean,
            difference=side.difference,
            better=side.better,
            worse=side.worse,
            same=side.same,
        )


class ComparedMetric(BaseModel):
    """A score, or a measure of every run, of the experiments that are compared."""

    name: str
    kind: Literal["score", "measure"]
    lower_is_better: bool
    sides: list[ComparisonSide]

    @classmethod
    def of(cls, metric: Metric) -> ComparedMetric:
        return cls(
            name=metric.name,
            kind=metric.kind,
            lower_is_better=metric.lower_is_better,
            sides=[ComparisonSide.of(side) for side in metric.sides],
        )


class ComparisonOut(BaseModel):
    """Experiments against one of them."""

    baseline_id: str
    experiments: list[ExperimentOut]
    metrics: list[ComparedMetric]

    @classmethod
    def of(
        cls,
        comparison: Comparison,
        experiments: Sequence[Experiment],
        stats: Mapping[str, Stats],
    ) -> ComparisonOut:
        return cls(
            baseline_id=comparison.baseline_id,
            experiments=[ExperimentOut.of(each, stats.get(each.id)) for each in experiments],
            metrics=[ComparedMetric.of(metric) for metric in comparison.metrics],
        )


class ComparativeOut(BaseModel):
    """Experiments whose outputs were preferred over each other."""

    id: str
    name: str
    description: str
    dataset_id: str
    experiment_ids: list[str]
    metadata: Json
    created_at: datetime
    modified_at: datetime
    preferences: dict[str, list[ScoreFigures]] | None
    """By the experiment's id; null in lists."""

    @classmethod
    def of(
        cls,
        comparative: ComparativeExperiment,
        preferences: Mapping[str, Sequence[ScoreStats]] | None = None,
    ) -> ComparativeOut:
        metadata = comparative.extra.get("metadata")
        shown = None
        if preferences is not None:
            shown = {
                name: [ScoreFigures.of(each) for each in stats]
                for name, stats in preferences.items()
            }
        return cls(
            id=comparative.id,
            name=comparative.name,
            description=comparative.description,
            dataset_id=comparative.dataset_id,
            experiment_ids=list(comparative.experiment_ids),
            metadata=dict(metadata) if isinstance(metadata, Mapping) else {},
            created_at=comparative.created_at,
            modified_at=comparative.modified_at,
            preferences=shown,
        )


class ComparativePage(BaseModel):
    """Comparative experiments, the newest first."""

    items: list[ComparativeOut]
    next_cursor: str | None = None


class NewComparative(BaseModel):
    """Experiments of one dataset to prefer over each other."""

    model_config = ConfigDict(extra="forbid")

    id: str | None = None
    name: str = Field("", max_length=500)
    description: str = Field("", max_length=100_000)
    experiment_ids: list[str] = Field(min_length=2, max_length=20)
    metadata: Json = {}


class PreferenceIn(BaseModel):
    """How an example's outputs were preferred."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    example_id: str
    scores: dict[str, float] = Field(min_length=1, max_length=20)
    """By the experiment's id: 1 for the preferred one, 0 for the other, 0.5 for a tie."""
    comment: str = Field("", max_length=100_000)
