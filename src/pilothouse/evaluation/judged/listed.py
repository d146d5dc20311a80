"""Metrics that take something apart, have each part judged, and count: claims, contexts, turns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pilothouse.evaluation.judged import wordings
from pilothouse.evaluation.judged.aggregation import average_precision, share
from pilothouse.evaluation.judged.asking import Asking, JudgedMetric, OnEmpty
from pilothouse.evaluation.judges import Item
from pilothouse.evaluation.metrics.messages import SILENT, turns
from pilothouse.evaluation.results import Direction, EvaluationResult


class ListedMetric(JudgedMetric):
    """The share of parts that have the first of the labels, or one of those that count.

    The step `parts` takes apart what is judged, the step `verdicts` labels each. All of them stand
    in `metadata`, by what they are called.
    """

    parts: ClassVar[str] = "statements"
    """What the parts are called."""
    labels: ClassVar[Sequence[str]]
    """The first one is what the metric is named for, and alone counts."""
    counts: ClassVar[Sequence[str]] = ()
    """The labels whose share is the score, where they are others."""
    empties: ClassVar[Mapping[str, OnEmpty]] = {"deepeval": "pass"}
    cited: ClassVar[bool] = False
    """Whether each verdict names the contexts that it rests on."""
    ranked: ClassVar[bool] = False
    """Whether the score is average precision of the parts in their order."""

    async def ajudge(self, **fields: Any) -> EvaluationResult:
        """The share, or average precision."""
        asking = Asking(self, fields)
        if "contexts" in fields and not asking.contexts:
            return asking.empty("there are no contexts")
        parts = await self._parts(asking, fields)
        if not parts:
            return asking.empty(f"there are no {self.parts}")
        found = await asking.verdicts("verdicts", parts, self.labels, cited=self.cited)
        judged = [(part, item) for part, item in zip(parts, found, strict=True) if item is not None]
        counted = [self._counts(item) for _, item in judged]
        score = average_precision(counted) if self.ranked else share(counted)
        about: dict[str, Any] = {self.parts: [_shown(part, item) for part, item in judged]}
        about |= self._further([item.label for _, item in judged])
        return asking.result(score, explanation=self._why(judged), **about)

    async def _parts(self, asking: Asking, fields: Mapping[str, Any]) -> Sequence[Any]:
        return await asking.texts("parts", self.parts)

    def _why(self, judged: Sequence[tuple[Any, Item]]) -> str:
        """The verdicts that lower the score, or that all is well."""
        bad = self.direction == "minimize"
        told = [item for _, item in judged if self._counts(item) == bad]
        if not told:
            return f"none of {len(judged)} {self.parts} is at fault"
        return "\n".join(f"{item.label}: {item.explanation}" for item in told)

    def _further(self, labels: Sequence[str]) -> dict[str, Any]:
        """What else the labels say."""
        return {}

    def _counts(self, item: Item) -> bool:
        return item.label in (self.counts or self.labels[:1])


class Faithfulness(ListedMetric):
    """The share of the answer's claims that the contexts support."""

    name = "faithfulness"
    parts = "claims"
    words: ClassVar[Mapping[str, str]] = {
        "parts": wordings.CLAIMS.replace("{text}", "{outputs}"),
        "verdicts": wordings.SUPPORTED,
    }
    reads = ("contexts",)
    cited = True
    labels = ("supported", "contradicted", "not_mentioned")

    def _further(self, labels: Sequence[str]) -> dict[str, Any]:
        contradicted = share(labels, ("contradicted",)) or 0.0
        absent = share(labels, ("not_mentioned",)) or 0.0
        return {
            "contradiction_rate": contradicted,
            "hallucination_rate": contradicted + absent,
        }


class Hallucination(Faithfulness):
    """The share of the answer's claims that the contexts contradict or do not mention."""

    name = "hallucination"
    direction: Direction = "minimize"
    counts = ("contradicted", "not_mentioned")


class AnswerRelevancy(ListedMetric):
    """The share of the answer's statements that bear on the question."""

    name = "answer_relevancy"
    words: ClassVar[Mapping[str, str]] = {
        "parts": wordings.STATEMENTS.replace("{text}", "{outputs}"),
        "verdicts": wordings.ON_TOPIC,
    }
    labels = ("relevant", "irrelevant")


