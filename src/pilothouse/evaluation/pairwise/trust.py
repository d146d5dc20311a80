"""Whether a judge of pairs means what it says: the order swapped, or the question asked again."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from pilothouse.evaluation.pairwise.judges import TIE
from pilothouse.evaluation.pairwise.protocol import Call, Trial, Verdict
from pilothouse.evaluation.statistics.intervals import Interval
from pilothouse.evaluation.statistics.paired import Test, sign_test
from pilothouse.evaluation.statistics.shares import share_interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """How often a judge chose by position alone.

    Shown both orders, these are its contradictions: whoever stood first was better each time, or
    whoever stood second. Shown one order by chance, these are all its preferences.
    """

    first: int
    second: int
    bias: Interval | None
    """The share that chose the first, less a half (Wilson); None where there is nothing to count.
    """
    test: Test
    """Whether that is chance: exact, of examples, or of sources where examples share one."""


def consistency_of(verdicts: Sequence[Verdict], confidence: float) -> Interval | None:
    """How often both orders brought the same verdict."""
    flags = [(source, t.consistent) for source, t in _trials(verdicts) if t.both_orders]
    return share_interval(flags, confidence)


def position_of(verdicts: Sequence[Verdict], confidence: float) -> Position:
    """What was chosen by its position."""
    chosen = [
        (source, first) for source, trial in _trials(verdicts) for first in _by_position(trial)
    ]
    first = sum(is_first for _, is_first in chosen)
    net: dict[Hashable, int] = {}
    for source, is_first in chosen:
        net[source] = net.get(source, 0) + (1 if is_first else -1)
    share = share_interval(chosen, confidence)
    return Position(
        first=first,
        second=len(chosen) - first,
        bias=None if share is None else _shifted(share),
        test=sign_test(sum(n > 0 for n in net.values()), sum(n < 0 for n in net.values())).test,
    )


def self_consistency_of(verdicts: Sequence[Verdict], confidence: float) -> Interval | None:
    """How often two answers to the same question, shown in the same order, were the same."""
    flags = [
        (_source(verdict), one.score == two.score)
        for verdict in verdicts
        for calls in _repeated(verdict)
        for one, two in combinations(calls, 2)
    ]
    return share_interval(flags, confidence)


def _trials(verdicts: Iterable[Verdict]) -> Iterator[tuple[Hashable, Trial]]:
    for verdict in verdicts:
        for trial in verdict.trials:
            yield _source(verdict), trial


def _by_position(trial: Trial) -> Sequence[bool]:
    """For what was chosen by position, or in one order only: whether it was the first."""
    sides = {call.said.side for call in trial.calls}
    if trial.score is None or len(sides) > 1 or "tie" in sides:
        return ()
    return ("first" in sides,)


def _repeated(verdict: Verdict) -> Iterator[list[Call]]:
    """The calls that asked the same, for each order."""
    for baseline_first in (True, False):
        yield [
            call
            for trial in verdict.trials
            for call in trial.calls
            if call.baseline_first == baseline_first and call.score is not None
        ]


def _source(verdict: Verdict) -> Hashable:
    return verdict.baseline.cluster or verdict.candidate.cluster or ("example", verdict.example)


def _shifted(share: Interval) -> Interval:
    """A share of the first, as its distance from a half."""
    return replace(
        share,
        estimate=share.estimate - TIE,
        low=None if share.low is None else share.low - TIE,
        high=None if share.high is None else share.high - TIE,
    )
