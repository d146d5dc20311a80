"""What every evaluator is: a name, a way to read its score, and one question about a row."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from time import perf_counter
from typing import TYPE_CHECKING, Any, ClassVar

from pilothouse.evaluation.errors import EvaluationError, JudgeError, MissingField, ModelError
from pilothouse.evaluation.loops import run
from pilothouse.evaluation.results import Direction, EvaluationResult, Kind, failed
from pilothouse.evaluation.rows import ALIASES, Row, Where, bound, row_of

Verdict = EvaluationResult | list[EvaluationResult]


class Evaluator:
    """Judges rows. A subclass defines `judge`, or `ajudge` where it waits for a model, or both.

    Their keyword-only parameters say what the evaluator reads; those without a default are
    required. Whatever they raise becomes a result with `status="error"`: no failure is a score.
    """

    name: str
    direction: Direction = "maximize"
    kind: ClassVar[Kind] = "code"
    version: str = "1"
    """Changes with what a score means; results of different versions are not compared."""
    cheap: bool = True
    """Whether `judge` takes so little (under 1 ms) that it may run within an event loop."""

    if TYPE_CHECKING:
        judge: Callable[..., Verdict]
        ajudge: Callable[..., Awaitable[Verdict]]

    def __init__(
        self,
        *,
        name: str | None = None,
        threshold: float | None = None,
        mapping: Mapping[str, Where] | None = None,
    ) -> None:
        """`mapping` says where in a row a parameter stands; an unknown one raises ValueError."""
        if name is not None:
            self.name = name
        self.threshold = threshold
        self._sync = getattr(self, "judge", None)
        self._async = getattr(self, "ajudge", None)
        asked = self._asked()
        self.parameters: dict[str, Where | None] = {p.name: None for p in asked}
        self.required = tuple(p.name for p in asked if p.default is p.empty)
        self.mapped = bool(mapping)
        for parameter, where in (mapping or {}).items():
            if parameter not in self.parameters:
                known = ", ".join(self.parameters)
                raise ValueError(f"{self.name!r} has no {parameter!r} to map: it reads {known}")
            self.parameters[parameter] = where

    @property
    def waits(self) -> bool:
        """Whether it awaits something, rather than computes."""
        return self._async is not None

    def evaluate(self, row: Row | None = None, /, **fields: Any) -> EvaluationResult:
        """The verdict on a row, or on fields given by name. Works within a running loop too.

        Raises TypeError for a field that the evaluator does not read.
        """
        return self._only(self.evaluate_all(row, **fields))

    async def aevaluate(self, row: Row | None = None, /, **fields: Any) -> EvaluationResult:
        """The same without blocking: what waits is awaited, what computes long runs in a thread."""
        return self._only(await self.aevaluate_all(row, **fields))

    def evaluate_all(self, row: Row | None = None, /, **fields: Any) -> list[EvaluationResult]:
        """All verdicts on a row: one, but where the evaluator judges several things at once."""
        if self._sync is None:
            return run(self.aevaluate_all(row, **fields))
        given = self._given(row, fields)
        started = perf_counter()
        try:
            verdict = self._sync(**self._read(row, given))
        except Exception as e:  # noqa: BLE001 # a row's failure must not end the others
            verdict = self.failure(e)
        return self._finished(verdict, started)

    async def aevaluate_all(
        self, row: Row | None = None, /, **fields: Any
    ) -> list[EvaluationResult]:
        """The same without blocking."""
        if self._async is None:
            if self.cheap:
                return self.evaluate_all(row, **fields)
            from anyio import to_thread

            return await to_thread.run_sync(lambda: self.evaluate_all(row, **fields))
        given = self._given(row, fields)
        started = perf_counter()
        try:
            verdict = await self._async(**self._read(row, given))
        except Exception as e:  # noqa: BLE001 # a row's failure must not end the others
            verdict = self.failure(e)
        return self._finished(verdict, started)

    def _asked(self) -> list[inspect.Parameter]:
        """The parameters that say what the evaluator reads."""
        method = self._sync or self._async
        if method is None:
            raise TypeError(f"{type(self).__name__} defines neither judge nor ajudge")
        parameters = inspect.signature(method).parameters.values()
        return [p for p in parameters if p.kind is p.KEYWORD_ONLY]

    def failure(self, error: Exception) -> EvaluationResult:
        """The result that stands for an error."""
        how = type(error).__name__
        message = str(error)
        about: dict[str, Any] = {"direction": self.direction, "kind": self.kind}
        if isinstance(error, JudgeError | ModelError):
            how = error.type
            about["attempts"] = error.attempts
        elif not isinstance(error, EvaluationError):
            message = f"{how}: {message}" if message else how
        if isinstance(error, JudgeError):
            about |= {"raw_output": error.raw_output, "usage": error.usage}
        if isinstance(error, ModelError):
            about["retryable"] = error.retryable
        return failed(self.name, how, message, **about)

    def _given(self, row: Row | None, fields: dict[str, Any]) -> dict[str, Any]:
        """Fields by the names of parameters. Raises TypeError for one that is not read."""
        if not fields or (row is None and self.mapped):
            return fields
        given = {
            name if name in self.parameters else ALIASES.get(name, name): value
            for name, value in fields.items()
        }
        if unknown := given.keys() - self.parameters.keys():
            read = ", ".join(self.parameters)
            raise TypeError(f"{self.name!r} does not read {', '.join(sorted(unknown))}, but {read}")
        return given

    def _read(self, row: Row | None, given: dict[str, Any]) -> dict[str, Any]:
        """What there is of the parameters, fields given by name before those of the row.

        Raises MissingField for one that is required and not there.
        """
        if row is not None:
            read = {**bound(row, self.parameters), **given}
        else:
            read = bound(row_of(given), self.parameters) if self.mapped else given
        for name in self.required:
            if _is_missing(read.get(name)):
                there = sorted(name for name, value in read.items() if not _is_missing(value))
                raise MissingField(self.name, name, tuple(there))
        return read

    def _finished(self, verdict: Verdict, started: float) -> list[EvaluationResult]:
        latency_ms = (perf_counter() - started) * 1000
        results = verdict if isinstance(verdict, list) else [verdict]
        for result in results:
            if not isinstance(result, EvaluationResult):
                kind = type(result).__name__
                said = f"{type(self).__name__} gave {kind}: return an EvaluationResult, or several"
                results = [self.failure(TypeError(said))]
                break
        return [result.finished(latency_ms, self.threshold) for result in results]

    def _only(self, results: list[EvaluationResult]) -> EvaluationResult:
        if len(results) != 1:
            raise ValueError(f"{self.name!r} gave {len(results)} results: ask by evaluate_all")
        return results[0]


def _is_missing(value: Any) -> bool:
    """Whether there is no value: None, or NaN, which data frames have in its place."""
    return value is None or (isinstance(value, float) and value != value)
