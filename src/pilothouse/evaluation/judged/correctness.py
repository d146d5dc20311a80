"""How right an answer is by the reference: by claims and likeness, both ways, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final

from pilothouse.evaluation.judged import wordings
from pilothouse.evaluation.judged.aggregation import f_beta
from pilothouse.evaluation.judged.answers import FactualCorrectness, cosine
from pilothouse.evaluation.judged.asking import Asking, JudgedMetric
from pilothouse.evaluation.judges import Labels
from pilothouse.evaluation.models import EmbeddingModel, ModelLike, as_embedder
from pilothouse.evaluation.results import EvaluationResult
from pilothouse.evaluation.rows import text_of

_FAR: Final = {"full": 1.0, "partial": 0.5, "none": 0.0}


class AnswerCorrectness(FactualCorrectness):
    """F1 of claims together with the likeness of both texts, by a model of embeddings."""

    name = "answer_correctness"
    reads = ("outputs", "reference_outputs")

    def __init__(
        self,
        model: ModelLike,
        *,
        embedder: EmbeddingModel | ModelLike | None = None,
        weight: float = 0.75,
        **rest: Any,
    ) -> None:
        """`weight` is that of the claims. Raises ValueError for one that is no share."""
        if not 0 <= weight <= 1:
            raise ValueError(f"weight is {weight}: give a share between 0 and 1")
        self.embedder = as_embedder(embedder)
        self.weight = weight
        super().__init__(model, **rest)

    @property
    def _means(self) -> str:
        return f"{super()._means}:{self.embedder.name}:{self.weight}"

    async def ajudge(self, **fields: Any) -> EvaluationResult:
        """The weighted mean of both; opposite directions are as unlike as can be."""
        result = await super().ajudge(**fields)
        if result.score is None:
            return result
        texts = [text_of(fields[name], field=name) for name in self.reads]
        likeness = max(0.0, cosine(*await self.embedder.embed(texts)))
        return replace(
            result,
            score=self.weight * result.score + (1 - self.weight) * likeness,
            metadata={**result.metadata, "claims_score": result.score, "likeness": likeness},
        )


class AnswerAccuracy(JudgedMetric):
    """How far answer and reference say the same, asked both ways round (NVIDIA's metric)."""

    name = "answer_accuracy"
    words: ClassVar[Mapping[str, str]] = {
        "accurate": wordings.ACCURATE,
        "swapped": wordings.ACCURATE_SWAPPED,
    }

    async def ajudge(self, **fields: Any) -> EvaluationResult:
        """The mean of both verdicts: full 1, partial a half, none 0."""
        asking = Asking(self, fields)
        form = Labels(tuple(_FAR))
        both = await asking.together(*(asking.said(step, form) for step in self.words))
        labels = [str(said.label) for said in both]
        return asking.result(
            sum(_FAR[label] for label in labels) / len(labels),
            explanation="\n".join(str(said.explanation) for said in both),
            labels=labels,
        )


class Completeness(JudgedMetric):
    """F1 of the fields that were to be extracted; the model is asked of values that differ.

    `reference_outputs` are the fields that are expected, `outputs` those that were found; a value
    that is None is missing.
    """

    name = "completeness"
    reads = ("outputs", "reference_outputs")
    words: ClassVar[Mapping[str, str]] = {"fields": wordings.FIELDS}

    async def ajudge(self, **fields: Any) -> EvaluationResult:
        """The score; label and metadata say which fields are right, wrong, missing, spurious."""
        found, expected = (_record(fields[name], name) for name in self.reads)
        if not expected and not found:
            return self.empty("no field was expected, and none found")
        asking = Asking(self, fields)
        states = {
            name: "missing" if name not in found else "right" if found[name] == value else "differs"
            for name, value in expected.items()
        }
        asked = [name for name, state in states.items() if state == "differs"]
        items = [{"field": n, "expected": expected[n], "given": found[n]} for n in asked]
        verdicts = await asking.verdicts("fields", items, ("right", "wrong"))
        for name, item in zip(asked, verdicts, strict=True):
            states[name] = "failed" if item is None else item.label
        states |= dict.fromkeys((name for name in found if name not in expected), "spurious")
        count = list(states.values()).count
        right, missing = count("right"), count("missing")
        wrong, spurious = count("wrong"), count("spurious")
        extra = wrong + spurious
        return asking.result(
            f_beta(right, extra, wrong + missing),
            label="complete" if right == len(expected) else "incomplete",
            precision=right / (right + extra) if right else 0.0,
            recall=right / (right + wrong + missing) if right else 0.0,
            fields=states,
        )


def _record(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} must be a mapping of fields, not {type(value).__name__}")
    return {str(field): given for field, given in value.items() if given is not None}
