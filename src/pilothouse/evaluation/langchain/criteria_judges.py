"""Judges of one text by criteria: whether it meets them, and how well."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pilothouse.evaluation.judges import grammars
from pilothouse.evaluation.langchain import prompts
from pilothouse.evaluation.langchain.by_criteria import ByCriteria
from pilothouse.evaluation.langchain.criteria import (
    CriteriaInput,
    direction_of,
    resolved,
    resolved_several,
)
from pilothouse.evaluation.langchain.interfaces import Said, StringEvaluator, warn_of_unknown
from pilothouse.evaluation.langchain.judged import Judged, without_verdict


class _OfOneText(ByCriteria, StringEvaluator):
    """What judges of one text have in common."""

    @property
    def criterion_name(self) -> str:
        """The names of the criteria."""
        return "-".join(self.criteria)

    _evaluate_strings = Judged._judged
    _aevaluate_strings = Judged._ajudged


class CriteriaEvalChain(_OfOneText):
    """Whether a text meets criteria, all of them."""

    own_prompt = prompts.CRITERIA
    shown: ClassVar[Mapping[str, str]] = {"input": "input", "output": "prediction"}
    hint = " To use a reference, load labeled_criteria."
    unread = "the judge wrote neither Y nor N"

    def __init__(
        self,
        llm: Any,
        criteria: CriteriaInput = None,
        *,
        prompt: Any = None,
        langchain_compat: bool = False,
        **unknown: Any,
    ) -> None:
        """Raises ValueError for unknown criteria, and for correctness without a reference."""
        warn_of_unknown(type(self), unknown)
        super().__init__(llm, langchain_compat=langchain_compat)
        if criteria == "correctness" and not self.requires_reference:
            raise ValueError("correctness needs a reference: load labeled_criteria instead")
        self._prepare(self.resolve_criteria(criteria), prompt)
        self.direction = direction_of(self.criteria)

    @classmethod
    def resolve_criteria(cls, criteria: CriteriaInput) -> dict[str, str]:
        """The names of criteria with their descriptions. Raises ValueError for unknown ones."""
        return resolved(criteria)

    @property
    def evaluation_name(self) -> str:
        """What its scores are called."""
        return self.criterion_name

    def read(self, text: str) -> Said | None:
        """Y and 1, N and 0."""
        value = grammars.yes_or_no(text)
        if value is None:
            return None
        reasoning = without_verdict(text, (value,))
        return {"reasoning": reasoning, "value": value, "score": int(value == "Y")}

    def refused(self, text: str, why: str, type: str = "Unparsable") -> Said:
        """LangChain takes the last line for the value."""
        if not self.compat:
            return super().refused(text, why, type) | {"value": None}
        reasoning, _, last = text.strip().rpartition("\n")
        return {"reasoning": reasoning.strip(), "value": last, "score": None}


class LabeledCriteriaEvalChain(CriteriaEvalChain):
    """Whether a text meets criteria in the light of a reference."""

    own_prompt = prompts.LABELED_CRITERIA
    requires_reference = True


class ScoreStringEvalChain(_OfOneText):
    """How well a text does by criteria, from 1 to 10."""

    own_prompt = prompts.SCORE
    shown: ClassVar[Mapping[str, str]] = {"input": "input", "prediction": "prediction"}
    hint = " To use a reference, load labeled_score_string."
    unread = "the judge wrote no whole number from 1 to 10 in double brackets"

    def __init__(
        self,
        llm: Any,
        criteria: CriteriaInput = None,
        normalize_by: float | None = None,
        *,
        prompt: Any = None,
        langchain_compat: bool = False,
        **unknown: Any,
    ) -> None:
        """`normalize_by` divides the rating. Raises ValueError for a mapping without criteria."""
        warn_of_unknown(type(self), unknown)
        super().__init__(llm, langchain_compat=langchain_compat)
        self._prepare(self.resolve_criteria(criteria), prompt)
        self.normalize_by = normalize_by

    @classmethod
    def resolve_criteria(cls, criteria: CriteriaInput) -> dict[str, str]:
        """The names of criteria with their descriptions; unknown ones have none."""
        return resolved_several(criteria)

    @property
    def evaluation_name(self) -> str:
        """What its scores are called."""
        return f"score_string:{self.criterion_name}"

    def read(self, text: str) -> Said | None:
        """The rating."""
        rating = grammars.rating(text)
        if rating is None:
            return None
        score = rating if self.normalize_by is None else rating / self.normalize_by
        return {"reasoning": text, "score": score}


class LabeledScoreStringEvalChain(ScoreStringEvalChain):
    """How well a text does by criteria, from 1 to 10, in the light of a reference."""

    own_prompt = prompts.LABELED_SCORE
    requires_reference = True
