"""Whatever can say which of two answers is better, asked in one way.

A judge sees two answers and no names. What it says is read strictly: a label or score that names
neither side nor a tie is a failure, since a distance or a grade taken for a preference would be a
verdict that nobody gave.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol, runtime_checkable

from pilothouse.evaluation.evaluators import Evaluator
from pilothouse.evaluation.functions import as_evaluator
from pilothouse.evaluation.judges import Judge, Labels, Prompt
from pilothouse.evaluation.judges.judge import repeated
from pilothouse.evaluation.models import ModelLike
from pilothouse.evaluation.results import EvaluationResult, Failure, Usage
from pilothouse.evaluation.rows import text_of

Side = Literal["first", "second", "tie"]
TIE: Final = 0.5
"""The score of either side where neither is better."""
PairJudgeLike = Evaluator | Callable[..., Any] | Any
"""An evaluator, a function, a LangChain PairwiseStringEvaluator, or a PairJudge."""

_ROLES: Final[Mapping[str, str]] = {
    "inputs": "inputs",
    "input": "inputs",
    "outputs": "first",
    "outputs_a": "first",
    "prediction": "first",
    "first": "first",
    "outputs_b": "second",
    "prediction_b": "second",
    "second": "second",
    "reference_outputs": "reference",
    "reference": "reference",
}
"""Which part of a pair a judge's parameter asks for."""
_LABELS: Final[Mapping[str, Side]] = {
    "a": "first",
    "first": "first",
    "b": "second",
    "second": "second",
    "c": "tie",
    "tie": "tie",
}
_SCORES: Final[Mapping[float, Side]] = {1.0: "first", TIE: "tie", 0.0: "second"}

PROMPT: Final = """\
Two answers to the same question follow, A and B. Say which of them is better{criteria}.

Neither their order nor their length counts. Say "tie" where neither is better.

The question:
{{inputs}}
{reference}
Answer A:
{{outputs}}

Answer B:
{{outputs_b}}"""
_REFERENCE: Final = "\nA reference answer, which is right:\n{reference_outputs}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Two answers as a judge sees them."""

    inputs: Any
    first: Any
    second: Any
    reference: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a judge said of them: a side, or why there is none."""

    side: Side | None
    explanation: str | None = None
    error: Failure | None = None
    usage: Usage | None = None


@runtime_checkable
class PairJudge(Protocol):
    """Says which of two answers is better."""

    @property
    def name(self) -> str:
        """What reports call it."""

    @property
    def version(self) -> str:
        """Changes with what its verdicts mean."""

    async def prefer(self, shown: Shown, *, repetition: int = 0) -> Said:
        """The better one. Never raises for a judge that fails."""


def create_pair_judge(
    model: ModelLike | None = None,
    *,
    criteria: str | None = None,
    reference: bool = False,
    prompt: Prompt | str | None = None,
    name: str = "pair_judge",
    **rest: Any,
) -> Judge:
    """A model that says A, B or tie.

    `criteria` finishes the sentence "which of them is better"; `reference` shows the reference
    answer. A prompt of one's own reads `inputs`, `outputs` and `outputs_b`. What `rest` may hold
    are the parameters of Judge.
    """
    if prompt is None:
        by = f" by this: {criteria}" if criteria else ""
        shown = PROMPT.format(criteria="{criteria}", reference=_REFERENCE if reference else "")
        prompt = Prompt(shown, given={"criteria": by})
    form = Labels(("A", "B", "tie"))
    scores = {"A": 1.0, "B": 0.0, "tie": TIE}
    return Judge(prompt, form, model=model, scores=scores, name=name, tie_label="tie", **rest)


def as_pair_judge(given: PairJudgeLike) -> PairJudge:
    """A judge of pairs as it is, or made of an evaluator, a function or LangChain's.

    Raises TypeError for what reads no second answer, and for what cannot be a judge.
    """
    if isinstance(given, PairJudge):
        return given
    if hasattr(given, "aevaluate_string_pairs"):
        return _OfLangChain(given)
    return _OfEvaluator(as_evaluator(given))


class _OfEvaluator:
    """Asks an evaluator by the parts of a pair that its parameters name."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.name = evaluator.name
        self.version = evaluator.version
        self.roles = {p: _ROLES[p] for p in evaluator.parameters if p in _ROLES}
        strange = [p for p in evaluator.required if p not in self.roles]
        if strange or not {"first", "second"} <= set(self.roles.values()):
            reads = ", ".join(evaluator.parameters)
            raise TypeError(
                f"{self.name!r} reads {reads}: a judge of pairs reads outputs and outputs_b, and "
                "may read inputs and reference_outputs"
            )

    async def prefer(self, shown: Shown, *, repetition: int = 0) -> Said:
        fields = {p: getattr(shown, role) for p, role in self.roles.items()}
        with repeated(repetition):
            results = await self.evaluator.aevaluate_all(**fields)
        if len(results) != 1:
            return _no_preference(f"{self.name!r} gave {len(results)} results for one pair")
        return self._said(results[0])

    def _said(self, result: EvaluationResult) -> Said:
        if result.status != "ok":
            error = result.error or Failure(
                type="NoVerdict", message=result.explanation or f"the judge {result.status}"
            )
            return Said(side=None, error=error, usage=result.usage)
        if result.label is not None:
            side = _LABELS.get(result.label.strip().strip("[]").lower())
        else:
            side = None if result.score is None else _SCORES.get(float(result.score))
        if side is None:
            said = result.label if result.label is not None else result.score
            return _no_preference(f"{said!r} is no preference: say A, B or tie, or 1, 0 or 0.5")
        return Said(side=side, explanation=result.explanation, usage=result.usage)


class _OfLangChain:
    """Asks a LangChain PairwiseStringEvaluator, ours or LangChain's own."""

    def __init__(self, given: Any) -> None:
        self.given = given
        self.name: str = getattr(given, "evaluation_name", type(given).__name__)
        self.version = "1"

    async def prefer(self, shown: Shown, *, repetition: int = 0) -> Said:
        try:
            with repeated(repetition):
                said = await self.given.aevaluate_string_pairs(**self._arguments(shown))
        except Exception as e:  # noqa: BLE001 # a pair's failure must not end the others
            return _failed(type(e).__name__, f"{type(e).__name__}: {e}")
        if error := said.get("error"):
            return _failed(error["type"], error["message"], said.get("reasoning"))
        if "value" not in said:
            return _no_preference(f"{self.name!r} measures how far texts differ, not which is best")
        tied = said["value"] is None and said.get("score") == TIE
        side = "tie" if tied else _LABELS.get(str(said["value"]).lower())
        if side is None:
            return _no_preference(f"{said['value']!r} is no preference")
        return Said(side=side, explanation=said.get("reasoning"))

    def _arguments(self, shown: Shown) -> dict[str, str]:
        arguments = {
            "prediction": text_of(shown.first, field="outputs"),
            "prediction_b": text_of(shown.second, field="outputs_b"),
        }
        if self.given.requires_input:
            arguments["input"] = text_of(shown.inputs, field="inputs")
        if self.given.requires_reference:
            arguments["reference"] = text_of(shown.reference, field="reference_outputs")
        return arguments


def _no_preference(why: str) -> Said:
    return _failed("NoPreference", why)


def _failed(type: str, why: str, raw_output: str | None = None) -> Said:
    return Said(side=None, error=Failure(type=type, message=why, raw_output=raw_output))
