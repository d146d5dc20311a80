"""What an evaluator says of one row, and how a verdict that failed differs from a bad one.

A failure is never a number: `score` is None whenever `status` is not "ok", so a mean over `ok` rows
cannot be lowered by a judge that timed out, nor raised by one that had nothing to judge.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

Status = Literal["ok", "error", "skipped", "not_applicable"]
"""`not_applicable`: nothing to judge, say an answer without claims. `skipped`: not asked for."""
Direction = Literal["maximize", "minimize", "neutral"]
Kind = Literal["code", "llm", "human"]
Number = float | int | bool

_N = TypeVar("_N", int, float)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why there is no verdict."""

    type: str
    """What went wrong, in one word a report can count by: `Timeout`, `MissingField`, …"""
    message: str
    raw_output: str | None = None
    """What the judge had said, where it had said anything."""
    attempts: int = 1
    retryable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What the model calls of a verdict took; unknown is None, never 0."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    cost: float | None = None
    currency: str = "USD"
    calls: int = 0

    def __add__(self, other: Usage) -> Usage:
        """Both together. Raises ValueError where their currencies differ."""
        if self.currency != other.currency and None not in (self.cost, other.cost):
            raise ValueError(f"cannot add {other.currency} to {self.currency}")
        return Usage(
            input_tokens=_sum(self.input_tokens, other.input_tokens),
            output_tokens=_sum(self.output_tokens, other.output_tokens),
            cached_tokens=_sum(self.cached_tokens, other.cached_tokens),
            cost=_sum(self.cost, other.cost),
            currency=self.currency if self.cost is not None else other.currency,
            calls=self.calls + other.calls,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """One judge's verdict among several."""

    judge: str
    score: Number | None = None
    label: str | None = None
    explanation: str | None = None
    error: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationResult:
    """One evaluator's verdict on one row."""

    name: str
    score: Number | None = None
    label: str | None = None
    explanation: str | None = None
    status: Status = "ok"
    error: Failure | None = None
    direction: Direction = "maximize"
    threshold: float | None = None
    """The worst score that passes."""
    kind: Kind = "code"
    votes: Sequence[Vote] | None = None
    usage: Usage | None = None
    latency_ms: float | None = None
    cached: bool = False
    """All of its model calls were answered by the cache."""
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raises ValueError for a score where none can be, and for NaN, TypeError for a text."""
        if self.score is None:
            return
        if not isinstance(self.score, int | float):
            raise TypeError(f"the score of {self.name!r} is {self.score!r}: give a number")
        if self.status != "ok":
            raise ValueError(f"{self.name!r} is {self.status} and cannot have a score")
        if not math.isfinite(self.score):
            raise ValueError(f"the score of {self.name!r} is {self.score}: say why by `status`")

    def finished(self, latency_ms: float, threshold: float | None) -> EvaluationResult:
        """The same with these, where it says none; `replace` would take thrice as long, a row."""
        return EvaluationResult(
            name=self.name,
            score=self.score,
            label=self.label,
            explanation=self.explanation,
            status=self.status,
            error=self.error,
            direction=self.direction,
            threshold=threshold if self.threshold is None else self.threshold,
            kind=self.kind,
            votes=self.votes,
            usage=self.usage,
            latency_ms=latency_ms if self.latency_ms is None else self.latency_ms,
            cached=self.cached,
            metadata=self.metadata,
        )

    @property
    def passed(self) -> bool | None:
        """Whether the score reaches its threshold; None where there is none to reach."""
        if self.status != "ok" or self.score is None or self.threshold is None:
            return None
        if self.direction == "minimize":
            return self.score <= self.threshold
        return self.score >= self.threshold


def failed(
    name: str,
    type: str,  # the field's name
    message: str,
    *,
    raw_output: str | None = None,
    attempts: int = 1,
    retryable: bool = False,
    **rest: Any,
) -> EvaluationResult:
    """The result of an evaluator that came to no verdict."""
    failure = Failure(
        type=type, message=message, raw_output=raw_output, attempts=attempts, retryable=retryable
    )
    return EvaluationResult(name=name, status="error", error=failure, **rest)


def not_applicable(name: str, why: str, **rest: Any) -> EvaluationResult:
    """The result of an evaluator that found nothing to judge."""
    return EvaluationResult(name=name, status="not_applicable", explanation=why, **rest)


def _sum(a: _N | None, b: _N | None) -> _N | None:
    if a is None:
        return b
    return a if b is None else a + b
