"""Judges of answers to questions, by the right answer or by what is known."""

from __future__ import annotations

from asyncio import gather
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pilothouse.evaluation.judges import grammars
from pilothouse.evaluation.langchain import prompts
from pilothouse.evaluation.langchain.interfaces import Said, StringEvaluator, warn_of_unknown
from pilothouse.evaluation.langchain.judged import Judged

Examples = Sequence[Mapping[str, Any]]
Written = dict[str, str]
"""What a judge wrote, under `results`."""


class _OfAnswers(Judged, StringEvaluator):
    """What judges of answers have in common."""

    requires_input = True
    requires_reference = True
    own_prompt: ClassVar[str]
    reference_gap: ClassVar[str]
    """Under which name the prompt has the reference."""
    scores_as: ClassVar[str]
    unread = "the judge gave no grade"

    def __init__(
        self, llm: Any, prompt: Any = None, *, langchain_compat: bool = False, **unknown: Any
    ) -> None:
        """Raises ValueError for a prompt without exactly the variables that it needs."""
        warn_of_unknown(type(self), unknown)
        super().__init__(llm, langchain_compat=langchain_compat)
        gaps = ("query", self.reference_gap, "result")
        self.prompt = prompts.template_of(prompt, self.own_prompt, variables=gaps)

    @property
    def evaluation_name(self) -> str:
        """What its scores are called."""
        return self.scores_as

    def read(self, text: str) -> Said | None:
        """CORRECT and 1, INCORRECT and 0."""
        grade = grammars.correctness(text)
        if grade is None:
            return None
        return {"reasoning": text.strip(), "value": grade, "score": int(grade == "CORRECT")}

    def refused(self, text: str, why: str, type: str = "Unparsable") -> Said:
        """LangChain has a verdict without value and score."""
        if self.compat:
            return {"reasoning": text.strip(), "value": None, "score": None}
        return super().refused(text, why, type) | {"value": None}

    def evaluate(
        self,
        examples: Examples,
        predictions: Examples,
        question_key: str = "query",
        reference_key: str | None = None,
        prediction_key: str = "result",
        **kwargs: Any,
    ) -> list[Written]:
        """What the judge wrote of each example, in order, without being read.

        The reference's key may be given as `answer_key`, or `context_key` where it is a context.
        """
        keys = question_key, self._key(reference_key, kwargs), prediction_key
        return [
            {"results": self.llm.ask(p, None)} for p in self._asked(examples, predictions, keys)
        ]

    async def aevaluate(
        self,
        examples: Examples,
        predictions: Examples,
        question_key: str = "query",
        reference_key: str | None = None,
        prediction_key: str = "result",
        **kwargs: Any,
    ) -> list[Written]:
        """The same without blocking, all at once."""
        keys = question_key, self._key(reference_key, kwargs), prediction_key
        asked = self._asked(examples, predictions, keys)
        return [
            {"results": text} for text in await gather(*(self.llm.aask(p, None) for p in asked))
        ]

    def _key(self, given: str | None, named: Mapping[str, Any]) -> str:
        """Where examples have the reference."""
        return given or named.get(f"{self.reference_gap}_key") or self.reference_gap

    def _asked(
        self, examples: Examples, predictions: Examples, keys: tuple[str, str, str]
    ) -> list[prompts.Prompt]:
        question, reference, made = keys
        return [
            self._rendered(
                {
                    "prediction": prediction[made],
                    "reference": example[reference],
                    "input": example[question],
                }
            )
            for example, prediction in zip(examples, predictions, strict=True)
        ]

    def _rendered(self, given: Mapping[str, Any]) -> prompts.Prompt:
        return self.prompt(
            {
                "query": given["input"],
                self.reference_gap: given["reference"],
                "result": given["prediction"],
            }
        )

    _evaluate_strings = Judged._judged
    _aevaluate_strings = Judged._ajudged


class QAEvalChain(_OfAnswers):
    """Whether an answer is right, by the answer that is known to be."""

    own_prompt = prompts.QA
    reference_gap = "answer"
    scores_as = "correctness"


class ContextQAEvalChain(_OfAnswers):
    """Whether an answer is right, by a text that says what is known."""

    own_prompt = prompts.CONTEXT_QA
    reference_gap = "context"
    scores_as = "Contextual Accuracy"


class CotQAEvalChain(ContextQAEvalChain):
    """The same, with the steps of the judgement written down first."""

    own_prompt = prompts.COT_QA
    scores_as = "COT Contextual Accuracy"
