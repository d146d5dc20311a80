"""Whether what an answer puts in quotation marks stands in its sources, word for word."""

from __future__ import annotations

import re
from typing import Any, Final

from pilothouse.evaluation.evaluators import Evaluator
from pilothouse.evaluation.judged.items import contexts_of
from pilothouse.evaluation.results import EvaluationResult, not_applicable
from pilothouse.evaluation.rows import text_of

_QUOTED: Final = re.compile(r"\"([^\"]+)\"|\u201c([^\u201d]+)\u201d|\u00ab([^\u00bb]+)\u00bb")
_WORDS: Final = 3
"""Shorter spans are names and ironies, no quotations."""


class QuotedSpans(Evaluator):
    """The share of quoted spans of three words or more that occur in the contexts (as Ragas has).

    White space and case do not count.
    """

    name = "quoted_spans"

    def judge(self, *, outputs: Any, contexts: Any) -> EvaluationResult:
        """Raises TypeError for contexts that are none."""
        answer = text_of(outputs, field="outputs")
        spans = [plain_words("".join(found)) for found in _QUOTED.findall(answer)]
        spans = [span for span in spans if len(span.split()) >= _WORDS]
        if not spans:
            return not_applicable(self.name, "the answer quotes nothing")
        sources = [plain_words(text) for text in contexts_of(contexts)]
        absent = [span for span in spans if not any(span in source for source in sources)]
        return EvaluationResult(
            name=self.name,
            score=1 - len(absent) / len(spans),
            metadata={"spans": spans, "absent": absent},
        )


def plain_words(text: str) -> str:
    """The words of a text, without what a quotation may change: case, spaces, a last stop."""
    return " ".join(text.casefold().split()).strip(".,;:!?")
