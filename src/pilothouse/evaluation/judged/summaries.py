"""Summaries: whether they say only what the text says, what matters of it, and how much shorter."""

from __future__ import annotations

from asyncio import gather
from collections.abc import Awaitable, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final

from pilothouse.evaluation.errors import JudgeError, ModelError
from pilothouse.evaluation.judged import wordings
from pilothouse.evaluation.judged.aggregation import summary_score
from pilothouse.evaluation.judged.asking import Asking, JudgedMetric
from pilothouse.evaluation.judged.items import listed, share_of
from pilothouse.evaluation.models import ModelLike
from pilothouse.evaluation.results import EvaluationResult
from pilothouse.evaluation.rows import text_of

_ANSWERS: Final = ("yes", "no", "unknown")


class Summarization(JudgedMetric):
    """Whether a summary says only what the text says, what matters of it, and how much shorter.

    Three results: `alignment`, `coverage` and `compression`. `composite=True` adds the lesser of
    the first two as `summarization`.
    """

    name = "summarization"
    made: ClassVar[frozenset[str]] = frozenset({"items", "text"})
    reads = ("inputs", "outputs")
    words: ClassVar[Mapping[str, str]] = {
        "claims": wordings.CLAIMS.replace("{text}", "{outputs}"),
        "aligned": wordings.ALIGNED,
        "questions": wordings.CLOSED_QUESTIONS,
        "answered": wordings.ANSWERED,
    }

    def __init__(self, model: ModelLike, *, composite: bool = False, **rest: Any) -> None:
        """`rest` are the options of every JudgedMetric."""
        self.composite = composite
        super().__init__(model, **rest)

    async def ajudge(self, **fields: Any) -> list[EvaluationResult]:
        """Alignment, coverage and compression of one summary; where one fails the others stand."""
        text = text_of(fields["inputs"], field="inputs")
        summary = text_of(fields["outputs"], field="outputs")
        aligned, covered = await gather(
            self._alone("alignment", self._alignment(Asking(self, fields))),
            self._alone("coverage", self._coverage(Asking(self, fields), text, summary)),
        )
        lengths = summary_score(answered=[], text_length=len(text), summary_length=len(summary))
        shorter = (
            replace(self.empty("there is no text"), name="compression")
            if lengths.conciseness is None
            else EvaluationResult(name="compression", score=lengths.conciseness)
        )
        results = [aligned, covered, shorter]
        return [*results, self._least(aligned, covered)] if self.composite else results

    async def _alignment(self, asking: Asking) -> EvaluationResult:
        claims = await asking.texts("claims", "claims")
        if not claims:
            return asking.empty("the summary makes no claim")
        found = await asking.verdicts("aligned", claims, ("yes", "borderline", "no"))
        return asking.result(share_of(found, "yes"), claims=listed(claims, found))

    async def _coverage(self, asking: Asking, text: str, summary: str) -> EvaluationResult:
        questions = await asking.texts("questions", "questions")
        known = await asking.verdicts("answered", questions, _ANSWERS, text=text)
        asked = [q for q, one in zip(questions, known, strict=True) if one and one.label == "yes"]
        if not asked:
            return asking.empty("the text answers no question by yes")
        told = await asking.verdicts("answered", asked, _ANSWERS, text=summary)
        return asking.result(share_of(told, "yes"), questions=listed(asked, told))

    async def _alone(self, name: str, part: Awaitable[EvaluationResult]) -> EvaluationResult:
        """One part's result; a failure is its own."""
        try:
            found = await part
        except (JudgeError, ModelError) as e:
            found = self.failure(e)
        return replace(found, name=name)

    def _least(self, aligned: EvaluationResult, covered: EvaluationResult) -> EvaluationResult:
        if aligned.score is None or covered.score is None:
            return self.empty("alignment or coverage has no score")
        return EvaluationResult(
            name=self.name, score=min(aligned.score, covered.score), kind=self.kind
        )
