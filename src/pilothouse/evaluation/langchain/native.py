"""Shows LangChain's evaluators of texts as evaluators of rows, as runs and reports want them."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, Final

from pilothouse.evaluation.evaluators import Evaluator
from pilothouse.evaluation.langchain.interfaces import Said, StringEvaluator
from pilothouse.evaluation.langchain.judged import Judged
from pilothouse.evaluation.results import EvaluationResult, failed
from pilothouse.evaluation.rows import Where, text_of

_KEYWORD: Final = inspect.Parameter.KEYWORD_ONLY
_NAMES: Final = {"outputs": "prediction", "reference_outputs": "reference", "inputs": "input"}


class _OfRows(Evaluator):
    """Gives a row's fields to a LangChain evaluator, and makes a result of its verdict."""

    def __init__(self, given: StringEvaluator, **options: Any) -> None:
        self.given = given
        self.name = given.evaluation_name
        self.direction = getattr(given, "direction", "maximize")
        super().__init__(**options)

    def _asked(self) -> list[inspect.Parameter]:
        asked = [inspect.Parameter("outputs", _KEYWORD)]
        if self.given.requires_reference:
            asked.append(inspect.Parameter("reference_outputs", _KEYWORD))
        if self.given.requires_input:
            asked.append(inspect.Parameter("inputs", _KEYWORD))
        return asked

    def _arguments(self, fields: dict[str, Any]) -> dict[str, Any]:
        if self.given.takes_values:
            return {_NAMES[name]: value for name, value in fields.items()}
        return {_NAMES[name]: text_of(value, field=name) for name, value in fields.items()}

    def _result(self, said: Said) -> EvaluationResult:
        about: dict[str, Any] = {"direction": self.direction, "kind": self.kind}
        error = said.get("error")
        if error is not None:
            raw = said.get("reasoning")
            return failed(self.name, error["type"], error["message"], raw_output=raw, **about)
        if said.get("score") is None and said.get("value") is None:
            return failed(self.name, "Unparsable", "there is no verdict", **about)
        return EvaluationResult(
            name=self.name,
            score=said.get("score"),
            label=said.get("value"),
            explanation=said.get("reasoning"),
            **about,
        )


class MeasuredRows(_OfRows):
    """Of evaluators that compute."""

    def judge(self, **fields: Any) -> EvaluationResult:
        """The verdict."""
        return self._result(self.given.evaluate_strings(**self._arguments(fields)))


class JudgedRows(_OfRows):
    """Of evaluators that ask a model."""

    kind = "llm"
    cheap = False

    def judge(self, **fields: Any) -> EvaluationResult:
        """The verdict."""
        return self._result(self.given.evaluate_strings(**self._arguments(fields)))

    async def ajudge(self, **fields: Any) -> EvaluationResult:
        """The verdict, without blocking."""
        return self._result(await self.given.aevaluate_strings(**self._arguments(fields)))


def named(
    name: str,
    *,
    mapping: Mapping[str, Where] | None = None,
    threshold: float | None = None,
    called: str | None = None,
    **options: Any,
) -> Evaluator:
    """The evaluator of rows that `load_evaluator` knows by a name; `called` is its own name.

    Raises ValueError for an unknown name, TypeError for what judges something else than rows.
    """
    from pilothouse.evaluation.langchain.loading import load_evaluator

    loaded = load_evaluator(name, **options)
    if not isinstance(loaded, StringEvaluator):
        raise TypeError(f"{name!r} compares answers or judges trajectories, not single rows")
    return of_rows(loaded, name=called, threshold=threshold, mapping=mapping)


def of_rows(given: StringEvaluator, **options: Any) -> Evaluator:
    """The evaluator of rows; `options` are those of every `Evaluator`."""
    if isinstance(given, Judged):
        return JudgedRows(given, **options)
    return MeasuredRows(given, **options)
