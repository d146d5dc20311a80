"""Runs experiments: a target over a dataset, judged, compared with a baseline, and kept."""

from pilothouse.evaluation.runner.api import aevaluate, evaluate
from pilothouse.evaluation.runner.errors import (
    BadData,
    BadSuite,
    BudgetExceeded,
    ClusterError,
    ExperimentError,
    JournalError,
    RowFailed,
    Stopped,
    TooManyErrors,
    TwiceMeasured,
)
from pilothouse.evaluation.runner.experiment import Experiment, compared, load_experiment
from pilothouse.evaluation.runner.gates import (
    CostAtMost,
    ErrorRateAtMost,
    GateOutcome,
    LatencyAtMost,
    MeanAtLeast,
    MustPass,
    NonInferior,
    NoRegression,
    PassRateAtLeast,
)
from pilothouse.evaluation.runner.records import RowResult
from pilothouse.evaluation.runner.targets import Answer

__all__ = [
    "Answer",
    "BadData",
    "BadSuite",
    "BudgetExceeded",
    "ClusterError",
    "CostAtMost",
    "ErrorRateAtMost",
    "Experiment",
    "ExperimentError",
    "GateOutcome",
    "JournalError",
    "LatencyAtMost",
    "MeanAtLeast",
    "MustPass",
    "NoRegression",
    "NonInferior",
    "PassRateAtLeast",
    "RowFailed",
    "RowResult",
    "Stopped",
    "TooManyErrors",
    "TwiceMeasured",
    "aevaluate",
    "compared",
    "evaluate",
    "load_experiment",
]