class ContextPrecision(ListedMetric):
    """Whether useful contexts stand before useless ones: average precision of their verdicts.

    `against="outputs"` asks which contexts the answer used, where there is no reference.
    """

    name = "context_precision"
    parts = "contexts"
    reads = ("contexts",)
    ranked = True
    words: ClassVar[Mapping[str, str]] = {"verdicts": wordings.USEFUL}
    labels = ("useful", "useless")
    empties: ClassVar[Mapping[str, OnEmpty]] = {"deepeval": "fail", "ragas": "fail"}

    def __init__(
        self,
        model: Any,
        *,
        against: Literal["reference_outputs", "outputs"] = "reference_outputs",
        prompts: Mapping[str, Any] | None = None,
        **rest: Any,
    ) -> None:
        """`rest` are the options of every JudgedMetric."""
        own = {"verdicts": wordings.USEFUL.replace("{reference_outputs}", "{" + against + "}")}
        if against == "outputs":
            rest.setdefault("name", "context_utilisation")
        super().__init__(model, prompts=own | dict(prompts or {}), **rest)

    async def _parts(self, asking: Asking, fields: Mapping[str, Any]) -> Sequence[Any]:
        return list(asking.contexts.values())


class ContextRecall(ListedMetric):
    """The share of the reference's claims that can be found in the contexts."""

    name = "context_recall"
    parts = "claims"
    words: ClassVar[Mapping[str, str]] = {
        "parts": wordings.CLAIMS.replace("{text}", "{reference_outputs}"),
        "verdicts": wordings.FOUND,
    }
    labels = ("found", "absent")
    empties: ClassVar[Mapping[str, OnEmpty]] = {"deepeval": "fail"}


class ContextRelevancy(ListedMetric):
    """The share of the contexts' statements that bear on the question."""

    name = "context_relevancy"
    words: ClassVar[Mapping[str, str]] = {
        "parts": wordings.STATEMENTS.replace("{text}", "{contexts}"),
        "verdicts": wordings.ON_TOPIC,
    }
    labels = ("relevant", "irrelevant")
    empties: ClassVar[Mapping[str, OnEmpty]] = {"deepeval": "fail"}


class _OfOpinions(ListedMetric):
    """The share of the answer's opinions that are at fault."""

    direction: Direction = "minimize"
    parts = "opinions"


class Bias(_OfOpinions):
    """The share of the answer's opinions that are biased."""

    name = "bias"
    words: ClassVar[Mapping[str, str]] = {
        "parts": wordings.OPINIONS,
        "verdicts": wordings.BIASED,
    }
    labels = ("biased", "unbiased")


class Toxicity(_OfOpinions):
    """The share of the answer's opinions that are toxic."""

    name = "toxicity"
    words: ClassVar[Mapping[str, str]] = {
        "parts": wordings.OPINIONS,
        "verdicts": wordings.TOXIC,
    }
    labels = ("toxic", "harmless")


class _OfTurns(ListedMetric):
    """The share of the assistant's turns that are as they should be, with their places."""

    parts = "turns"
    reads = ("messages",)
    window: ClassVar[int | None] = None
    """How many turns a verdict sees, the judged one last; None for all before it."""

    async def _parts(self, asking: Asking, fields: Mapping[str, Any]) -> Sequence[Any]:
        said = [{"role": turn.role, "content": turn.text} for turn in turns(fields["messages"])]
        parts: list[dict[str, Any]] = []
        for place, turn in enumerate(said):
            if turn["role"] != "assistant" or turn["content"] in SILENT:
                continue
            part: dict[str, Any] = {"turn": place, "reply": turn["content"]}
            if self.window:
                part["said_before"] = said[max(0, place + 1 - self.window) : place]
            parts.append(part)
        return parts


class KnowledgeRetention(_OfTurns):
    """The share of the assistant's turns that forget or contradict nothing it was told."""

    name = "knowledge_retention"
    words: ClassVar[Mapping[str, str]] = {"verdicts": wordings.RETAINED}
    labels = ("kept", "forgotten")


class RoleAdherence(_OfTurns):
    """The share of the assistant's turns that stay in the role it was given."""

    name = "role_adherence"
    words: ClassVar[Mapping[str, str]] = {"verdicts": wordings.IN_ROLE}
    labels = ("in_role", "out_of_role")


class TurnRelevancy(_OfTurns):
    """The share of the assistant's turns that bear on what was said within the last ten."""

    name = "turn_relevancy"
    window = 10
    words: ClassVar[Mapping[str, str]] = {"verdicts": wordings.TURN_ON_TOPIC}
    labels = ("relevant", "irrelevant")


class ConversationCompleteness(ListedMetric):
    """The share of the user's intentions that the conversation satisfied."""

    name = "conversation_completeness"
    parts = "intentions"
    words: ClassVar[Mapping[str, str]] = {
        "parts": wordings.INTENTIONS,
        "verdicts": wordings.SATISFIED,
    }
    labels = ("satisfied", "unsatisfied")


def _shown(part: Any, item: Item) -> dict[str, Any]:
    about = {"turn": part["turn"]} if isinstance(part, dict) else {"text": part}
    cited = {"evidence": list(item.evidence)} if item.evidence else {}
    return {**about, "label": item.label, "explanation": item.explanation, **cited}
