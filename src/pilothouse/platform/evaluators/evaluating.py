"""One evaluation: an evaluator asked of a subject, with what it took."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pilothouse.evaluation.results import EvaluationResult, failed
from pilothouse.platform.evaluators.calls import Calls, recorded_calls
from pilothouse.platform.evaluators.entities import Subject

if TYPE_CHECKING:
    from pilothouse.evaluation.evaluators import Evaluator


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """The verdicts on one subject, and what they took."""

    subject: Subject
    results: Sequence[EvaluationResult]
    calls: Calls
    start_ns: int
    end_ns: int

    @property
    def first(self) -> EvaluationResult:
        """The verdict; of several the first one that could not be given, or the first."""
        failed = (result for result in self.results if result.status == "error")
        return next(failed, self.results[0])

    @property
    def cost(self) -> float | None:
        """Dollars; None where they are not known."""
        return self.calls.cost

    @property
    def duration_ms(self) -> float:
        """How long it took."""
        return (self.end_ns - self.start_ns) / 1e6


async def evaluated(
    evaluator: Evaluator, subject: Subject, longest_s: float | None = None
) -> Evaluated:
    """Ask an evaluator of a subject; whatever goes wrong, or takes too long, is a result too."""
    start_ns = time.time_ns()
    with recorded_calls() as calls:
        try:
            async with asyncio.timeout(longest_s):
                results: Sequence[EvaluationResult] = await evaluator.aevaluate_all(subject.row)
        except TimeoutError:  # what its model answered until then was paid for
            said = f"no verdict within {longest_s:g} s"
            results = [failed(evaluator.name, "Timeout", said, retryable=True)]
    return Evaluated(
        subject=subject,
        results=results,
        calls=calls,
        start_ns=start_ns,
        end_ns=time.time_ns(),
    )
