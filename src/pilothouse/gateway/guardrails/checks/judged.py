"""Checks by a model: any route of the gateway, held to a verdict by the judges of evaluation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from pilothouse.gateway.errors import Refused
from pilothouse.gateway.guardrails.models import Asks, Check, Judgement, Subject

if TYPE_CHECKING:
    from pilothouse.evaluation.judges import Judge
    from pilothouse.evaluation.models.chat import Completion, Request, Structure

VIOLATES: Final = "violates"
_ALLOWED: Final = "allowed"
_PROMPT: Final = (
    "Texts that go to an assistant or come from it are looked at before they pass. Say whether "
    "this holds for the text: {rule}\n\n"
    f"{VIOLATES}: it holds for the text\n{_ALLOWED}: it does not\n\n"
    "What the user asked:\n{inputs}\n\nThe text:\n{outputs}"
)
_LONGEST: Final = 60_000
"""Characters of a text that a judge reads; from both ends of what is longer."""


class RouteModel:
    """A route of the gateway as a model that judges ask."""

    def __init__(self, asks: Asks, route: str, subject: Subject) -> None:
        self._asks = asks
        self._subject = subject
        self.name = route
        self.structures: Sequence[Structure] = ("json_schema", "text")

    async def complete(self, request: Request) -> Completion:
        """The answer to one request. Raises ModelError."""
        from pilothouse.evaluation.errors import ModelError
        from pilothouse.evaluation.models import wire

        body = wire.chat_body(self.name, request, without=frozenset(("seed",)), cap="max_tokens")
        try:
            said = await self._asks.chat(self.name, body, self._subject)
        except Refused as refused:
            is_refused = refused.status in (400, 404, 422) and request.structure != "text"
            raise ModelError(
                "Unsupported" if is_refused else "Unavailable",
                refused.message,
                status=refused.status,
            ) from None
        try:
            return wire.chat_answer(said, asked=self.name)
        except (wire.Malformed, TypeError, KeyError, AttributeError) as error:
            raise ModelError("Malformed", f"{self.name!r} gave no completion: {error}") from None


def asked_judge(asks: Asks, route: str, rule: str) -> Callable[[Subject], Awaitable[Judgement]]:
    """A judge that says whether a rule holds for a text; it violates where it does."""

    async def judge(subject: Subject) -> Judgement:
        from pilothouse.evaluation.judges import Judge, Labels, Prompt
        from pilothouse.evaluation.models import RetryPolicy

        made = Judge(
            Prompt(_PROMPT, given={"rule": rule}),
            Labels((VIOLATES, _ALLOWED)),
            model=RouteModel(asks, route, subject),
            scores={VIOLATES: 1, _ALLOWED: 0},
            direction="minimize",
            max_attempts=2,
            retry=RetryPolicy(attempts=1),
        )
        result = await _verdict(made, subject)
        return Judgement(
            passed=result.label != VIOLATES,
            score=None if result.score is None else float(result.score),
            reason=result.explanation or "",
        )

    return judge


def llm_judge(
    asks: Asks, *, model: str, rule: str | None, rubric: str | None, threshold: float | None
) -> Check:
    """A judge by a rule in words, or by a rubric of the evaluation library. Raises ValueError."""
    if (rule is None) == (rubric is None):
        raise ValueError("give either rule or rubric")
    if rule is not None:
        if not rule.strip():
            raise ValueError("rule: say what must not pass")
        return Check(judge=asked_judge(asks, model, rule.strip()))
    assert rubric is not None
    _checked(rubric)
    name = rubric

    async def judge(subject: Subject) -> Judgement:
        from pilothouse.evaluation.judged.labelled import label_judge
        from pilothouse.evaluation.models import RetryPolicy

        made = label_judge(
            name,
            RouteModel(asks, model, subject),
            max_attempts=2,
            retry=RetryPolicy(attempts=1),
        )
        result = await _verdict(made, subject)
        score = 0.0 if result.score is None else float(result.score)
        least = 0.5 if threshold is None else threshold
        passed = score < least if made.direction == "minimize" else score >= least
        told = f"{result.label}: {result.explanation}" if result.label else result.explanation
        return Judgement(passed=passed, score=score, reason=told or "")

    return Check(judge=judge)


def _checked(rubric: str) -> None:
    from pilothouse.evaluation.judged.labelled import RUBRICS

    known = {name for name, each in RUBRICS.items() if not set(each.reads) - {"inputs", "outputs"}}
    if rubric not in known:
        raise ValueError(f"no rubric {rubric!r}: choose from {', '.join(sorted(known))}")


async def _verdict(judge: Judge, subject: Subject) -> Any:  # Any: a result of the library
    """What a judge says. Raises RuntimeError where it says nothing."""
    result = await judge.aevaluate(inputs=_cut(subject.question), outputs=_cut(subject.text))
    if result.status == "error":
        failure = result.error
        raise RuntimeError("it gave no verdict" if failure is None else failure.message)
    return result


def _cut(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    return f"{text[: _LONGEST // 2]}\n…\n{text[-_LONGEST // 2 :]}"
