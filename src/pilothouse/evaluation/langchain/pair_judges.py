"""Judges of two texts: which of them is better."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from pilothouse.evaluation.judges import grammars
from pilothouse.evaluation.langchain import prompts
from pilothouse.evaluation.langchain.by_criteria import ByCriteria
from pilothouse.evaluation.langchain.criteria import CriteriaInput, resolved_several
from pilothouse.evaluation.langchain.interfaces import (
    PairwiseStringEvaluator,
    Said,
    warn_of_unknown,
)
from pilothouse.evaluation.langchain.judged import Judged

_SCORES: Final = {"A": 1, "B": 0, "C": 0.5}


class PairwiseStringEvalChain(ByCriteria, PairwiseStringEvaluator):
    """Which of two texts is better by criteria: A scores 1, B 0, neither a half."""

    own_prompt: ClassVar[str] = prompts.PAIRWISE
    shown: ClassVar[Mapping[str, str]] = {
        gap: gap for gap in ("input", "prediction", "prediction_b")
    }
    hint = " To use a reference, load labeled_pairwise_string."
    unread = "the judge wrote none of [[A]], [[B]] and [[C]]"

    def __init__(
        self,
        llm: Any,
        criteria: CriteriaInput = None,
        *,
        prompt: Any = None,
        langchain_compat: bool = False,
        **unknown: Any,
    ) -> None:
        """Raises ValueError for a mapping without criteria."""
        warn_of_unknown(type(self), unknown)
        super().__init__(llm, langchain_compat=langchain_compat)
        self._prepare(resolved_several(criteria), prompt)

    def read(self, text: str) -> Said | None:
        """Which is better; of a tie the value is None."""
        chosen = grammars.preference(text)
        if chosen is None:
            return None
        value = None if chosen == "C" else chosen
        return {"reasoning": text, "value": value, "score": _SCORES[chosen]}

    def refused(self, text: str, why: str, type: str = "Unparsable") -> Said:
        """The verdict has a value like any other."""
        return super().refused(text, why, type) | {"value": None}

    _evaluate_string_pairs = Judged._judged
    _aevaluate_string_pairs = Judged._ajudged


class LabeledPairwiseStringEvalChain(PairwiseStringEvalChain):
    """Which of two texts is better by criteria, in the light of a reference."""

    own_prompt = prompts.LABELED_PAIRWISE
    requires_reference = True
