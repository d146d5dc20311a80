"""One verdict of several: a majority of labels, the median of scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from pilothouse.evaluation.errors import JudgeError
from pilothouse.evaluation.results import Number, Vote


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a vote came to."""

    label: str | None = None
    score: Number | None = None
    agreement: float
    """The share of the votes that were for the outcome."""
    counted: int


def decided(votes: Sequence[Vote], *, tie_label: str | None = None) -> Outcome:
    """What most say: more than half for a label, else the tie's label; the median of scores.

    Failed jurors do not count. Raises JudgeError where fewer than half remain (`Incomplete`), and
    where no label has a majority and a tie has none (`NoMajority`).
    """
    counted = [vote for vote in votes if vote.error is None]
    if len(counted) < (len(votes) + 1) // 2 or not counted:
        said = f"{len(votes) - len(counted)} of {len(votes)} judges came to no verdict"
        raise JudgeError("Incomplete", said)
    labels = [vote.label for vote in counted if vote.label is not None]
    if len(labels) == len(counted):
        return _majority(labels, tie_label)
    scores = [vote.score for vote in counted if vote.score is not None]
    if len(scores) != len(counted):
        raise JudgeError("Incomplete", "some judges gave a score and others none")
    middle = median(scores)
    agreed = sum(score == middle for score in scores)
    return Outcome(score=middle, agreement=agreed / len(scores), counted=len(scores))


def _majority(labels: Sequence[str], tie_label: str | None) -> Outcome:
    counts = Counter(labels)
    label, most = counts.most_common(1)[0]
    if 2 * most > len(labels):
        return Outcome(label=label, agreement=most / len(labels), counted=len(labels))
    if tie_label is None:
        said = ", ".join(f"{name}: {count}" for name, count in sorted(counts.items()))
        raise JudgeError("NoMajority", f"no label has a majority ({said})")
    agreed = counts[tie_label] / len(labels)
    return Outcome(label=tie_label, agreement=agreed, counted=len(labels))
