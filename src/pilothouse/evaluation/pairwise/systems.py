"""Pairs of answers from what systems made of the same examples, and the way to have them judged."""

from __future__ import annotations

from collections.abc import Mapping

from pilothouse.evaluation.answers import Answers, Key, answers_of
from pilothouse.evaluation.loops import run
from pilothouse.evaluation.pairwise.judges import PairJudge, PairJudgeLike, as_pair_judge
from pilothouse.evaluation.pairwise.protocol import PUBLISHED, PairProtocol, judged
from pilothouse.evaluation.pairwise.report import PairwiseReport
from pilothouse.evaluation.rows import Row


def compare_pairs(
    baseline: Answers,
    candidate: Answers,
    judge: PairJudgeLike,
    *,
    names: tuple[str, str] = ("the baseline", "the candidate"),
    protocol: PairProtocol = PUBLISHED,
    confidence: float = 0.95,
) -> PairwiseReport:
    """Has a judge say of each example which of two answers is better.

    Answers are paired by example and repetition; rows without an `example_id` by their place. The
    judge sees neither names nor which side is whose. Raises TypeError for a judge that reads no
    second answer, ValueError for an id that comes twice and where nothing can be paired.
    """
    return run(
        acompare_pairs(
            baseline, candidate, judge, names=names, protocol=protocol, confidence=confidence
        )
    )


async def acompare_pairs(
    baseline: Answers,
    candidate: Answers,
    judge: PairJudgeLike,
    *,
    names: tuple[str, str] = ("the baseline", "the candidate"),
    protocol: PairProtocol = PUBLISHED,
    confidence: float = 0.95,
) -> PairwiseReport:
    """The same without blocking."""
    return await paired(
        (names[0], answers_of(baseline)),
        (names[1], answers_of(candidate)),
        as_pair_judge(judge),
        protocol,
        confidence=confidence,
    )


async def paired(
    baseline: tuple[str, Mapping[Key, Row]],
    candidate: tuple[str, Mapping[Key, Row]],
    judge: PairJudge,
    protocol: PairProtocol,
    *,
    confidence: float,
    examples: frozenset[str] | None = None,
) -> PairwiseReport:
    """The report on two systems by name; `examples` are those to judge, if not all."""
    old, new = baseline[1], candidate[1]
    asked = [key for key in old if key in new and (examples is None or key[0] in examples)]
    if not asked and examples is None:
        raise ValueError(f"{baseline[0]} and {candidate[0]} have no example in common")
    verdicts = await judged([(key[0], old[key], new[key]) for key in asked], judge, protocol)
    return PairwiseReport(
        baseline=baseline[0],
        candidate=candidate[0],
        judge=judge.name,
        judge_version=judge.version,
        protocol=protocol,
        verdicts=tuple(verdicts),
        only_baseline=_without(old, new),
        only_candidate=_without(new, old),
        confidence=confidence,
    )


def _without(here: Mapping[Key, Row], there: Mapping[Key, Row]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key[0] for key in here if key not in there))
