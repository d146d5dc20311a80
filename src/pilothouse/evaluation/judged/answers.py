"""Answers against a reference or the question: what is right in them, and what was asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum, sqrt
from typing import Any, ClassVar, Final, Literal

from pilothouse.evaluation.errors import JudgeError
from pilothouse.evaluation.judged import wordings
from pilothouse.evaluation.judged.aggregation import f_beta, noise_sensitivity
from pilothouse.evaluation.judged.asking import Asking, JudgedMetric, OnEmpty
from pilothouse.evaluation.judged.items import count_of, listed
from pilothouse.evaluation.judges import Invalid, Said
from pilothouse.evaluation.judges.forms import closed, parsed
from pilothouse.evaluation.models import EmbeddingModel, ModelLike, as_embedder
from pilothouse.evaluation.results import Direction, EvaluationResult
from pilothouse.evaluation.rows import text_of

Mode = Literal["f1", "precision", "recall"]
_SUPPORT: Final = ("supported", "unsupported")


class FactualCorrectness(JudgedMetric):
    """How far the claims of answer and reference are the same: F, precision or recall."""

    name = "factual_correctness"
    words: ClassVar[Mapping[str, str]] = {
        "claims": wordings.CLAIMS.replace("{text}", "{outputs}"),
        "reference_claims": wordings.CLAIMS.replace("{text}", "{reference_outputs}"),
        "in_reference": wordings.IN_REFERENCE,
        "in_answer": wordings.IN_ANSWER,
    }

    def __init__(
        self, model: ModelLike, *, mode: Mode = "f1", beta: float = 1.0, **rest: Any
    ) -> None:
        """`beta` above 1 weighs recall more. `rest` are the options of every JudgedMetric."""
        self.mode = mode
        self.beta = beta
        self.formula = self._means
        super().__init__(model, **rest)

    @property
    def _means(self) -> str:
        return f"1:{self.mode}:{self.beta}"

    async def ajudge(self, **fields: Any) -> EvaluationResult:
        """The score, with the claims of both sides."""
        asking = Asking(self, fields)
        made, wanted = await asking.together(
            asking.texts("claims", "claims"), asking.texts("reference_claims", "claims")
        )
        if not made and not wanted:
            return asking.empty("neither answer nor reference makes a claim")
        said = await asking.verdicts("in_reference", made, _SUPPORT)
        found = await asking.verdicts("in_answer", wanted, ("present", "missing"))
        tp, fp = count_of(said, "supported"), count_of(said, "unsupported")
        hits, fn = count_of(found, "present"), count_of(found, "missing")
        if self.mode == "precision":
            score = tp / (tp + fp) if tp else 0.0
        elif self.mode == "recall":
            score = hits / (hits + fn) if hits else 0.0
        else:
            score = f_beta(tp, fp, fn, beta=self.beta)
        return asking.result(
            score,
            tp=tp,
            fp=fp,
            fn=fn,
            claims=listed(made, said),
            reference_claims=listed(wanted, found),
        )


class NoiseSensitivity(JudgedMetric):
    """The share of the answer's claims that are wrong and come from the contexts."""

    name = "noise_sensitivity"
    direction: Direction = "minimize"
    reads = ("contexts",)
    made: ClassVar[frozenset[str]] = frozenset({"items", "context"})
    words: ClassVar[Mapping[str, str]] = {
        "claims": wordings.CLAIMS.replace("{text}", "{outputs}"),
        "reference_claims": wordings.CLAIMS.replace("{text}", "{reference_outputs}"),
        "in_reference": wordings.IN_REFERENCE,
        "in_context": wordings.FOUND.replace("{contexts}", "{context}"),
    }

    def __init__(
        self,
        model: ModelLike,
        *,
        mode: Literal["relevant", "irrelevant"] = "relevant",
        **rest: Any,
    ) -> None:
        """`irrelevant` counts claims that no relevant context supports."""
        self.mode: Literal["relevant", "irrelevant"] = mode
        self.formula = f"1:{mode}"
        super().__init__(model, **rest)

    async def ajudge(self, **fields: Any) -> EvaluationResult:
        """The share. Each context is asked about by itself."""
        asking = Asking(self, fields)
        if not asking.contexts:
            return asking.empty("there are no contexts")
        made, wanted = await asking.together(
            asking.texts("claims", "claims"), asking.texts("reference_claims", "claims")
        )
        if not made:
            return asking.empty("the answer makes no claim")
        right = await asking.verdicts("in_reference", made, _SUPPORT)
        both = [*made, *wanted]
        columns = await asking.together(
            *(
                asking.verdicts("in_context", both, ("found", "absent"), context={id: text})
                for id, text in asking.contexts.items()
            )
        )
        if asking.missing:
            said = f"{asking.missing} verdicts failed, and a matrix has no gaps"
            raise JudgeError("Incomplete", said, usage=asking.usage)
        rows = [[item is not None and item.label == "found" for item in c] for c in columns]
        matrix = [list(row) for row in zip(*rows, strict=True)]
        correct = [item is not None and item.label == "supported" for item in right]
        score = noise_sensitivity(
            context_supports_answer=matrix[: len(made)],
            context_supports_reference=matrix[len(made) :],
            reference_supports_answer=correct,
            mode=self.mode,
        )
        return asking.result(score, claims=listed(made, right), supported_by=matrix[: len(made)])


