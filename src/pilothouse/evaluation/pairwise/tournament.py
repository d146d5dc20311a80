"""More than two systems: all pairs of them, and the order that they come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any, Literal

from pilothouse.evaluation.answers import Answers, Key, answers_of
from pilothouse.evaluation.draws import seeded
from pilothouse.evaluation.loops import run
from pilothouse.evaluation.pairwise.judges import PairJudgeLike, as_pair_judge
from pilothouse.evaluation.pairwise.protocol import PUBLISHED, PairProtocol
from pilothouse.evaluation.pairwise.report import PairwiseReport
from pilothouse.evaluation.pairwise.systems import paired
from pilothouse.evaluation.rows import Row
from pilothouse.evaluation.statistics.corrections import Correction, adjusted
from pilothouse.evaluation.statistics.ranking import Game, Ranking, rank

Pair = tuple[str, str]
"""Two systems by name."""
Prior = Literal["auto", "always", "never"]


@dataclass(frozen=True, kw_only=True)
class Tournament:
    """Systems against each other, by what one judge prefers."""

    systems: tuple[str, ...]
    reports: Mapping[Pair, PairwiseReport]
    """By pair, the one that was given first as the baseline."""
    ranking: Ranking
    """Bradley-Terry strengths with intervals over examples; systems by their number."""
    correction: Correction

    @cached_property
    def p_adjusted(self) -> Mapping[Pair, float]:
        """The p-value of each pair, raised for how many pairs there are."""
        raised = adjusted([report.test.p for report in self.reports.values()], self.correction)
        return dict(zip(self.reports, raised, strict=True))

    def matrix(self) -> list[list[float | None]]:
        """How often the system of a row is preferred to that of a column, ties as halves."""
        return [[self._rate(row, column) for column in self.systems] for row in self.systems]

    def table(self) -> list[dict[str, Any]]:
        """The systems, best first, each with its strength, interval and possible ranks."""
        return [
            {
                "rank": place,
                "system": self.systems[ranked.system],
                "strength": ranked.strength,
                "low": ranked.low,
                "high": ranked.high,
                "confidence": self.ranking.confidence,
                "elo": ranked.elo,
                "best_rank": ranked.best_rank,
                "worst_rank": ranked.worst_rank,
                "prior": self.ranking.prior,
            }
            for place, ranked in enumerate(self.ranking.systems, 1)
        ]

    def pairs(self) -> list[dict[str, Any]]:
        """A row of figures a pair, p-values raised for their number."""
        return [
            {
                "baseline": pair[0],
                "candidate": pair[1],
                **report.table()[0],
                "p_adjusted": self.p_adjusted[pair],
            }
            for pair, report in self.reports.items()
            if report.scores
        ]

    @property
    def sentence(self) -> str:
        """Who is best, and among whom the data cannot choose."""
        first = [self.systems[r.system] for r in self.ranking.systems if r.best_rank == 1]
        count = len({v.example for report in self.reports.values() for v in report.verdicts})
        on = f"on {count:,} example{'s' if count != 1 else ''}"
        if len(first) == 1:
            said = f"{first[0]} is the best of {len(self.systems)} systems {on}."
        else:
            said = f"Which is the best of {', '.join(first)} cannot be told {on}."
        if self.ranking.prior:
            said += " Some never won or never lost: their distance is a guess."
        failed = sum(len(report.failed) for report in self.reports.values())
        if failed:
            said += f" Pairs without a verdict, and not counted: {failed}."
        return said

    def _rate(self, one: str, other: str) -> float | None:
        if (report := self.reports.get((other, one))) is not None:
            return None if report.win_rate is None else report.win_rate.estimate
        report = self.reports.get((one, other))
        if report is None or report.win_rate is None:
            return None
        return 1 - report.win_rate.estimate


def rank_systems(
    systems: Mapping[str, Answers],
    judge: PairJudgeLike,
    *,
    pairs_per_example: int | None = None,
    protocol: PairProtocol = PUBLISHED,
    prior: Prior = "auto",
    correction: Correction = "holm",
    confidence: float = 0.95,
) -> Tournament:
    """Has a judge compare all pairs of systems, and says in which order they stand.

    `pairs_per_example` judges only so many pairs of each example, drawn so that each pair comes as
    often. Raises ValueError for fewer than two systems, and where no pair has a verdict.
    """
    asking = _reports(systems, judge, pairs_per_example, protocol, confidence)
    return tournament_of(
        tuple(systems), run(asking), prior=prior, correction=correction, confidence=confidence
    )


async def arank_systems(
    systems: Mapping[str, Answers],
    judge: PairJudgeLike,
    *,
    pairs_per_example: int | None = None,
    protocol: PairProtocol = PUBLISHED,
    prior: Prior = "auto",
    correction: Correction = "holm",
    confidence: float = 0.95,
) -> Tournament:
    """The same without blocking."""
    reports = await _reports(systems, judge, pairs_per_example, protocol, confidence)
    return tournament_of(
        tuple(systems), reports, prior=prior, correction=correction, confidence=confidence
    )


async def _reports(
    systems: Mapping[str, Answers],
    judge: PairJudgeLike,
    pairs_per_example: int | None,
    protocol: PairProtocol,
    confidence: float,
) -> dict[Pair, PairwiseReport]:
    """The report on each pair of systems."""
    if len(systems) < 2:  # a pair
        raise ValueError("give two systems at least")
    asked = as_pair_judge(judge)
    answers = {name: answers_of(given) for name, given in systems.items()}
    return {
        pair: await paired(
            (pair[0], answers[pair[0]]),
            (pair[1], answers[pair[1]]),
            asked,
            protocol,
            confidence=confidence,
            examples=examples,
        )
        for pair, examples in _drawn(answers, pairs_per_example, protocol.seed).items()
    }


def tournament_of(
    systems: tuple[str, ...],
    reports: Mapping[Pair, PairwiseReport],
    *,
    prior: Prior = "auto",
    correction: Correction = "holm",
    confidence: float = 0.95,
) -> Tournament:
    """The tournament that reports on pairs of systems make up."""
    number = {name: i for i, name in enumerate(systems)}
    games: list[Game] = []
    sources: list[Any] = []
    for (baseline, candidate), report in reports.items():
        for example, score in report.scores.items():
            games.append((number[candidate], number[baseline], score))
            shared = None if report.clusters is None else report.clusters[example]
            sources.append(("example", example) if shared is None else shared)
    if not games:
        raise ValueError("the judge came to no verdict on any pair")
    ranking = rank(games, len(systems), clusters=sources, prior=prior, confidence=confidence)
    return Tournament(systems=systems, reports=reports, ranking=ranking, correction=correction)


def _drawn(
    answers: Mapping[str, Mapping[Key, Row]], per_example: int | None, seed: int
) -> dict[Pair, frozenset[str] | None]:
    """The pairs of systems, each with the examples to judge it on; None for all."""
    pairs = list(combinations(answers, 2))
    if per_example is None or per_example >= len(pairs):
        return dict.fromkeys(pairs)
    if per_example < 1:
        raise ValueError("pairs_per_example must be at least 1")
    ring = seeded(seed).sample(pairs, len(pairs))
    examples = sorted({example for rows in answers.values() for example, _ in rows})
    chosen: dict[Pair, set[str]] = {pair: set() for pair in pairs}
    for place, example in enumerate(examples):
        for i in range(per_example):
            chosen[ring[(place * per_example + i) % len(ring)]].add(example)
    return {pair: frozenset(found) for pair, found in chosen.items()}
