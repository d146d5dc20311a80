"""What verdicts on claims, contexts and turns add up to, in our way or as Ragas and DeepEval do.

Scores are None where there is nothing to judge; `empty_policy` has what the two libraries say then.
In all of them 1 is good, as in DeepEval 4.3.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

EmptyPolicy = Literal["not_applicable", "deepeval", "ragas"]
Matrix = Sequence[Sequence[object]]
"""Truth values, a row a claim and a column a context."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How DeepEval scores a metric's verdicts."""

    good: frozenset[str]
    empty: float = 1.0
    how: Literal["share", "ranked", "all"] = "share"
    """The share of good verdicts; average precision of the good ones; or that all are good."""


_YES: Final = frozenset({"yes"})
_NO: Final = frozenset({"no"})
_NOT_NO: Final = frozenset({"yes", "borderline"})
DEEPEVAL: Final[Mapping[str, Rule]] = {
    "faithfulness": Rule(good=_NOT_NO),
    "faithfulness_penalize_ambiguous": Rule(good=_YES),
    "answer_relevancy": Rule(good=_NOT_NO),
    "hallucination": Rule(good=_YES),
    "contextual_precision": Rule(good=_YES, empty=0.0, how="ranked"),
    "contextual_recall": Rule(good=_YES, empty=0.0),
    "contextual_relevancy": Rule(good=_YES, empty=0.0),
    "summary_alignment": Rule(good=_YES, empty=0.0),
    "bias": Rule(good=_NO),
    "toxicity": Rule(good=_NO),
    "pii_leakage": Rule(good=_NO),
    "misuse": Rule(good=_NO),
    "non_advice": Rule(good=_NO),
    "knowledge_retention": Rule(good=_NO),
    "role_violation": Rule(good=_NO, how="all"),
    "conversation_completeness": Rule(good=_YES),
    "turn_relevancy": Rule(good=_YES),
    "argument_correctness": Rule(good=_YES),
    "prompt_alignment": Rule(good=_YES),
}


def deepeval(
    metric: str,
    verdicts: Sequence[str],
    *,
    strict: bool = False,
    empty_policy: EmptyPolicy = "not_applicable",
) -> float | None:
    """DeepEval's score of a metric; `strict` leaves only 1 and 0.

    Raises ValueError for a metric that `DEEPEVAL` does not have.
    """
    if metric not in DEEPEVAL:
        raise ValueError(f"no metric {metric!r}: choose from {', '.join(DEEPEVAL)}")
    rule = DEEPEVAL[metric]
    if not verdicts:
        return rule.empty if empty_policy == "deepeval" else None
    good = [verdict in rule.good for verdict in verdicts]
    match rule.how:
        case "ranked":
            score = average_precision(good) or 0.0
        case "all":
            score = float(all(good))
        case "share":
            score = sum(good) / len(good)
    return float(score == 1) if strict else score


def share(
    verdicts: Sequence[Hashable],
    good: Collection[Hashable] = (True,),
    *,
    if_empty: float | None = None,
) -> float | None:
    """The share of good verdicts: faithfulness, recall, relevancy and many more."""
    if not verdicts:
        return if_empty
    return sum(verdict in good for verdict in verdicts) / len(verdicts)


def average_precision(
    relevant: Sequence[object], *, empty_policy: EmptyPolicy = "not_applicable"
) -> float | None:
    """Precision at each relevant rank, on average: context precision. 0 where none is relevant."""
    if not relevant:
        return None if empty_policy == "not_applicable" else 0.0
    hits, total = 0, 0.0
    for rank, one in enumerate(relevant, 1):
        if one:
            hits += 1
            total += hits / rank
    return total / hits if hits else 0.0


def f_beta(tp: int, fp: int, fn: int, *, beta: float = 1.0) -> float:
    """F of claims: supported in the reference, not supported, and left out. 0 without any hit."""
    if not tp:
        return 0.0
    precision, recall = tp / (tp + fp), tp / (tp + fn)
    return (1 + beta**2) * precision * recall / (beta**2 * precision + recall)


def noise_sensitivity(
    *,
    context_supports_reference: Matrix,
    context_supports_answer: Matrix,
    reference_supports_answer: Sequence[object],
    mode: Literal["relevant", "irrelevant"] = "relevant",
) -> float | None:
    """The share of the answer's claims that are wrong and come from the contexts; less is better.

    A context that supports a claim of the reference is relevant. `irrelevant` counts wrong claims
    that no relevant context supports.
    """
    claims = list(zip(context_supports_answer, reference_supports_answer, strict=True))
    if not claims:
        return None
    relevant = [any(column) for column in zip(*context_supports_reference, strict=True)]
    misled = 0
    for supported, right in claims:
        by_relevant = any(s and r for s, r in zip(supported, relevant, strict=True))
        by_other = any(s and not r for s, r in zip(supported, relevant, strict=True))
        wrong = by_relevant if mode == "relevant" else by_other and not by_relevant
        misled += bool(wrong and not right)
    return misled / len(claims)


def id_precision(retrieved: Sequence[Hashable], wanted: Sequence[Hashable]) -> float | None:
    """The share of retrieved ids that are wanted, each counted once; None without any."""
    found = set(retrieved)
    return len(found & set(wanted)) / len(found) if found else None


def id_recall(retrieved: Sequence[Hashable], wanted: Sequence[Hashable]) -> float | None:
    """The share of wanted ids that were retrieved, each counted once; None without any."""
    return id_precision(wanted, retrieved)


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryScore:
    """How much a summary still answers, and how much shorter it is."""

    answered: float | None
    """The share of questions about the text that the summary answers."""
    conciseness: float | None
    """1 less the summary's share of the text's length; None of an empty text."""

    def score(self, *, weight: float = 0.5) -> float | None:
        """Both together; `weight` is that of conciseness. None where either is missing."""
        if self.answered is None or self.conciseness is None:
            return None
        return (1 - weight) * self.answered + weight * self.conciseness


def summary_score(
    *, answered: Sequence[object], text_length: int, summary_length: int
) -> SummaryScore:
    """The scores of a summary, by which questions it answers and the lengths in characters."""
    shorter = 1 - min(summary_length, text_length) / text_length if text_length else None
    return SummaryScore(answered=share([bool(one) for one in answered]), conciseness=shorter)
