"""What experiments are, what is measured of them, and how two of them compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from pilothouse.platform.datasets.models import Example, JsonObject

Change = Literal["better", "worse", "same"]
MEASURES: Final = ("duration_ms", "total_tokens", "cost")
"""What every run is measured by, besides its scores; less is better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """A run of an application over the examples of a dataset."""

    id: str
    """The UUID of the project that its runs lie in."""
    project_id: int
    name: str
    description: str
    dataset_id: str
    dataset_version: datetime | None
    """The state of the dataset that it ran over, None where that was not said."""
    num_examples: int | None
    num_repetitions: int
    evaluator_keys: tuple[str, ...]
    extra: JsonObject
    """The client's own JSON, with `metadata` in it."""
    created_by: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def metadata(self) -> JsonObject:
        found = self.extra.get("metadata")
        return found if isinstance(found, Mapping) else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreStats:
    """What the scores of one name say together."""

    name: str
    n: int
    errors: int
    mean: float | None
    min: float | None
    max: float | None
    stdev: float | None
    labels: Mapping[str, int]
    bins: Sequence[tuple[float, float, float]]
    """(from, to, count): the distribution of the values."""
    comments: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """What was measured of an experiment."""

    run_count: int = 0
    example_count: int = 0
    error_count: int = 0
    latency_p50_ms: float | None = None
    latency_p99_ms: float | None = None
    first_token_p50_ms: float | None = None
    first_token_p99_ms: float | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    cost_input: float | None = None
    cost_output: float | None = None
    cost_total: float | None = None
    first_run_at: datetime | None = None
    last_run_at: datetime | None = None
    scores: Sequence[ScoreStats] = ()
    """Of its runs."""
    own_scores: Sequence[ScoreStats] = ()
    """Of the experiment as a whole."""

    @property
    def error_rate(self) -> float | None:
        return self.error_count / self.run_count if self.run_count else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What an experiment did with an example, once."""

    experiment_id: str
    project_id: int
    trace_id: str
    span_id: str
    name: str
    repetition: int
    """From 1 on, in the order told, else of the start."""
    start_time: datetime
    duration_ms: float | None
    time_to_first_token_ms: float | None
    status: str
    status_message: str
    error_type: str
    input_tokens: int | None
    output_tokens: int | None
    total_tokens: int | None
    cost_input: float | None
    cost_output: float | None
    cost_total: float | None
    input: str
    output: str
    """As text; the first 256 characters where a preview was asked for."""
    scores: Sequence[Mapping[str, Any]] = ()
    """As the API shows them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An example with what each of some experiments did with it."""

    example: Example
    runs: Mapping[str, Sequence[Run]]
    """By the experiment's id; empty where it did nothing with it."""
    differences: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """By the experiment's id and the metric: its mean less that of the baseline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """How an experiment stands against the baseline in one metric, over the examples of both."""

    experiment_id: str
    n: int
    mean: float | None
    baseline_mean: float | None
    better: int
    worse: int
    same: int

    @property
    def difference(self) -> float | None:
        if self.mean is None or self.baseline_mean is None:
            return None
        return self.mean - self.baseline_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A score, or something measured, of all experiments that are compared."""

    name: str
    kind: Literal["score", "measure"]
    lower_is_better: bool
    sides: Sequence[Side]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Experiments against a baseline."""

    baseline_id: str
    experiment_ids: Sequence[str]
    metrics: Sequence[Metric]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparativeExperiment:
    """Experiments of one dataset whose outputs were preferred over each other, pair by pair."""

    id: str
    dataset_id: str
    name: str
    description: str
    experiment_ids: tuple[str, ...]
    extra: JsonObject
    created_at: datetime
    modified_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """How an example's outputs were preferred: a score for each experiment."""

    name: str
    example_id: str
    scores: Mapping[str, float]
    """By the experiment's id; 1 for the preferred one, 0 for the other, 0.5 for a tie."""
    comment: str = ""
