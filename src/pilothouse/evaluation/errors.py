"""What can go wrong in the evaluation library.

    EvaluationError
    ├── MissingField      a row lacks what the evaluator needs
    ├── JudgeError        a model came to no verdict (its `type` says how)
    └── ModelError        a model could not be asked

An evaluator turns them into results with `status="error"`; who calls a model itself meets them.
"""

from __future__ import annotations

from pilothouse.evaluation.results import Usage


class EvaluationError(Exception):
    """The root of all errors of this package."""


class MissingField(EvaluationError):
    """A row lacks a field that the evaluator needs."""

    def __init__(self, evaluator: str, field: str, has: tuple[str, ...] = ()) -> None:
        known = f"; the row has {', '.join(has)}" if has else ""
        super().__init__(f"evaluator {evaluator!r} needs {field!r}{known}")
        self.evaluator = evaluator
        self.field = field


class JudgeError(EvaluationError):
    """A judge came to no verdict."""

    def __init__(
        self,
        type: str,
        message: str,
        *,
        raw_output: str | None = None,
        attempts: int = 1,
        usage: Usage | None = None,
    ) -> None:
        super().__init__(message)
        self.type = type
        """`Unparsable`, `Refused`, `CutShort`, `TooLong`, `NoMajority`, `Incomplete`."""
        self.raw_output = raw_output
        self.attempts = attempts
        self.usage = usage
        """What the calls took that led to nothing."""


class ModelError(EvaluationError):
    """A model could not be asked: the transport failed, or the provider said no."""

    def __init__(
        self,
        type: str,  # the field's name
        message: str,
        *,
        status: int | None = None,
        retry_after_s: float | None = None,
        retryable: bool = False,
        attempts: int = 1,
    ) -> None:
        super().__init__(message)
        self.type = type
        """`Timeout`, `RateLimited`, `QuotaExhausted`, `Unauthorized`, `BadRequest`, `NotFound`,
        `TooLong`, `ContentFilter`, `Unsupported`, `Malformed`, `Unavailable`, `Unreachable`."""
        self.status = status
        self.retry_after_s = retry_after_s
        self.retryable = retryable
        self.attempts = attempts
