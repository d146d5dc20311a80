"""What a judge's preferences say: who wins, how surely, and whether the judge can be trusted."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from pilothouse.evaluation.comparison import (
    Comparison,
    MetricComparison,
    Scores,
    compare,
    metric_comparison,
)
from pilothouse.evaluation.pairwise.judges import TIE
from pilothouse.evaluation.pairwise.lengths import Lengths, lengths_of
from pilothouse.evaluation.pairwise.protocol import PairProtocol, Verdict
from pilothouse.evaluation.pairwise.trust import (
    Position,
    consistency_of,
    position_of,
    self_consistency_of,
)
from pilothouse.evaluation.results import Usage
from pilothouse.evaluation.statistics.clusters import cluster_bootstrap
from pilothouse.evaluation.statistics.intervals import Interval, bootstrap_interval, figures
from pilothouse.evaluation.statistics.paired import Preferences, Test, sign_flip_test, sign_test

_WHOLE: Final = (0.0, TIE, 1.0)


@dataclass(frozen=True, kw_only=True)
class PairwiseReport:
    """A candidate against a baseline by what one judge prefers.

    Verdicts on repetitions of an example are averaged: examples are what is counted.
    """

    baseline: str
    candidate: str
    judge: str
    judge_version: str
    protocol: PairProtocol
    verdicts: tuple[Verdict, ...]
    only_baseline: tuple[str, ...]
    only_candidate: tuple[str, ...]
    """Examples that only one of them has an answer to: not judged."""
    confidence: float

    @cached_property
    def scores(self) -> Mapping[str, float]:
        """The candidate's score by example, from 0 (never preferred) to 1 (always)."""
        by_example: dict[str, list[float]] = {}
        for verdict in self.verdicts:
            if verdict.score is not None:
                by_example.setdefault(verdict.example, []).append(verdict.score)
        return {example: sum(each) / len(each) for example, each in by_example.items()}

    @cached_property
    def clusters(self) -> Mapping[str, Hashable] | None:
        """The source of each example; None where each stands for itself.

        Raises ValueError for an example without one though others have.
        """
        known = {v.example: v.baseline.cluster or v.candidate.cluster for v in self.verdicts}
        if not any(known.values()):
            return None
        if (alone := next((e for e, source in known.items() if source is None), None)) is not None:
            raise ValueError(f"example {alone!r} has no cluster, though others have")
        return known

    @cached_property
    def preferences(self) -> Preferences:
        """Wins, losses and ties of the candidate, Wilson's interval, and the exact sign test.

        The test takes examples as independent; `test` heeds clusters.
        """
        scores = list(self.scores.values())
        return sign_test(
            sum(score > TIE for score in scores),
            sum(score < TIE for score in scores),
            sum(score == TIE for score in scores),
            confidence=self.confidence,
        )

    @cached_property
    def win_rate(self) -> Interval | None:
        """How often the candidate is preferred, ties as halves, with its bootstrap interval."""
        scores = list(self.scores.values())
        if not scores:
            return None
        known: dict[str, Any] = {"confidence": self.confidence, "seed": self.protocol.seed}
        if self.clusters is None:
            return bootstrap_interval(scores, method="percentile", **known)
        return cluster_bootstrap(scores, self._sources, **known)

    @cached_property
    def test(self) -> Test:
        """Whether there is a preference: the exact sign test, or sign flips of whole clusters.

        Flips are taken for scores between the whole ones too, as repetitions leave them.
        """
        if self.clusters is None and all(score in _WHOLE for score in self.scores.values()):
            return self.preferences.test
        sums: dict[Hashable, float] = {}
        for source, score in zip(self._sources, self.scores.values(), strict=True):
            sums[source] = sums.get(source, 0.0) + score - TIE
        if not sums:
            return self.preferences.test
        return sign_flip_test(list(sums.values()), [0.0] * len(sums), seed=self.protocol.seed)

    @cached_property
    def consistency(self) -> Interval | None:
        """How often both orders brought the same verdict; None where one order was asked."""
        return consistency_of(self.verdicts, self.confidence)

    @cached_property
    def position(self) -> Position | None:
        """Whether the judge favours what it sees first; None where the order was given."""
        if self.protocol.order == "given":
            return None
        return position_of(self.verdicts, self.confidence)

    @cached_property
    def self_consistency(self) -> Interval | None:
        """How often the same question asked again brought the same answer; None if never asked."""
        return self_consistency_of(self.verdicts, self.confidence)

    @cached_property
    def lengths(self) -> Lengths | None:
        """How long the answers are, and whether length decides; None without a verdict."""
        return lengths_of(self.verdicts, self.confidence)

    @property
    def inconsistent(self) -> tuple[str, ...]:
        """Examples on which the judge contradicted itself, which count as ties."""
        return _distinct(v.example for v in self.verdicts if v.inconsistent)

    @property
    def failed(self) -> tuple[str, ...]:
        """Examples without a verdict, which count as nothing."""
        scored = self.scores
        return _distinct(v.example for v in self.verdicts if v.example not in scored)

    @property
    def usage(self) -> Usage | None:
        """What all calls took; None where none of them says."""
        used = [verdict.usage for verdict in self.verdicts if verdict.usage is not None]
        return sum(used[1:], used[0]) if used else None

    @cached_property
    def metric(self) -> MetricComparison:
        """The same as one metric of a comparison: `compare(…, preferences=[report.metric])`.

        Raises ValueError where no pair has a verdict.
        """
        if self.win_rate is None:
            raise ValueError(f"{self.judge!r} came to no verdict on any pair")
        name = f"preference by {self.judge}"
        mine = {example: [score] for example, score in self.scores.items()}
        other = {example: [1 - score] for example, score in self.scores.items()}
        whole = metric_comparison(
            Scores(metric=name, values=other),
            Scores(metric=name, values=mine),
            self.clusters,
            alpha=1 - self.confidence,
        )
        net = replace(
            self.win_rate,
            estimate=2 * self.win_rate.estimate - 1,
            low=None if self.win_rate.low is None else 2 * self.win_rate.low - 1,
            high=None if self.win_rate.high is None else 2 * self.win_rate.high - 1,
        )
        return replace(
            whole,
            difference=replace(whole.difference, interval=net, test=self.test, correlation=None),
            p_adjusted=self.test.p,
            rows_needed=whole.rows_needed if self.test.p > 1 - self.confidence else None,
            only_baseline=self.only_baseline,
            only_candidate=self.only_candidate,
            failed=(len(self.failed), len(self.failed)),
        )

    @property
    def comparison(self) -> Comparison:
        """The comparison that has this preference alone."""
        return compare(
            (),
            (),
            names=(self.baseline, self.candidate),
            alpha=1 - self.confidence,
            preferences=[self.metric],
        )

    @property
    def sentence(self) -> str:
        """Who wins, and what the judge's own contradictions say of it."""
        if self.win_rate is None:
            return f"{self.judge} came to no verdict on any of {len(self.verdicts):,} pairs."
        return " ".join([self.comparison.sentence, *self._of_the_judge()])

    def table(self) -> list[dict[str, Any]]:
        """The figures, in one row."""
        (row,) = self.comparison.table()
        wins, position, lengths = self.preferences, self.position, self.lengths
        return [
            {
                **row,
                "wins": wins.wins,
                "losses": wins.losses,
                "ties": wins.ties,
                **figures("win_rate", self.win_rate),
                **figures("win_rate_without_ties", wins.win_rate),
                "order": self.protocol.order,
                "inconsistent": len(self.inconsistent),
                **figures("consistency", self.consistency),
                **figures("position_bias", None if position is None else position.bias),
                "position_bias_p": None if position is None else position.test.p,
                **figures("self_consistency", self.self_consistency),
                **figures(
                    "longer_preferred", None if lengths is None else lengths.longer_preferred
                ),
                "judge": self.judge,
                "judge_version": self.judge_version,
            }
        ]

    @property
    def _sources(self) -> Sequence[Hashable]:
        """The source of each example that has a score, in their order."""
        if self.clusters is None:
            return list(self.scores)
        return [self.clusters[example] for example in self.scores]

    def _of_the_judge(self) -> Iterable[str]:
        consistency, position = self.consistency, self.position
        if consistency is not None:
            yield (
                f"Shown both orders, {self.judge} agreed with itself in {_percent(consistency)}; "
                f"its contradictions count as ties."
            )
        if position is not None and position.test.p <= 1 - self.confidence:
            where = "first" if position.first > position.second else "second"
            yield (
                f"It favours what it is shown {where}: {position.first} times the first, "
                f"{position.second} times the second."
            )
        if self.self_consistency is not None:
            yield f"Asked the same again, it said the same in {_percent(self.self_consistency)}."
        missing = len(self.only_baseline) + len(self.only_candidate)
        if missing:
            yield f"Not judged, as only one of them has an answer: {missing}."


def _distinct(examples: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(examples))


def _percent(interval: Interval) -> str:
    if interval.low is None or interval.high is None:
        return f"{interval.estimate:.0%}"
    ends = f"{interval.confidence:.0%} interval {interval.low:.0%} to {interval.high:.0%}"
    return f"{interval.estimate:.0%} ({ends})"
