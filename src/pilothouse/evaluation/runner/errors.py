"""What can end an experiment.

ExperimentError
├── BadData           the data cannot be read, or an id stands there twice
├── JournalError      what is stored of an experiment cannot be continued or read
├── BadSuite          a suite file says what nobody knows
├── TwiceMeasured     two evaluators give a metric of the same name
├── ClusterError      there is no Ray cluster, or its workers cannot run this
└── Stopped           the experiment ended early; what was done is kept
    ├── TooManyErrors     more rows failed than was allowed
    ├── BudgetExceeded    it cost more than was allowed
    └── RowFailed         a row failed, and `error_handling="raise"`
"""

from __future__ import annotations

from pilothouse.evaluation.errors import EvaluationError
from pilothouse.evaluation.results import Failure


class ExperimentError(EvaluationError):
    """The root of what the runner raises."""


class BadData(ExperimentError):
    """The data cannot be used as examples."""


class JournalError(ExperimentError):
    """A stored experiment cannot be continued or read."""


class BadSuite(ExperimentError):
    """A suite file is wrong; the message begins with file, line and column."""


class TwiceMeasured(ExperimentError):
    """Two evaluators give a metric of the same name."""


class ClusterError(ExperimentError):
    """There is no Ray cluster at the address, or its workers cannot run the experiment."""


class FailedElsewhere(Exception):
    """A call failed in a worker; what was raised there may not be known here."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class Stopped(ExperimentError):
    """An experiment ended before all of its rows were done; what was done is in its journal."""

    experiment: str | None = None
    """Its name, by which it can be resumed."""


class TooManyErrors(Stopped):
    """More rows failed than `max_error_rate` allows, or the credentials were refused."""


class BudgetExceeded(Stopped):
    """Calls have cost more than `budget`."""


class RowFailed(Stopped):
    """A row came to no result, and errors were to be raised."""
