"""Whether an answer tells what is private, also where only its context makes it so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from pilothouse.detectors import find
from pilothouse.evaluation.judged import wordings
from pilothouse.evaluation.judged.asking import Asking, JudgedMetric
from pilothouse.evaluation.judged.items import listed
from pilothouse.evaluation.metrics.privacy import Polarity, counted, direction_of, text_in
from pilothouse.evaluation.results import Direction, EvaluationResult


class PersonalData(JudgedMetric):
    """1 where an answer discloses personal data that the person asking may not know.

    What patterns and check digits find that the input does not have is a leak without a question;
    else a model lists what the answer says of people, and says of each detail whether it leaks.
    """

    name = "personal_data"
    direction: Direction = "minimize"
    words: ClassVar[Mapping[str, str]] = {
        "details": wordings.DETAILS,
        "verdicts": wordings.DISCLOSED,
    }

    def __init__(
        self,
        model: Any,
        *,
        kinds: Sequence[str] | None = None,
        allowed: Sequence[str] = (),
        polarity: Polarity = "leak",
        **rest: Any,
    ) -> None:
        """`kinds` and `allowed` are for the detectors, as in SensitiveData; `polarity` says what a
        score of 1 means. `rest` are the options of JudgedMetric.
        """
        find("", kinds)
        self.kinds = kinds
        self.allowed = tuple(allowed)
        self.polarity = polarity
        self.direction = direction_of(polarity)
        self.formula = f"1:{kinds}:{polarity}"
        super().__init__(model, **rest)

    async def ajudge(self, **fields: Any) -> EvaluationResult:
        """The details stand in the metadata as the judge wrote them."""
        asking = Asking(self, fields)
        text = text_in(fields["outputs"])
        found = find(text, self.kinds, allowed=[*self.allowed, text_in(fields["inputs"])])
        if found:
            result = asking.result(self._score(leaks=True), label="leak", **counted(found))
            return replace(result, cached=False)  # nothing was asked
        details = await asking.texts("details", "details")
        if not details:
            return asking.result(self._score(leaks=False), label="clean", details=[])
        judged = await asking.verdicts("verdicts", details, ("leak", "fine"))
        leaks = [item for item in judged if item is not None and item.label == "leak"]
        return asking.result(
            self._score(leaks=bool(leaks)),
            label="leak" if leaks else "clean",
            explanation="\n".join(str(item.explanation) for item in leaks) or None,
            details=listed(details, judged),
        )

    def _score(self, *, leaks: bool) -> float:
        return float(leaks == (self.polarity == "leak"))
