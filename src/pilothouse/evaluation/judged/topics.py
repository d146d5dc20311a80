"""Whether an agent keeps to the topics that it is there for (Ragas' topic adherence)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pilothouse.evaluation.judged import wordings
from pilothouse.evaluation.judged.aggregation import f_beta
from pilothouse.evaluation.judged.asking import Asking, JudgedMetric
from pilothouse.evaluation.judged.items import listed
from pilothouse.evaluation.models import ModelLike
from pilothouse.evaluation.results import EvaluationResult

Mode = Literal["f1", "precision", "recall"]


class TopicAdherence(JudgedMetric):
    """Precision, recall or F of answering: right where the topic is allowed, and wrong elsewhere.

    `metadata["topics"]` says of each whether it is allowed and whether it was answered.
    """

    name = "topic_adherence"
    reads = ("messages", "topics")
    words: ClassVar[Mapping[str, str]] = {
        "topics": wordings.TOPICS,
        "allowed": wordings.ALLOWED,
        "answered": wordings.TOPIC_ANSWERED,
    }

    def __init__(self, model: ModelLike, *, mode: Mode = "f1", **rest: Any) -> None:
        """`rest` are the options of every JudgedMetric."""
        self.mode = mode
        self.formula = f"1:{mode}"
        super().__init__(model, **rest)

    async def ajudge(self, **fields: Any) -> EvaluationResult:
        """The score; precision of an agent that answered nothing is 0, as is its recall."""
        asking = Asking(self, fields)
        topics = await asking.texts("topics", "topics")
        if not topics:
            return asking.empty("the user asked about nothing")
        allowed, answered = await asking.together(
            asking.verdicts("allowed", topics, ("allowed", "other")),
            asking.verdicts("answered", topics, ("answered", "refused")),
        )
        known = [
            (a.label == "allowed", b.label == "answered")
            for a, b in zip(allowed, answered, strict=True)
            if a is not None and b is not None
        ]
        tp = sum(is_allowed and is_answered for is_allowed, is_answered in known)
        fp = sum(is_answered and not is_allowed for is_allowed, is_answered in known)
        fn = sum(is_allowed and not is_answered for is_allowed, is_answered in known)
        match self.mode:
            case "precision":
                score = tp / (tp + fp) if tp else 0.0
            case "recall":
                score = tp / (tp + fn) if tp else 0.0
            case "f1":
                score = f_beta(tp, fp, fn)
        return asking.result(
            score,
            tp=tp,
            fp=fp,
            fn=fn,
            topics=listed(topics, allowed),
            answered=listed(topics, answered),
        )
