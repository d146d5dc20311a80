"""Plain functions as evaluators, in the shapes that LangSmith and openevals users write."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Final

from pilothouse.evaluation.evaluators import Evaluator, Verdict
from pilothouse.evaluation.results import Direction, EvaluationResult
from pilothouse.evaluation.rows import Where

_POSITIONAL: Final = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.VAR_POSITIONAL)
_KEYWORD: Final = inspect.Parameter.KEYWORD_ONLY
_VERDICTS: Final = frozenset({"score", "value", "label"})


class FunctionEvaluator(Evaluator):
    """Asks a function for the verdict, sync or async, by whichever fields its parameters name.

    It may return a number or a bool (the score), a text (the label), None (skipped), a mapping with
    `key`, `score`, `value` and `comment` (without a score if that is None: skipped), a tuple of
    score, reasoning and metadata, a list of any of these, or a result.
    """

    cheap = False

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        name: str | None = None,
        direction: Direction = "maximize",
        threshold: float | None = None,
        mapping: Mapping[str, Where] | None = None,
    ) -> None:
        """Raises TypeError for a function with parameters that cannot be given by name."""
        self.name = getattr(function, "__name__", type(function).__name__)
        self.direction = direction
        self.function = function
        plain = function if inspect.isroutine(function) else type(function).__call__
        if inspect.iscoroutinefunction(plain):
            self.ajudge = self._awaited
        else:
            self.judge = self._called
        super().__init__(name=name, threshold=threshold, mapping=mapping)

    def _asked(self) -> list[inspect.Parameter]:
        asked: list[inspect.Parameter] = []
        for parameter in inspect.signature(self.function).parameters.values():
            if parameter.kind in _POSITIONAL:
                raise TypeError(f"{self.name!r}: {parameter} cannot be given by its name")
            if parameter.kind is parameter.VAR_KEYWORD:
                named = {p.name for p in asked}
                asked += [
                    inspect.Parameter(name, _KEYWORD, default=None)
                    for name in ("inputs", "outputs", "reference_outputs", "metadata")
                    if name not in named
                ]
            else:
                asked.append(parameter)
        return asked

    def _called(self, **fields: Any) -> Verdict:
        return self._verdict(self.function(**fields))

    async def _awaited(self, **fields: Any) -> Verdict:
        return self._verdict(await self.function(**fields))

    def _verdict(self, returned: Any) -> Verdict:
        if isinstance(returned, Mapping) and isinstance(returned.get("results"), list):
            returned = returned["results"]
        if not isinstance(returned, list):
            return self._result(returned)
        results = [self._result(one) for one in returned or [None]]
        names = {result.name for result in results}
        if len(names) < len(results):
            raise TypeError(
                f"{self.name!r} returned {len(results)} results with {len(names)} names: give each "
                "a key of its own"
            )
        return results

    def _result(self, returned: Any) -> EvaluationResult:
        """One result. Raises TypeError for what is none, naming what would be."""
        returned = _python(returned)
        match returned:
            case EvaluationResult():
                return returned
            case None:
                return self._made(status="skipped")
            case bool() | int() | float():
                return self._made(score=returned)
            case str():
                return self._made(label=returned)
            case tuple() if 2 <= len(returned) <= 3:  # score, reasoning, metadata
                score, reasoning, *metadata = returned
                return self._made(
                    score=_python(score),
                    explanation=reasoning,
                    metadata=metadata[0] if metadata else {},
                )
            case Mapping():
                return self._from_mapping(returned)
        raise TypeError(
            f"{self.name!r} returned {type(returned).__name__}: return a number, a bool, a text, "
            "a mapping with a score, a tuple of score and reasoning, or a list of these"
        )

    def _from_mapping(self, returned: Mapping[str, Any]) -> EvaluationResult:
        if returned.keys().isdisjoint(_VERDICTS):
            raise TypeError(f"{self.name!r} returned neither a score nor a value: {dict(returned)}")
        score = _python(returned.get("score"))
        value = _python(returned.get("value", returned.get("label")))
        if score is None and isinstance(value, bool | int | float):
            score, value = value, None
        explained = (returned.get(k) for k in ("comment", "explanation", "reasoning", "reason"))
        return self._made(
            name=returned.get("key") or returned.get("name") or self.name,
            status="skipped" if score is None and value is None else "ok",
            score=score,
            label=None if value is None else str(value),
            explanation=next((text for text in explained if text is not None), None),
            metadata=returned.get("metadata") or {},
        )

    def _made(self, *, name: str | None = None, **rest: Any) -> EvaluationResult:
        return EvaluationResult(name=name or self.name, direction=self.direction, **rest)


def _python(value: Any) -> Any:
    """A number of NumPy's or PyTorch's as Python's own; anything else as it is."""
    item = getattr(value, "item", None)
    return item() if callable(item) else value


def as_evaluator(given: Evaluator | Callable[..., Any] | str) -> Evaluator:
    """An evaluator as it is, or made of a function, of LangChain's, or of a name of theirs.

    Raises TypeError for what is none of these, ValueError for an unknown name.
    """
    if isinstance(given, Evaluator):
        return given
    if isinstance(given, str):
        from pilothouse.evaluation.langchain.native import named

        return named(given)
    if hasattr(given, "as_evaluator"):
        made: Evaluator = given.as_evaluator()
        return made
    if callable(given):
        return FunctionEvaluator(given)
    raise TypeError(f"{given!r} is no evaluator: give an Evaluator, a function or a name")