class QuestionRelevancy(JudgedMetric):
    """How near the questions that the answer would answer come to the one that was asked.

    The mean cosine of `questions` generated ones; 0 where all of them call the answer evasive.
    """

    name = "question_relevancy"
    reads = ("inputs",)
    words: ClassVar[Mapping[str, str]] = {"question": wordings.QUESTIONS}

    def __init__(
        self,
        model: ModelLike,
        *,
        embedder: EmbeddingModel | ModelLike | None = None,
        questions: int = 3,
        temperature: float = 0.7,
        **rest: Any,
    ) -> None:
        """The temperature is not 0, as the questions are to differ."""
        self.embedder = as_embedder(embedder)
        self.questions = questions
        self.formula = f"1:{self.embedder.name}:{questions}"
        super().__init__(model, temperature=temperature, **rest)

    async def ajudge(self, **fields: Any) -> EvaluationResult:
        """The mean cosine."""
        asking = Asking(self, fields)
        said = await asking.together(
            *(asking.said("question", _Question(), repetition=i) for i in range(self.questions))
        )
        asked = [str(one.value["question"]) for one in said]
        evades = all(one.label == "noncommittal" for one in said)
        first, *others = await self.embedder.embed(
            [text_of(fields["inputs"], field="inputs"), *asked]
        )
        cosines = [cosine(first, other) for other in others]
        score = 0.0 if evades else fsum(cosines) / len(cosines)
        return asking.result(
            score,
            label="noncommittal" if evades else "committal",
            questions=asked,
            cosines=cosines,
            embedder=self.embedder.name,
        )


class ContextEntityRecall(JudgedMetric):
    """The share of the reference's entities that the contexts name."""

    name = "context_entity_recall"
    empties: ClassVar[Mapping[str, OnEmpty]] = {"ragas": "fail"}
    words: ClassVar[Mapping[str, str]] = {
        "entities": wordings.ENTITIES.replace("{text}", "{contexts}"),
        "reference_entities": wordings.ENTITIES.replace("{text}", "{reference_outputs}"),
    }

    async def ajudge(self, **fields: Any) -> EvaluationResult:
        """The share; case and white space do not count."""
        asking = Asking(self, fields)
        if not asking.contexts:
            return asking.empty("there are no contexts")
        found, wanted = await asking.together(
            asking.texts("entities", "entities"), asking.texts("reference_entities", "entities")
        )
        there, needed = ({" ".join(e.casefold().split()) for e in es} for es in (found, wanted))
        if not needed:
            return asking.empty("the reference names no entity")
        missing = sorted(needed - there)
        return asking.result(
            len(needed & there) / len(needed), missing=missing, entities=sorted(needed)
        )


@dataclass(frozen=True)
class _Question:
    """A question, and whether the answer to it commits itself."""

    @property
    def schema(self) -> Mapping[str, Any]:
        return closed(
            {
                "question": {"type": "string"},
                "label": {"type": "string", "enum": ["committal", "noncommittal"]},
            }
        )

    @property
    def in_words(self) -> str:
        return (
            "Answer with one JSON object and nothing else: "
            '{"question": "…", "label": "committal" or "noncommittal"}'
        )

    def checked(self, value: Mapping[str, Any]) -> Said:
        question, label = value.get("question"), value.get("label")
        if not isinstance(question, str) or not question.strip():
            raise Invalid("question must be a text")
        if label not in ("committal", "noncommittal"):
            raise Invalid(f"label is {label!r}, but must be committal or noncommittal")
        return Said(label=label, value=value)

    def read(self, text: str) -> Said:
        return self.checked(parsed(text))


def cosine(a: Sequence[float], b: Sequence[float]) -> float:
    """The cosine of two vectors. Raises ValueError for one without a direction."""
    length = sqrt(fsum(x * x for x in a)) * sqrt(fsum(y * y for y in b))
    if not length:
        raise ValueError("a text without a direction cannot be compared: its vector is zero")
    return fsum(x * y for x, y in zip(a, b, strict=True)) / length
